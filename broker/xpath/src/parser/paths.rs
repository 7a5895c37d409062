//! Location paths (§2), predicates, and what becomes of abbreviations (§2.5).
//!
//! `//X` is written out as `descendant-or-self::node()/child::X`, and then taken as `descendant::X` where no
//! predicate of the step asks for a position: that selects the same nodes, straight from the index.

use super::{Axis, Expr, NodeTest, Parser, Path, Predicate, Reason, Result, Rule, Start, Step, Token, Type};
use crate::ast::Name;
use crate::error::CompileError;
use crate::index::hash;

/// What depth-first walks may cost of the stack, in steps.
const LONGEST_WALK: usize = 4;

impl Parser<'_, '_> {
    pub(super) fn location_path(&mut self) -> Result<Expr> {
        let mut steps = Vec::new();
        let start = if self.token == Token::Sign("/") {
            self.advance()?;
            if self.begins_step() {
                self.step(&mut steps)?;
            }
            Start::Root
        } else if self.token == Token::Sign("//") {
            self.slashes(&mut steps)?;
            Start::Root
        } else {
            self.step(&mut steps)?;
            Start::Context
        };
        if start_has_steps(&start, &steps) {
            self.more_steps(&mut steps)?;
        }
        Ok(path(start, steps))
    }

    /// The predicates and steps behind a primary expression, if there are any.
    pub(super) fn filter(&mut self, primary: Expr, start: usize) -> Result<Expr> {
        if !matches!(self.token, Token::Sign("[" | "/" | "//")) {
            return Ok(primary);
        }
        if primary.ty() != Type::Nodes {
            return Err(CompileError::new(self.text, start, Reason::NotNodes));
        }
        let predicates = self.predicates()?;
        let mut steps = Vec::new();
        self.more_steps(&mut steps)?;
        Ok(path(Start::Filter(primary, predicates.into()), steps))
    }

    fn more_steps(&mut self, steps: &mut Vec<Step>) -> Result<()> {
        loop {
            if self.token == Token::Sign("/") {
                self.advance()?;
                self.step(steps)?;
            } else if self.token == Token::Sign("//") {
                self.slashes(steps)?;
            } else {
                return Ok(());
            }
        }
    }

    fn slashes(&mut self, steps: &mut Vec<Step>) -> Result<()> {
        self.advance()?;
        self.part()?;
        push(steps, Step { axis: Axis::DescendantOrSelf, test: NodeTest::Any, predicates: Box::default() });
        self.step(steps)
    }

    fn begins_step(&self) -> bool {
        matches!(self.token, Token::Name(..) | Token::AnyOf(_) | Token::Sign("*" | "@" | "." | ".."))
    }

    fn step(&mut self, steps: &mut Vec<Step>) -> Result<()> {
        self.part()?;
        let axis = match self.token {
            Token::Sign(sign @ ("." | "..")) => {
                self.advance()?;
                let axis = if sign == "." { Axis::Itself } else { Axis::Parent };
                push(steps, Step { axis, test: NodeTest::Any, predicates: Box::default() });
                return Ok(());
            }
            Token::Sign("@") => {
                self.advance()?;
                Axis::Attribute
            }
            Token::Name(None, name) if matches!(self.lexer.clone().next(), Ok((Token::Sign("::"), _))) => {
                let Some(axis) = Axis::named(name) else {
                    return Err(self.fault(Reason::UnknownAxis(name.to_owned())));
                };
                self.advance()?;
                self.want("::")?;
                axis
            }
            Token::Sign(_)
            | Token::Name(..)
            | Token::AnyOf(_)
            | Token::Literal(_)
            | Token::Number(_)
            | Token::Variable(_)
            | Token::End => Axis::Child,
        };
        let test = self.node_test(axis)?;
        let predicates = self.predicates()?.into();
        push(steps, Step { axis, test, predicates });
        Ok(())
    }

    fn node_test(&mut self, axis: Axis) -> Result<NodeTest> {
        let test = match self.token {
            Token::Sign("*") => NodeTest::AnyName,
            Token::AnyOf("xml") => NodeTest::AnyXml,
            Token::AnyOf(prefix) => {
                let instead = format!("{}*[namespace-uri()='...']", shown(axis));
                return Err(self.unknown_prefix(prefix, instead));
            }
            Token::Name(None, local) if matches!(self.lexer.clone().next(), Ok((Token::Sign("("), _))) => {
                return self.node_type(local);
            }
            Token::Name(None, local) => NodeTest::Name(Name { hash: hash(local), local: local.into() }),
            Token::Name(Some("xml"), local) => NodeTest::Xml(local.into()),
            Token::Name(Some(prefix), local) => {
                let instead = format!("{}*[local-name()='{local}']", shown(axis));
                return Err(self.unknown_prefix(prefix, instead));
            }
            Token::Sign(_) | Token::Literal(_) | Token::Number(_) | Token::Variable(_) | Token::End => {
                return Err(self.expected("a name, a node test or an expression"));
            }
        };
        self.advance()?;
        Ok(test)
    }

