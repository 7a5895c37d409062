//! Questions to the archive in XPath 3.1: what is answered, and what expressions that would hurt come to.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use system_tests::client::packet;
use system_tests::fixtures;
use system_tests::site::Site;
use system_tests::tool::{Left, Tool, philae};
use system_tests::wait::wait_until;

const ENDLESS: &str = "count(for $a in 1 to 1000000, $b in 1 to 1000000 return $a)";

fn query(data: &Path, arguments: &[&str]) -> Left {
    philae(&[&["query", "--data-dir", data.to_str().unwrap()], arguments].concat()).unwrap()
}

/// The lines of JSON that a query prints, all of which succeeded.
fn answer(data: &Path, arguments: &[&str]) -> Vec<Value> {
    let left = query(data, &[arguments, &["--format", "json"]].concat());
    assert_eq!((left.code, left.err().as_str()), (Some(0), ""));
    left.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A broker that keeps one packet of each kind.
fn site() -> Site {
    let site = Site::start(&[]).unwrap();
    site.submit(&fixtures::ALL.map(<[u8]>::to_vec)).unwrap();
    site
}

/// The processes that evaluate for one.
fn workers(of: u32) -> Vec<u32> {
    let called = format!("query-worker\0{of}\0");
    let numbers = fs::read_dir("/proc").unwrap();
    let numbers = numbers.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<u32>().ok());
    let is_one = |number: &u32| {
        let line = fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&called)
    };
    numbers.filter(is_one).collect()
}

#[test]
fn each_item_is_a_row_of_its_event_from_a_broker_that_runs_and_from_one_that_stopped() {
    let mut site = site();
    let expression = "for $p in //Param[@unit = 'deg'] order by 1 return 1";
    assert_eq!(query(site.folder(), &[expression]).code, Some(2), "XQuery is another language");
    let expression =
        "//Param[@unit = 'deg'] ! map { 'name': string(@name), 'value': number(@value), 'seq': $seq }";
    let running = answer(site.folder(), &[expression]);
    let value = json!({ "name": "Sun_Distance", "value": 118.4, "seq": 1 });
    let ivoid = "ivo://philae.test/wide-field-monitor#grb-260114-0731";
    assert_eq!(running[0], json!({ "seq": 1, "ivoid": ivoid, "value": value }));
    site.end_by("TERM").unwrap();
    assert_eq!(answer(site.folder(), &[expression]), running);
}

#[test]
fn what_the_broker_knows_is_known_to_an_expression() {
    let site = site();
    let known = "map { 'seq': $seq, 'stream': $stream, 'role': $role, 'author': starts-with($source, 'author 127.'), \
                 'age': (current-dateTime() - $received) lt xs:dayTimeDuration('PT1H') }";
    let told = &answer(site.folder(), &[known, "--to", "1"])[0]["value"];
    let stream = "ivo://philae.test/wide-field-monitor";
    assert_eq!(
        *told,
        json!({ "seq": 1, "stream": stream, "role": "observation", "author": true, "age": true })
    );
}

#[test]
fn an_expression_is_evaluated_once_over_all_events_or_over_what_came_of_each() {
    let site = site();
    assert_eq!(
        answer(site.folder(), &["--all", "count($events), count($events//Param) > 20"]),
        [json!(6), json!(true)]
    );
    let roles = answer(site.folder(), &["$role", "--then", "sort(distinct-values($results))"]);
    assert_eq!(roles, [json!("observation"), json!("test"), json!("utility")]);
    let types = "[$seq, xs:decimal('0.5'), 1e3, true(), $received, (), map { 'n': (1, 2) }]";
    let then = "let $r := $results[1] return ($r(1) + 1, $r(2) * 2, $r(3), $r(4), $r(5) instance of xs:dateTime, \
                count($r(6)), $r(7)?n)";
    let typed = answer(site.folder(), &[types, "--then", then]);
    assert_eq!(
        typed,
        [json!(2), json!(1), json!(1000), json!(true), json!(true), json!(0), json!(1), json!(2)]
    );
}

#[test]
fn a_table_and_csv_have_a_column_a_key_in_the_order_of_the_expression() {
    let site = site();
    let expression = "map { 'type': '=1', 'n': count(//Param) }";
    let table = query(site.folder(), &[expression, "--to", "1"]);
    let ivoid = "ivo://philae.test/wide-field-monitor#grb-260114-0731";
    assert_eq!(
        table.out(),
        format!("seq  ivoid{}  type   n\n  1  {ivoid}  =1    12\n", " ".repeat(ivoid.len() - 5))
    );
    let csv = query(site.folder(), &[expression, "--to", "1", "--format", "csv"]);
    assert_eq!(csv.out(), format!("seq,ivoid,type,n\n1,{ivoid},'=1,12\n"));
}

