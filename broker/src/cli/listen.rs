//! Listening to a broker: its events one after the other, over a link that is made again when it breaks.

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use vtp::Packet;
use vtp::session::{self, Subscriber, SubscriberConfig, SubscriberEvent};

use super::{EXIT_FAILED, EXIT_UNAVAILABLE, EXIT_USAGE, runtime};
use crate::clock::Clock;
use crate::filter::{self, Expression};
use crate::net::connect::connect;
use crate::net::endpoint::{BROADCAST_PORT, ConnectEndpoint};
use crate::net::link::{Link, Progress};
use crate::plain::excerpt;

/// Largest event that is taken.
const LIMIT_BYTES: u32 = 64 * 1024 * 1024;
/// How long a broker may take to answer the knock.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Which events are taken, and for how long.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ListenArgs {
    /// Take only events that match an XPath expression, or another; repeatable. The broker is asked for no more, and what
    /// it sends is held against them
    #[arg(long, value_name = "XPATH", allow_hyphen_values = true)]
    filter: Vec<String>,

    /// Name this subscriber to the broker
    #[arg(long, value_name = "IVOID")]
    local_ivo: Option<String>,

    /// Leave after so many events
    #[arg(short = 'n', long, value_name = "COUNT")]
    count: Option<u64>,

    /// Leave when the link breaks, instead of making it again
    #[arg(long)]
    once: bool,
}

/// Why a link ended.
enum Ended {
    /// All that was asked for was taken.
    Done,
    /// Nobody reads what we print any more.
    Unread,
    /// What came could not be written.
    Unwritable(io::Error),
    /// The link broke.
    Lost(String),
}

/// A broker that is listened to.
pub(super) struct Listening<'a> {
    args: &'a ListenArgs,
    wanted: Vec<Expression>,
    broker: ConnectEndpoint,
}

impl<'a> Listening<'a> {
    /// Reads what was asked for.
    ///
    /// # Errors
    /// The exit code; what is wrong has been said.
    pub(super) fn parse(broker: &str, args: &'a ListenArgs) -> Result<Self, ExitCode> {
        let mut wanted = Vec::new();
        for text in &args.filter {
            wanted.push(filter::check(text).map_err(|error| {
                tell!("philae: the filter '{}' is refused: {error}", excerpt(text));
                ExitCode::from(EXIT_USAGE)
            })?);
        }
        let broker = ConnectEndpoint::parse(broker, BROADCAST_PORT).map_err(|error| {
            tell!("philae: cannot listen to '{broker}': {error}");
            ExitCode::from(EXIT_FAILED)
        })?;
        Ok(Self { args, wanted, broker })
    }

    /// The broker that is listened to.
    pub(super) fn broker(&self) -> &ConnectEndpoint {
        &self.broker
    }

    /// Takes events until there were as many as wanted, or somebody ends it.
    pub(super) fn run(&self, take: impl AsyncFnMut(&Packet) -> io::Result<()>) -> ExitCode {
        let listened = runtime::block_on(async {
            // Whichever comes first; nothing is lost by leaving a subscription.
            tokio::select! {
                code = self.listen_on(take) => code,
                _ = runtime::asked_to_end() => ExitCode::SUCCESS,
            }
        });
        listened.unwrap_or_else(|error| {
            tell!("philae: {error}");
            ExitCode::from(EXIT_FAILED)
        })
    }

    async fn listen_on(&self, mut take: impl AsyncFnMut(&Packet) -> io::Result<()>) -> ExitCode {
        let Self { args, broker, .. } = self;
        let mut taken = 0;
        let mut wait = Duration::from_secs(1);
        loop {
            let before = taken;
            let reason = match self.listen(&mut taken, &mut take).await {
                Ended::Done | Ended::Unread => return ExitCode::SUCCESS,
                Ended::Unwritable(error) => {
                    tell!("philae: cannot write the event: {error}");
                    return ExitCode::from(EXIT_FAILED);
                }
                Ended::Lost(reason) => reason,
            };
            if args.once {
                tell!("philae: no link to {broker}: {reason}");
                return ExitCode::from(EXIT_UNAVAILABLE);
            }
            wait = if taken > before { Duration::from_secs(1) } else { (wait * 2).min(LONGEST_WAIT) };
            tell!("philae: no link to {broker}: {reason}; again in {} s", wait.as_secs());
            tokio::time::sleep(wait).await;
        }
    }