    fn unknown_prefix(&self, prefix: &str, instead: String) -> CompileError {
        self.fault(Reason::UnknownPrefix { prefix: prefix.to_owned(), instead: Some(instead) })
    }

    fn node_type(&mut self, name: &str) -> Result<NodeTest> {
        let start = self.start;
        let mut test = match name {
            "node" => NodeTest::Any,
            "text" => NodeTest::Text,
            "comment" => NodeTest::Comment,
            "processing-instruction" => NodeTest::Instruction(None),
            // Behind a slash or an axis no function can stand.
            _ => {
                return Err(CompileError::new(
                    self.text,
                    start,
                    Reason::Expected { expected: "a node test", found: format!("'{name}('") },
                ));
            }
        };
        self.advance()?;
        self.want("(")?;
        if let (NodeTest::Instruction(target), Token::Literal(text)) = (&mut test, self.token) {
            *target = Some(text.into());
            self.advance()?;
        }
        self.want(")")?;
        Ok(test)
    }

    fn predicates(&mut self) -> Result<Vec<Predicate>> {
        let mut predicates = Vec::new();
        while self.token == Token::Sign("[") {
            self.advance()?;
            self.part()?;
            let outer = std::mem::replace(&mut self.asks_position, false);
            let expr = self.expression()?;
            let asks_position = std::mem::replace(&mut self.asks_position, outer);
            self.want("]")?;
            let rule = match (expr.ty(), asks_position) {
                (Type::Number, _) => Rule::Position,
                (_, true) => Rule::PositionalTruth,
                (_, false) => Rule::Truth,
            };
            predicates.push(Predicate { expr, rule });
        }
        Ok(predicates)
    }
}

fn shown(axis: Axis) -> &'static str {
    if axis == Axis::Attribute { "@" } else { "" }
}

/// A slash that stands alone is the root, and no step can follow.
fn start_has_steps(start: &Start, steps: &[Step]) -> bool {
    !(matches!(start, Start::Root) && steps.is_empty())
}

/// Adds a step, and joins it with the one before where that changes nothing but the cost.
fn push(steps: &mut Vec<Step>, step: Step) {
    let follows_slashes = steps.last().is_some_and(|last| {
        last.axis == Axis::DescendantOrSelf
            && matches!(last.test, NodeTest::Any)
            && last.predicates.is_empty()
    });
    let joined = if matches!(step.axis, Axis::Child | Axis::Descendant) {
        Some(Axis::Descendant)
    } else if matches!(step.axis, Axis::Itself | Axis::DescendantOrSelf) {
        Some(Axis::DescendantOrSelf)
    } else {
        None
    };
    match joined {
        Some(axis) if follows_slashes && !step.is_positional() => {
            steps.pop();
            steps.push(Step { axis, ..step });
        }
        _ => steps.push(step),
    }
}

fn path(start: Start, mut steps: Vec<Step>) -> Expr {
    // `./X` is `X`.
    let is_here = |step: &Step| {
        step.axis == Axis::Itself && matches!(step.test, NodeTest::Any) && step.predicates.is_empty()
    };
    if steps.len() > 1 && steps.first().is_some_and(is_here) {
        steps.remove(0);
        // `.//X` is `descendant::X`, which could not be seen before.
        let all = std::mem::take(&mut steps);
        all.into_iter().for_each(|step| push(&mut steps, step));
    }
    let is_injective = |(at, step): (usize, &Step)| at == 0 || step.axis.is_injective();
    let is_distinct = !matches!(start, Start::Filter(..))
        && steps.len() <= LONGEST_WALK
        && steps.iter().enumerate().all(is_injective);
    let is_ordered = is_distinct && keeps_order(&steps);
    Expr::Path(Box::new(Path { start, steps: steps.into(), is_distinct, is_ordered }))
}

/// Whether a depth-first walk meets nodes in document order: one that comes to an element inside of another must not
/// go on to children, as those of the outer one may come later than those of the inner.
fn keeps_order(steps: &[Step]) -> bool {
    let mut is_flat = true;
    steps.iter().all(|step| {
        let keeps = !step.axis.is_reverse() && (is_flat || step.axis != Axis::Child);
        is_flat &= step.axis.is_injective();
        keeps
    })
}
