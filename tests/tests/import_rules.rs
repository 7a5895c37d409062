//! The import rules of ARCHITECTURE.md.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::path::{Path, PathBuf};

/// A name that only files under some paths may use, or that files under one path may not.
enum Rule {
    Only { name: &'static str, under: &'static [&'static str] },
    Never { name: &'static str, under: &'static str },
}

const RULES: &[Rule] = &[
    Rule::Only { name: "quick_xml", under: &["vtp/src/xml.rs"] },
    Rule::Only { name: "roxmltree", under: &["src/checks", "src/event", "src/event.rs", "src/filter"] },
    Rule::Only { name: "fjall", under: &["src/store"] },
    Rule::Only { name: "rusqlite", under: &["src/index", "src/index.rs"] },
    Rule::Only { name: "wasmtime", under: &["src/host", "src/host.rs"] },
    Rule::Only { name: "parquet::", under: &["src/export", "src/export.rs"] },
    Rule::Only { name: "xee_xpath", under: &["src/query"] },
    Rule::Only { name: "xot::", under: &["src/query"] },
    Rule::Only { name: "landlock::", under: &["src/sandbox.rs"] },
    Rule::Only { name: "axum", under: &["src/admin", "src/admin.rs"] },
    Rule::Only { name: "prometheus_client", under: &["src/admin"] },
    Rule::Only {
        name: "ratatui",
        under: &["src/cli/top", "src/cli/top.rs", "src/cli/query.rs", "src/query/table.rs"],
    },
    Rule::Only { name: "unsafe ", under: &["src/host/cache/thaw.rs"] },
    Rule::Only { name: "std::env::", under: &["src/cli", "src/main.rs"] },
    Rule::Only { name: "tokio::signal", under: &["src/cli"] },
    Rule::Only { name: "thread::Builder", under: &["src/lifecycle.rs"] },
    Rule::Only { name: "unbounded", under: &[] },
    Rule::Never { name: "crate::net", under: "src/store" },
    Rule::Never { name: "crate::fanout", under: "src/store" },
    Rule::Never { name: "crate::filter", under: "src/store" },
    Rule::Never { name: "crate::net", under: "src/filter" },
    Rule::Never { name: "crate::fanout", under: "src/filter" },
    Rule::Never { name: "crate::net", under: "src/fanout.rs" },
    Rule::Never { name: "crate::store", under: "src/handlers" },
    Rule::Never { name: "crate::fanout", under: "src/handlers" },
    Rule::Never { name: "crate::host", under: "src/handlers" },
    Rule::Never { name: "crate::store", under: "src/checks" },
    Rule::Never { name: "crate::net", under: "src/host" },
    Rule::Never { name: "crate::store", under: "src/host" },
    Rule::Never { name: "crate::fanout", under: "src/host" },
    Rule::Never { name: "crate::pipeline", under: "src/host" },
    Rule::Never { name: "crate::net", under: "src/pipeline" },
    Rule::Never { name: "crate::fanout", under: "src/pipeline" },
    Rule::Never { name: "crate::pipeline", under: "src/fanout.rs" },
    Rule::Never { name: "crate::net", under: "src/index" },
    Rule::Never { name: "crate::net", under: "src/archive" },
    Rule::Never { name: "crate::net", under: "src/workbench" },
    Rule::Never { name: "crate::net", under: "src/query" },
    Rule::Never { name: "crate::archive", under: "src/query" },
    Rule::Never { name: "crate::net", under: "src/board" },
    Rule::Never { name: "crate::net", under: "src/traffic" },
    Rule::Never { name: "crate::net", under: "src/status" },
    Rule::Never { name: "crate::admin", under: "src/status" },
    Rule::Never { name: "crate::admin", under: "src/control" },
    Rule::Never { name: "crate::net", under: "src/event" },
    Rule::Never { name: "crate::store", under: "src/event" },
    Rule::Never { name: "crate::host", under: "src/event" },
    Rule::Never { name: "crate::net", under: "src/checks" },
    Rule::Never { name: "tokio", under: "vtp/src" },
    Rule::Never { name: "std::net", under: "vtp/src" },
    Rule::Never { name: "std::fs", under: "vtp/src" },
    Rule::Never { name: "::now()", under: "vtp/src" },
];

#[test]
fn each_module_imports_only_what_it_may() {
    let broker = Path::new(env!("CARGO_MANIFEST_DIR")).join("../broker");
    let mut files = Vec::new();
    for folder in ["src", "vtp/src"] {
        sources(&broker.join(folder), &mut files);
    }
    assert!(files.len() > 40, "the sources were not found");
    let mut broken = Vec::new();
    for file in &files {
        let place = file.strip_prefix(&broker).unwrap();
        let text = fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for rule in RULES {
                let (name, is_broken) = match rule {
                    Rule::Only { name, under } => (name, !under.iter().any(|path| place.starts_with(path))),
                    Rule::Never { name, under } => (name, place.starts_with(under)),
                };
                if is_broken && line.contains(name) {
                    broken.push(format!("{}: {}", place.display(), line.trim()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "import rules are broken:\n{}", broken.join("\n"));
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "tests") {
                sources(&path, files);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
}
