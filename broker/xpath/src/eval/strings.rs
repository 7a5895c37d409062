//! String functions (§4.2). Characters are Unicode scalar values, as the recommendation counts them.

use std::borrow::Cow;

use super::{Evaluator, Expr, Focus, Result};
use crate::functions::Function;
use crate::number::{is_space, round};

impl<'e> Evaluator<'e, '_, '_> {
    pub(super) fn string_call(
        &self,
        function: Function,
        arguments: &'e [Expr],
        focus: Focus,
    ) -> Result<Cow<'e, str>> {
        let string = |argument| self.string(argument, focus);
        match (function, arguments) {
            (Function::String, []) => self.value(focus.place),
            (Function::String, [argument]) => string(argument),
            (Function::Concat, parts) => self.concat(parts, focus),
            (Function::SubstringBefore, [text, mark]) => {
                let (text, mark) = (string(text)?, string(mark)?);
                self.budget.text(text.len() + mark.len())?;
                let end = text.find(&*mark).unwrap_or_default();
                Ok(cut(text, 0, end))
            }
            (Function::SubstringAfter, [text, mark]) => {
                let (text, mark) = (string(text)?, string(mark)?);
                self.budget.text(text.len() + mark.len())?;
                let start = text.find(&*mark).map_or(text.len(), |at| at + mark.len());
                let end = text.len();
                Ok(cut(text, start, end))
            }
            (Function::Substring, [text, rest @ ..]) => {
                let text = string(text)?;
                let (start, length) = match rest {
                    [start, length] => (self.number(start, focus)?, Some(self.number(length, focus)?)),
                    [start] => (self.number(start, focus)?, None),
                    _ => return Ok(text),
                };
                self.budget.text(text.len())?;
                Ok(substring(text, start, length))
            }
            (Function::NormalizeSpace, []) => self.normalized(self.value(focus.place)?),
            (Function::NormalizeSpace, [text]) => self.normalized(string(text)?),
            (Function::Translate, [text, from, to]) => {
                self.translate(&string(text)?, &string(from)?, &string(to)?).map(Cow::Owned)
            }
            (Function::LocalName | Function::NamespaceUri | Function::Name, []) => {
                self.name_call(function, Some(focus.place))
            }
            (Function::LocalName | Function::NamespaceUri | Function::Name, [nodes]) => {
                self.name_call(function, self.first(nodes, focus)?)
            }
            _ => Ok(Cow::Borrowed("")),
        }
    }

    /// `string-length()`
    #[expect(clippy::cast_precision_loss, reason = "a string is bounded far below 2^52")]
    pub(super) fn length(&self, text: &str) -> Result<f64> {
        self.budget.text(text.len())?;
        Ok(text.chars().count() as f64)
    }

    fn concat(&self, parts: &'e [Expr], focus: Focus) -> Result<Cow<'e, str>> {
        let mut whole = String::new();
        for part in parts {
            let text = self.string(part, focus)?;
            self.budget.text(text.len())?;
            self.budget.room_for_string(whole.len() + text.len())?;
            whole.push_str(&text);
        }
        Ok(Cow::Owned(whole))
    }

    fn normalized(&self, text: Cow<'e, str>) -> Result<Cow<'e, str>> {
        self.budget.text(text.len() * 4)?;
        let is_normal = !text.starts_with(is_space)
            && !text.ends_with(is_space)
            && !text.contains(['\t', '\r', '\n'])
            && !text.contains("  ");
        if is_normal {
            return Ok(text);
        }
        let mut normal = String::with_capacity(text.len());
        for word in text.split(is_space).filter(|word| !word.is_empty()) {
            if !normal.is_empty() {
                normal.push(' ');
            }
            normal.push_str(word);
        }
        Ok(Cow::Owned(normal))
    }

    /// Of a character that stands twice in `from`, the first counts; one without a counterpart in `to` is removed.
    fn translate(&self, text: &str, from: &str, to: &str) -> Result<String> {
        self.budget.text(text.len() * 8 + from.len() * 16 + to.len())?;
        let mut ascii: [Option<Option<char>>; 128] = [None; 128];
        let mut others: Vec<(char, Option<char>)> = Vec::new();
        let mut counterparts = to.chars();
        for character in from.chars() {
            let counterpart = counterparts.next();
            match ascii.get_mut(character as usize) {
                Some(slot) => {
                    slot.get_or_insert(counterpart);
                }
                None => others.push((character, counterpart)),
            }
        }
        others.sort_by_key(|(character, _)| *character);
        others.dedup_by_key(|(character, _)| *character);
        let translated = |character: char| match ascii.get(character as usize) {
            Some(slot) => slot.unwrap_or(Some(character)),
            None => match others.binary_search_by_key(&character, |(other, _)| *other) {
                Ok(at) => others.get(at).and_then(|(_, counterpart)| *counterpart),
                Err(_) => Some(character),
            },
        };
        Ok(text.chars().filter_map(translated).collect())
    }
}

/// The characters from the rounded start on, and up to where the rounded length ends.
fn substring(text: Cow<'_, str>, start: f64, length: Option<f64>) -> Cow<'_, str> {
    let first = round(start);
    let end = length.map_or(f64::INFINITY, |length| first + round(length));
    if first.is_nan() || end.is_nan() {
        return Cow::Borrowed("");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "they saturate at zero and past the end"
    )]
    let (skipped, ended) = ((first - 1.0) as usize, (end - 1.0) as usize);
    if skipped >= ended {
        return Cow::Borrowed("");
    }
    let byte = |character: usize| text.char_indices().nth(character).map_or(text.len(), |(at, _)| at);
    let (from, to) = (byte(skipped), byte(ended));
    cut(text, from, to)
}

fn cut(text: Cow<'_, str>, from: usize, to: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(from..to).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(from..to).unwrap_or_default().to_owned()),
    }
}
