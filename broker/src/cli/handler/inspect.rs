//! `philae handler inspect`: what a file is, what it says of itself, what it uses, and what would have to be granted.
//!
//! It is compiled, as a broker would, and asked what it is in an instance that reaches nothing; it is not called. No broker
//! is needed, and none is asked.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::super::EXIT_UNAVAILABLE;
use super::super::files::print;
use crate::host::{Description, Host, HostOptions, Inspection, LoadError, Use};
use crate::plain::excerpt;

/// Functions of one use that are shown; JSON has all.
const SHOWN: usize = 6;

/// What is known of one file.
struct Report {
    seen: Inspection,
    /// What it says of itself, if it can; or why it cannot run.
    said: Result<Option<Description>, LoadError>,
}

pub(super) fn main(files: &[PathBuf], as_json: bool) -> ExitCode {
    let options = HostOptions::for_a_look();
    let host = match Host::start(&options) {
        Ok(host) => host,
        Err(error) => {
            eprintln!("philae: {error}");
            return ExitCode::from(EXIT_UNAVAILABLE);
        }
    };
    print(|out| {
        let mut are_handlers = true;
        for file in files {
            let report = read(file, options.max_module_bytes).and_then(|module| look(&host, &module));
            are_handlers &= report.as_ref().is_ok_and(|report| report.said.is_ok());
            match as_json {
                true => writeln!(out, "{}", to_json(file, &report))?,
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

fn look(host: &Host, module: &[u8]) -> Result<Report, String> {
    let seen = host.inspect(module).map_err(|error| error.to_string())?;
    let said = host.describe(module, &seen);
    Ok(Report { seen, said })
}

fn tell(file: &Path, report: &Result<Report, String>, out: &mut impl Write) -> io::Result<()> {
    let name = file.display();
    let report = match report {
        Ok(report) => report,
        Err(error) => return eprint_line(&format!("{name}: {error}")),
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
    let settings = settings(seen);
    if settings.is_empty() {
        writeln!(out, "  grants    it needs none")?;
    } else {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        writeln!(out, "  grants    what it may need stands in {stem}.toml beside it, like this:\n")?;
        settings.lines().try_for_each(|line| writeln!(out, "      {line}"))?;
    }
    writeln!(out)?;
    match &report.said {
        Ok(_) => Ok(()),
        Err(error) => out.flush().and_then(|()| eprint_line(&format!("{name}: it cannot run: {error}"))),
    }
}

fn eprint_line(line: &str) -> io::Result<()> {
    writeln!(io::stderr(), "{line}")
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
        "needs": seen.uses().into_keys().filter(|used| used.is_granted()).map(Use::name).collect::<Vec<_>>(),
        "settings": settings(seen),
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

/// The lines of settings that grant what a module may need, with something to be replaced.
fn settings(seen: &Inspection) -> String {
    let lines: Vec<_> = seen.uses().into_keys().filter_map(grant).collect();
    if lines.is_empty() { String::new() } else { format!("[grants]\n{}\n", lines.join("\n")) }
}

/// In the order in which they may stand: a table of its own comes last.
fn grant(used: Use) -> Option<&'static str> {
    match used {
        Use::Publish => Some("# to publish packets of its own\npublish = true"),
        Use::Folders => Some(
            "# the folders that it is to see, each under the name by which it knows it\n\
             folders = [{ host = \"/srv/alerts\", guest = \"/out\", writable = true }]",
        ),
        Use::Http => {
            Some("# the hosts that it is to send requests to\nhttp = [\"https://hooks.example.org\"]")
        }
        Use::Tcp => Some("# what it is to connect to\ntcp = [\"db.example.org:5432\"]"),
        Use::Environment => Some("# the variables that it is to see\n[grants.environment]\nNAME = \"value\""),
        Use::Event
        | Use::Log
        | Use::Config
        | Use::State
        | Use::Metrics
        | Use::Clocks
        | Use::Random
        | Use::Basics
        | Use::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handlers::{Forbidden, Settings};
    use vtp::Digest;

    #[test]
    fn the_lines_that_are_shown_can_be_written_into_a_settings_file() {
        let imports = [
            "philae:handler/publish@1.0.0 packet",
            "wasi:filesystem/types@0.2.3",
            "wasi:cli/environment@0.2.3",
            "wasi:http/types@0.2.3",
            "wasi:sockets/tcp@0.2.3",
        ];
        let seen = Inspection {
            revision: Digest::of(b""),
            shape: crate::host::Shape::Component,
            size_bytes: 0,
            imports: imports.map(str::to_owned).into(),
        };
        let folder = tempfile::tempdir().unwrap();
        let text = settings(&seen).replace("/srv/alerts", folder.path().to_str().unwrap());
        let grants = Settings::parse("a.toml", &text, &Forbidden::default()).unwrap().grants;
        assert!(grants.publish);
        let counts = [grants.folders.len(), grants.environment.len(), grants.http.len(), grants.tcp.len()];
        assert_eq!(counts, [1, 1, 1, 1]);
    }

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
