//! `philae handler inspect`: what a file is, what it says of itself, what it uses, and what would have to be granted.
//!
//! It is compiled, as a broker would, and asked what it is in an instance that reaches nothing; it is not called. No broker
//! is needed; where one runs that calls this very file, it is asked what it denied it.

mod running;
mod settings;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::super::EXIT_UNAVAILABLE;
use super::super::files::{plain_name, print};
use super::denied;
use running::Running;
use settings::Beside;
pub(in crate::cli) use settings::{GRANTED, missing};

use crate::host::{Description, Host, HostOptions, Inspection, LoadError, Use};
use crate::plain::{excerpt, json_line, plain};

/// Functions of one use that are shown; JSON has all.
const SHOWN: usize = 6;

/// Say what a file is, what it would use, what it needs to be granted, and what a broker denied it
///
/// With NAME.toml beside NAME.wasm, or --settings, it says what of that is not granted yet. Calls that were denied are told
/// if the broker on --data-dir runs that very file; the name of a handler stands for the one that it runs.
#[derive(Debug, clap::Args)]
pub(super) struct InspectArgs {
    /// Modules, or handlers of the broker on --data-dir
    #[arg(value_name = "FILE|NAME", required = true)]
    files: Vec<PathBuf>,

    /// The settings that the module is to have [default: NAME.toml beside it, if there is one]
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

/// What is known of one file.
struct Report {
    seen: Inspection,
    /// The settings, and what they do not grant; or what is wrong with them.
    beside: Result<Option<Beside>, String>,
    /// What was denied to it by a broker that runs it.
    denied: Vec<Value>,
    /// What it says of itself, if it can; or why it cannot run.
    said: Said,
}

pub(super) fn main(args: &InspectArgs, data_dir: Option<&PathBuf>, as_json: bool) -> ExitCode {
    let options = HostOptions::for_a_look();
    let host = match Host::start(&options) {
        Ok(host) => host,
        Err(error) => {
            tell!("philae: {error}");
            return ExitCode::from(EXIT_UNAVAILABLE);
        }
    };
    let brokers = Running::on(data_dir);
    print(|out| {
        let mut are_handlers = true;
        for file in &args.files {
            if let Some(name) = running::name(file) {
                are_handlers &= brokers.tell(name, as_json, out)?;
                continue;
            }
            let read = read(file, options.max_module_bytes);
            let report = read.and_then(|module| look(&host, &module)).map(|(seen, said)| Report {
                beside: settings::beside(&seen, file, args.settings.as_ref()),
                denied: brokers.denied_to(file, &seen),
                seen,
                said,
            });
            // What stands beside a module may be for another machine; what was named is meant.
            let is_good =
                |report: &Report| report.said.is_ok() && (report.beside.is_ok() || args.settings.is_none());
            are_handlers &= report.as_ref().is_ok_and(is_good);
            match as_json {
                true => writeln!(out, "{}", json_line(&to_json(file, &report)))?,
                false => tell(file, &report, out)?,
            }
            out.flush()?;
        }
        Ok(are_handlers)
    })
}

fn read(file: &Path, most: usize) -> Result<Vec<u8>, String> {
    let mut module = Vec::new();
    let opened = File::open(file).and_then(|opened| opened.take(most as u64 + 1).read_to_end(&mut module));
    opened.map(|_| module).map_err(|error| format!("cannot read it: {error}"))
}

type Said = Result<Option<Description>, LoadError>;

fn look(host: &Host, module: &[u8]) -> Result<(Inspection, Said), String> {
    let seen = host.inspect(module).map_err(|error| error.to_string())?;
    let said = host.describe(module, &seen);
    Ok((seen, said))
}

fn tell(file: &Path, report: &Result<Report, String>, out: &mut impl Write) -> io::Result<()> {
    let name = plain_name(file);
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            tell!("{name}: {error}");
            return Ok(());
        }
    };
    let seen = &report.seen;
    writeln!(out, "{name}")?;
    writeln!(out, "  shape     {}, {} bytes", seen.shape.name(), seen.size_bytes)?;
    writeln!(out, "  revision  {}", seen.revision)?;
    if let Ok(said) = &report.said {
        writeln!(out, "  says      {}", words(said.as_ref()))?;
    }
    let mut label = "uses";
    for (used, imports) in seen.uses() {
        writeln!(out, "  {label:<9} {:<12} {}", used.name(), shown(&imports))?;
        label = "";
    }
    tell_grants(file, report, out)?;
    for denied in &report.denied {
        writeln!(out, "  denied    {}", denied::line(denied))?;
    }
    writeln!(out)?;
    out.flush()?;
    if let Err(faults) = &report.beside {
        faults.lines().for_each(|fault| tell!("{}", plain(fault)));
    }
    if let Err(error) = &report.said {
        tell!("{name}: it cannot run: {error}");
    }
    Ok(())
}

