//! `philae tap`: subscribes to a broker and shows events as they come.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use jiff::Timestamp;
use vtp::Packet;
use vtp::session::{self, Subscriber, SubscriberConfig, SubscriberEvent};

use super::{EXIT_FAILED, EXIT_UNAVAILABLE, EXIT_USAGE, runtime};
use crate::clock::Clock;
use crate::filter::{self, Expression};
use crate::native::save;
use crate::net::connect::connect;
use crate::net::endpoint::{BROADCAST_PORT, ConnectEndpoint};
use crate::net::link::{Link, Progress};
use crate::plain::{excerpt, is_order, plain};

/// Largest event that is shown.
const LIMIT_BYTES: u32 = 64 * 1024 * 1024;
/// How long a broker may take to answer the knock.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Subscribe to a broker and show events as they come.
///
/// A line an event: when it came, its role, its size in bytes, its identifier. A link that breaks is made again.
#[derive(Debug, clap::Args)]
pub(super) struct TapArgs {
    /// The broker: HOST, HOST:PORT or unix:/path; port 8099 unless said
    #[arg(value_name = "BROKER")]
    broker: String,

    /// Print each event's XML as it came
    #[arg(long, conflicts_with = "json")]
    xml: bool,

    /// Print a JSON object an event: received, ivorn, role, version, bytes, digest
    #[arg(long)]
    json: bool,

    /// Save each event as a file in this directory, which must exist
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,

    /// Show only events that match an XPath expression, or another; repeatable. The broker is asked for no more, and what
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
    /// All that was asked for was shown.
    Done,
    /// Nobody reads what we print any more.
    Unread,
    /// What came could not be written.
    Unwritable(io::Error),
    /// The link broke.
    Lost(String),
}

pub(super) fn main(args: &TapArgs) -> ExitCode {
    let mut wanted = Vec::new();
    for text in &args.filter {
        match filter::check(text) {
            Ok(expression) => wanted.push(expression),
            Err(error) => {
                eprintln!("philae: the filter '{}' is refused: {error}", excerpt(text));
                return ExitCode::from(EXIT_USAGE);
            }
        }
    }
    let broker = match ConnectEndpoint::parse(&args.broker, BROADCAST_PORT) {
        Ok(broker) => broker,
        Err(error) => {
            eprintln!("philae: cannot listen to '{}': {error}", args.broker);
            return ExitCode::from(EXIT_FAILED);
        }
    };
    let tap = Tap { args, wanted, broker };
    let tapped = runtime::block_on(async {
        // Whichever comes first; nothing is lost by leaving a subscription.
        tokio::select! {
            code = tap.run() => code,
            _ = runtime::asked_to_end() => ExitCode::SUCCESS,
        }
    });
    tapped.unwrap_or_else(|error| {
        eprintln!("philae: {error}");
        ExitCode::from(EXIT_FAILED)
    })
}

/// What is to be shown, and where it comes from.
struct Tap<'a> {
    args: &'a TapArgs,
    wanted: Vec<Expression>,
    broker: ConnectEndpoint,
}

impl Tap<'_> {
    async fn run(&self) -> ExitCode {
        let Self { args, broker, .. } = self;
        let mut shown = 0;
        let mut wait = Duration::from_secs(1);
        loop {
            let before = shown;
            let reason = match self.listen(&mut shown).await {
                Ended::Done | Ended::Unread => return ExitCode::SUCCESS,
                Ended::Unwritable(error) => {
                    eprintln!("philae: cannot write the event: {error}");
                    return ExitCode::from(EXIT_FAILED);
                }
                Ended::Lost(reason) => reason,
            };
            if args.once {
                eprintln!("philae: no link to {broker}: {reason}");
                return ExitCode::from(EXIT_UNAVAILABLE);
            }
            wait = if shown > before { Duration::from_secs(1) } else { (wait * 2).min(LONGEST_WAIT) };
            eprintln!("philae: no link to {broker}: {reason}; again in {} s", wait.as_secs());
            tokio::time::sleep(wait).await;
        }
    }

    async fn listen(&self, shown: &mut u64) -> Ended {
        let Self { args, broker, .. } = self;
        let stream = match connect(broker, CONNECT_TIMEOUT).await {
            Ok(stream) => stream,
            Err(error) => return Ended::Lost(error.to_string()),
        };
        eprintln!("philae: listening to {broker}");
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
                match self.take(event, &mut session, clock) {
                    Ok(false) => {}
                    Ok(true) => *shown += 1,
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ended::Unread,
                    Err(error) => return Ended::Unwritable(error),
                }
                is_done = args.count.is_some_and(|count| *shown >= count);
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

    /// Does what is to be done about an event of the session; tells whether a packet was shown.
    fn take(&self, event: SubscriberEvent, session: &mut Subscriber, clock: Clock) -> io::Result<bool> {
        match event {
            SubscriberEvent::Packet(payload) => {
                match Packet::parse(payload.clone()) {
                    Ok(packet) => {
                        let is_wanted = self.wants(&packet);
                        if is_wanted {
                            show(self.args, &packet)?;
                        }
                        session.acknowledge(packet.ivorn(), clock.now());
                        return Ok(is_wanted);
                    }
                    Err(error) => {
                        let reason = excerpt(&error.to_string());
                        eprintln!(
                            "philae: an event of {} bytes that cannot be read: {reason}",
                            payload.len()
                        );
                        session.acknowledge("", clock.now());
                    }
                }
                Ok(true)
            }
            SubscriberEvent::Nak(reason) => {
                let reason = reason.as_deref().map_or_else(|| "nak, without a reason".to_owned(), excerpt);
                eprintln!("philae: the broker says: {reason}");
                Ok(false)
            }
            SubscriberEvent::Unreadable(reason) => {
                eprintln!(
                    "philae: the broker sent something that cannot be understood: {}",
                    excerpt(&reason)
                );
                Ok(false)
            }
            SubscriberEvent::Cursor(_) | SubscriberEvent::Resumed { .. } | SubscriberEvent::Iamalive => {
                Ok(false)
            }
        }
    }

    /// Whether a packet is shown; a broker may not have heeded the filters.
    fn wants(&self, packet: &Packet) -> bool {
        // What cannot be told is shown: an alert too many is better than one too few.
        self.wanted.is_empty() || filter::any_matches(&self.wanted, packet.raw()).unwrap_or(true)
    }
}

fn show(args: &TapArgs, packet: &Packet) -> io::Result<()> {
    if let Some(folder) = &args.save {
        save(folder, packet.ivorn(), packet.raw())?;
    }
    let received = Timestamp::now();
    let mut out = io::stdout().lock();
    if args.xml {
        out.write_all(packet.raw())?;
        out.write_all(b"\n")?;
    } else if args.json {
        writeln!(out, "{}", to_json(packet, received))?;
    } else {
        let (role, bytes) = (plain(packet.role()), packet.raw().len());
        writeln!(out, "{received:.3}  {role:<11} {bytes:>7}  {}", plain(packet.ivorn()))?;
    }
    out.flush()
}

fn to_json(packet: &Packet, received: Timestamp) -> String {
    let object = serde_json::json!({
        "received": received.to_string(),
        "ivorn": packet.ivorn(),
        "role": packet.role(),
        "version": packet.version(),
        "bytes": packet.raw().len(),
        "digest": packet.digest().to_string(),
    });
    // JSON escapes but the oldest orders to a terminal; it may escape the others as well.
    let mut line = String::new();
    for c in object.to_string().chars() {
        if is_order(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| line.push_str(&format!("\\u{unit:04x}")));
        } else {
            line.push(c);
        }
    }
    line
}
