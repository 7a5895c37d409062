//! The arguments of `philae query`.

use std::time::{Duration, Instant};

use crate::cli::selection::SelectionArgs;
use crate::config::{ByteSize, duration};
use crate::query::Bounds;

/// What one evaluation may take, unless said.
const EVALUATION: Duration = Duration::from_secs(60);
/// The least that a worker can work in.
const LEAST_MEMORY: ByteSize = ByteSize::mib(64);
const MOST_MEMORY: ByteSize = ByteSize::mib(1 << 20);

/// Ask the archive in XPath 3.1
///
/// The expression is evaluated on each event by itself, with the VOEvent element as context: What/Param[@name='x']/@value and
/// //Param mean what they do in filters. Each item of what it comes to is a row; a map is one with a column a key. Known are
/// $seq, $received, $ivoid, $stream, $role and $source, the prefix voe for VOEvent 2.0 (voe11, voe21), math, map and array.
/// Only the root element is in a namespace, so that paths from it need no prefix.
///
/// With --all it is evaluated once, and $events are the VOEvent elements of all events. With --then a second expression is
/// evaluated once, and $results are all items that the first came to: it does with far less memory.
///
/// Evaluated by processes of its own, as many as there are processors, which hold neither store nor port and end with
/// this one. Exits with 1 if there is no row, or the expression failed on an event, and with 2 if it is refused.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct QueryArgs {
    /// The XPath 3.1 expression
    #[arg(value_name = "XPATH", allow_hyphen_values = true)]
    pub(super) expression: String,

    /// Evaluate it once over $events, the VOEvent elements of all
    #[arg(long, help_heading = "Options")]
    pub(super) all: bool,

    /// Then evaluate this once over $results, all that the first came to; of nodes their values
    #[arg(
        long,
        help_heading = "Options",
        value_name = "XPATH",
        allow_hyphen_values = true,
        conflicts_with = "all"
    )]
    pub(super) then: Option<String>,

    /// How rows are printed; JSON is a line a row, CSV has an apostrophe before what a spreadsheet would compute
    #[arg(long, help_heading = "Options", value_name = "FORM", value_enum, default_value_t = Form::Table)]
    pub(super) format: Form,

    /// Most time for all of it [default: as long as no evaluation takes more than 60s]
    #[arg(long, help_heading = "Options", value_name = "TIME", value_parser = time)]
    time_limit: Option<Duration>,

    /// Most memory of a process that evaluates
    #[arg(long, help_heading = "Options", value_name = "SIZE", value_parser = memory, default_value = "2GiB")]
    pub(super) memory_limit: ByteSize,

    #[command(flatten)]
    pub(super) selection: SelectionArgs,
}

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Form {
    Table,
    Json,
    Csv,
}

impl QueryArgs {
    /// How long may be waited for an evaluation and for all of it, which began then.
    pub(super) fn bounds(&self, began: Instant) -> Bounds {
        let whole = self.time_limit.map(|limit| (began, limit));
        Bounds { each: self.time_limit.unwrap_or(EVALUATION), whole }
    }
}

fn time(text: &str) -> Result<Duration, String> {
    duration(text, &(Duration::from_millis(1)..=Duration::from_secs(30 * 86_400)))
        .map_err(|error| error.to_string())
}

fn memory(text: &str) -> Result<ByteSize, String> {
    ByteSize::parse_within(text, &(LEAST_MEMORY..=MOST_MEMORY)).map_err(|error| error.to_string())
}
