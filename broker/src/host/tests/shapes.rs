//! What a file may be, and what an operator reads if it is something else.

use super::*;

const WRITE: &str = "(call $log (i32.const 1) (i32.const 3000) (i32.const 5))";

fn refusal(module: &[u8]) -> String {
    rig().load(module).unwrap_err().to_string()
}

#[test]
fn a_core_module_is_made_a_component_and_called() {
    let handler = rig().load(&handler("", WRITE)).unwrap();
    assert_eq!((handler.shape(), handler.description().name.as_str()), (Shape::CoreModule, "name"));
    let outcome = call(&handler, Arc::new(MemoryState::default()));
    assert_eq!(outcome.verdict, Ok(()));
    assert_eq!(outcome.log, [LogLine { level: Level::Info, text: "words".to_owned() }]);
    assert_eq!(outcome.memory_bytes, 64 << 10);
}

#[test]
fn a_component_is_called() {
    let mut encoder = wit_component::ComponentEncoder::default().module(&handler("", WRITE)).unwrap();
    let component = encoder.encode().unwrap();
    let handler = rig().load(&component).unwrap();
    assert_eq!(handler.shape(), Shape::Component);
    assert_eq!(call(&handler, Arc::new(MemoryState::default())).log.len(), 1);
}

#[test]
fn a_command_gets_the_packet_and_its_lines_are_logged() {
    let echo = "(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 32)))
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))";
    let outcome = run(&command(echo), &setup());
    assert_eq!(outcome.verdict, Ok(()));
    assert_eq!(outcome.log, [LogLine { level: Level::Info, text: "<VOEvent role='".to_owned() }]);
}

#[test]
fn a_command_has_no_environment_but_what_it_was_granted() {
    let count = command(
        "(drop (call $environment (i32.const 512) (i32.const 516))) (call $exit (i32.load (i32.const 512)))",
    );
    assert_eq!(run(&count, &setup()).verdict, Ok(()), "none");
    let environment = vec![("TOKEN".to_owned(), "secret".to_owned())];
    let setup = Setup { grants: Grants { environment, ..Grants::default() }, ..setup() };
    assert_eq!(run(&count, &setup).verdict, Err(CallFailure::Permanent("exit status 1".to_owned())));
}

#[test]
fn the_exit_status_of_a_command_is_its_verdict() {
    let exit = |status: u8| {
        let complain = "(drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 32)))";
        run(&command(&format!("{complain} (call $exit (i32.const {status}))")), &setup()).verdict
    };
    assert_eq!(exit(0), Ok(()));
    assert_eq!(exit(75), Err(CallFailure::Retry("exit status 75: it was written".to_owned())));
    assert_eq!(exit(1), Err(CallFailure::Permanent("exit status 1: it was written".to_owned())));
}

#[test]
fn a_handler_can_ask_to_be_called_again_or_never_again() {
    let verdict = |at: u32| run(&handler("", &format!("(return (i32.const {at}))")), &setup()).verdict;
    assert_eq!(verdict(2064), Err(CallFailure::Retry("later".to_owned())));
    assert_eq!(verdict(2096), Err(CallFailure::Permanent("never".to_owned())));
}

#[test]
fn a_call_can_move_between_threads() {
    fn can_move(_: impl Send) {}
    let (handler, event) = (rig().load(&handler("", "")).unwrap(), event());
    can_move(handler.handle(&event, Arc::new(MemoryState::default())));
}

#[test]
fn nothing_is_left_of_one_call_in_the_next() {
    let once = handler(
        "(global $calls (mut i32) (i32.const 0))",
        "(if (global.get $calls) (then unreachable)) (global.set $calls (i32.const 1))
         (if (i32.load (i32.const 4096)) (then unreachable)) (i32.store (i32.const 4096) (i32.const 1))",
    );
    let handler = rig().load(&once).unwrap();
    for _ in 0..20 {
        assert_eq!(call(&handler, Arc::new(MemoryState::default())).verdict, Ok(()));
    }
}

#[test]
fn what_is_no_module_is_told_by_its_beginning() {
    assert_eq!(refusal(b""), "it is no WebAssembly module: it is empty");
    assert_eq!(refusal(b"#!/bin/sh\n"), "it is no WebAssembly module: it begins with '#!/bin/s'");
    assert!(refusal(b"(module)").contains("WebAssembly text"));
    let whole = handler("", "");
    assert!(refusal(&whole[..whole.len() / 2]).starts_with("it is no WebAssembly module: "));
}