fn tell_grants(file: &Path, report: &Report, out: &mut impl Write) -> io::Result<()> {
    let needs = settings::lines(settings::needs(&report.seen));
    let (words, lines) = match &report.beside {
        _ if needs.is_empty() => ("it needs none".to_owned(), String::new()),
        Ok(Some(Beside { file, missing })) if missing.is_empty() => {
            (format!("{} grants something of all that it may need", plain_name(file)), String::new())
        }
        Ok(Some(Beside { file, missing })) => {
            let words = format!("what {} does not grant of what it may need, like this:\n", plain_name(file));
            (words, settings::lines(missing.iter().copied()))
        }
        Ok(None) | Err(_) => {
            let stem = plain_name(Path::new(file.file_stem().unwrap_or_default()));
            let words = format!("what it may need stands in {stem}.toml beside it, like this:\n");
            (words, needs)
        }
    };
    writeln!(out, "  grants    {words}")?;
    lines.lines().try_for_each(|line| writeln!(out, "      {line}"))
}

fn to_json(file: &Path, report: &Result<Report, String>) -> Value {
    let report = match report {
        Ok(report) => report,
        Err(error) => return json!({ "file": file.display().to_string(), "error": error }),
    };
    let seen = &report.seen;
    let says = report.said.as_ref().ok().and_then(Option::as_ref).map(|said| {
        let roles: Vec<_> = said.roles.iter().map(|role| role.name()).collect();
        json!({ "name": said.name, "version": said.version, "roles": roles, "streams": said.streams })
    });
    let uses: serde_json::Map<_, _> =
        seen.uses().into_iter().map(|(used, imports)| (used.name().to_owned(), json!(imports))).collect();
    json!({
        "file": file.display().to_string(),
        "shape": seen.shape.name(),
        "size_bytes": seen.size_bytes,
        "revision": seen.revision.to_string(),
        "says": says,
        "uses": uses,
        "needs": settings::needs(seen).map(Use::name).collect::<Vec<_>>(),
        "settings": settings::lines(settings::needs(seen)),
        "missing": report.beside.as_ref().ok().and_then(Option::as_ref).map(|beside| {
            beside.missing.iter().copied().map(Use::name).collect::<Vec<_>>()
        }),
        "denied": report.denied,
        "settings_error": report.beside.as_ref().err(),
        "error": report.said.as_ref().err().map(ToString::to_string),
    })
}

/// What a handler says of itself.
fn words(said: Option<&Description>) -> String {
    let Some(Description { name, version, roles, streams }) = said else {
        return "nothing; it is a command, which gets each packet on its standard input".to_owned();
    };
    let roles: Vec<_> = roles.iter().map(|role| role.name()).collect();
    let roles = if roles.is_empty() { "every role".to_owned() } else { roles.join(", ") };
    let streams = if streams.is_empty() { "every stream".to_owned() } else { streams.join(", ") };
    excerpt(&format!("{name} {version}, for {roles} of {streams}"))
}

/// Imports of one use: functions by their names, interfaces of a component by theirs.
fn shown(imports: &[&str]) -> String {
    let names: Vec<_> = imports
        .iter()
        .map(|import| import.split_once(' ').map_or(*import, |(_, function)| function))
        .filter(|name| !name.starts_with("[resource-drop]"))
        .map(|name| name.split_once(']').map_or(name, |(_, name)| name))
        .collect();
    let some = excerpt(&names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", "));
    match names.len().saturating_sub(SHOWN) {
        0 => some,
        more => format!("{some} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_go_by_their_names() {
        let imports = [
            "wasi:filesystem/types@0.2.3 [method]descriptor.open-at",
            "wasi:filesystem/types@0.2.3 [resource-drop]descriptor",
            "wasi:filesystem/preopens@0.2.3 get-directories",
        ];
        assert_eq!(shown(&imports), "descriptor.open-at, get-directories");
        assert_eq!(shown(&["wasi:io/streams@0.2.3"]), "wasi:io/streams@0.2.3");
    }
}
