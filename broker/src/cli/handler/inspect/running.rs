//! What the broker that runs on a data folder knows of a handler: nothing, if none runs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::handler::denied;
use crate::cli::{ask, run_args, runtime};
use crate::control::Request;
use crate::handlers::HandlerName;
use crate::host::Inspection;
use crate::plain::{json_line, plain};

/// The broker on a data folder.
pub(super) struct Running(Option<PathBuf>);

impl Running {
    pub(super) fn on(data_dir: Option<&PathBuf>) -> Self {
        Self(data_dir.cloned().or_else(|| run_args::environment().data_dir()))
    }

    /// What was denied to a file, if it is what the broker runs under its name.
    pub(super) fn denied_to(&self, file: &Path, seen: &Inspection) -> Vec<Value> {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        // Most who inspect a file have no broker; that is no fault.
        let Ok(handler) = self.ask(&stem) else { return Vec::new() };
        let is_it = handler.get("revision").and_then(Value::as_str) == Some(&seen.revision.to_string());
        let denied = handler.get("denied").and_then(Value::as_array).filter(|_| is_it);
        denied.cloned().unwrap_or_default()
    }

    /// Tells what was denied to a handler; whether the broker has one of that name.
    pub(super) fn tell(&self, name: &str, as_json: bool, out: &mut impl Write) -> io::Result<bool> {
        let handler = match self.ask(name) {
            Ok(handler) => handler,
            Err(error) => {
                out.flush()?;
                tell!("{name}: there is no such file, and as the name of a handler: {error}");
                return Ok(false);
            }
        };
        let of = |key: &str| handler.get(key).cloned().unwrap_or_default();
        if as_json {
            let (shape, revision, trouble) = (of("shape"), of("revision"), of("trouble"));
            let told = json!({ "handler": name, "shape": shape, "revision": revision, "trouble": trouble, "denied": of("denied") });
            writeln!(out, "{}", json_line(&told))?;
            return Ok(true);
        }
        writeln!(out, "{name}")?;
        for key in ["shape", "revision", "trouble"] {
            if let Some(text) = of(key).as_str().filter(|text| !text.is_empty()) {
                writeln!(out, "  {key:<9} {}", plain(text))?;
            }
        }
        let denied = denied::lines(&handler);
        if denied.is_empty() {
            writeln!(out, "  denied    nothing since it took over")?;
        }
        denied.iter().try_for_each(|line| writeln!(out, "  denied    {line}"))?;
        writeln!(out)?;
        Ok(true)
    }

    fn ask(&self, name: &str) -> Result<Value, String> {
        let folder = self.0.as_ref().ok_or("which data folder is not known; name it with --data-dir")?;
        let request = Request::Handler { name: name.to_owned() };
        let answer = runtime::block_on(ask::ask(folder, &request)).map_err(|error| error.to_string())?;
        let answer = answer.map_err(|error| error.to_string())?;
        Ok(answer.get("handler").cloned().unwrap_or_default())
    }
}

/// The name of a handler, if that is what was named, and no file.
pub(super) fn name(named: &Path) -> Option<&str> {
    let text = named.to_str()?;
    (!named.exists() && !text.contains('.') && HandlerName::parse(text).is_ok()).then_some(text)
}
