//! Operators (§3.1, §3.3 to §3.5): from `or`, which binds least, to `|`.

use super::{Expr, Parser, Reason, Result, Token, Type};
use crate::ast::{Arithmetic, Chain, Comparison};
use crate::error::CompileError;
use crate::functions::Function;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    Comparison(Comparison),
    Arithmetic(Arithmetic),
    Union,
}

impl Operator {
    /// What binds stronger is greater.
    fn precedence(self) -> u8 {
        match self {
            Self::Or => 0,
            Self::And => 1,
            Self::Comparison(Comparison::Equal | Comparison::NotEqual) => 2,
            Self::Comparison(_) => 3,
            Self::Arithmetic(Arithmetic::Add | Arithmetic::Subtract) => 4,
            Self::Arithmetic(_) => 5,
            Self::Union => UNION,
        }
    }

    /// What a token means where an operator is awaited (§3.7).
    fn of(token: Token<'_>) -> Option<Self> {
        Some(match token {
            Token::Name(None, "or") => Self::Or,
            Token::Name(None, "and") => Self::And,
            Token::Name(None, "div") => Self::Arithmetic(Arithmetic::Divide),
            Token::Name(None, "mod") => Self::Arithmetic(Arithmetic::Modulo),
            Token::Sign("*") => Self::Arithmetic(Arithmetic::Multiply),
            Token::Sign("+") => Self::Arithmetic(Arithmetic::Add),
            Token::Sign("-") => Self::Arithmetic(Arithmetic::Subtract),
            Token::Sign("=") => Self::Comparison(Comparison::Equal),
            Token::Sign("!=") => Self::Comparison(Comparison::NotEqual),
            Token::Sign("<") => Self::Comparison(Comparison::Less),
            Token::Sign("<=") => Self::Comparison(Comparison::LessOrEqual),
            Token::Sign(">") => Self::Comparison(Comparison::Greater),
            Token::Sign(">=") => Self::Comparison(Comparison::GreaterOrEqual),
            Token::Sign("|") => Self::Union,
            Token::Sign(_)
            | Token::Literal(_)
            | Token::Number(_)
            | Token::Name(..)
            | Token::AnyOf(_)
            | Token::Variable(_)
            | Token::End => return None,
        })
    }
}

const UNION: u8 = 6;

impl Parser<'_, '_> {
    /// Operands joined by operators of at least this precedence.
    pub(super) fn operators(&mut self, least: u8) -> Result<Expr> {
        let start = self.start;
        let mut left = if least > UNION { return self.path() } else { self.signed()? };
        while let Some(operator) = Operator::of(self.token)
            && operator.precedence() >= least
        {
            left = self.chain(left, operator, start)?;
        }
        Ok(left)
    }

    /// An operand with the minus signs before it, which bind less than `|` and more than all else.
    fn signed(&mut self) -> Result<Expr> {
        let mut signs = 0_usize;
        while self.token == Token::Sign("-") {
            signs += 1;
            self.advance()?;
        }
        self.part()?;
        if signs == 0 {
            return self.path();
        }
        let start = self.start;
        let mut operand = self.path()?;
        if self.token == Token::Sign("|") {
            operand = self.chain(operand, Operator::Union, start)?;
        }
        let is_negative = signs % 2 == 1;
        Ok(if let Expr::Number(value) = operand {
            Expr::Number(if is_negative { -value } else { value })
        } else if is_negative {
            Expr::Negated(Box::new(operand))
        } else {
            Expr::Call(Function::Number, Box::new([operand]))
        })
    }

    /// All operands of one precedence from here on, as one flat node.
    fn chain(&mut self, first: Expr, operator: Operator, start: usize) -> Result<Expr> {
        let precedence = operator.precedence();
        let mut rest = Vec::new();
        if operator == Operator::Union && first.ty() != Type::Nodes {
            return Err(CompileError::new(self.text, start, Reason::NotNodes));
        }
        while let Some(operator) = Operator::of(self.token)
            && operator.precedence() == precedence
        {
            self.advance()?;
            let start = self.start;
            let operand = if operator == Operator::Union {
                self.union_operand()?
            } else {
                self.operators(precedence + 1)?
            };
            if operator == Operator::Union && operand.ty() != Type::Nodes {
                return Err(CompileError::new(self.text, start, Reason::NotNodes));
            }
            rest.push((operator, operand));
        }
        Ok(join(first, operator, rest))
    }

    fn union_operand(&mut self) -> Result<Expr> {
        self.part()?;
        self.path()
    }
}

fn join(first: Expr, operator: Operator, rest: Vec<(Operator, Expr)>) -> Expr {
    let flat = |first, rest: Vec<(Operator, Expr)>| {
        std::iter::once(first).chain(rest.into_iter().map(|(_, operand)| operand)).collect::<Box<[Expr]>>()
    };
    match operator {
        Operator::Or => Expr::Or(flat(first, rest)),
        Operator::And => Expr::And(flat(first, rest)),
        Operator::Union => Expr::Union(flat(first, rest)),
        Operator::Comparison(_) => {
            let rest = rest.into_iter().filter_map(|(operator, operand)| match operator {
                Operator::Comparison(comparison) => Some((comparison, operand)),
                Operator::Or | Operator::And | Operator::Arithmetic(_) | Operator::Union => None,
            });
            Expr::Comparison(Box::new(Chain { first, rest: rest.collect() }))
        }
        Operator::Arithmetic(_) => {
            let rest = rest.into_iter().filter_map(|(operator, operand)| match operator {
                Operator::Arithmetic(arithmetic) => Some((arithmetic, operand)),
                Operator::Or | Operator::And | Operator::Comparison(_) | Operator::Union => None,
            });
            folded(Chain { first, rest: rest.collect() })
        }
    }
}

/// Computes what consists of numbers alone.
fn folded(chain: Chain<Arithmetic>) -> Expr {
    let Expr::Number(mut value) = chain.first else { return Expr::Arithmetic(Box::new(chain)) };
    for (operator, operand) in &chain.rest {
        let Expr::Number(operand) = operand else { return Expr::Arithmetic(Box::new(chain)) };
        value = operator.apply(value, *operand);
    }
    Expr::Number(value)
}

impl Arithmetic {
    /// IEEE 754 arithmetic (§3.5); the remainder has the sign of the dividend.
    pub(crate) fn apply(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Modulo => left % right,
        }
    }
}
