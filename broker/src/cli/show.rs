//! `philae show`: one event, what it says, what it belongs to, and what handlers made of it.

mod handled;
mod packet;
mod tree;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::files::print;
use super::{EXIT_FAILED, archive, events, selection};
use crate::archive::{Archive, LogError, SelectError, Tree, search};
use crate::index::{Criteria, Facts, Pattern, Search};
use crate::plain::{json_line, plain};
use crate::store::{Entry, Seq};
use handled::Handled;

/// Show one event: what it says, the tree of citations that it stands in, and what handlers made of it
///
/// An identifier names the latest event that has it; the numbers of others are told. What handlers did is known while the
/// broker runs. Exits with 1 if there is no such event.
#[derive(Debug, clap::Args)]
pub(super) struct ShowArgs {
    /// Its number in the log, or its identifier
    #[arg(value_name = "SEQ|IVOID")]
    event: String,

    /// Print the packet as it was received, byte for byte, and nothing else
    #[arg(long)]
    raw: bool,

    /// Print a JSON object
    #[arg(long, conflicts_with = "raw")]
    json: bool,

    /// The data folder of the broker, whether that runs or not [default: as philae run]
    #[arg(long, value_name = "DIR", visible_alias = "eventdb")]
    data_dir: Option<PathBuf>,
}

/// An event, with all that is told of it.
struct Shown {
    entry: Entry,
    facts: Facts,
    others: Vec<Seq>,
    tree: Tree,
    handled: Option<Vec<Handled>>,
}

pub(super) fn main(args: &ShowArgs) -> ExitCode {
    show(args).unwrap_or_else(|code| code)
}

fn show(args: &ShowArgs) -> Result<ExitCode, ExitCode> {
    let folder = archive::data_folder(args.data_dir.as_ref())?;
    let log = |error: LogError| archive::tell(&error);
    let select = |error: SelectError| selection::tell(&error);
    let archive = Archive::open(&folder).map_err(log)?;
    let number = args.event.parse().ok().map(Seq);
    if let (Some(place), true) = (number, args.raw) {
        let entry = archive.one(place).map_err(log)?.ok_or_else(|| none(args))?;
        return Ok(raw(&entry));
    }
    let (search, _) = search(&archive).map_err(select)?;
    let places = match number {
        Some(place) => vec![place],
        None => named(&search, &archive, &args.event).map_err(select)?,
    };
    let place = places.last().copied().ok_or_else(|| none(args))?;
    let entry = archive.one(place).map_err(log)?.ok_or_else(|| none(args))?;
    if args.raw {
        return Ok(raw(&entry));
    }
    let others = named(&search, &archive, &entry.ivoid).map_err(select)?;
    let facts = Facts::of(&entry);
    let tree = Tree::of(&search, archive.kept(), &facts).map_err(select)?;
    let handled = archive.at_rest().is_none().then(|| handled::ask(&folder, &entry)).flatten();
    let others = others.into_iter().filter(|other| *other != place).collect();
    let shown = Shown { facts, entry, others, tree, handled };
    Ok(print(|out| {
        if args.json {
            writeln!(out, "{}", json_line(&shown.json()))?
        } else {
            shown.text(out)?
        }
        Ok(true)
    }))
}

/// The places of an identifier, in order.
fn named(search: &Search, archive: &Archive, ivoid: &str) -> Result<Vec<Seq>, SelectError> {
    let criteria = Criteria { ivoid: Some(Pattern::exact(ivoid)), ..Criteria::default() };
    Ok(search.places(&criteria, archive.kept(), None)?)
}

fn raw(entry: &Entry) -> ExitCode {
    print(|out| out.write_all(&entry.bytes).map(|()| true))
}

fn none(args: &ShowArgs) -> ExitCode {
    tell!("philae: there is no event '{}' in the log; see philae events", plain(&args.event));
    ExitCode::from(EXIT_FAILED)
}

impl Shown {
    fn json(&self) -> Value {
        let mut shown = events::json(&self.facts);
        if let Value::Object(shown) = &mut shown {
            shown.insert("digest".to_owned(), json!(self.entry.digest.to_string()));
            shown.insert("hops".to_owned(), json!(self.entry.hops));
            shown.insert("others".to_owned(), json!(self.others.iter().map(|seq| seq.0).collect::<Vec<_>>()));
            shown.insert("params".to_owned(), packet::params(&self.entry));
            shown.insert("tree".to_owned(), tree::json(&self.tree));
            shown.insert("handlers".to_owned(), json!(self.handled));
            shown.insert("packet".to_owned(), json!(String::from_utf8_lossy(&self.entry.bytes)));
        }
        shown
    }

    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        packet::head(&self.entry, &self.facts, &self.others, out)?;
        packet::body(&self.entry, out)?;
        if self.tree.nodes.len() > 1 {
            writeln!(out, "\ncitations")?;
            tree::text(&self.tree, self.entry.seq, out)?;
        }
        match &self.handled {
            Some(handled) if handled.is_empty() => {}
            Some(handled) => {
                writeln!(out, "\nhandlers")?;
                handled.iter().try_for_each(|handled| handled.text(out))?;
            }
            None => writeln!(out, "\nWhat handlers made of it is known while the broker runs.")?,
        }
        Ok(())
    }
}
