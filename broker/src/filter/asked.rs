//! What became of the filters that a subscriber asked for, and what it is told.
//!
//! A filter that is none is refused by name and the others hold. With none left everything is sent, as Comet does: an
//! alert too many is better than one too few. For the same reason too many filters are refused as a whole, because any of
//! those left out might have been the one.

use std::fmt::Write;
use std::sync::Arc;

use super::{FilterSet, Filters};
use crate::plain::excerpt;

/// Most filters of one subscriber.
const MAX_FILTERS: usize = 64;
/// So many of those that are refused are named.
const NAMED: usize = 4;

/// What became of the filters that were asked for.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Those that hold; none means that everything is sent.
    pub(crate) set: Option<Arc<FilterSet>>,
    /// What to tell whoever asked, if something was refused.
    pub(crate) refusal: Option<String>,
}

impl Asked {
    /// Compiles what was asked for.
    pub(crate) fn of(filters: &Filters, texts: &[String]) -> Self {
        if texts.len() > MAX_FILTERS {
            let refusal = format!(
                "{} filters are more than the {MAX_FILTERS} that one subscriber may have; none is applied and every \
                 event is sent",
                texts.len()
            );
            return Self { set: None, refusal: Some(refusal) };
        }
        let (mut sound, mut refused, mut words) = (Vec::new(), 0, String::new());
        for text in texts {
            match filters.shelf.expression(text) {
                Ok(filter) => sound.push(filter),
                Err(error) => {
                    refused += 1;
                    if refused <= NAMED {
                        // Writing to a String cannot fail.
                        let _ = write!(words, "filter '{}' refused: {error}; ", excerpt(text));
                    }
                }
            }
        }
        if refused > NAMED {
            let _ = write!(words, "{} more refused; ", refused - NAMED);
        }
        words.push_str(match sound.len() {
            0 => "no filter is left and every event is sent",
            1 => "the other filter is applied",
            _ => "the other filters are applied",
        });
        let set = (!sound.is_empty()).then(|| filters.shelf.set(sound));
        Self { set, refusal: (refused > 0).then_some(words) }
    }

    /// How many filters hold.
    pub(crate) fn applied(&self) -> usize {
        self.set.as_ref().map_or(0, |set| set.len())
    }
}