    async fn listen(&self, taken: &mut u64, take: &mut impl AsyncFnMut(&Packet) -> io::Result<()>) -> Ended {
        let Self { args, broker, .. } = self;
        let stream = match connect(broker, CONNECT_TIMEOUT).await {
            Ok(stream) => stream,
            Err(error) => return Ended::Lost(error.to_string()),
        };
        tell!("philae: listening to {broker}");
        let clock = Clock::start();
        let config = SubscriberConfig {
            subscriber: args.local_ivo.clone(),
            filters: args.filter.clone(),
            cursors: Vec::new(),
            limit_bytes: LIMIT_BYTES,
            silence_timeout: session::SILENCE_TIMEOUT,
        };
        let mut session = Subscriber::new(config, clock.now());
        let mut link = Link::new(stream);
        loop {
            let mut is_done = false;
            while let Some(event) = session.next_event() {
                match self.take(event, &mut session, clock, take).await {
                    Ok(false) => {}
                    Ok(true) => *taken += 1,
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ended::Unread,
                    Err(error) => return Ended::Unwritable(error),
                }
                is_done = args.count.is_some_and(|count| *taken >= count);
                if is_done {
                    break;
                }
            }
            while let Some(message) = session.transmit() {
                link.push(message);
            }
            if is_done {
                // The last ack should arrive; if it does not, the broker learns it from the closed connection.
                let _ = link.flush(Duration::from_secs(1)).await;
                link.linger(Duration::from_secs(1)).await;
                return Ended::Done;
            }
            if let Some(reason) = session.closed() {
                return Ended::Lost(reason.to_string());
            }
            let deadline =
                session.deadline().map_or_else(tokio::time::Instant::now, |deadline| clock.at(deadline));
            let progress = link.progress(true, |piece| session.receive(piece, clock.now()));
            match tokio::time::timeout_at(deadline, progress).await {
                Ok(Ok(Progress::Received | Progress::Flushed)) => {}
                Ok(Ok(Progress::Ended)) => return Ended::Lost("the broker closed it".to_owned()),
                Ok(Err(error)) => return Ended::Lost(error.to_string()),
                Err(_) => session.wake(clock.now()),
            }
        }
    }

    /// Does what is to be done about an event of the session; tells whether a packet was taken.
    async fn take(
        &self,
        event: SubscriberEvent,
        session: &mut Subscriber,
        clock: Clock,
        take: &mut impl AsyncFnMut(&Packet) -> io::Result<()>,
    ) -> io::Result<bool> {
        match event {
            SubscriberEvent::Packet(payload) => {
                match Packet::parse(payload.clone()) {
                    Ok(packet) => {
                        let is_wanted = self.wants(&packet);
                        if is_wanted {
                            take(&packet).await?;
                        }
                        session.acknowledge(packet.ivorn(), clock.now());
                        return Ok(is_wanted);
                    }
                    Err(error) => {
                        let reason = excerpt(&error.to_string());
                        tell!("philae: an event of {} bytes that cannot be read: {reason}", payload.len());
                        session.acknowledge("", clock.now());
                    }
                }
                Ok(true)
            }
            SubscriberEvent::Nak(reason) => {
                let reason = reason.as_deref().map_or_else(|| "nak, without a reason".to_owned(), excerpt);
                tell!("philae: the broker says: {reason}");
                Ok(false)
            }
            SubscriberEvent::Unreadable(reason) => {
                tell!("philae: the broker sent something that cannot be understood: {}", excerpt(&reason));
                Ok(false)
            }
            SubscriberEvent::Cursor(_) | SubscriberEvent::Resumed { .. } | SubscriberEvent::Iamalive => {
                Ok(false)
            }
        }
    }

    /// Whether a packet is taken; a broker may not have heeded the filters.
    fn wants(&self, packet: &Packet) -> bool {
        // What cannot be told is taken: an alert too many is better than one too few.
        self.wanted.is_empty() || filter::any_matches(&self.wanted, packet.raw()).unwrap_or(true)
    }
}
