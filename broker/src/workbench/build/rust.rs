//! Rust: which compiler has a standard library for the target, or can build it, and how it is called.
//!
//! In the order of `handlers/build.sh`: the standard library that rustup installed for the target; Debian's packages, which
//! build it from source, for some minutes the first time. What is built besides the module is kept with the tools, for all
//! projects together.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::BuildError;
use super::toolchain::{Missing, Toolchain, version};
use crate::config::Source;
use crate::workbench::project::Project;

const TARGET: &str = "wasm32-unknown-unknown";
/// The packages with which Debian's compiler builds for it.
const PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];
/// Debian's cargo.
const DEBIAN: &str = "/usr/bin/cargo";
/// What cargo tells its children, and what is meant for the machine's own binaries.
const NOT_FOR_GUESTS: [&str; 6] = [
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
];

/// A cargo that can build for the target.
pub(super) fn find(project: &Project, tools: &Path) -> Result<Toolchain, Missing> {
    let home = tools.join("rust");
    let found = |program: &str| -> Option<Toolchain> {
        let version = version(clean(Command::new(program)).arg("--version"))?;
        let (program, home) = (PathBuf::from(program), home.clone());
        Some(Toolchain { program, arguments: Vec::new(), home, version })
    };
    let ours = if has_std(&project.folder) { found("cargo") } else { None };
    ours.or_else(|| if has_packages() { found(DEBIAN) } else { None }).ok_or_else(|| Missing {
        what: format!("there is no Rust with a standard library for {TARGET}"),
        remedies: vec![
            format!("rustup target add {TARGET}"),
            format!("apt-get install {}    (Debian)", PACKAGES.join(" ")),
        ],
        can_install: false,
    })
}

/// The command, and where the module is then.
pub(super) fn command(
    project: &Project,
    toolchain: &Toolchain,
    command: Command,
) -> Result<(Command, PathBuf), BuildError> {
    let mut command = clean(command);
    command.args(["build", "--quiet", "--release", "--target", TARGET, "--target-dir"]).arg(&toolchain.home);
    if toolchain.program == Path::new(DEBIAN) {
        command.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", "/usr/bin/rustc").arg("-Zbuild-std=std,panic_abort");
    }
    let manifest = project.folder.join("Cargo.toml");
    let text =
        fs::read_to_string(&manifest).map_err(|error| BuildError::Unwritable { path: manifest, error })?;
    let file = format!("{}.wasm", crate_name(&text).unwrap_or_else(|| project.name.to_string()));
    let out = toolchain.home.join(TARGET).join("release").join(file.replace('-', "_"));
    // Perhaps another crate's of the same name; cargo puts this one's there even if nothing has changed.
    let _ = fs::remove_file(&out);
    Ok((command, out))
}

fn clean(mut command: Command) -> Command {
    for name in NOT_FOR_GUESTS {
        command.env_remove(name);
    }
    command
}

/// The name of a crate's library, or of the crate.
fn crate_name(manifest: &str) -> Option<String> {
    let document = Source::new("Cargo.toml", manifest).parse().ok()?;
    let name = |table: &str| document.get(table)?.get("name")?.as_str().map(str::to_owned);
    name("lib").or_else(|| name("package"))
}

fn has_std(folder: &Path) -> bool {
    let mut command = clean(Command::new("rustc"));
    let asked = command.args(["--print", "target-libdir", "--target", TARGET]).current_dir(folder);
    let Ok(told) = asked.stderr(Stdio::null()).output() else { return false };
    let folder = PathBuf::from(OsString::from(String::from_utf8_lossy(&told.stdout).trim()));
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

fn has_packages() -> bool {
    let mut command = Command::new("dpkg");
    let asked = command.arg("-s").args(PACKAGES).stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_named_by_its_library_or_its_package() {
        assert_eq!(crate_name("[package]\nname = 'a-b'").as_deref(), Some("a-b"));
        assert_eq!(crate_name("[package]\nname = 'a'\n[lib]\nname = 'c'").as_deref(), Some("c"));
        assert_eq!(crate_name("[package\n"), None);
    }
}
