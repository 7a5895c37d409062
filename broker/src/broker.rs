//! The broker: where the parts are put together, and the order in which they start and stop.
//!
//! Starting binds every listener and opens the store before anyone is served, so that what is wrong stops the start and
//! nothing else. Stopping goes the way of the events: first nothing more is let in, then what is in goes out, then the
//! store is closed. This is the only file that knows everyone; what the parts do is theirs.

mod forbidden;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tracing::{error, info, warn};
use vtp::Ivoid;
use vtp::session::{self, BroadcasterConfig, ReceiverConfig};

use crate::admin::{self, Admin, TokenError};
use crate::admission::{Admission, Terms};
use crate::board::Board;
use crate::checks::Origin;
use crate::clock::Clock;
use crate::config::{self, At, Config, Service};
use crate::control::{Control, Desk};
use crate::filter::{Filters, Screen};
use crate::handlers::Forbidden;
use crate::host::{Host, HostError, HostOptions};
use crate::index::Keeper;
use crate::lifecycle::{Stage, Threads};
use crate::native::{NativeError, Natives};
use crate::net::accept;
use crate::net::allow::AllowList;
use crate::net::broadcast::Broadcasting;
use crate::net::endpoint::ListenEndpoint;
use crate::net::gate::{Gate, Places};
use crate::net::listen::{BindError, Listener};
use crate::net::receive::Receiving;
use crate::net::subscribe::Upstream;
use crate::pipeline::Pipeline;
use crate::reload::Reload;
use crate::roster::Roster;
use crate::sandbox::Reach;
use crate::status::{About, Status};
use crate::store::{OpenError, Store, StoreOptions, Writer};
use crate::test_events;
use crate::traffic::Traffic;
use crate::writing::Writing;
pub(crate) use forbidden::forbidden;

/// A broker that runs.
pub struct Broker {
    intake: Stage,
    handling: Stage,
    look: Arc<Notify>,
    delivery: Stage,
    entrances: Entrances,
    _threads: Threads,
    store: Store,
    writing: Writing,
    index: Option<Keeper>,
    grace: Duration,
}

