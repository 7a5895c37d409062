//! What makes a function a handler.

use crate::error::Outcome;
use crate::event::{Event, Role};

/// What a handler is: the argument of [`handler!`](crate::handler!), which makes one of a function and some settings.
#[derive(Debug, Clone, Copy)]
pub struct Handler {
    pub(crate) handle: fn(&Event) -> Outcome,
    pub(crate) init: fn() -> Outcome,
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) roles: &'static [Role],
    pub(crate) streams: &'static [&'static str],
}

impl Handler {
    /// A handler of all events.
    #[must_use]
    pub const fn new(handle: fn(&Event) -> Outcome, name: &'static str, version: &'static str) -> Self {
        Self { handle, init: || Ok(()), name, version, roles: &[], streams: &[] }
    }

    /// Names it for people; else it has the name of its crate.
    #[must_use]
    pub const fn name(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// Gives its version for people; else it has that of its crate.
    #[must_use]
    pub const fn version(self, version: &'static str) -> Self {
        Self { version, ..self }
    }

    /// Looks whether the settings make sense. Called when the handler is loaded; an error keeps it from taking over.
    #[must_use]
    pub const fn init(self, init: fn() -> Outcome) -> Self {
        Self { init, ..self }
    }

    /// The roles it wants where its settings name none; none named is all.
    #[must_use]
    pub const fn roles(self, roles: &'static [Role]) -> Self {
        Self { roles, ..self }
    }

    /// The beginnings of the identifiers it wants where its settings name none; none named is all.
    #[must_use]
    pub const fn streams(self, streams: &'static [&'static str]) -> Self {
        Self { streams, ..self }
    }
}

/// Makes a function the handler that this crate is.
///
/// ```
/// use philae_guest::prelude::*;
///
/// philae_guest::handler!(alert);
///
/// fn alert(event: &Event) -> Outcome {
///     log::info!("{} at {:?}", event.ivoid(), event.position());
///     Ok(())
/// }
/// ```
///
/// Whatever [`Handler`](crate::Handler) has a method for can be added in any order:
///
/// ```
/// use philae_guest::prelude::*;
///
/// philae_guest::handler!(alert, init = check, roles = &[Role::Observation], streams = &["ivo://nasa.gsfc.gcn/"]);
///
/// fn check() -> Outcome {
///     config::get::<f64>("limit").map(|_| ())
/// }
///
/// fn alert(event: &Event) -> Outcome {
///     let limit: f64 = config::get("limit")?;
///     log::info!("{}", event.param::<f64>("Rate_Significance")? > limit);
///     Ok(())
/// }
/// ```
#[macro_export]
macro_rules! handler {
    ($handle:path $(, $setting:ident = $value:expr)* $(,)?) => {
        const _: () = {
            const HANDLER: $crate::Handler =
                $crate::Handler::new($handle, env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))$(.$setting($value))*;

            // Elsewhere, where tests run, there is nobody to export it to, and linkers do not like the names.
            #[cfg(target_arch = "wasm32")]
            #[allow(unsafe_code, reason = "what a guest exports has to say so")]
            const _: () = {
                struct Exported;

                impl $crate::exported::Guest for Exported {
                    fn describe() -> $crate::exported::Description {
                        $crate::exported::describe(&HANDLER)
                    }

                    fn init() -> Result<(), String> {
                        $crate::exported::init(&HANDLER)
                    }

                    fn handle(envelope: $crate::exported::Envelope) -> Result<(), $crate::exported::Failure> {
                        $crate::exported::handle(&HANDLER, envelope)
                    }
                }

                $crate::bindings::export!(Exported with_types_in $crate::bindings);
            };
            let _ = HANDLER;
        };
    };
}
