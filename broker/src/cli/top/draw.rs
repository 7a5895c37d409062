//! Drawing: a picture of the broker, and what is looked at, on a screen of any size.
//!
//! A large screen shows all panes at once, a small one the pane that keys are for under a line that names them all. What
//! does not fit is left out from the right and from below, the state of the broker last.

mod head;
mod over;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, HighlightSpacing, Paragraph, Row, Table, TableState};

use super::pane::Pane;
use super::picture::Picture;
use super::style::{Palette, Tone};
use super::view::{Over, View};

/// The least size at which all panes are shown.
const LARGE: (u16, u16) = (120, 36);
/// Rows of a list beside its items: its edges and its titles.
const FRAME_ROWS: u16 = 3;

/// Draws all of it.
pub(super) fn draw(frame: &mut Frame<'_>, picture: &Picture, view: &View, palette: Palette) {
    let area = frame.area();
    let is_large = area.width >= LARGE.0 && area.height >= LARGE.1;
    let head = head::lines(picture, view, palette, area.width);
    let chart_rows = if is_large { 6 } else { 3 };
    let rows = [
        Constraint::Length(u16::try_from(head.len()).unwrap_or(u16::MAX)),
        Constraint::Max(chart_rows),
        Constraint::Min(0),
        Constraint::Length(1),
    ];
    let [top, chart, panes, foot] = Layout::vertical(rows).areas(area);
    frame.render_widget(Paragraph::new(head), top);
    head::chart(frame, chart, picture, palette);
    match is_large {
        true => all_panes(frame, panes, picture, view, palette),
        false => one_pane(frame, panes, picture, view, palette),
    }
    frame.render_widget(Line::styled(KEYS, palette.aside()), foot);
    if picture.away().is_some() {
        let told = Rect { y: area.y.saturating_add(1), height: area.height.saturating_sub(1), ..area };
        frame.buffer_mut().set_style(told.intersection(area), palette.aside());
    }
    match view.over() {
        Over::Nothing => {}
        Over::Help => over::help(frame, panes, palette),
        Over::Detail { from } => over::detail(frame, panes, picture, view, from, palette),
    }
}

const KEYS: &str = "q leave  Tab pane  \u{2191}\u{2193} choose  Enter all of it  p pause  ? help";

/// All panes: what is spoken of on the left, what happens on the right.
fn all_panes(frame: &mut Frame<'_>, area: Rect, picture: &Picture, view: &View, palette: Palette) {
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(area);
    let wanted = |pane: Pane, most: u16| {
        let rows = u16::try_from(pane.items(picture).len().max(1)).unwrap_or(u16::MAX);
        Constraint::Length(rows.min(most).saturating_add(FRAME_ROWS))
    };
    let third = area.height / 3;
    let most = third.saturating_sub(FRAME_ROWS).max(1);
    let lefts = [wanted(Pane::Upstreams, most), wanted(Pane::Subscribers, most), Constraint::Min(0)];
    let [upstreams, subscribers, streams] = Layout::vertical(lefts).areas(left);
    let rights = [wanted(Pane::Handlers, most), Constraint::Min(0)];
    let [handlers, events] = Layout::vertical(rights).areas(right);
    for (pane, place) in [
        (Pane::Upstreams, upstreams),
        (Pane::Subscribers, subscribers),
        (Pane::Streams, streams),
        (Pane::Handlers, handlers),
        (Pane::Events, events),
    ] {
        let edge = if pane == view.pane() { palette.accent() } else { palette.aside() };
        let block = Block::bordered().border_style(edge).title(title(pane, picture, view, palette));
        list(frame, place, pane, block, picture, view, palette);
    }
}

/// The pane that keys are for, under the names of all.
fn one_pane(frame: &mut Frame<'_>, area: Rect, picture: &Picture, view: &View, palette: Palette) {
    let [names, rest] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let mut line = Line::default();
    for pane in Pane::ALL {
        line.push_span(title(pane, picture, view, palette));
        line.push_span(" ");
    }
    frame.render_widget(line, names);
    list(frame, rest, view.pane(), Block::new(), picture, view, palette);
}

/// The name of a pane, and how much there is in it; it stands out if something there does.
fn title(pane: Pane, picture: &Picture, view: &View, palette: Palette) -> Span<'static> {
    let rows = pane.items(picture).into_iter().map(|item| pane.row(item, picture, u16::MAX).tone);
    // Odd events pass; what else is wrong stays so until somebody mends it.
    let tone = rows.max().filter(|_| pane != Pane::Events).unwrap_or(Tone::Usual);
    let style = if pane == view.pane() { palette.chosen() } else { palette.title() };
    Span::styled(format!(" {} {} ", pane.name(), pane.count(picture)), palette.tone(tone).patch(style))
}

/// What a pane lists.
fn list(
    frame: &mut Frame<'_>,
    area: Rect,
    pane: Pane,
    block: Block<'_>,
    picture: &Picture,
    view: &View,
    palette: Palette,
) {
    let items = pane.items(picture);
    if items.is_empty() {
        return frame.render_widget(Paragraph::new(pane.nothing()).style(palette.aside()).block(block), area);
    }
    let room = block.inner(area).width;
    let rows = items.into_iter().map(|item| {
        let row = pane.row(item, picture, room);
        Row::new(row.cells).style(palette.tone(row.tone))
    });
    let mut table = Table::new(rows, pane.widths(room))
        .header(Row::new(pane.titles(room)).style(palette.aside()))
        .highlight_spacing(HighlightSpacing::Never)
        .block(block);
    if pane == view.pane() {
        table = table.row_highlight_style(palette.chosen());
    }
    let mut state = TableState::new().with_selected(view.place(pane, picture));
    frame.render_stateful_widget(table, area, &mut state);
}

#[cfg(test)]
mod tests;
