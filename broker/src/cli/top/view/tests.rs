//! Keys, and what is chosen while what there is changes.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::cli::told::number;
use crate::cli::top::sample;

fn key(code: KeyCode) -> Event {
    Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn press(view: &mut View, codes: &[KeyCode], picture: &Picture) {
    for code in codes {
        assert_eq!(view.press(&key(*code), picture), Wish::Stay, "{code:?}");
    }
}

fn event_of(view: &View, picture: &Picture) -> Option<u64> {
    view.chosen(picture).map(|item| number(item, "seq"))
}

#[test]
fn at_the_top_what_is_new_is_looked_at_and_further_down_what_was_chosen() {
    let mut view = View::default();
    assert_eq!(event_of(&view, &sample::picture(9)), Some(9));
    assert_eq!(event_of(&view, &sample::picture(10)), Some(10));
    press(&mut view, &[KeyCode::Down, KeyCode::Char('j')], &sample::picture(10));
    assert_eq!(event_of(&view, &sample::picture(10)), Some(8));
    assert_eq!(event_of(&view, &sample::picture(50)), Some(8));
    press(&mut view, &[KeyCode::Home], &sample::picture(50));
    assert_eq!(event_of(&view, &sample::picture(51)), Some(51));
    press(&mut view, &[KeyCode::End], &sample::picture(51));
    assert_eq!(event_of(&view, &sample::picture(51)), Some(1));
}

#[test]
fn what_is_told_in_full_stays_so_while_others_come_and_is_not_another_once_it_is_gone() {
    let mut view = View::default();
    press(&mut view, &[KeyCode::Enter], &sample::picture(9));
    assert_eq!(view.over(), Over::Detail { from: 0 });
    assert_eq!(event_of(&view, &sample::picture(100)), Some(9));
    assert_eq!(event_of(&view, &sample::picture(1_000)), None, "it is among the latest no more");
    press(&mut view, &[KeyCode::Down, KeyCode::Down, KeyCode::Up], &sample::picture(100));
    assert_eq!(view.over(), Over::Detail { from: 1 });
    press(&mut view, &[KeyCode::Esc], &sample::picture(100));
    assert_eq!(view.over(), Over::Nothing);
}

#[test]
fn tab_goes_round_all_panes_and_back() {
    let (mut view, picture) = (View::default(), sample::picture(3));
    let mut seen = Vec::new();
    for _ in Pane::ALL {
        seen.push(view.pane());
        press(&mut view, &[KeyCode::Tab], &picture);
    }
    assert_eq!((seen.as_slice(), view.pane()), (&Pane::ALL[..], Pane::ALL[0]));
    press(&mut view, &[KeyCode::BackTab], &picture);
    assert_eq!(view.pane(), Pane::ALL[4]);
}

#[test]
fn escape_goes_back_before_it_leaves_and_an_interrupt_leaves_at_once() {
    let (mut view, picture) = (View::default(), sample::picture(3));
    press(&mut view, &[KeyCode::Char('?'), KeyCode::Esc, KeyCode::Char('p')], &picture);
    assert!(view.is_paused() && view.over() == Over::Nothing);
    press(&mut view, &[KeyCode::Char('?')], &picture);
    let interrupt = Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
    assert_eq!(view.press(&interrupt, &picture), Wish::Leave);
    press(&mut view, &[KeyCode::Esc], &picture);
    assert_eq!(view.press(&key(KeyCode::Esc), &picture), Wish::Leave);
}

#[test]
fn keys_in_an_empty_pane_do_nothing() {
    let (mut view, empty) = (View::default(), sample::picture(0));
    press(&mut view, &[KeyCode::Down, KeyCode::End, KeyCode::Enter], &empty);
    assert_eq!((view.over(), view.place(Pane::Events, &empty)), (Over::Nothing, None));
}
