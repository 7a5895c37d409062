//! What stands on screens of several sizes.

use std::io;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::style::{Color, Modifier};
use serde_json::json;

use super::*;
use crate::cli::ask::AskError;
use crate::cli::top::picture::Told;
use crate::cli::top::sample;

fn drawn(size: (u16, u16), picture: &Picture, view: &View, palette: Palette) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| draw(frame, picture, view, palette)).unwrap();
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area().width);
    let symbols: Vec<_> = buffer.content().iter().map(|cell| cell.symbol()).collect();
    symbols.chunks(width).map(|row| row.concat().trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn on(size: (u16, u16), keys: &[KeyCode], picture: &Picture) -> String {
    let mut view = View::default();
    for code in keys {
        view.press(&Event::Key(KeyEvent::new(*code, KeyModifiers::NONE)), picture);
    }
    text(&drawn(size, picture, &view, Palette::Colours))
}

#[test]
fn a_usual_terminal_has_the_head_the_names_of_all_panes_and_one_of_them() {
    let screen = on((80, 24), &[], &sample::picture(40));
    for words in [
        "philae 0.1.0  ivo://your.site/broker  up 3 h",
        "live, each 1 s",
        "process well   store well   upstreams degraded   handlers well",
        "upstreams: no link to b.example:8099: Connection refused",
        "kept 40 events for 30 d, 3.0 MiB; free 5.0 GiB (least 64.0 MiB); quarantine 4",
        "accepted 40, duplicates 2, refused 1, kept out 0, not kept 0",
        "events a minute: 2 now, 4 at most in 4 min; 7 in the last hour",
        " Events 40   Streams 1   Upstreams 2   Subscribers 3   Handlers 2",
        "    AGE  ROLE      RA     DEC EVENT",
        "   30 s   obs  211.80   -5.25 a.test/stream#40",
        "q leave",
    ] {
        assert!(screen.contains(words), "{words:?} is not in\n{screen}");
    }
    assert_eq!(screen.lines().count(), 24);
}

#[test]
fn a_large_terminal_has_all_panes_at_once() {
    let screen = on((160, 50), &[], &sample::picture(400));
    for words in [
        "a.test/stream#400",
        "ivo://a.test/stream",
        "waiting",
        "b.example:8099: Connection refused",
        "//Param[@name='a']",
        "grb-latest",
        "mail: it trapped",
        "500 us",
    ] {
        assert!(screen.contains(words), "{words:?} is not in\n{screen}");
    }
}

#[test]
fn the_least_large_terminal_has_the_names_of_handlers_and_upstreams() {
    let screen = on(LARGE, &[], &sample::picture(400));
    for words in
        ["grb-latest", "mail: it trapped", "a.example:8099  ", "b.example:8099: Connection", "192.0.2.2:2"]
    {
        assert!(screen.contains(words), "{words:?} is not in\n{screen}");
    }
    assert!(screen.contains("FAILED") && !screen.contains("REVISION"), "{screen}");
}

#[test]
fn no_terminal_is_too_small() {
    let picture = sample::picture(300);
    for size in [(1, 1), (2, 3), (10, 4), (20, 8), (40, 12), (79, 23), (300, 2), (5, 100), (120, 36)] {
        for keys in [&[][..], &[KeyCode::Enter], &[KeyCode::Char('?')], &[KeyCode::End, KeyCode::Tab]] {
            // It is drawn at all, and that is what is to be seen here.
            assert!(!on(size, keys, &picture).trim().is_empty(), "{size:?}");
        }
    }
    let small = on((44, 12), &[], &picture);
    assert!(small.contains("a.test/stream") && small.contains("upstreams: no link"), "{small}");
}

#[test]
fn the_line_that_is_chosen_is_in_sight_wherever_it_is() {
    let screen = on((80, 24), &[KeyCode::End], &sample::picture(150));
    assert!(screen.contains("a.test/stream#1\n"), "{screen}");
    assert!(!screen.contains("a.test/stream#150"), "{screen}");
}

#[test]
fn enter_tells_all_of_a_handler_with_what_it_was_denied_and_of_an_event() {
    let handler = [KeyCode::BackTab, KeyCode::Down, KeyCode::Enter];
    let screen = on((100, 30), &handler, &sample::picture(4));
    for words in ["mail", "it trapped", "4 events", "it asked for TCP to a.example:1; grant it with tcp ="] {
        assert!(screen.contains(words), "{words:?} is not in\n{screen}");
    }
    let screen = on((100, 30), &[KeyCode::Enter], &sample::picture(4));
    for words in ["ivo://a.test/stream#4", "RA 211.8000 deg, Dec -5.2500 deg, within 0.05 deg", "3.6 KiB"] {
        assert!(screen.contains(words), "{words:?} is not in\n{screen}");
    }
}

#[test]
fn a_broker_that_went_away_is_named_and_its_last_picture_is_dimmed() {
    let mut picture = sample::picture(4);
    picture.learn(Err(AskError::NoAnswer(io::ErrorKind::UnexpectedEof.into())));
    let buffer = drawn((80, 24), &picture, &View::default(), Palette::Colours);
    let screen = text(&buffer);
    assert!(screen.starts_with("asking again: the broker gave no answer"), "{screen}");
    assert!(screen.contains("a.test/stream#4"), "{screen}");
    let is_dim = |row: u16| buffer[(2, row)].modifier.contains(Modifier::DIM);
    assert!(!is_dim(0) && (1..24).all(is_dim));
    picture.learn(Ok(Told { status: json!({ "version": "0.2.0" }), latest: json!({ "events": [] }) }));
    let screen = on((80, 24), &[], &picture);
    assert!(screen.starts_with("philae 0.2.0") && screen.contains("no event yet"), "{screen}");
}

#[test]
fn without_colours_there_are_none_and_what_is_wrong_still_stands_out() {
    let picture = sample::picture(4);
    let plain = drawn((80, 24), &picture, &View::default(), Palette::Plain);
    assert!(plain.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    let row = text(&plain).lines().position(|line| line.starts_with("upstreams: no link")).unwrap();
    assert!(plain[(0, u16::try_from(row).unwrap())].modifier.contains(Modifier::BOLD));
    let coloured = drawn((80, 24), &picture, &View::default(), Palette::Colours);
    assert!(coloured.content().iter().any(|cell| cell.fg == Color::Yellow));
    assert!(
        coloured.content().iter().all(|cell| cell.bg == Color::Reset),
        "the background is the terminal's"
    );
}

#[test]
fn orders_to_a_terminal_are_not_drawn() {
    let event =
        json!({ "seq": 1, "ivoid": "ivo://a/b#\u{1b}[2J\u{202e}x", "role": "test", "source": "\u{9b}31m" });
    let told =
        Told { status: json!({ "local_ivo": "ivo://a\u{7}\n" }), latest: json!({ "events": [event] }) };
    let picture = Picture::of(told, Duration::from_secs(1));
    for keys in [&[][..], &[KeyCode::Enter]] {
        let screen = on((80, 24), keys, &picture);
        assert!(screen.contains("a/b#\u{fffd}[2J\u{fffd}x"), "{screen}");
        assert!(!screen.contains(['\u{1b}', '\u{9b}', '\u{7}', '\u{202e}']), "{screen}");
    }
}

#[test]
fn a_status_that_says_nothing_is_drawn_all_the_same() {
    let picture = Picture::of(Told::default(), Duration::from_millis(500));
    let screen = on((80, 24), &[KeyCode::Enter], &picture);
    assert!(screen.contains("live, each 0.5 s") && screen.contains("no event yet"), "{screen}");
}
