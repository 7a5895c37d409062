//! The head: whose picture it is, whether all is well, what is kept, and how many events come a minute.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Sparkline;
use serde_json::Value;

use super::super::picture::Picture;
use super::super::style::{Palette, Tone};
use super::super::view::View;
use crate::cli::told::{age, bytes, kept, minutes, number, part, span, text, time};
use crate::plain::plain;

/// Stages in the order in which what is wrong with one explains the next.
const STAGES: [&str; 4] = ["process", "store", "upstreams", "handlers"];

/// The lines above the chart.
pub(super) fn lines(picture: &Picture, view: &View, palette: Palette, width: u16) -> Vec<Line<'static>> {
    let status = picture.status();
    let mut lines = vec![whose(picture, view, palette, width), stages(status, palette)];
    for (name, reason, tone) in troubles(status) {
        lines.push(Line::styled(format!("{name}: {reason}"), palette.tone(tone)));
    }
    lines.push(Line::raw(store(status)));
    lines.push(Line::raw(intake(status)));
    lines
}

/// Which broker this is, and of when its picture is.
fn whose(picture: &Picture, view: &View, palette: Palette, width: u16) -> Line<'static> {
    let status = picture.status();
    let up = time(status, "started").map(|started| age(picture.now(), started)).unwrap_or_default();
    let whose = format!("philae {}  {}  up {up}", text(status, "version"), text(status, "local_ivo"));
    if let Some(away) = picture.away() {
        let said = format!("asking again: {}", plain(away));
        return Line::from(vec![
            Span::styled(said, palette.tone(Tone::Failing)),
            Span::raw("  "),
            Span::styled(whose, palette.aside()),
        ]);
    }
    let (state, style) = match view.is_paused() {
        true => (" paused, p goes on ".to_owned(), palette.chosen()),
        false => (format!("live, each {} s", picture.interval().as_secs_f32()), palette.well()),
    };
    let taken = whose.chars().count() + state.chars().count();
    let gap = usize::from(width).saturating_sub(taken).max(2);
    Line::from(vec![
        Span::styled(whose, palette.title()),
        Span::raw(" ".repeat(gap)),
        Span::styled(state, style),
    ])
}

fn stages(status: &Value, palette: Palette) -> Line<'static> {
    let mut line = Line::default();
    for name in STAGES {
        let state = text(part(part(status, "health"), name), "state");
        let style = match tone(&state) {
            Tone::Usual => palette.well(),
            tone @ (Tone::Degraded | Tone::Failing) => palette.tone(tone),
        };
        line.push_span(Span::raw(format!("{name} ")));
        line.push_span(Span::styled(state, style));
        line.push_span(Span::raw("   "));
    }
    line
}

/// What is not well, and why.
fn troubles(status: &Value) -> Vec<(&'static str, String, Tone)> {
    let stage = |name: &'static str| {
        let stage = part(part(status, "health"), name);
        (name, text(stage, "reason"), tone(&text(stage, "state")))
    };
    STAGES.map(stage).into_iter().filter(|(_, reason, _)| !reason.is_empty()).collect()
}

fn tone(state: &str) -> Tone {
    match state {
        "degraded" => Tone::Degraded,
        "failing" => Tone::Failing,
        _ => Tone::Usual,
    }
}

fn store(status: &Value) -> String {
    let store = part(status, "store");
    let retention = part(status, "retention_s").as_u64();
    let held: u64 =
        part(status, "quarantined").as_object().into_iter().flatten().filter_map(|(_, n)| n.as_u64()).sum();
    let mut line = format!(
        "kept {} events for {}, {}; free {} (least {}); quarantine {held}",
        kept(store),
        retention.map_or_else(|| "ever".to_owned(), span),
        bytes(store, "disk_bytes"),
        bytes(store, "free_bytes"),
        bytes(status, "min_free_bytes"),
    );
    let damages = number(store, "damages");
    if damages > 0 {
        line.push_str(&format!("; {damages} stretches lost to damage"));
    }
    line
}

fn intake(status: &Value) -> String {
    let intake = part(status, "intake");
    let count = |key: &str| number(intake, key);
    format!(
        "accepted {}, duplicates {}, refused {}, kept out {}, not kept {}",
        count("accepted"),
        count("duplicates"),
        count("refused"),
        count("kept_out"),
        count("not_kept"),
    )
}

/// The events of the last minutes, as far as there is room.
pub(super) fn chart(frame: &mut Frame<'_>, area: Rect, picture: &Picture, palette: Palette) {
    let all = minutes(picture.status());
    let shown: Vec<u64> = all.iter().rev().take(usize::from(area.width)).rev().copied().collect();
    let (most, last) = (shown.iter().max().copied().unwrap_or_default(), shown.last().copied());
    let hour: u64 = all.iter().rev().take(60).sum();
    let says = format!(
        "events a minute: {} now, {most} at most in {} min; {hour} in the last hour",
        last.unwrap_or_default(),
        shown.len(),
    );
    let [words, bars] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    frame.render_widget(Line::styled(says, Style::new()), words);
    frame.render_widget(Sparkline::default().data(shown).style(palette.accent()), bars);
}
