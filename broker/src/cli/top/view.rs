//! What the operator looks at, and what keys do to that.
//!
//! What is chosen is known by its name, so that it stays chosen while others come and go around it; at the top of a pane
//! nothing is, and what is new there is what is looked at.

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use serde_json::Value;

use super::pane::Pane;
use super::picture::Picture;

/// How far a page goes.
const PAGE: usize = 10;
/// Keys that lead to the end.
const LAST: [KeyCode; 2] = [KeyCode::End, KeyCode::Char('G')];

/// What the operator looks at.
#[derive(Debug, Default)]
pub(super) struct View {
    /// The place of the pane that keys are for.
    pane: usize,
    chosen: [Chosen; Pane::ALL.len()],
    over: Over,
    is_paused: bool,
}

/// What is chosen in a pane.
#[derive(Debug, Clone, Default)]
struct Chosen {
    /// Its name; none at the top.
    key: Option<String>,
    /// Where it was last, for when it has gone.
    index: usize,
}

/// What lies over the panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Over {
    #[default]
    Nothing,
    /// What the keys do.
    Help,
    /// All of what is chosen, from some line on.
    Detail { from: u16 },
}

/// What somebody who pressed a key wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Stay,
    Leave,
}

impl View {
    /// The pane that keys are for.
    pub(super) fn pane(&self) -> Pane {
        Pane::ALL.get(self.pane).copied().unwrap_or(Pane::Events)
    }

    /// What lies over the panes.
    pub(super) fn over(&self) -> Over {
        self.over
    }

    /// Whether the picture is to stay as it is.
    pub(super) fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Where in a pane the chosen item is now; none in an empty one.
    pub(super) fn place(&self, pane: Pane, picture: &Picture) -> Option<usize> {
        let items = pane.items(picture);
        let last = items.len().checked_sub(1)?;
        let Chosen { key, index } = self.chosen.get(pane as usize)?;
        let Some(key) = key else { return Some(0) };
        let found = items.iter().position(|item| pane.key(item) == *key);
        Some(found.unwrap_or_else(|| (*index).min(last)))
    }

    /// What is chosen in the pane that keys are for, while it is there.
    pub(super) fn chosen<'a>(&self, picture: &'a Picture) -> Option<&'a Value> {
        let pane = self.pane();
        let item = pane.items(picture).get(self.place(pane, picture)?).copied()?;
        let key = &self.chosen.get(pane as usize)?.key;
        key.as_ref().is_none_or(|key| pane.key(item) == *key).then_some(item)
    }

    /// Does what a key is for.
    pub(super) fn press(&mut self, event: &Event, picture: &Picture) -> Wish {
        // Another size is drawn by itself, and nothing else is listened to.
        let Event::Key(KeyEvent { code, modifiers, kind, .. }) = event else { return Wish::Stay };
        if *kind == KeyEventKind::Release {
            return Wish::Stay;
        }
        let is_interrupt = modifiers.contains(KeyModifiers::CONTROL) && *code == KeyCode::Char('c');
        match (code, self.over) {
            _ if is_interrupt => return Wish::Leave,
            (KeyCode::Char('q'), _) | (KeyCode::Esc, Over::Nothing) => return Wish::Leave,
            (KeyCode::Esc, _) | (KeyCode::Enter, Over::Detail { .. }) => self.over = Over::Nothing,
            (KeyCode::Char('?'), Over::Help) => self.over = Over::Nothing,
            (KeyCode::Char('?'), _) => self.over = Over::Help,
            (KeyCode::Char('p'), _) => self.is_paused = !self.is_paused,
            (code, Over::Detail { from }) => self.over = Over::Detail { from: scrolled(from, *code) },
            (_, Over::Help) => self.over = Over::Nothing,
            (KeyCode::Enter, Over::Nothing) => self.open(picture),
            (KeyCode::Tab | KeyCode::Right | KeyCode::Char('l'), _) => self.turn(1),
            (KeyCode::BackTab | KeyCode::Left | KeyCode::Char('h'), _) => self.turn(Pane::ALL.len() - 1),
            (code, Over::Nothing) => self.choose(*code, picture),
        }
        Wish::Stay
    }

    fn turn(&mut self, panes: usize) {
        self.pane = (self.pane + panes) % Pane::ALL.len();
    }

    fn choose(&mut self, code: KeyCode, picture: &Picture) {
        let Some(place) = self.place(self.pane(), picture) else { return };
        self.go(moved(place, code), picture);
    }

    /// Shows all of what is chosen, which what comes in meanwhile does not push aside.
    fn open(&mut self, picture: &Picture) {
        let pane = self.pane();
        let Some(place) = self.place(pane, picture) else { return };
        let key = pane.items(picture).get(place).map(|item| pane.key(item));
        if let Some(chosen) = self.chosen.get_mut(pane as usize) {
            *chosen = Chosen { key, index: place };
        }
        self.over = Over::Detail { from: 0 };
    }

    fn go(&mut self, to: usize, picture: &Picture) {
        let pane = self.pane();
        let items = pane.items(picture);
        let index = to.min(items.len().saturating_sub(1));
        let key = items.get(index).filter(|_| index > 0).map(|item| pane.key(item));
        if let Some(chosen) = self.chosen.get_mut(pane as usize) {
            *chosen = Chosen { key, index };
        }
    }
}

/// Where a key leads from a place, as far as there is something.
fn moved(place: usize, code: KeyCode) -> usize {
    let is = |codes: &[KeyCode]| codes.contains(&code);
    match () {
        () if is(&[KeyCode::Down, KeyCode::Char('j')]) => place.saturating_add(1),
        () if is(&[KeyCode::Up, KeyCode::Char('k')]) => place.saturating_sub(1),
        () if is(&[KeyCode::PageDown]) => place.saturating_add(PAGE),
        () if is(&[KeyCode::PageUp]) => place.saturating_sub(PAGE),
        () if is(&[KeyCode::Home, KeyCode::Char('g')]) => 0,
        () if is(&LAST) => usize::MAX,
        () => place,
    }
}

/// The same of the lines of a detail, where a page beyond the last line is none: how many there are is not known here.
fn scrolled(from: u16, code: KeyCode) -> u16 {
    if LAST.contains(&code) {
        return from;
    }
    u16::try_from(moved(usize::from(from), code)).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
