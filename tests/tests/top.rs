//! `philae top` in a terminal: what it shows of a real broker, what keys do, and how it leaves.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use system_tests::client::{Listener, packet, submit_acked};
use system_tests::fixtures;
use system_tests::site::Site;
use system_tests::terminal::Terminal;
use system_tests::tool::philae;

const UP: &str = "\u{1b}[A";
const DOWN: &str = "\u{1b}[B";
const BACK_TAB: &str = "\u{1b}[Z";

fn top(site: &Site, size: (u16, u16), variables: &[(&str, &str)]) -> Terminal {
    let folder = site.folder().to_str().unwrap();
    Terminal::run(size, &["top", "--data-dir", folder, "--interval", "100ms"], variables).unwrap()
}

#[test]
fn what_happens_is_shown_as_it_happens_and_keys_lead_to_all_of_it() {
    let mut site = Site::start(&["--print-event"]).unwrap();
    let mut terminal = top(&site, (80, 24), &[]);
    terminal.wait_for("no event yet").unwrap();
    let receive = site.philae().unwrap().receive().unwrap();
    submit_acked(receive, fixtures::GRB).unwrap();
    let _listener = Listener::filtering(site.broadcast(), &["//Param[@name='nothing']"]).unwrap();
    let screen = terminal.wait_for("#grb-260114-0731").unwrap();
    for words in ["live, each 0.1 s", "process well", "kept 1 events", "accepted 1", "211.80", " Events 1 "] {
        assert!(screen.contains(words), "{words:?} is not in\n{screen}");
    }
    terminal.press("\r").unwrap();
    terminal.wait_for("RA 211.80").unwrap();
    terminal.press("\u{1b}").unwrap();
    terminal.wait_until("the list", |screen| !screen.contains("RA 211.80")).unwrap();
    submit_acked(receive, &packet(7, 0)).unwrap();
    terminal.wait_for("load#7").unwrap();
    terminal.press(&format!("{DOWN}{DOWN}{UP}{DOWN}\r")).unwrap();
    terminal.wait_for("RA 211.80").unwrap();
    terminal.press("\r\t\t\t").unwrap();
    terminal.wait_for("//Param[@name='nothing']").unwrap();
    terminal.press(&format!("\t{BACK_TAB}\t")).unwrap();
    terminal.wait_for("print-event").unwrap();
    terminal.press("?").unwrap();
    terminal.wait_for("Shift-Tab").unwrap();
    terminal.press("\u{1b}").unwrap();
    terminal.resize(160, 50).unwrap();
    terminal
        .wait_until("all panes", |screen| screen.contains("print-event") && screen.contains("load#7"))
        .unwrap();
    terminal.press("q").unwrap();
    let left = terminal.finish().unwrap();
    assert_eq!((left.code, left.is_as_before), (Some(0), true), "{}", left.screen);
}

#[test]
fn a_broker_that_goes_away_is_told_of_and_found_again_and_a_pause_keeps_the_picture() {
    let mut site = Site::start(&[]).unwrap();
    let mut terminal = top(&site, (100, 30), &[("NO_COLOR", "1")]);
    site.submit(&[packet(1, 0)]).unwrap();
    terminal.wait_for("load#1").unwrap();
    site.end_by("KILL").unwrap();
    let screen = terminal.wait_for("asking again: ").unwrap();
    assert!(screen.contains("load#1"), "the last picture stays: {screen}");
    site.start_again().unwrap();
    terminal.wait_for("live").unwrap();
    terminal.press("p").unwrap();
    terminal.wait_for("paused").unwrap();
    site.submit(&[packet(2, 0)]).unwrap();
    let listing = philae(&["status", "--data-dir", site.folder().to_str().unwrap()]).unwrap();
    assert!(listing.out().contains("2 events kept"), "{}", listing.out());
    assert!(!terminal.screen().unwrap().contains("load#2"));
    terminal.press("p").unwrap();
    terminal.wait_for("load#2").unwrap();
    terminal.signal(15).unwrap();
    let left = terminal.finish().unwrap();
    assert_eq!((left.code, left.is_as_before), (Some(0), true), "{}", left.screen);
}

#[test]
fn an_interrupt_gives_the_terminal_back_as_it_was() {
    let site = Site::start(&[]).unwrap();
    let mut terminal = top(&site, (80, 24), &[]);
    terminal.wait_for("no event yet").unwrap();
    terminal.press("\u{3}").unwrap();
    let left = terminal.finish().unwrap();
    assert_eq!((left.code, left.is_as_before), (Some(0), true), "{}", left.screen);
}

#[test]
fn without_a_terminal_or_a_broker_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let left = philae(&["top", "--data-dir", folder]).unwrap();
    assert_eq!(left.code, Some(1));
    assert!(left.err().contains("philae status") && left.out().is_empty(), "{}", left.err());
    let terminal = Terminal::run((80, 24), &["top", "--data-dir", folder], &[]).unwrap();
    let left = terminal.finish().unwrap();
    assert_eq!((left.code, left.is_as_before), (Some(69), true));
    assert!(left.screen.contains("no broker runs on"), "{}", left.screen);
    let left = philae(&["top", "--interval", "1ms"]).unwrap();
    assert_eq!(left.code, Some(2), "{}", left.err());
}
