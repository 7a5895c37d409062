//! What differs between two texts, line by line.

/// Lines that are shown around a difference.
const AROUND: usize = 2;
/// Pairs of lines that are compared; texts that differ in more are told apart as wholes.
const PAIRS: usize = 4_000_000;
/// Lines that are told.
const TOLD: usize = 200;

/// A line and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line<'t> {
    Both(&'t str),
    Expected(&'t str),
    Found(&'t str),
}

/// The lines that differ, with some around them: `-` before what was expected, `+` before what was found. None if the texts
/// are the same.
pub(crate) fn difference(expected: &str, found: &str) -> Option<String> {
    let lines = compare(&expected.lines().collect::<Vec<_>>(), &found.lines().collect::<Vec<_>>());
    let differs = |line: &Line<'_>| !matches!(line, Line::Both(_));
    if !lines.iter().any(differs) {
        return None;
    }
    let mut told = String::new();
    let (mut count, mut was_near) = (0, true);
    for (index, line) in lines.iter().enumerate() {
        let around = lines.iter().take(index + AROUND + 1).skip(index.saturating_sub(AROUND));
        let is_near = around.into_iter().any(differs);
        if is_near && count < TOLD {
            if !was_near {
                told.push_str("  ...\n");
            }
            let (sign, text) = match line {
                Line::Both(text) => (' ', text),
                Line::Expected(text) => ('-', text),
                Line::Found(text) => ('+', text),
            };
            told.push_str(&format!("{sign} {text}\n"));
            count += 1;
        }
        was_near = is_near;
    }
    if count == TOLD {
        told.push_str("  (and more)\n");
    }
    Some(told)
}

fn compare<'t>(expected: &[&'t str], found: &[&'t str]) -> Vec<Line<'t>> {
    let same = expected.iter().zip(found).take_while(|(a, b)| a == b).count();
    let (begin, expected) = expected.split_at(same);
    let (_, found) = found.split_at(same);
    let same = expected.iter().rev().zip(found.iter().rev()).take_while(|(a, b)| a == b).count();
    let (expected, end) = expected.split_at(expected.len() - same);
    let (found, _) = found.split_at(found.len() - same);
    let mut lines: Vec<_> = begin.iter().copied().map(Line::Both).collect();
    if expected.len().saturating_mul(found.len()) > PAIRS {
        lines.extend(expected.iter().copied().map(Line::Expected));
        lines.extend(found.iter().copied().map(Line::Found));
    } else {
        middle(expected, found, &mut lines);
    }
    lines.extend(end.iter().copied().map(Line::Both));
    lines
}

/// Compares by the longest common subsequence.
fn middle<'t>(expected: &[&'t str], found: &[&'t str], lines: &mut Vec<Line<'t>>) {
    // In row i and column j: how many lines the rests from there have in common.
    let width = found.len() + 1;
    let mut common = vec![0_u32; (expected.len() + 1) * width];
    let at = |common: &[u32], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or_default();
    for (i, one) in expected.iter().enumerate().rev() {
        for (j, other) in found.iter().enumerate().rev() {
            let best = match one == other {
                true => at(&common, i + 1, j + 1) + 1,
                false => at(&common, i + 1, j).max(at(&common, i, j + 1)),
            };
            if let Some(cell) = common.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    loop {
        match (expected.get(i), found.get(j)) {
            (Some(one), Some(other)) if one == other => {
                lines.push(Line::Both(one));
                (i, j) = (i + 1, j + 1);
            }
            (Some(one), other) if other.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                lines.push(Line::Expected(one));
                i += 1;
            }
            (_, Some(other)) => {
                lines.push(Line::Found(other));
                j += 1;
            }
            (_, None) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_with_its_surroundings() {
        assert_eq!(difference("a\nb\n", "a\nb"), None);
        let told = difference("1\n2\n3\n4\n5\n6\n7\n8\n9", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10").unwrap();
        assert_eq!(told, "  ...\n  3\n  4\n- 5\n+ five\n  6\n  7\n  8\n  9\n+ 10\n");
    }

    #[test]
    fn long_texts_are_told_apart_as_wholes() {
        let text = |word: &str| (0..3_000).map(|number| format!("{word}{number}\n")).collect::<String>();
        let told = difference(&text("a"), &text("b")).unwrap();
        assert!(told.starts_with("- a0\n") && told.ends_with("(and more)\n"), "{told}");
    }
}