/// Why a broker cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An endpoint is not to be had.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The store is not to be had.
    #[error("cannot open the store: {0}")]
    Store(#[from] OpenError),
    /// The status page's token is not to be had.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Handlers cannot be run.
    #[error("cannot run handlers: {0}")]
    Host(#[from] HostError),
    /// Something that is to be done with each event cannot be.
    #[error(transparent)]
    Native(#[from] NativeError),
    /// The system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
    /// It could not be asked to stop.
    #[error("cannot listen to signals: {0}")]
    Signals(std::io::Error),
}

/// Connections to the status page at once: a browser takes a few for each of its pages.
const ADMIN_PLACES: Places = Places { total: 64, per_address: 32 };

/// What was bound, with who may come.
struct Door {
    listener: Listener,
    gate: Arc<Gate>,
}

/// Where packets come in by rules, and the rules.
#[derive(Default)]
struct Entrances(Vec<(String, Arc<Screen>)>);

impl Entrances {
    fn open(&mut self, config: &Config, name: impl ToString, at: At) -> Option<Arc<Screen>> {
        let screen = Screen::of(config.rules_at(&at))?;
        self.0.push((name.to_string(), screen.clone()));
        Some(screen)
    }

    /// Tells what was lost on purpose.
    fn tell(&self) {
        for (endpoint, screen) in &self.0 {
            info!(endpoint, packets = screen.kept_out(), "kept out by rules");
        }
    }
}

impl Broker {
    /// Starts a broker on the current runtime; `reach` is what this process is held to, if it is.
    ///
    /// # Errors
    /// A [`StartError`]; nothing is left behind.
    pub async fn start(config: &Config, reach: Option<Reach>) -> Result<Self, StartError> {
        let receive = bind(&config.receive, "receive")?;
        let broadcast = bind(&config.broadcast, "broadcast")?;
        let admin = bind_admin(config.admin.as_ref())?;
        let (store, writer) = open(config)?;
        let writing = Writing::start(writer).map_err(StartError::Thread)?;

        let index = Keeper::start(store.clone(), config.store.data_dir.clone());
        let index = index.inspect_err(|error| warn!(%error, "there is no thread for the index")).ok();

        let (clock, board) = (Clock::start(), Board::new());
        let (intake, delivery) = (Stage::new("intake"), Stage::new("delivery"));
        let threads = Threads::start("handlers").map_err(StartError::Thread)?;
        let handling = Stage::on("handlers", &threads);
        let admission = Admission::new(store.submitter());
        let broker = config.local_ivo.as_ref().map(Ivoid::to_string).unwrap_or_default();

        let session = BroadcasterConfig {
            broker: broker.clone(),
            iamalive_interval: session::IAMALIVE_INTERVAL,
            ack_timeout: config.delivery.ack_timeout,
        };
        let max_behind = config.delivery.max_behind;
        let filters = Filters::start().map_err(StartError::Thread)?;
        let pipeline = Pipeline::new(&store, &filters, handling.clone());
        // Before anything is let in: what begins with the next event must not miss it.
        let roster = Roster::default();
        Natives::new(&config.handlers)?.start(&pipeline, &roster).await;
        let look = Arc::<Notify>::default();
        if !config.handlers.folders.is_empty() {
            let host = Host::start(&HostOptions::new(config.store.data_dir.join(COMPILED)))?;
            let (pipeline, filters, folders) = (pipeline.clone(), filters.clone(), &config.handlers.folders);
            let forbidden = Forbidden { reach, ..forbidden(config) };
            Reload::new(host, pipeline, filters, roster.clone(), forbidden, look.clone(), folders)
                .start(&handling)
                .await;
        }
        let traffic = Traffic::new();
        traffic.start(&delivery, store.clone());
        let status = Status::new(
            about(config, admin.is_some()),
            board.clone(),
            traffic,
            roster.clone(),
            store.clone(),
        );
        let index_orders = index.as_ref().map(Keeper::orders);
        let desk = Desk::new(roster, status, look.clone(), config.max_event_size.bytes(), index_orders);
        match Control::bind(&config.store.data_dir, desk.clone()) {
            Ok(control) => control.start(&delivery),
            // Events go on without it; a socket's path has a length that a folder's need not keep to.
            Err(error) => warn!(%error, "philae handler cannot reach this broker"),
        }
        if let Some((door, token)) = admin {
            let names = config.admin.as_ref().map(|admin| &*admin.names).unwrap_or_default();
            let admin = Admin::new(desk, delivery.clone(), names, token.as_deref());
            accept::start(&delivery, door.listener, door.gate, "admin", move |stream, peer| {
                admin.clone().serve(stream, peer)
            });
        }
        let broadcasting = Broadcasting::new(
            session,
            max_behind,
            store.clone(),
            filters,
            clock,
            delivery.clone(),
            board.clone(),
        );
        for (Door { listener, gate }, endpoint) in broadcast.into_iter().zip(&config.broadcast.endpoints) {
            let serving = broadcasting.clone();
            let screen = Screen::of(config.rules_at(&At::Broadcast(endpoint.clone())));
            accept::start(&delivery, listener, gate, "broadcast", move |stream, peer| {
                serving.clone().serve(stream, peer, screen.clone())
            });
        }

        let limit_bytes = limit_bytes(config);
        let session =
            ReceiverConfig { broker: broker.clone(), limit_bytes, timeout: session::AUTHOR_TIMEOUT };
        let receiving = Receiving::new(session, admission.clone(), clock, intake.clone(), board.clone());
        let mut entrances = Entrances::default();
        for (Door { listener, gate }, endpoint) in receive.into_iter().zip(&config.receive.endpoints) {
            let serving = receiving.clone();
            let terms = Arc::new(Terms {
                origin: Origin::Author,
                policy: config.receive_check_at(endpoint),
                screen: entrances.open(config, endpoint, At::Receive(endpoint.clone())),
            });
            accept::start(&intake, listener, gate, "receive", move |stream, peer| {
                serving.clone().serve(stream, peer, terms.clone())
            });
        }

        for endpoint in &config.subscribe.endpoints {
            let upstream = Upstream {
                endpoint: endpoint.clone(),
                subscriber: config.local_ivo.as_ref().map(Ivoid::to_string),
                filters: config.subscribe.filters.clone(),
                terms: Terms {
                    origin: Origin::Upstream,
                    policy: config.subscribe_check_at(endpoint),
                    screen: entrances.open(config, endpoint, At::Subscribe(endpoint.clone())),
                },
                limit_bytes,
                silence_timeout: session::SILENCE_TIMEOUT,
                admission: admission.clone(),
                store: store.clone(),
                clock,
                stage: intake.clone(),
                board: board.clone(),
                link: board.link(endpoint.to_string()),
            };
            intake.spawn(upstream.run());
        }
        if let (Some(interval), Some(local_ivo)) = (config.delivery.test_interval, &config.local_ivo)
            && !config.broadcast.endpoints.is_empty()
        {
            test_events::start(&intake, admission, local_ivo.clone(), interval);
        }
        info!(version = env!("CARGO_PKG_VERSION"), store = %store.id(), head = store.head().0, "philae runs");
        Ok(Self {
            intake,
            handling,
            look,
            delivery,
            entrances,
            _threads: threads,
            store,
            writing,
            index,
            grace: config.grace,
        })
    }

    /// Has the folders of handlers looked at now.
    pub fn look_at_handlers(&self) {
        self.look.notify_one();
    }

    /// The place of the newest event.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.store.head().0
    }

    /// Completes when a thread of the network has run and the store's writer has put something on the disk since this was
    /// asked; never, if one of them is stuck.
    pub async fn sign_of_life(&self) {
        let (shown, sign) = oneshot::channel();
        let (own, store) = (self.delivery.clone(), self.store.clone());
        self.delivery.spawn(async move {
            // The end first: it waits for no sign. Both can be cancelled.
            tokio::select! {
                biased;
                () = own.finishing() => {}
                () = store.sign_of_life() => {
                    // Whoever asked may be gone.
                    let _ = shown.send(());
                }
            }
        });
        if sign.await.is_err() {
            // The stage has ended, which is no sign.
            std::future::pending().await
        }
    }

    /// Stops: lets nothing more in, lets what is in go out, closes the store.
    ///
    /// Takes three times the grace period at most, and returns how many connections had to be aborted.
    pub async fn stop(self) -> usize {
        info!(grace_s = self.grace.as_secs_f32(), "stopping");
        let mut aborted = self.intake.stop(self.grace).await;
        self.entrances.tell();
        aborted += self.handling.stop(self.grace).await;
        aborted += self.delivery.stop(self.grace).await;
        let (index, writing) = (self.index, self.writing);
        let ended = tokio::task::spawn_blocking(move || {
            // First who reads the log.
            if let Some(index) = index {
                index.stop();
            }
            writing.end()
        });
        if !matches!(ended.await, Ok(true)) {
            error!("the store's writer ended badly; what was acknowledged is on disk");
        }
        info!(aborted, "stopped");
        aborted
    }
}

/// What the status says of the configuration.
fn about(config: &Config, has_page: bool) -> About {
    let names = |endpoints: &[ListenEndpoint]| endpoints.iter().map(ToString::to_string).collect();
    About {
        version: env!("CARGO_PKG_VERSION"),
        local_ivo: config.local_ivo.as_ref().map(Ivoid::to_string),
        receive: names(&config.receive.endpoints),
        broadcast: names(&config.broadcast.endpoints),
        admin: config.admin.as_ref().filter(|_| has_page).map(|admin| admin.endpoint.to_string()),
        orders: config.admin.as_ref().is_some_and(|admin| admin.token_file.is_some()),
        retention_s: config.store.retention.map(|kept| kept.as_secs()),
        min_free_bytes: config.store.min_free.bytes(),
    }
}

fn bind(service: &Service, name: &'static str) -> Result<Vec<Door>, StartError> {
    let places =
        Places { total: service.max_connections as usize, per_address: service.max_per_address as usize };
    let door = |endpoint| {
        let listener = Listener::bind(endpoint)?;
        Ok(Door { listener, gate: Gate::new(name, service.allow.clone(), places) })
    };
    service.endpoints.iter().map(door).collect()
}

/// Binds the status page's endpoint, and reads the token that orders must carry. One that nobody named may be in use.
fn bind_admin(admin: Option<&config::Admin>) -> Result<Option<(Door, Option<String>)>, StartError> {
    let Some(admin) = admin else { return Ok(None) };
    let token = admin.token_file.as_deref().map(admin::token).transpose()?;
    match Listener::bind(&admin.endpoint) {
        Ok(listener) => {
            if admin.allow == AllowList::Everyone && !admin.endpoint.is_local() {
                warn!(
                    endpoint = %admin.endpoint,
                    "the status page is shown to whoever reaches it; name networks with --admin-allow"
                );
            }
            let gate = Gate::new("admin", admin.allow.clone(), ADMIN_PLACES);
            Ok(Some((Door { listener, gate }, token)))
        }
        Err(error) if admin.is_named => Err(error.into()),
        Err(error) => {
            warn!(%error, "there is no status page; name another endpoint with --admin, or none with --no-admin");
            Ok(None)
        }
    }
}

/// The folder of compiled handlers, in the data folder.
const COMPILED: &str = "compiled";

fn open(config: &Config) -> Result<(Store, Writer), StartError> {
    let options = StoreOptions {
        retention: config.store.retention,
        min_free_bytes: config.store.min_free.bytes(),
        ..StoreOptions::default()
    };
    let (store, writer) = Store::open(&config.store.data_dir, &options)?;
    for damage in store.new_damages() {
        error!(
            lost_from = damage.lost_from.0,
            lost_to = damage.lost_to.0,
            data_dir = %config.store.data_dir.display(),
            "the store was damaged: acknowledged events are missing from the log"
        );
    }
    Ok((store, writer))
}

fn limit_bytes(config: &Config) -> u32 {
    u32::try_from(config.max_event_size.bytes()).unwrap_or(u32::MAX)
}
