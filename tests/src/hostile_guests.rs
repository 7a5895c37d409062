//! Guests that mean harm, written by hand: in WebAssembly text, or byte by byte where even that would be too long.
//!
//! A handler's text is a core module of the world in `wit/` with a few lines of its own; a command's is a core module of
//! WASI preview 1. Those that are more than a few instructions are crates in `tests/guests/`.

mod large;

use std::path::Path;

use anyhow::Result;

use crate::guests::of_world;

pub use large::slow_to_compile;

/// Settings under which a guest is called once for each event.
pub const ONCE: &str = "[retry]\nattempts = 1\n[limits]\nmemory = '16MiB'\n";
/// The same for one that would never end.
pub const BRIEF: &str = "[retry]\nattempts = 1\n[limits]\nmemory = '16MiB'\ntime = '300ms'\n";

/// A guest, and what its operator reads of it.
#[derive(Debug)]
pub struct Hostile {
    /// Its name among the handlers.
    pub name: &'static str,
    /// What stands in the settings beside it.
    pub settings: String,
    /// The file.
    pub module: Vec<u8>,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a guest, in words that an operator reads.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    /// It is not loaded.
    Refused(&'static str),
    /// It fails for every event.
    Fails(&'static str),
    /// It does what it can do, which is no harm.
    Runs,
}

/// Guests that need no peer, `folder` being a folder with `inside.txt` that is granted to some of them.
///
/// # Errors
/// One of the texts is no WebAssembly.
pub fn all(folder: &Path) -> Result<Vec<Hostile>> {
    let endless = "(loop $again (br $again))";
    let granted =
        format!("{ONCE}[grants]\nfolders = [{{ host = '{}', guest = '/data' }}]\n", folder.display());
    let publishing = format!("{ONCE}publish = 2\n[grants]\npublish = true\n");
    let tables = "(table $t 1 funcref)";
    let grow_table = "(loop $again (drop (table.grow $t (ref.null func) (i32.const 1000))) (br $again))";
    let deep = "(func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))";
    let (fails, refused, brief, once) = (Fate::Fails, Fate::Refused, BRIEF, ONCE);
    Ok(vec![
        hostile("endless-loop", brief, handler("", "", endless)?, fails("it took longer than 300ms")),
        hostile("endless-command", brief, command("", endless)?, fails("it took longer than 300ms")),
        hostile("endless-init", brief, handler("", endless, "")?, refused("its function init fails")),
        hostile(
            "trap-in-init",
            once,
            handler("", "unreachable", "")?,
            refused("its function init fails: it crashed"),
        ),
        hostile("sleeper", brief, command(HOUR, SLEEP)?, fails("it took longer than 300ms")),
        hostile("memory-bomb", once, handler("", "", GROW)?, fails("it wanted more than 16777216 bytes")),
        hostile(
            "table-bomb",
            once,
            handler(tables, "", grow_table)?,
            fails("it wanted a table of more than"),
        ),
        hostile("memories-bomb", once, command(&"(memory 1)".repeat(100), "")?, refused("memories")),
        hostile("instances-bomb", once, instances()?, refused("it cannot be compiled")),
        hostile(
            "deep-recursion",
            once,
            handler(deep, "", "(drop (call $deep (i32.const 1)))")?,
            fails("call stack exhausted"),
        ),
        hostile("panic", once, handler("", "", "unreachable")?, fails("it crashed: wasm trap")),
        hostile(
            "log-flood",
            brief,
            handler("", "", &format!("(loop $again {LOG} (br $again))"))?,
            fails("it took longer"),
        ),
        hostile(
            "stdout-flood",
            brief,
            command("", &format!("(loop $again {WRITE} (br $again))"))?,
            fails("it took longer"),
        ),
        hostile("state-flood", once, handler("", "", &set(26))?, fails("bytes of its state in one call")),
        hostile("state-filler", once, handler("", "", &set(15))?, Fate::Runs),
        hostile("publish-flood", &publishing, handler("", "", &flood())?, fails("which looks like a loop")),
        hostile("path-escapes", &granted, command(&paths(), &escapes())?, Fate::Runs),
        hostile(
            "no-such-import",
            once,
            wat(r#"(module (import "env" "abort" (func)) (func (export "_start")))"#)?,
            refused("it imports env abort"),
        ),
        hostile(
            "udp-not-granted",
            once,
            importing("wasi:sockets/udp@0.2.3")?,
            refused("which is not granted"),
        ),
        hostile(
            "tcp-not-granted",
            once,
            importing("wasi:sockets/tcp@0.2.3")?,
            refused("which is not granted"),
        ),
        hostile(
            "dns-not-granted",
            once,
            importing("wasi:sockets/ip-name-lookup@0.2.3")?,
            refused("which is not granted"),
        ),
        hostile(
            "http-not-granted",
            once,
            importing("wasi:http/outgoing-handler@0.2.3")?,
            refused("which is not granted"),
        ),
    ])
}

fn hostile(name: &'static str, settings: &str, module: Vec<u8>, fate: Fate) -> Hostile {
    Hostile { name, settings: settings.to_owned(), module, fate }
}

const GROW: &str = "(loop $again (drop (memory.grow (i32.const 16))) (br $again))";
const LOG: &str = "(call $log (i32.const 1) (i32.const 0) (i32.const 4096))";
const WRITE: &str = "(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))";
/// One subscription to the monotonic clock, an hour from now.
const HOUR: &str = r#"(data (i32.const 1040) "\01") (data (i32.const 1048) "\00\a0\b8\30\46\03")"#;
const SLEEP: &str = "(drop (call $poll (i32.const 1024) (i32.const 1200) (i32.const 1) (i32.const 1300)))";

/// Sets so many keys to 60,000 bytes each; fails for good if one is refused.
fn set(keys: i32) -> String {
    format!(
        "(loop $again
           (i32.store8 (i32.const 3000) (i32.add (i32.const 97) (local.get $n)))
           (call $set (i32.const 3000) (i32.const 5) (i32.const 0) (i32.const 60000) (i32.const 0) (i64.const 0)
             (i32.const 4096))
           (if (i32.load8_u (i32.const 4096)) (then (return (i32.const 2096))))
           (local.set $n (i32.add (local.get $n) (i32.const 1)))
           (br_if $again (i32.lt_u (local.get $n) (i32.const {keys}))))"
    )
}

/// Publishes packets about whatever it gets, no two alike, until it is told to stop.
fn flood() -> String {
    let letter = |place: i32| {
        format!(
            "(i32.store8 (i32.const {}) (i32.add (i32.const 97) (i32.and (i32.const 15) (i32.shr_u
               (i32.add (i32.shl (i32.wrap_i64 (local.get 0)) (i32.const 4)) (local.get $n)) (i32.const {})))))",
            3100 + PACKET.find("########").map_or(0, |at| i32::try_from(at).unwrap_or_default()) + 1 + place,
            4 * place
        )
    };
    let letters: String = (0..8).map(letter).collect();
    format!(
        "(loop $again {letters}
           (call $publish (i32.const 3100) (i32.const {}) (i32.const 4096))
           (local.set $n (i32.add (local.get $n) (i32.const 1)))
           (br_if $again (i32.eqz (i32.load8_u (i32.const 4096)))))",
        PACKET.len()
    )
}