#[test]
fn a_module_of_another_world_is_named_by_its_exports() {
    let other = wat::parse_str(r#"(module (func (export "add")) (func (export "sub")))"#).unwrap();
    let words = refusal(&other);
    assert!(
        words.starts_with("it is no handler: it exports neither philae:handler/handler@1 nor a command"),
        "{words}"
    );
    assert!(words.ends_with("but add, sub"), "{words}");
}

#[test]
fn an_import_that_does_not_exist_is_named() {
    let other = wat::parse_str(r#"(module (import "env" "abort" (func)) (func (export "_start")))"#).unwrap();
    let words = "it imports env abort, which this broker does not have; a command may import only wasi_snapshot_preview1";
    assert_eq!(refusal(&other), words);
    let misspelt = wat::parse_str(
        r#"(module (import "wasi_snapshot_preview1" "fd_wriet" (func)) (func (export "_start")))"#,
    );
    let words = refusal(&misspelt.unwrap());
    assert!(words.starts_with("it does not fit this broker: ") && words.contains("fd_wriet"), "{words}");
}

#[test]
fn an_import_that_is_not_granted_is_named_with_the_remedy() {
    for (import, remedy) in [
        ("wasi:http/outgoing-handler@0.2.3", "grant it the hosts"),
        ("wasi:sockets/tcp@0.2.3", "grant it the places"),
        ("wasi:sockets/udp@0.2.3", "grant it the places"),
        ("wasi:sockets/ip-name-lookup@0.2.3", "grant it the places"),
    ] {
        let text = format!(
            r#"(component (import "{import}" (instance)) (component $c)
               (instance $i (instantiate $c)) (export "philae:handler/handler@1.0.0" (instance $i)))"#
        );
        let words = refusal(&wat::parse_str(text).unwrap());
        assert!(
            words.starts_with(&format!("it imports {import}, which is not granted; {remedy}")),
            "{words}"
        );
    }
}

#[test]
fn an_import_that_is_an_order_to_a_terminal_is_named_without_it() {
    let text = r#"(module (import "wasi:http/outgoing-handler" "\1b[2J" (func)) (func (export "_start")))"#;
    let words = refusal(&wat::parse_str(text).unwrap());
    assert!(
        words.starts_with("it imports wasi:http/outgoing-handler \u{fffd}[2J, which is not granted"),
        "{words:?}"
    );
}

#[test]
fn a_module_over_the_size_limit_is_refused_unread() {
    let large = vec![0; 200_000_000];
    assert_eq!(refusal(&large), "it has 200000000 bytes; the limit is 67108864");
}

#[test]
fn a_function_that_would_take_long_to_compile_is_refused() {
    let slow = command(&"(local.set $n (i32.add (local.get $n) (i32.const 1)))".repeat(200_000));
    assert!(refusal(&slow).starts_with("it cannot be compiled: a function has "));
}

/// What a module uses that must be granted.
fn to_be_granted(seen: &Inspection) -> Vec<Use> {
    seen.uses().into_keys().filter(|wanted| wanted.is_granted()).collect()
}

#[test]
fn inspecting_tells_what_it_would_need() {
    let seen = rig().host.inspect(&handler("", "")).unwrap();
    assert_eq!((seen.shape, to_be_granted(&seen)), (Shape::CoreModule, vec![Use::Publish]));
    assert!(seen.uses()[&Use::Log].contains(&"philae:handler/log@1.0.0 write"));
    let seen = rig().host.inspect(&command("")).unwrap();
    assert_eq!((seen.shape, to_be_granted(&seen)), (Shape::Command, vec![Use::Folders, Use::Environment]));
}

#[test]
fn a_module_is_asked_what_it_is_without_grants_and_without_its_settings() {
    let host = Host::start(&HostOptions::for_a_look()).unwrap();
    let module = handler("", "");
    let said = host.describe(&module, &host.inspect(&module).unwrap()).unwrap().unwrap();
    assert_eq!(said.name, "name");
    let module = command("");
    assert_eq!(host.describe(&module, &host.inspect(&module).unwrap()), Ok(None));
}
