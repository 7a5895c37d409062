//! Guests that mean harm, each with what an operator reads.

use std::cell::Cell;
use std::time::Instant;

use futures_util::future::join_all;

use super::*;

/// A handler's memory is 64 MiB at most: 1,024 pages.
const GROW: &str = "(loop $again (drop (memory.grow (i32.const 16))) (br $again))";

#[test]
fn an_endless_loop_is_stopped_in_time() {
    let start = Instant::now();
    assert_eq!(
        failure(&handler("", "(loop $again (br $again))")),
        "it was stopped: it took longer than 300ms"
    );
    assert_eq!(failure(&command("(loop $again (br $again))")), "it was stopped: it took longer than 300ms");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// A handler that never ends is called so often at once, then one of a name, all on the same thread: how many calls of
/// the first were stopped when the second is done. One turn is shared.
fn stopped_before(calls: usize, name: &str) -> usize {
    let rig = Rig::with(1);
    let limits = Limits { time: Duration::from_secs(2), ..Limits::default() };
    let stuck =
        rig.host.load(&handler("", "(loop $again (br $again))"), &Setup { limits, ..setup() }).unwrap();
    let named = Setup { name: name.to_owned(), ..setup() };
    let quick = rig.host.load(&handler("", ""), &named).unwrap();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (event, stopped) = (event(), Cell::new(0));
    runtime.block_on(async {
        let state = Arc::new(MemoryState::default());
        let stuck = join_all((0..calls).map(|_| async {
            stuck.handle(&event, state.clone()).await;
            stopped.set(stopped.get() + 1);
        }));
        let quick = async {
            assert_eq!(quick.handle(&event, state.clone()).await.verdict, Ok(()));
            stopped.get()
        };
        tokio::join!(stuck, quick).1
    })
}

#[test]
fn an_endless_loop_lets_others_run_on_its_thread() {
    assert_eq!(stopped_before(1, "other"), 0);
}

#[test]
fn a_handler_that_takes_all_turns_does_not_keep_another_waiting() {
    assert_eq!(stopped_before(2, "other"), 0);
}

#[test]
fn calls_beyond_the_limit_wait_for_their_turn() {
    assert_eq!(stopped_before(1, "test"), 0);
    assert!(stopped_before(2, "test") > 0);
}

#[test]
fn there_may_not_be_any_number_of_handlers() {
    let (rig, module) = (Rig::new(), handler("", ""));
    let load = |name: &str| rig.host.load(&module, &Setup { name: name.to_owned(), ..setup() });
    let mut loaded: Vec<_> = (0..128).map(|number| load(&number.to_string()).unwrap()).collect();
    let words =
        "128 handlers are loaded already, and there may be no more; remove one, or run a second broker";
    assert_eq!(load("one more").unwrap_err().to_string(), words);
    assert!(load("7").is_ok(), "a new revision is no new handler");
    loaded.pop();
    assert!(load("one more").is_ok());
}

#[test]
fn a_guest_that_sleeps_is_stopped_in_time() {
    // One subscription to the monotonic clock, an hour from now.
    let hour = r#"(data (i32.const 1040) "\01") (data (i32.const 1048) "\00\a0\b8\30\46\03")"#;
    let sleep = "(drop (call $poll (i32.const 1024) (i32.const 1200) (i32.const 1) (i32.const 1300)))";
    assert_eq!(failure(&command_with(hour, sleep)), "it was stopped: it took longer than 300ms");
}

#[test]
fn a_memory_bomb_is_stopped_at_its_limit() {
    let words = "it was stopped: it wanted more than 67108864 bytes of memory";
    assert_eq!(failure(&handler("", GROW)), words);
    assert_eq!(failure(&command(GROW)), words);
}

#[test]
fn a_module_that_begins_over_its_limit_does_not_start() {
    let limits = Limits { memory_bytes: 32 << 10, ..setup().limits };
    let setup = Setup { limits, ..setup() };
    let words = rig().host.load(&handler("", ""), &setup).unwrap_err().to_string();
    assert_eq!(
        words,
        "its function describe fails: it was stopped: it wanted more than 32768 bytes of memory"
    );
}

#[test]
fn a_table_bomb_is_stopped_at_its_limit() {
    let more = "(table $t 1 funcref)";
    let grow = "(loop $again (drop (table.grow $t (ref.null func) (i32.const 1000))) (br $again))";
    assert_eq!(
        failure(&handler(more, grow)),
        "it was stopped: it wanted a table of more than 50000 elements"
    );
}

#[test]
fn many_memories_or_tables_are_refused() {
    let memories = command_with(&"(memory 1)".repeat(100), "");
    let words = rig().load(&memories).unwrap_err().to_string();
    assert!(words.starts_with("it cannot be compiled: ") && words.contains("memories"), "{words}");
    let tables = command_with(&"(table 1 funcref)".repeat(101), "");
    let words = rig().load(&tables).unwrap_err().to_string();
    assert!(words.contains("tables"), "{words}");
}

#[test]
fn many_instances_are_refused() {
    let instances = "(core instance (instantiate $m))".repeat(101);
    let text = format!(
        r#"(component (core module $m (memory 1)) {instances} (component $c)
           (instance $i (instantiate $c)) (export "philae:handler/handler@1.0.0" (instance $i)))"#
    );
    let words = rig().load(&wat::parse_str(text).unwrap()).unwrap_err().to_string();
    assert!(words.contains("instances") || words.contains("memories"), "{words}");
}

