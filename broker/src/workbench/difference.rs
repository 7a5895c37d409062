//! What differs between two texts, line by line.

use std::time::Duration;

use similar::TextDiff;

/// Lines that are shown around a difference.
const AROUND: usize = 2;
/// Lines that are told.
const TOLD: usize = 200;
/// How long the shortest difference is looked for; then a longer one is told.
const LOOKED: Duration = Duration::from_secs(2);

/// The lines that differ, with some around them: `-` before what was expected, `+` before what was found. None if the texts
/// are the same, but for the end of the last line.
pub(crate) fn difference(expected: &str, found: &str) -> Option<String> {
    let [expected, found] = [expected, found].map(|text| format!("{}\n", text.trim_end_matches('\n')));
    if expected == found {
        return None;
    }
    let compared = TextDiff::configure().timeout(LOOKED).diff_lines(&expected, &found);
    let unified = compared.unified_diff().context_radius(AROUND).to_string();
    let mut lines = unified.split_inclusive('\n');
    let mut told: String = lines.by_ref().take(TOLD).collect();
    if lines.next().is_some() {
        told.push_str("(and more)\n");
    }
    Some(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_with_its_surroundings() {
        assert_eq!(difference("a\nb\n", "a\nb"), None);
        let told = difference("1\n2\n3\n4\n5\n6\n7\n8\n9", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10").unwrap();
        assert_eq!(told, "@@ -3,7 +3,8 @@\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n+10\n");
    }

    #[test]
    fn of_long_differences_the_beginning_is_told() {
        let text = |word: &str| (0..3_000).map(|number| format!("{word}{number}\n")).collect::<String>();
        let told = difference(&text("a"), &text("b")).unwrap();
        assert!(told.contains("-a0\n") && told.ends_with("(and more)\n"), "{told}");
    }
}
