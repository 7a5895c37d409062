//! The lines of settings that grant what a module may need, all of them or those that are missing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::grants::Grants;
use crate::handlers::{Forbidden, Settings};
use crate::host::{Inspection, Use};

/// Where the lines stand that grant something.
pub(in crate::cli) const GRANTED: &str = "philae handler inspect shows the lines of settings that grant it";

/// The settings beside a module, and what of its needs they do not grant.
pub(super) struct Beside {
    pub(super) file: PathBuf,
    pub(super) missing: Vec<Use>,
}

/// Compares what a module may need with the settings that were named, or that stand beside it if there are any.
///
/// # Errors
/// If they cannot be read, or have faults.
pub(super) fn beside(
    seen: &Inspection,
    module: &Path,
    named: Option<&PathBuf>,
) -> Result<Option<Beside>, String> {
    let file = named.cloned().unwrap_or_else(|| module.with_extension("toml"));
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot read the settings '{}': {error}", file.display())),
    };
    let settings = Settings::parse(&file.display().to_string(), &text, &Forbidden::default());
    let grants = settings.map_err(|faults| faults.to_string())?.grants;
    Ok(Some(Beside { missing: missing(seen, &grants), file }))
}

/// What a module may need and is not granted.
pub(in crate::cli) fn missing(seen: &Inspection, grants: &Grants) -> Vec<Use> {
    let is_missing = |used: &Use| grant(*used).is_some_and(|grant| !(grant.is_there)(grants));
    needs(seen).filter(is_missing).collect()
}

/// What it uses that is there only if it is granted.
pub(super) fn needs(seen: &Inspection) -> impl Iterator<Item = Use> {
    seen.uses().into_keys().filter(|used| used.is_granted())
}

/// The lines of settings that grant some uses, with something to be replaced.
pub(super) fn lines(uses: impl Iterator<Item = Use>) -> String {
    let lines: Vec<_> = uses.filter_map(|used| Some(grant(used)?.lines)).collect();
    if lines.is_empty() { String::new() } else { format!("[grants]\n{}\n", lines.join("\n")) }
}

/// How something that a handler uses is granted.
struct Grant {
    /// Whether some of it is; if that is enough is seen when the handler is called.
    is_there: fn(&Grants) -> bool,
    /// What grants it.
    lines: &'static str,
}

/// How a use is granted, if it is one that must be; in the order in which the lines may stand: a table of its own comes last.
fn grant(used: Use) -> Option<Grant> {
    let (is_there, lines): (fn(&Grants) -> bool, _) = match used {
        Use::Publish => (|grants| grants.publish, "# to publish packets of its own\npublish = true"),
        Use::Folders => (
            |grants| !grants.folders.is_empty(),
            "# the folders that it is to see, each under the name by which it knows it\n\
             folders = [{ host = \"/srv/alerts\", guest = \"/out\", writable = true }]",
        ),
        Use::Http => (
            |grants| !grants.http.is_empty(),
            "# the hosts that it is to send requests to\nhttp = [\"https://hooks.example.org\"]",
        ),
        Use::Tcp => {
            (|grants| !grants.tcp.is_empty(), "# what it is to connect to\ntcp = [\"db.example.org:5432\"]")
        }
        Use::Environment => (
            |grants| !grants.environment.is_empty(),
            "# the variables that it is to see\n[grants.environment]\nNAME = \"value\"",
        ),
        Use::Event
        | Use::Log
        | Use::Config
        | Use::State
        | Use::Metrics
        | Use::Clocks
        | Use::Random
        | Use::Basics
        | Use::Unknown => return None,
    };
    Some(Grant { is_there, lines })
}

#[cfg(test)]
mod tests {
    use super::*;
    use vtp::Digest;

    fn seen() -> Inspection {
        let imports = [
            "philae:handler/publish@1.0.0 packet",
            "wasi:filesystem/types@0.2.3",
            "wasi:cli/environment@0.2.3",
            "wasi:http/types@0.2.3",
            "wasi:sockets/tcp@0.2.3",
            "philae:handler/log@1.0.0 write",
        ];
        Inspection {
            revision: Digest::of(b""),
            shape: crate::host::Shape::Component,
            size_bytes: 0,
            imports: imports.map(str::to_owned).into(),
        }
    }

    #[test]
    fn the_lines_that_are_shown_can_be_written_into_a_settings_file() {
        let folder = tempfile::tempdir().unwrap();
        let text = lines(needs(&seen())).replace("/srv/alerts", folder.path().to_str().unwrap());
        let grants = Settings::parse("a.toml", &text, &Forbidden::default()).unwrap().grants;
        assert!(grants.publish);
        let counts = [grants.folders.len(), grants.environment.len(), grants.http.len(), grants.tcp.len()];
        assert_eq!(counts, [1, 1, 1, 1]);
        assert!(needs(&seen()).all(|used| (grant(used).unwrap().is_there)(&grants)));
    }

    #[test]
    fn what_the_settings_beside_a_module_do_not_grant_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let module = folder.path().join("a.wasm");
        assert!(beside(&seen(), &module, None).unwrap().is_none());
        fs::write(folder.path().join("a.toml"), "[grants]\nhttp = ['https://a.example']\npublish = true")
            .unwrap();
        let found = beside(&seen(), &module, None).unwrap().unwrap();
        assert_eq!(found.missing, [Use::Folders, Use::Tcp, Use::Environment]);
        let named = folder.path().join("other.toml");
        assert!(beside(&seen(), &module, Some(&named)).is_err_and(|why| why.contains("other.toml")));
        fs::write(&named, "[grants]\nhtpp = []").unwrap();
        assert!(beside(&seen(), &module, Some(&named)).is_err_and(|why| why.contains("htpp")));
    }
}