#[test]
fn deep_recursion_is_stopped() {
    let more = "(func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))";
    let words = failure(&handler(more, "(drop (call $deep (i32.const 1)))"));
    assert!(words.starts_with("it was stopped: wasm trap: call stack exhausted"), "{words}");
}

#[test]
fn a_panic_is_a_crash_with_its_place() {
    let more = "(func $my_function unreachable)";
    let words = failure(&handler(more, "(call $my_function)"));
    assert_eq!(words, "it crashed: wasm trap: wasm `unreachable` instruction executed, in my_function");
}

#[test]
fn a_trap_in_init_keeps_a_handler_from_loading() {
    let trap = handler_with_start("", "unreachable", "");
    let words = rig().load(&trap).unwrap_err().to_string();
    assert!(words.starts_with("its function init fails: it crashed: wasm trap"), "{words}");
    let endless = handler_with_start("", "(loop $again (br $again))", "");
    let words = rig().load(&endless).unwrap_err().to_string();
    assert_eq!(words, "its function init fails: it was stopped: it took longer than 300ms");
}

#[test]
fn a_log_flood_is_left_out_and_counted() {
    let flood = "(loop $again (call $log (i32.const 1) (i32.const 0) (i32.const 4096))
                 (local.set $n (i32.add (local.get $n) (i32.const 1)))
                 (br_if $again (i32.lt_u (local.get $n) (i32.const 1000))))";
    let outcome = run(&handler("", flood), &setup());
    assert_eq!(outcome.verdict, Ok(()));
    let kept: usize = outcome.log.iter().map(|line| line.text.len()).sum();
    assert!(
        kept <= 3 * (64 << 10) && outcome.left_out_bytes > 4_000_000,
        "{kept} {}",
        outcome.left_out_bytes
    );
}

#[test]
fn an_endless_flood_of_lines_is_stopped_in_time() {
    let write = "(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))";
    let outcome = run(&command(&format!("(loop $again {write} (br $again))")), &setup());
    assert_eq!(outcome.verdict.unwrap_err().to_string(), "it was stopped: it took longer than 300ms");
    assert!(outcome.log.len() <= (64 << 10) / 15 && outcome.left_out_bytes > 0);
}

#[test]
fn a_publish_flood_ends_at_the_limit() {
    let publish = "(call $publish (i32.const 3000) (i32.const 5) (i32.const 4096))
                   (if (i32.load8_u (i32.const 4096)) (then (return (i32.const 2096))))";
    let flood = handler("", &format!("(loop $again {publish} (br $again))"));
    let granted = Setup { grants: Grants { publish: true, ..Grants::default() }, ..setup() };
    let outcome = run(&flood, &granted);
    assert_eq!(outcome.verdict, Err(CallFailure::Permanent("never".to_owned())));
    assert!(outcome.published.is_empty(), "it failed");
    assert_eq!(run(&handler("", publish), &setup()).verdict.unwrap_err().to_string(), "never", "not granted");
    let once = run(&handler("", publish), &granted);
    assert_eq!((once.verdict, once.published.as_slice()), (Ok(()), [bytes::Bytes::from("words")].as_slice()));
}

#[test]
fn a_packet_that_is_judged_badly_is_refused_at_once() {
    let publish = "(call $publish (i32.const 3000) (i32.const 5) (i32.const 4096))
                   (if (i32.load8_u (i32.const 4096)) (then (return (i32.const 2096))))";
    let judge: Judge = Arc::new(|_| Err("not well-formed".to_owned()));
    let grants = Grants { publish: true, ..Grants::default() };
    let setup = Setup { grants, judge: Some(judge), ..setup() };
    assert!(run(&handler("", publish), &setup).verdict.is_err());
}

#[test]
fn a_state_flood_ends_at_the_quota() {
    let set = "(call $set (i32.const 3000) (i32.const 5) (i32.const 0) (i32.const 60000) (i32.const 0) (i64.const 0)
                (i32.const 4096))
               (if (i32.load8_u (i32.const 4096)) (then (return (i32.const 2096))))";
    let limits = Limits { state_bytes: 50_000, ..setup().limits };
    let outcome = run(&handler("", set), &Setup { limits, ..setup() });
    assert_eq!(outcome.verdict, Err(CallFailure::Permanent("never".to_owned())));
    let outcome = run(&handler("", set), &setup());
    assert_eq!((outcome.verdict, outcome.state.len()), (Ok(()), 1));
}

#[test]
fn a_call_that_changes_too_much_of_its_state_is_stopped() {
    let set = "(call $set (i32.const 3000) (i32.const 5) (i32.const 0) (i32.const 60000) (i32.const 0) (i64.const 0)
                (i32.const 4096))";
    let limits = Limits { state_change_bytes: 60_005, ..setup().limits };
    let setup = Setup { limits, ..setup() };
    assert_eq!(run(&handler("", &set.repeat(3)), &setup).verdict, Ok(()), "the same key over and over");
    let another = set.replace("3000", "3001");
    let words = run(&handler("", &format!("{set} {another}")), &setup).verdict.unwrap_err().to_string();
    assert_eq!(words, "it was stopped: it changed more than 60005 bytes of its state in one call");
}

#[test]
fn a_read_beyond_memory_from_the_host_is_a_crash() {
    let words = failure(&handler("", "(call $log (i32.const 1) (i32.const 65000) (i32.const 100000))"));
    assert!(words.starts_with("it crashed: "), "{words}");
}