const PACKET: &str = "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' role='test' \
                      ivorn='ivo://philae.test/flood#########'/>";

/// What `path-escapes` tries: the first is allowed, the others lead out of its folder or write to it.
const PATHS: [(&str, bool); 9] = [
    ("inside.txt", false),
    ("../outside.txt", false),
    ("./../granted/../outside.txt", false),
    ("/etc/passwd", false),
    ("link", false),
    ("absolute", false),
    ("up/outside.txt", false),
    ("inside.txt", true),
    ("new.txt", true),
];

fn paths() -> String {
    let data = |(at, (path, _)): (usize, &(&str, bool))| {
        format!(r#"(data (i32.const {}) "{path}")"#, 2048 + 64 * at)
    };
    PATHS.iter().enumerate().map(data).collect()
}

/// Exits with the number of paths that could be opened, less the one that may be.
fn escapes() -> String {
    let open = |(at, (path, is_write)): (usize, &(&str, bool))| {
        let (flags, rights) = if *is_write { (1, 64) } else { (0, 2) };
        format!(
            "(local.set $n (i32.add (local.get $n) (i32.eqz
               (call $open (i32.const 3) (i32.const 1) (i32.const {}) (i32.const {}) (i32.const {flags})
                 (i64.const {rights}) (i64.const 0) (i32.const 0) (i32.const 512)))))",
            2048 + 64 * at,
            path.len()
        )
    };
    let opens: String = PATHS.iter().enumerate().map(open).collect();
    format!("{opens} (call $exit (i32.sub (local.get $n) (i32.const 1)))")
}

