//! Shapes: what kind of module a file is, what it imports and what it would need, found out without running any of it.
//!
//! ```text
//! component   exports philae:handler/handler@1      a handler
//! core module with the same, by its custom section   a handler, made a component on loading
//! component   exports wasi:cli/run@0.2               a command
//! core module exports _start                         a command of WASI preview 1
//! ```

use std::collections::BTreeMap;

use vtp::Digest;
use wasmparser::{ComponentExternalKind, Encoding, Parser, Payload};

use super::error::LoadError;
use super::uses::{Use, by_use};
use crate::grants::Grants;
use crate::plain;

/// The beginning of the interface that a handler exports.
const HANDLER: &str = "philae:handler/handler@1.";
/// The beginning of the interface that a command exports.
const RUN: &str = "wasi:cli/run@0.2";
/// What wit-bindgen leaves in a core module of some world.
const WORLD_SECTION: &str = "component-type";
/// WASI for core modules.
pub(super) const PREVIEW1: &str = "wasi_snapshot_preview1";
/// Longest function. Compiling takes longer than in proportion; the longest of Python's interpreter has some 200 kB.
const MAX_FUNCTION_BYTES: usize = 1 << 20;
/// Most functions.
const MAX_FUNCTIONS: u32 = 500_000;
/// Exports that an error names.
const SHOWN: usize = 5;

/// How a module is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A component that exports the handler interface.
    Component,
    /// A core module of that world.
    CoreModule,
    /// A command of WASI preview 1: the packet is its standard input.
    Command,
    /// A component that is a command of WASI 0.2.
    ComponentCommand,
}

/// What a file is, as far as can be told without running it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The digest of the file.
    pub revision: Digest,
    /// How it is run.
    pub shape: Shape,
    /// Its size.
    pub size_bytes: usize,
    /// What it imports: interfaces of a component, functions of a core module.
    pub imports: Vec<String>,
}

/// Finds out what a file is.
pub(super) fn inspect(module: &[u8]) -> Result<Inspection, LoadError> {
    let seen = Seen::read(module)?;
    let exports = |beginning: &str| seen.exports.iter().any(|name| name.starts_with(beginning));
    let shape = match seen.is_component {
        true if exports(HANDLER) => Shape::Component,
        true if exports(RUN) => Shape::ComponentCommand,
        false if seen.has_world && exports(HANDLER) => Shape::CoreModule,
        false if exports("_start") => Shape::Command,
        _ => return Err(LoadError::OtherWorld { exports: shown(&seen.exports) }),
    };
    Ok(Inspection { revision: Digest::of(module), shape, size_bytes: module.len(), imports: seen.imports })
}

/// Whether a core module exports the handler interface and does not say against which world it is written, as compilers that
/// know nothing of worlds leave it.
pub(super) fn lacks_world(module: &[u8]) -> bool {
    let is_handler = |name: &String| name.starts_with(HANDLER);
    Seen::read(module)
        .is_ok_and(|seen| !seen.is_component && !seen.has_world && seen.exports.iter().any(is_handler))
}

impl Inspection {
    /// What it imports, by what that is for.
    #[must_use]
    pub fn uses(&self) -> BTreeMap<Use, Vec<&str>> {
        by_use(&self.imports)
    }

    /// That everything it imports is there, and granted where it does not load without.
    ///
    /// # Errors
    /// The first import for which that is not so.
    pub fn check_imports(&self, grants: &Grants) -> Result<(), LoadError> {
        let check = |import: &String| {
            self.check_granted(import, grants)?;
            self.check_known(import)
        };
        self.imports.iter().try_for_each(check)
    }

    /// That everything it imports is there, if it is granted what it takes.
    pub(super) fn check_known_imports(&self) -> Result<(), LoadError> {
        self.imports.iter().try_for_each(|import| self.check_known(import))
    }

    fn check_granted(&self, import: &str, grants: &Grants) -> Result<(), LoadError> {
        let not_granted = |remedy| Err(LoadError::NotGranted { import: plain::excerpt(import), remedy });
        let wanted = Use::of(import);
        if wanted == Use::Http && grants.http.is_empty() {
            return not_granted(
                "grant it the hosts that it may send requests to with http = [\"https://HOST\"], or build it without",
            );
        }
        if wanted == Use::Tcp && grants.tcp.is_empty() {
            return not_granted(
                "grant it the places that it may connect to with tcp = [\"HOST:PORT\"], or build it without",
            );
        }
        Ok(())
    }

