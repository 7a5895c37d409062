//! New projects: a handler that does something, its settings, a sample packet, and what is expected of it.
//!
//! The files stand in `templates/`, a folder a language and one for all, and are a part of the program: nothing is fetched.
//! `{{name}}` and the like in them are filled in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::language::Language;
use crate::handlers::{EXAMPLE, HandlerName};

/// A file of a template: where it goes, and its text.
type File = (&'static str, &'static str);

macro_rules! file {
    ($to:literal, $from:literal) => {
        ($to, include_str!(concat!("templates/", $from)))
    };
}

/// What every project gets.
const COMMON: [File; 3] = [
    file!("README.md", "common/README.md"),
    file!("packets/grb.xml", "common/grb.xml"),
    file!("expected.txt", "common/expected.txt"),
];
/// The interface, which components are built against.
pub(super) const WIT: File = file!("wit/handler.wit", "common/handler.wit");
/// The same for handlers in C, which the compiler is given.
pub(super) const HEADER: File = file!("include/philae.h", "common/philae.h");

/// What a project of a language gets besides.
const fn files(language: Language) -> &'static [File] {
    match language {
        Language::Rust => {
            &[file!("Cargo.toml", "rust/Cargo.toml.txt"), file!("src/lib.rs", "rust/lib.rs.txt")]
        }
        Language::C => &[file!("handler.c", "c/handler.c")],
        Language::Zig => &[file!("handler.zig", "zig/handler.zig")],
        Language::Go => &[file!("main.go", "go/main.go.txt"), file!("go.mod", "go/go.mod.txt")],
        Language::AssemblyScript => &[file!("handler.ts", "assemblyscript/handler.ts")],
        Language::JavaScript => &[file!("handler.js", "javascript/handler.js"), WIT],
        Language::Python => &[file!("handler.py", "python/handler.py"), WIT],
    }
}

/// Why a project cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NewError {
    /// Something is there already.
    #[error("'{}' is there already; choose another name, or another folder with --dir", .0.display())]
    Exists(PathBuf),
    /// Cargo does not take such a name.
    #[error("a crate's name begins with a letter, and '{0}' does not; choose another")]
    CrateName(HandlerName),
    /// A file cannot be written.
    #[error("cannot write '{path}': {error}", path = .path.display())]
    Unwritable {
        /// Its path.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// Makes a project in a folder of its name in `inside`; `clone` is a folder of Philae's sources, if one is at hand, whose SDK
/// a crate is then built with.
///
/// # Errors
/// If there is something, or it cannot be written.
pub(crate) fn new_project(
    name: &HandlerName,
    language: Language,
    inside: &Path,
    clone: Option<&Path>,
) -> Result<PathBuf, NewError> {
    if language == Language::Rust && !name.as_str().starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(NewError::CrateName(name.clone()));
    }
    let project = inside.join(name.as_str());
    let unwritable = |path: &Path, error| NewError::Unwritable { path: path.to_owned(), error };
    fs::create_dir_all(inside).map_err(|error| unwritable(inside, error))?;
    fs::create_dir(&project).map_err(|error| {
        let is_there = error.kind() == io::ErrorKind::AlreadyExists;
        if is_there { NewError::Exists(project.clone()) } else { unwritable(&project, error) }
    })?;
    let sdk = match clone {
        Some(clone) => format!("{{ path = {:?} }}", clone.join("guest-sdk").display().to_string()),
        None => format!("{:?}", env!("CARGO_PKG_VERSION")),
    };
    let filled = |text: &str| {
        text.replace("{{name}}", name.as_str())
            .replace("{{language}}", &language.to_string())
            .replace("{{source}}", language.source())
            .replace("{{sdk}}", &sdk)
            .replace("{{how}}", how(language))
    };
    let settings = format!("{name}.toml");
    let texts = COMMON.iter().chain(files(language)).map(|(path, text)| (*path, filled(text)));
    for (path, text) in texts.chain([(settings.as_str(), commented(name))]) {
        let path = project.join(path);
        let folder = path.parent().unwrap_or(&project);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
        written.map_err(|error| unwritable(&path, error))?;
    }
    Ok(project)
}

fn how(language: Language) -> &'static str {
    match language {
        Language::Rust => {
            "What it can use is in the documentation of the crate `philae-guest`. Its own tests run with `cargo test`."
        }
        Language::C | Language::Zig | Language::Go | Language::AssemblyScript => {
            "It reads the packet from standard input; what it prints becomes its log, and its exit status says how it went."
        }
        Language::JavaScript | Language::Python => {
            "What it can use stands in `wit/handler.wit`: the event, its log, its own settings and state, publishing."
        }
    }
}

/// The example of all settings with nothing set, so that all defaults hold.
fn commented(name: &HandlerName) -> String {
    let mut text = format!(
        "# The settings of {name}: every key. A line that begins with '#' sets nothing; it shows what holds without it, or an\n\
         # example. This file stands beside {name}.wasm in a folder of handlers.\n\
         # Durations are seconds, or text with ms, s, m, h or d. Sizes are bytes, or text with kB, MB, GB, KiB, MiB or GiB.\n"
    );
    for line in EXAMPLE.lines().skip_while(|line| !line.is_empty()) {
        if !line.is_empty() && !line.starts_with(['#', '[']) {
            text.push('#');
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handlers::{Forbidden, Settings};

    #[test]
    fn new_settings_have_every_key_and_set_none() {
        let text = commented(&HandlerName::parse("alert").unwrap());
        let settings = Settings::parse("alert.toml", &text, &Forbidden::default()).unwrap();
        assert_eq!(settings, Settings::default());
        for key in ["roles", "attempts", "memory", "folders", "publish"] {
            assert!(text.contains(&format!("\n#{key} =")), "{key}: {text}");
        }
    }

    #[test]
    fn every_language_makes_a_project_once() {
        let folder = tempfile::tempdir().unwrap();
        for language in Language::ALL {
            let name = HandlerName::parse(language.name()).unwrap();
            let project = new_project(&name, language, folder.path(), None).unwrap();
            let source = fs::read_to_string(project.join(language.source())).unwrap();
            assert!(!source.contains("{{") && project.join("packets/grb.xml").is_file(), "{language}");
            assert!(matches!(new_project(&name, language, folder.path(), None), Err(NewError::Exists(_))));
        }
        let digit = HandlerName::parse("1st").unwrap();
        assert!(matches!(
            new_project(&digit, Language::Rust, folder.path(), None),
            Err(NewError::CrateName(_))
        ));
    }
}
