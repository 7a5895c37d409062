//! The terminal, taken over and given back: whatever ends this, it is as it was.

use std::io;

use ratatui::{DefaultTerminal, Frame};

/// The terminal while it is ours. Dropping it gives it back; a panic does so before it tells what happened.
pub(super) struct Screen(DefaultTerminal);

impl Screen {
    pub(super) fn open() -> io::Result<Self> {
        // What was taken before the rest failed is given back.
        ratatui::try_init().map(Self).inspect_err(|_| drop(ratatui::try_restore()))
    }

    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.0.draw(draw).map(drop)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back. The cursor is shown as the terminal itself is dropped.
        drop(ratatui::try_restore());
    }
}
