//! What lies over the panes: all of one thing, and what the keys do.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph, Wrap};

use super::super::detail;
use super::super::picture::Picture;
use super::super::style::Palette;
use super::super::view::View;

/// Columns that its edges take.
const EDGES: u16 = 2;

const HELP: [(&str, &str); 9] = [
    ("Tab, Right, l", "the next pane"),
    ("Shift-Tab, Left, h", "the one before"),
    ("Down, Up, j, k", "choose"),
    ("PgDn, PgUp", "ten at once"),
    ("Home, g; End, G", "the first, and what is new there; the last"),
    ("Enter", "all that is known of what is chosen"),
    ("p", "leave the picture as it is, or go on"),
    ("Esc", "back; leave"),
    ("q, Ctrl-C", "leave"),
];

/// What the keys do.
pub(super) fn help(frame: &mut Frame<'_>, area: Rect, palette: Palette) {
    let lines = HELP.iter().map(|(keys, what)| {
        Line::from(vec![Span::styled(format!("{keys:<20}"), palette.title()), Span::raw(*what)])
    });
    over(frame, area, "Keys", Paragraph::new(lines.collect::<Vec<_>>()), palette);
}

/// All that is known of what is chosen, from a line on.
pub(super) fn detail(
    frame: &mut Frame<'_>,
    area: Rect,
    picture: &Picture,
    view: &View,
    from: u16,
    palette: Palette,
) {
    let pane = view.pane();
    let lines: Vec<Line<'_>> = match view.chosen(picture) {
        Some(item) => detail::lines(pane, item, picture)
            .into_iter()
            .map(|(of, said)| {
                Line::from(vec![Span::styled(format!("{of:<11} "), palette.aside()), Span::raw(said)])
            })
            .collect(),
        None => vec![Line::raw("it is there no more")],
    };
    // As many as there are when they are broken at the edge, near enough to end there.
    let width = usize::from(area.width.saturating_sub(EDGES).max(1));
    let rows: usize = lines.iter().map(|line| line.width().div_ceil(width).max(1)).sum();
    let last = u16::try_from(rows.saturating_sub(1)).unwrap_or(u16::MAX);
    let text = Paragraph::new(lines).wrap(Wrap { trim: false }).scroll((from.min(last), 0));
    over(frame, area, pane.name(), text, palette);
}

fn over(frame: &mut Frame<'_>, area: Rect, title: &str, text: Paragraph<'_>, palette: Palette) {
    let title = Span::styled(format!(" {title} "), palette.title());
    let edges = Block::bordered().border_style(palette.accent()).title(title).title_bottom(" Esc: back ");
    frame.render_widget(Clear, area);
    frame.render_widget(text.block(edges), area);
}
