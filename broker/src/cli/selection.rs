//! Which events of a log a command is about: the same options for all commands that read one.
//!
//! [`SelectionArgs`] are flattened into a command's own; [`SelectionArgs::open`] begins to read what they select, oldest
//! first, from a broker that runs or from its store at rest. What cannot be is a usage error that names the option. How
//! the log is read is `archive`'s affair.

mod bound;
mod cone;

use std::path::PathBuf;
use std::process::ExitCode;

use super::{EXIT_STORE, EXIT_USAGE, archive};
use crate::archive::{Archive, Content, SelectError, Selected, Selection};
use crate::event::{Relation, Role};
use crate::filter::{self, Expression};
use crate::index::{Cone, Criteria, Pattern};
use bound::Bound;

/// Which events are meant; all that are kept, unless said. What is said must all hold.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Which events (all that are kept, unless said)")]
pub(super) struct SelectionArgs {
    /// The data folder of the broker, whether that runs or not [default: as philae run]
    #[arg(long, value_name = "DIR", visible_alias = "eventdb")]
    data_dir: Option<PathBuf>,

    /// From this time on, or from this number in the log: 2026-04-06T12:00:00Z, 2026-04-06, 2h (ago), 4711
    #[arg(long, value_name = "TIME|SEQ", visible_alias = "since", value_parser = Bound::parse)]
    from: Option<Bound>,

    /// Before this time, or up to this number in the log
    #[arg(long, value_name = "TIME|SEQ", visible_alias = "until", value_parser = Bound::parse)]
    to: Option<Bound>,

    /// Which time is meant: when the broker received it, its author made it (Who/Date), or it was observed (ISOTime)
    #[arg(long, value_name = "WHICH", value_enum, default_value_t)]
    time: Time,

    /// Those whose identifier begins with this; repeatable
    #[arg(long, value_name = "IVOID")]
    stream: Vec<String>,

    /// Those with this identifier, in which each * stands for anything
    #[arg(long, value_name = "IVOID")]
    ivoid: Option<String>,

    /// Those of this role: observation, prediction, utility or test; repeatable
    #[arg(long, value_name = "ROLE", value_parser = role)]
    role: Vec<String>,

    /// Those in whose author's identifier or name this stands
    #[arg(long, value_name = "TEXT")]
    author: Option<String>,

    /// Those that cite this identifier, in which each * stands for anything
    #[arg(long, value_name = "IVOID")]
    cites: Option<String>,

    /// Those that cite in this way
    #[arg(long, value_name = "HOW", value_parser = Relation::NAMES)]
    relation: Option<String>,

    /// Those at a position in this circle, by degrees (ICRS or FK5): 83.63,22.01,1.5; also 05:34:32,+22:00:52,30arcmin
    #[arg(long, value_name = "RA,DEC,RADIUS", value_parser = cone::parse, allow_hyphen_values = true)]
    cone: Option<Cone>,

    /// Those in whose packet this text stands, markup included, in either case; all that is left is read for it
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,

    /// Those that this XPath 1.0 expression matches, as a subscriber's filter would; repeatable, one must match
    #[arg(long, value_name = "XPATH", allow_hyphen_values = true)]
    filter: Vec<String>,

    /// Of all those, the last N
    #[arg(long, value_name = "N")]
    last: Option<u64>,
}

/// Which time of an event is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Time {
    #[default]
    Received,
    Authored,
    Observed,
}

impl SelectionArgs {
    /// Begins to read what is selected.
    ///
    /// # Errors
    /// The exit code; what is wrong has been said.
    pub(super) fn open(&self) -> Result<Selected, ExitCode> {
        let selection = self.selection()?;
        selection.entries(self.archive()?).map_err(|error| tell(&error))
    }

    /// Opens the archive that is meant.
    ///
    /// # Errors
    /// The exit code; what is wrong has been said.
    pub(super) fn archive(&self) -> Result<Archive, ExitCode> {
        let archive = Archive::open(&self.data_folder()?).map_err(|error| archive::tell(&error))?;
        let head = archive.kept().to;
        if let Some(Bound::Place(from)) = self.from
            && from > head
        {
            tell!(
                "philae: --from {} is a number in the log, which ends at {head}; a time has a - in it",
                from.0
            );
        }
        Ok(archive)
    }

    /// The data folder that is meant.
    ///
    /// # Errors
    /// The exit code; what is wrong has been said.
    pub(super) fn data_folder(&self) -> Result<PathBuf, ExitCode> {
        archive::data_folder(self.data_dir.as_ref())
    }

    /// What is wanted.
    ///
    /// # Errors
    /// The exit code; what is wrong has been said.
    pub(super) fn selection(&self) -> Result<Selection, ExitCode> {
        let (from, since) = self.from.map_or((None, None), Bound::split);
        let (to, until) = self.to.map_or((None, None), Bound::split);
        let is_void = from > to.or(from) || until.zip(since).is_some_and(|(until, since)| until <= since);
        if is_void {
            tell!("philae: nothing lies between --from and --to: give the earlier one first");
            return Err(ExitCode::from(EXIT_USAGE));
        }
        let times = |which| if self.time == which { (since, until) } else { (None, None) };
        let pattern = |text: &String| Pattern::new(text);
        let criteria = Criteria {
            streams: self.stream.clone(),
            ivoid: self.ivoid.as_ref().map(pattern),
            roles: self.role.clone(),
            author: self.author.clone(),
            cites: self.cites.as_ref().map(pattern),
            relation: self.relation.clone(),
            cone: self.cone,
            received: times(Time::Received),
            authored: times(Time::Authored),
            observed: times(Time::Observed),
        };
        let text = self.text.as_ref().map(|text| text.to_lowercase());
        let content = Content { text, filters: self.filters()? };
        Ok(Selection { from, to, criteria, content, last: self.last })
    }

    fn filters(&self) -> Result<Vec<Expression>, ExitCode> {
        let compiled = self.filter.iter().map(|text| {
            filter::check(text).map_err(|error| {
                tell!("philae: the expression of --filter is refused: {error}");
                ExitCode::from(EXIT_USAGE)
            })
        });
        compiled.collect()
    }
}

/// Says why nothing can be selected.
pub(super) fn tell(error: &SelectError) -> ExitCode {
    match error {
        SelectError::Log(error) => archive::tell(error),
        SelectError::Index(_) => {
            tell!("philae: {error}");
            ExitCode::from(EXIT_STORE)
        }
    }
}

fn role(text: &str) -> Result<String, String> {
    Role::named(text).map(|role| role.name().to_owned())
}
