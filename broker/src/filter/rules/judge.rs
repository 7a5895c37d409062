//! What rules say of a packet.
//!
//! What costs nothing is asked first: the expressions of a rule matter only if its other keys match, and whoever
//! judges is told which expression to evaluate when the verdict hangs on it. One that could not be evaluated within its
//! budget does not match in a rule of `refuse` and does in one of `accept`: an alert too many is better than one too
//! few.

use std::fmt;

use super::{Condition, Rule, Rules};
use crate::event::Role;
use crate::filter::answer::Answer;

/// What is known of a packet without looking into it.
#[derive(Debug, Clone, Copy)]
pub(in crate::filter) struct Facts<'p> {
    pub(in crate::filter) ivoid: &'p str,
    pub(in crate::filter) role: &'p str,
    pub(in crate::filter) size_bytes: usize,
}

/// What rules say of a packet.
#[derive(Debug)]
pub(in crate::filter) enum Verdict<'r> {
    Pass,
    Refuse(Refusal<'r>),
    /// It hangs on what this expression says.
    Ask(&'r Condition),
}

/// Why a packet does not pass, in words that follow "refused by this broker: ".
#[derive(Debug)]
pub(in crate::filter) enum Refusal<'r> {
    /// A rule of `refuse` matches, by these values.
    Matched(Vec<Value<'r>>),
    /// None of these rules of `accept` matches.
    Unmatched(&'r [Rule]),
}

/// A value that matches.
#[derive(Debug)]
pub(in crate::filter) enum Value<'r> {
    Ivoid(&'r str),
    Role(Role),
    LargerThan(u64),
    Xpath(&'r Condition),
}

impl Rules {
    /// Judges a packet; `answer` tells what an expression says of it, if it is known.
    pub(in crate::filter) fn judge(
        &self,
        facts: &Facts<'_>,
        mut answer: impl FnMut(&Condition) -> Option<Answer>,
    ) -> Verdict<'_> {
        let refusing = first(&self.refuse, facts, |condition| {
            answer(condition).map(|answer| matches!(answer, Answer::Yes))
        });
        match refusing {
            Err(condition) => return Verdict::Ask(condition),
            Ok(Some(values)) => return Verdict::Refuse(Refusal::Matched(values)),
            Ok(None) if self.accept.is_empty() => return Verdict::Pass,
            Ok(None) => {}
        }
        let accepting = first(&self.accept, facts, |condition| {
            answer(condition).map(|answer| !matches!(answer, Answer::No))
        });
        match accepting {
            Err(condition) => Verdict::Ask(condition),
            Ok(Some(_)) => Verdict::Pass,
            Ok(None) => Verdict::Refuse(Refusal::Unmatched(&self.accept)),
        }
    }
}

/// What matches in the first rule that does; or an expression on which it hangs whether one does.
fn first<'r>(
    rules: &'r [Rule],
    facts: &Facts<'_>,
    mut is_true: impl FnMut(&Condition) -> Option<bool>,
) -> Result<Option<Vec<Value<'r>>>, &'r Condition> {
    let mut unknown = None;
    for rule in rules {
        match rule.matching(facts, &mut is_true) {
            Ok(None) => {}
            Ok(found) => return Ok(found),
            Err(condition) => unknown = unknown.or(Some(condition)),
        }
    }
    unknown.map_or(Ok(None), Err)
}

impl Rule {
    /// The value of each key that matches, if all keys do.
    fn matching(
        &self,
        facts: &Facts<'_>,
        is_true: &mut impl FnMut(&Condition) -> Option<bool>,
    ) -> Result<Option<Vec<Value<'_>>>, &Condition> {
        let Some(mut values) = self.matching_facts(facts) else { return Ok(None) };
        if self.xpath.is_empty() {
            return Ok(Some(values));
        }
        let mut unknown = None;
        for condition in &self.xpath {
            match is_true(condition) {
                Some(false) => {}
                Some(true) => {
                    values.push(Value::Xpath(condition));
                    return Ok(Some(values));
                }
                None => unknown = unknown.or(Some(condition)),
            }
        }
        unknown.map_or(Ok(None), Err)
    }

    /// The same of all keys but the expressions.
    fn matching_facts(&self, facts: &Facts<'_>) -> Option<Vec<Value<'_>>> {
        let mut values = Vec::new();
        if !self.ivoid.is_empty() {
            let begins = self.ivoid.iter().find(|beginning| facts.ivoid.starts_with(beginning.as_str()));
            values.push(Value::Ivoid(begins?));
        }
        if !self.role.is_empty() {
            let role = self.role.iter().find(|role| facts.role == role.name());
            values.push(Value::Role(*role?));
        }
        if let Some(bytes) = self.larger_than_bytes {
            if facts.size_bytes as u64 <= bytes {
                return None;
            }
            values.push(Value::LargerThan(bytes));
        }
        Some(values)
    }

    /// All its values, the alternatives of each key beside each other.
    fn keys(&self) -> Vec<Vec<Value<'_>>> {
        let ivoid = self.ivoid.iter().map(|beginning| Value::Ivoid(beginning)).collect();
        let role = self.role.iter().copied().map(Value::Role).collect();
        let size = self.larger_than_bytes.into_iter().map(Value::LargerThan).collect();
        let xpath = self.xpath.iter().map(Value::Xpath).collect();
        let keys: [Vec<Value<'_>>; 4] = [ivoid, role, size, xpath];
        keys.into_iter().filter(|values| !values.is_empty()).collect()
    }
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Matched(values) => f.write_str(&joined(values, " and ")),
            Self::Unmatched(rules) => {
                let rules: Vec<String> = rules.iter().map(Rule::to_string).collect();
                write!(f, "it takes only {}", joined(&rules, "; or "))
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<String> = self.keys().iter().map(|values| joined(values, " or ")).collect();
        f.write_str(&joined(&keys, ", and "))
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ivoid(beginning) => write!(f, "ivoid '{beginning}'"),
            Self::Role(role) => write!(f, "role '{role}'"),
            Self::LargerThan(bytes) => write!(f, "larger than {bytes} bytes"),
            Self::Xpath(condition) => write!(f, "xpath '{}'", condition.text()),
        }
    }
}

fn joined(parts: &[impl ToString], by: &str) -> String {
    parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(by)
}

#[cfg(test)]
mod tests;
