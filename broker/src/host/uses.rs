//! Uses: what a module's imports are for, and which of that is there only if it is granted.

use std::collections::BTreeMap;

use super::shape::PREVIEW1;

/// What an import is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// The event in hand.
    Event,
    /// Lines for the operator.
    Log,
    /// Its own settings.
    Config,
    /// What lasts between events.
    State,
    /// Numbers for the status page.
    Metrics,
    /// Packets of its own.
    Publish,
    /// Files.
    Folders,
    /// Requests over HTTP.
    Http,
    /// TCP connections.
    Tcp,
    /// Variables of the environment.
    Environment,
    /// Clocks and waiting.
    Clocks,
    /// Random numbers.
    Random,
    /// What every program has: arguments, standard streams, an exit.
    Basics,
    /// Nothing that a broker knows of.
    Unknown,
}

impl Use {
    /// What an import is for: an interface of a component, a module and a function of a core module.
    #[must_use]
    pub fn of(import: &str) -> Self {
        let (interface, function) = import.split_once(' ').unwrap_or((import, ""));
        let name = interface.split_once('@').map_or(interface, |(name, _)| name);
        if name == PREVIEW1 {
            return Self::of_preview1(function);
        }
        let Some((package, interface)) = name.split_once('/') else { return Self::Unknown };
        match (package, interface) {
            ("philae:handler", "event") => Self::Event,
            ("philae:handler", "log") => Self::Log,
            ("philae:handler", "config") => Self::Config,
            ("philae:handler", "state") => Self::State,
            ("philae:handler", "metrics") => Self::Metrics,
            ("philae:handler", "publish") => Self::Publish,
            ("wasi:filesystem", _) => Self::Folders,
            ("wasi:cli", "environment") => Self::Environment,
            ("wasi:http", _) => Self::Http,
            ("wasi:sockets", _) => Self::Tcp,
            ("wasi:clocks", _) => Self::Clocks,
            ("wasi:random", _) => Self::Random,
            ("philae:handler" | "wasi:cli" | "wasi:io", _) => Self::Basics,
            _ => Self::Unknown,
        }
    }

    fn of_preview1(function: &str) -> Self {
        match function {
            "environ_get" | "environ_sizes_get" => Self::Environment,
            "random_get" => Self::Random,
            "poll_oneoff" => Self::Clocks,
            name if name.starts_with("clock_") => Self::Clocks,
            // What looks for granted folders is in every program; what opens files is not.
            name if name.starts_with("path_") => Self::Folders,
            _ => Self::Basics,
        }
    }

    /// Its name, for people and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Log => "log",
            Self::Config => "config",
            Self::State => "state",
            Self::Metrics => "metrics",
            Self::Publish => "publish",
            Self::Folders => "folders",
            Self::Environment => "environment",
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Clocks => "clocks",
            Self::Random => "random",
            Self::Basics => "basics",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is there only for whom it is granted.
    #[must_use]
    pub fn is_granted(self) -> bool {
        matches!(self, Self::Publish | Self::Folders | Self::Environment | Self::Http | Self::Tcp)
    }
}

/// Imports by what they are for.
pub(super) fn by_use(imports: &[String]) -> BTreeMap<Use, Vec<&str>> {
    let mut uses = BTreeMap::<Use, Vec<&str>>::new();
    for import in imports {
        uses.entry(Use::of(import)).or_default().push(import);
    }
    uses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_known_by_its_interface_whatever_its_version_and_function() {
        for (import, name) in [
            ("philae:handler/event@1.0.0 find-param", "event"),
            ("philae:handler/event@1.9.0", "event"),
            ("philae:handler/types@1.0.0", "basics"),
            ("wasi:filesystem/preopens@0.2.3", "folders"),
            ("wasi:cli/environment@0.2.3", "environment"),
            ("wasi:cli/stdout@0.2.3", "basics"),
            ("wasi:sockets/ip-name-lookup@0.2.3", "tcp"),
            ("wasi_snapshot_preview1 path_open", "folders"),
            ("wasi_snapshot_preview1 fd_prestat_get", "basics"),
            ("wasi_snapshot_preview1 clock_time_get", "clocks"),
            ("env memcpy", "unknown"),
            ("philae:handlers/event@1.0.0", "unknown"),
        ] {
            assert_eq!(Use::of(import).name(), name, "{import}");
        }
    }
}
