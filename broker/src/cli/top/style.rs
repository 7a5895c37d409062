//! How things stand out: in the terminal's own colours, so that they can be read on whatever lies behind them, or without
//! any where the operator wants none.

use std::env;

use ratatui::style::{Color, Modifier, Style};

/// Whether there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Palette {
    /// Those of the terminal.
    Colours,
    /// None: weight and reversal alone.
    Plain,
}

/// How much something wants to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tone {
    /// It is as it should be.
    Usual,
    /// It does, and not as well as it should.
    Degraded,
    /// It does not do what it is for.
    Failing,
}

impl Palette {
    /// What the environment asks for: `NO_COLOR`, if it is there and not empty (no-color.org).
    pub(super) fn of_environment() -> Self {
        match env::var_os("NO_COLOR") {
            Some(text) if !text.is_empty() => Self::Plain,
            Some(_) | None => Self::Colours,
        }
    }

    /// For something of such a tone.
    pub(super) fn tone(self, tone: Tone) -> Style {
        match (self, tone) {
            (_, Tone::Usual) => Style::new(),
            (Self::Colours, Tone::Degraded) => Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD),
            (Self::Colours, Tone::Failing) => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
            (Self::Plain, Tone::Degraded) => Style::new().add_modifier(Modifier::BOLD),
            (Self::Plain, Tone::Failing) => Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED),
        }
    }

    /// For what is well, where the word itself stands there.
    pub(super) fn well(self) -> Style {
        self.coloured(Color::Green)
    }

    /// For the bars of the chart, and the edge of the pane that keys are for.
    pub(super) fn accent(self) -> Style {
        self.coloured(Color::Cyan)
    }

    /// For the line that is chosen.
    pub(super) fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// For titles.
    pub(super) fn title(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// For what is said beside, and for a picture that is not of now.
    pub(super) fn aside(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    fn coloured(self, colour: Color) -> Style {
        match self {
            Self::Colours => Style::new().fg(colour),
            Self::Plain => Style::new(),
        }
    }
}
