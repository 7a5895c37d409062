//! Guests written by hand, in WebAssembly text, and what becomes of them.
//!
//! A handler's text is a core module of the world in `wit/`, as wit-bindgen makes them; it has one line of its own where
//! the event is handled. A command's text is a core module of WASI preview 1.

mod cached;
mod files;
mod hostile;
mod requests;
mod shapes;
mod sockets;
mod state;

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime;

use super::*;
use crate::event::Role;
use crate::grants::{FolderGrant, Grants, HttpGrant, TcpGrant};

/// A host, and the folder that is removed with it.
struct Rig {
    host: Host,
    folder: TempDir,
}

impl Rig {
    fn new() -> Self {
        Self::with(4)
    }

    fn with(max_calls: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = HostOptions { max_calls, ..HostOptions::new(folder.path().join("cache")) };
        Self { host: Host::start(&options).unwrap(), folder }
    }

    fn load(&self, module: &[u8]) -> Result<Handler, LoadError> {
        self.host.load(module, &setup())
    }
}

/// The host that tests share which do not care.
fn rig() -> &'static Rig {
    static RIG: OnceLock<Rig> = OnceLock::new();
    RIG.get_or_init(Rig::new)
}

fn setup() -> Setup {
    let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
    Setup { name: "test".to_owned(), limits, ..Setup::default() }
}

fn event() -> EventInHand {
    EventInHand {
        seq: 7,
        ivoid: "ivo://philae.test/stream#1".into(),
        role: Role::Test,
        received: "2026-01-14T10:32:08Z".parse().unwrap(),
        source: "author 192.0.2.1:4711".into(),
        attempt: 1,
        bytes: "<VOEvent role='test'><Who><Date>2026-01-14T10:32:07</Date></Who></VOEvent>".into(),
    }
}

/// Calls a handler for the test event.
fn call(handler: &Handler, state: Arc<dyn StateView>) -> Outcome {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(handler.handle(&event(), state))
}

/// Loads a module with a setup and calls it.
fn run(module: &[u8], setup: &Setup) -> Outcome {
    call(&rig().host.load(module, setup).unwrap(), Arc::new(MemoryState::default()))
}

/// What an operator reads of a call that failed.
fn failure(module: &[u8]) -> String {
    run(module, &setup()).verdict.unwrap_err().to_string()
}

/// A handler that does something for an event, with some more fields and functions.
fn handler(more: &str, on_event: &str) -> Vec<u8> {
    handler_with_start(more, "", on_event)
}

/// The same, and something when it is asked whether its settings make sense.
///
/// At 2048 stands success; at 2064 `retry("later")`, at 2080 `permanent("never")`, and what `init` could say. "words" is
/// at 3000, an invalid packet at 3100.
fn handler_with_start(more: &str, on_start: &str, on_event: &str) -> Vec<u8> {
    let export = "philae:handler/handler@1.0.0";
    let text = format!(
        r#"(module
          (import "philae:handler/log@1.0.0" "write" (func $log (param i32 i32 i32)))
          (import "philae:handler/state@1.0.0" "set" (func $set (param i32 i32 i32 i32 i32 i64 i32)))
          (import "philae:handler/state@1.0.0" "delete" (func $delete (param i32 i32)))
          (import "philae:handler/publish@1.0.0" "packet" (func $publish (param i32 i32 i32)))
          (import "philae:handler/event@1.0.0" "raw" (func $raw (param i32)))
          {more}
          (memory $memory (export "memory") 1)
          (global $next (mut i32) (i32.const 8192))
          (data (i32.const 512) "name")
          (data (i32.const 1024) "\00\02\00\00\04\00\00\00\00\02\00\00\00\00\00\00")
          (data (i32.const 2064) "\01\00\00\00\00\00\00\00\28\08\00\00\05\00\00\00")
          (data (i32.const 2088) "later")
          (data (i32.const 2096) "\01\00\00\00\01\00\00\00\48\08\00\00\05\00\00\00")
          (data (i32.const 2120) "never")
          (data (i32.const 3000) "words")
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
            (global.get $next)
            (global.set $next (i32.add (global.get $next) (local.get 3))))
          (func (export "{export}#describe") (result i32) (i32.const 1024))
          (func (export "{export}#init") (result i32) {on_start} (i32.const 2048))
          (func (export "{export}#handle")
            (param i64 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i64 i32 i32 i32 i32) (result i32)
            (local $n i32) {on_event} (i32.const 2048)))"#
    );
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit")).unwrap();
    let world = resolve.select_world(&[package], Some("handler-world")).unwrap();
    let encoding = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, world, encoding).unwrap();
    module
}

/// A command that does something, with some functions of WASI.
///
/// Its memory has an array of one buffer at 0, which is the 15 bytes "it was written\n" at 64.
fn command(body: &str) -> Vec<u8> {
    command_with("", body)
}

fn command_with(more: &str, body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environment (param i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\40\00\00\00\0f\00\00\00")
          (data (i32.const 64) "it was written\n")
          {more}
          (func (export "_start") (local $n i32) {body}))"#
    );
    wat::parse_str(text).unwrap()
}