    fn check_known(&self, import: &str) -> Result<(), LoadError> {
        let unknown = |remedy| Err(LoadError::UnknownImport { import: plain::excerpt(import), remedy });
        let is_preview1 = import.starts_with(PREVIEW1);
        match self.shape {
            Shape::Command if is_preview1 => Ok(()),
            Shape::Command => unknown("a command may import only wasi_snapshot_preview1"),
            Shape::Component | Shape::CoreModule | Shape::ComponentCommand if is_preview1 => {
                unknown("build it for wasm32-unknown-unknown, or make it a component first")
            }
            Shape::Component | Shape::CoreModule | Shape::ComponentCommand
                if Use::of(import) == Use::Unknown =>
            {
                unknown("build it against the interface in wit/ and WASI 0.2")
            }
            Shape::Component | Shape::CoreModule | Shape::ComponentCommand => Ok(()),
        }
    }
}

/// What stands on the outside of a module.
#[derive(Debug, Default)]
struct Seen {
    is_component: bool,
    has_world: bool,
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Seen {
    fn read(module: &[u8]) -> Result<Self, LoadError> {
        if !module.starts_with(b"\0asm") {
            return Err(LoadError::NoModule(beginning(module)));
        }
        let mut seen = Self::default();
        seen.walk(module)?;
        seen.imports.dedup();
        Ok(seen)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is inside, and there will be more of it")]
    fn walk(&mut self, module: &[u8]) -> Result<(), LoadError> {
        let mut depth = 0_u32;
        let mut functions = 0_u32;
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload?;
            let is_outside = depth == 1;
            match payload {
                Payload::Version { encoding, .. } => {
                    self.is_component |= depth == 0 && encoding == Encoding::Component;
                    depth += 1;
                }
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(imports) if is_outside => {
                    for import in imports {
                        self.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(exports) if is_outside => {
                    for export in exports {
                        let export = export?;
                        if matches!(
                            export.kind,
                            ComponentExternalKind::Instance | ComponentExternalKind::Func
                        ) {
                            self.exports.push(export.name.name.to_owned());
                        }
                    }
                }
                Payload::ImportSection(imports) if is_outside => {
                    for import in imports.into_imports() {
                        let import = import?;
                        self.imports.push(format!("{} {}", import.module, import.name));
                    }
                }
                Payload::ExportSection(exports) if is_outside => {
                    for export in exports {
                        self.exports.push(export?.name.to_owned());
                    }
                }
                Payload::CustomSection(section) if is_outside => {
                    self.has_world |= section.name().starts_with(WORLD_SECTION);
                }
                Payload::CodeSectionEntry(body) => {
                    functions += 1;
                    check_code(body.range().len(), functions)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl From<wasmparser::Error> for LoadError {
    fn from(error: wasmparser::Error) -> Self {
        Self::NoModule(plain::excerpt(&error.to_string()))
    }
}

fn check_code(function_bytes: usize, functions: u32) -> Result<(), LoadError> {
    let fault = if function_bytes > MAX_FUNCTION_BYTES {
        format!("a function has {function_bytes} bytes of code; the limit is {MAX_FUNCTION_BYTES}")
    } else if functions > MAX_FUNCTIONS {
        format!("it has more than {MAX_FUNCTIONS} functions")
    } else {
        return Ok(());
    };
    Err(LoadError::Compile(fault))
}

/// How something that is no module begins, for whoever copied the wrong file.
fn beginning(bytes: &[u8]) -> String {
    match bytes {
        [] => "it is empty".to_owned(),
        [b'(', ..] => {
            "it looks like WebAssembly text; make it a module with wat2wasm or wasm-tools parse".to_owned()
        }
        [first @ .., _] => {
            let first = first.get(..8).unwrap_or(bytes);
            format!("it begins with '{}'", plain::plain(&String::from_utf8_lossy(first)))
        }
    }
}

fn shown(exports: &[String]) -> String {
    match exports {
        [] => "nothing".to_owned(),
        some => plain::excerpt(&some.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ")),
    }
}

impl Shape {
    /// Its name, for people and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::CoreModule => "core module",
            Self::Command => "command (WASI preview 1)",
            Self::ComponentCommand => "command (component)",
        }
    }
}