fn instances() -> Result<Vec<u8>> {
    let instances = "(core instance (instantiate $m))".repeat(101);
    wat(&format!(
        r#"(component (core module $m (memory 1)) {instances} (component $c)
           (instance $i (instantiate $c)) (export "philae:handler/handler@1.0.0" (instance $i)))"#
    ))
}

fn importing(interface: &str) -> Result<Vec<u8>> {
    wat(&format!(
        r#"(component (import "{interface}" (instance)) (component $c)
           (instance $i (instantiate $c)) (export "philae:handler/handler@1.0.0" (instance $i)))"#
    ))
}

fn wat(text: &str) -> Result<Vec<u8>> {
    Ok(wat::parse_str(text)?)
}

/// A handler that does something when it is asked whether its settings make sense, and something for an event.
///
/// At 2048 stands success, at 2096 `permanent("never")`, at 3100 a packet.
fn handler(more: &str, on_start: &str, on_event: &str) -> Result<Vec<u8>> {
    let export = "philae:handler/handler@1.0.0";
    of_world(wat(&format!(
        r#"(module
          (import "philae:handler/log@1.0.0" "write" (func $log (param i32 i32 i32)))
          (import "philae:handler/state@1.0.0" "set" (func $set (param i32 i32 i32 i32 i32 i64 i32)))
          (import "philae:handler/publish@1.0.0" "packet" (func $publish (param i32 i32 i32)))
          {more}
          (memory (export "memory") 1)
          (global $next (mut i32) (i32.const 8192))
          (data (i32.const 512) "name")
          (data (i32.const 1024) "\00\02\00\00\04\00\00\00\00\02\00\00\00\00\00\00")
          (data (i32.const 2096) "\01\00\00\00\01\00\00\00\48\08\00\00\05\00\00\00")
          (data (i32.const 2120) "never")
          (data (i32.const 3100) "{PACKET}")
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
            (global.get $next)
            (global.set $next (i32.add (global.get $next) (local.get 3))))
          (func (export "{export}#describe") (result i32) (i32.const 1024))
          (func (export "{export}#init") (result i32) {on_start} (i32.const 2048))
          (func (export "{export}#handle")
            (param i64 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i64 i32 i32 i32 i32) (result i32)
            (local $n i32) {on_event} (i32.const 2048)))"#
    ))?)
}

/// A command. Its memory has an array of one buffer at 0, which is the 15 bytes "it was written\n" at 64.
fn command(more: &str, body: &str) -> Result<Vec<u8>> {
    wat(&format!(
        r#"(module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\40\00\00\00\0f\00\00\00")
          (data (i32.const 64) "it was written\n")
          {more}
          (func (export "_start") (local $n i32) {body}))"#
    ))
}
