//! How each compiler is called.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::toolchain::Toolchain;
use super::{BuildError, rust};
use crate::workbench::language::Language;
use crate::workbench::project::Project;
use crate::workbench::template::{HEADER, WIT};

/// A guest's stack. Those of C and Zig have 16 MiB unless told, which is most of a small handler's memory.
const STACK_BYTES: u32 = 256 << 10;
/// Makes a component of JavaScript, run by node where the package is at hand.
const COMPONENTIZE: &str = include_str!("componentize.mjs");

/// The command that builds a project, and where the module is once it has ended well.
pub(super) fn command(
    project: &Project,
    toolchain: &Toolchain,
    aside: &Path,
    out: PathBuf,
) -> Result<(Command, PathBuf), BuildError> {
    let mut command = toolchain.command();
    command.current_dir(&project.folder);
    let source = || project.source().ok_or(BuildError::NoSource(project.language.source()));
    match project.language {
        Language::Rust => return rust::command(project, toolchain, command),
        Language::C => {
            command.args(["cc", "-target", "wasm32-wasi", "-Oz", "-s"]);
            if includes_header(project) {
                // No command but a library: nothing starts by itself, and what the world needs is exported.
                command.arg("-mexec-model=reactor").arg("-I").arg(header(aside)?);
            }
            command.arg(format!("-Wl,-z,stack-size={STACK_BYTES}")).arg("-o").arg(&out);
            command.args(project.sources()).arg("-lm");
            command
                .env("ZIG_LOCAL_CACHE_DIR", aside.join("cache"))
                .env("ZIG_GLOBAL_CACHE_DIR", &toolchain.home);
        }
        Language::Zig => {
            command.args(["build-exe", "-target", "wasm32-wasi", "-O", "ReleaseSmall", "--stack"]);
            command.arg(STACK_BYTES.to_string()).arg(format!("-femit-bin={}", out.display())).arg(source()?);
            command
                .env("ZIG_LOCAL_CACHE_DIR", aside.join("cache"))
                .env("ZIG_GLOBAL_CACHE_DIR", &toolchain.home);
        }
        Language::Go => {
            command.args(["build", "-trimpath", "-ldflags=-s -w", "-o"]).arg(&out).arg(".");
            command.env("GOOS", "wasip1").env("GOARCH", "wasm").env("GOTOOLCHAIN", "local");
            command.env("GOCACHE", &toolchain.home);
        }
        Language::AssemblyScript => {
            command.arg(source()?).arg("-o").arg(&out).args(["--optimize", "--exportStart", "_start"]);
            command.args(["--use", "abort=", "--runtime", "stub"]);
        }
        Language::JavaScript => {
            // The package is found from the folder in which node runs.
            command.current_dir(&toolchain.home).args(["--input-type=module", "-e", COMPONENTIZE]);
            command
                .arg(project.folder.join(source()?))
                .arg(wit(project, "wit/handler.wit", aside)?.join("handler.wit"))
                .arg(&out);
        }
        Language::Python => {
            let module = source()?.with_extension("");
            command.env("PYTHONDONTWRITEBYTECODE", "1");
            command.arg("-d").arg(wit(project, "wit", aside)?).args(["-w", "handler-world", "componentize"]);
            command.arg(module).arg("-o").arg(&out).arg("--stub-wasi");
        }
    }
    Ok((command, out))
}

/// The folder of the interface: the project's if it has what is `sought`, or else a copy of ours.
fn wit(project: &Project, sought: &str, aside: &Path) -> Result<PathBuf, BuildError> {
    if project.folder.join(sought).exists() {
        return Ok(project.folder.join("wit"));
    }
    copied(WIT, aside)
}

/// The folder of the interface's header, a copy of ours; a project's own is found before it.
fn header(aside: &Path) -> Result<PathBuf, BuildError> {
    copied(HEADER, aside)
}

/// Whether a project in C is written against the interface: else it is a command.
fn includes_header(project: &Project) -> bool {
    let says_so = |line: &str| {
        let mut words = line.split(['<', '>', '"']);
        words.next().is_some_and(|word| word.trim() == "#include") && words.next() == Some("philae.h")
    };
    let read = |file: PathBuf| fs::read(project.folder.join(file)).unwrap_or_default();
    project.sources().into_iter().any(|file| String::from_utf8_lossy(&read(file)).lines().any(says_so))
}

/// Writes a file of a template aside; its folder.
fn copied((name, text): (&str, &str), aside: &Path) -> Result<PathBuf, BuildError> {
    let path = aside.join(name);
    let folder = path.parent().unwrap_or(aside).to_owned();
    let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, text));
    written.map(|()| folder).map_err(|error| BuildError::Unwritable { path, error })
}