#[test]
fn an_expression_that_is_none_is_refused_with_its_place_and_no_row_is_no_success() {
    let site = site();
    let left = query(site.folder(), &["//Param[@name = ]"]);
    assert_eq!((left.code, left.out().as_str()), (Some(2), ""));
    assert_eq!(
        left.err(),
        "philae: the expression is refused: Parse error (XPST0003)\n  //Param[@name = ]\n                  ^\n"
    );
    let left = query(site.folder(), &["//Param", "--then", "$nothing"]);
    assert_eq!(left.code, Some(2));
    assert!(left.err().contains("  $nothing\n  ^^^^^^^^"), "{}", left.err());
    assert_eq!(query(site.folder(), &["//Nothing"]).code, Some(1));
}

#[test]
fn an_answer_without_a_row_is_one_line_of_words_and_none_in_json() {
    let site = site();
    for (arguments, words) in [
        (["//Nothing", "--format", "csv"], "comes to nothing on the events that are selected"),
        (["//Param", "--since", "2100-01-01"], "there are no such events in the log"),
    ] {
        let left = query(site.folder(), &arguments);
        assert_eq!((left.code, left.out().as_str()), (Some(1), ""));
        assert_eq!(left.err().lines().count(), 1, "{}", left.err());
        assert!(left.err().contains(words), "{}", left.err());
    }
    let left = query(site.folder(), &["//Nothing", "--format", "json"]);
    assert_eq!((left.code, left.out() + &left.err()), (Some(1), String::new()));
}

#[test]
fn an_event_on_which_it_fails_is_told_of_and_the_others_go_on() {
    let site = site();
    let left = query(site.folder(), &["1 div ($seq - 2)", "--format", "csv"]);
    assert_eq!(left.code, Some(1));
    assert_eq!(left.out().lines().count(), 1 + fixtures::ALL.len() - 1);
    let told = "philae: the expression failed on 1 event:\n  2 ivo://philae.test/";
    assert!(left.err().starts_with(told) && left.err().contains("FOAR0001"), "{}", left.err());
}

#[test]
fn what_would_hurt_ends_with_words_that_say_what_to_change() {
    let site = site();
    let sum = ["1"; 5_000].join("+");
    let parentheses = format!("{}1{}", "(".repeat(100), ")".repeat(100));
    let hoard = "count(for $a in 1 to 10000000 return concat('a long text, so that it takes memory', $a))";
    for (expression, limits, words) in [
        (
            ENDLESS,
            ["--time-limit", "1s"],
            "took more than 1s; simplify the expression, or allow more with --time-limit",
        ),
        (&parentheses, ["--time-limit", "1s"], "took more than 1s"),
        (&sum, ["--time-limit", "50s"], "it is nested, or calls itself, too deeply; simplify it"),
        (hoard, ["--memory-limit", "200MiB"], "it needs more memory than it may have"),
    ] {
        let left = query(site.folder(), &[&[expression][..], &limits].concat());
        assert_eq!((left.code, left.out().as_str()), (Some(1), ""), "{}", left.err());
        assert!(left.err().contains(words), "{}", left.err());
    }
}

#[test]
fn workers_end_with_the_query_however_that_ends() {
    let site = site();
    let data = site.folder().display().to_string();
    for (signal, expression) in
        [("INT", ENDLESS), ("TERM", ENDLESS), ("KILL", ENDLESS), ("KILL", "1 to 2000000000")]
    {
        let tool = Tool::start(&["query", "--data-dir", &data, expression]).unwrap();
        let id = tool.id();
        wait_until(Duration::from_secs(60), "workers", || !workers(id).is_empty()).unwrap();
        tool.signal(signal).unwrap();
        assert_eq!(tool.finish().unwrap().code, None, "{signal} ends it");
        wait_until(Duration::from_secs(60), "the end of the workers", || workers(id).is_empty()).unwrap();
    }
}

#[test]
fn a_worker_that_is_killed_is_told_of() {
    let site = site();
    let data = site.folder().display().to_string();
    let tool = Tool::start(&["query", "--data-dir", &data, ENDLESS]).unwrap();
    wait_until(Duration::from_secs(60), "workers", || !workers(tool.id()).is_empty()).unwrap();
    let worker = workers(tool.id())[0];
    assert!(
        std::process::Command::new("kill").args(["-KILL", &worker.to_string()]).status().unwrap().success()
    );
    let left = tool.finish().unwrap();
    assert_eq!(left.code, Some(1));
    assert!(left.err().contains("it was killed; the system may be short of memory"), "{}", left.err());
}

#[test]
fn rows_stand_in_the_order_of_the_events_whoever_evaluated_them() {
    let site = Site::start(&[]).unwrap();
    site.submit(&(0..300).map(|number| packet(number, 4_000 * (number % 3))).collect::<Vec<_>>()).unwrap();
    let rows = answer(site.folder(), &["for $i in 1 to 1000 * (1 - $seq mod 2) return (), $seq"]);
    let numbers: Vec<u64> = rows.iter().map(|row| row["value"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=300).collect::<Vec<u64>>());
}
