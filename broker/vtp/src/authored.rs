//! When an author says a packet was made, without reading all of it.
//!
//! Who/Date (VOEvent 2.0 §3.2) stands near the beginning, so a walk that stops there costs a tenth of a tree. On a
//! document that is not well formed the answer means nothing.

use crate::xml::{self, Step};

/// What stands in Who/Date, if a document's text has one; white space around it is taken off.
#[must_use]
pub fn authored(text: &str) -> Option<String> {
    let (_, mut walk) = xml::open(text).ok()?;
    let mut path: Vec<bool> = Vec::new();
    let mut date: Option<String> = None;
    while let Some(step) = walk.step().ok()? {
        match (step, path.as_slice()) {
            (Step::Open(tag), []) => path.push(tag.local_name() == "Who"),
            (Step::Open(tag), [true]) => {
                let is_date = tag.local_name() == "Date";
                date = is_date.then(String::new);
                path.push(is_date);
            }
            (Step::Open(_), _) => path.push(false),
            (Step::Close, [true, true]) => return date.map(|date| date.trim().to_owned()),
            // The standard has one Who; a second would not be looked at.
            (Step::Close, [true]) => return None,
            (Step::Close, _) => drop(path.pop()),
            (Step::Text(text), [true, true]) => {
                if let Some(date) = &mut date {
                    date.push_str(&text);
                }
            }
            (Step::Text(_), _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::authored;

    #[test]
    fn the_date_of_who_is_found_and_no_other() {
        let date = |inside: &str| authored(&format!("<v:VOEvent xmlns:v='x'>{inside}</v:VOEvent>"));
        let found = Some("2026-01-14T10:32:07".to_owned());
        assert_eq!(date("<Who><A/><Date> 2026-01-14T10:32:07\n</Date></Who>"), found);
        assert_eq!(
            date("<!-- <Who><Date>1</Date></Who> --><Who><Date>2026-01-14T10:32:07</Date></Who>"),
            found
        );
        assert_eq!(date("<Who><Author><Date>1</Date></Author></Who><Date>2</Date>"), None);
        assert_eq!(date("<What><Who><Date>1</Date></Who></What>"), None);
        assert_eq!(authored("no document"), None);
    }
}
