//! From text to tree: the grammar of §3, with precedence climbing for the operators.
//!
//! The parser calls itself only where the expression nests: for a parenthesis, a predicate or an argument, each of
//! which is counted against [`Limits::nesting`], and once for each of the six precedences in between. Chains of
//! operators, steps and predicates are loops.

mod operators;
mod paths;

use crate::Limits;
use crate::ast::{Axis, Expr, NodeTest, Path, Predicate, Rule, Start, Step, Type};
use crate::error::{CompileError, Reason};
use crate::functions::Function;
use crate::lexer::{Lexer, Token};

/// Reads one expression.
pub(crate) struct Parser<'t, 'l> {
    text: &'t str,
    limits: &'l Limits,
    lexer: Lexer<'t>,
    token: Token<'t>,
    /// The byte at which the token begins.
    start: usize,
    depth: usize,
    parts: usize,
    /// The predicate that is being read asks for its position or size.
    asks_position: bool,
}

type Result<T, E = CompileError> = std::result::Result<T, E>;

/// Compiles a whole text.
pub(crate) fn parse(text: &str, limits: &Limits) -> Result<Expr> {
    if text.len() > limits.text_bytes {
        let end = text.floor_char_boundary(limits.text_bytes);
        return Err(CompileError::new(text, end, Reason::TooLong(limits.text_bytes)));
    }
    let mut lexer = Lexer::new(text);
    let (token, start) = lexer.next()?;
    let mut parser = Parser { text, limits, lexer, token, start, depth: 0, parts: 0, asks_position: false };
    let expr = parser.expression()?;
    if parser.token != Token::End {
        return Err(parser.expected("an operator or the end of the expression"));
    }
    if expr.heap_bytes() > limits.compiled_bytes {
        return Err(parser.fault(Reason::TooLarge(limits.compiled_bytes)));
    }
    Ok(expr)
}

impl<'t> Parser<'t, '_> {
    /// An expression that is enclosed by something, or the whole.
    fn expression(&mut self) -> Result<Expr> {
        if self.depth >= self.limits.nesting {
            return Err(self.fault(Reason::TooDeep(self.limits.nesting)));
        }
        self.depth += 1;
        let expr = self.operators(0)?;
        self.depth -= 1;
        Ok(expr)
    }

    /// A path, or a filter expression with what follows it (§3.3).
    fn path(&mut self) -> Result<Expr> {
        let start = self.start;
        let primary = match self.token {
            Token::Literal(text) => Expr::Literal(text.into()),
            Token::Number(value) => Expr::Number(value),
            Token::Sign("(") => {
                self.advance()?;
                let expr = self.expression()?;
                self.want(")")?;
                return self.filter(expr, start);
            }
            Token::Variable(name) => return Err(self.fault(Reason::UnknownVariable(name.to_owned()))),
            Token::Name(prefix, local) if self.is_call(local) => {
                self.advance()?;
                let expr = self.call(prefix, local, start)?;
                return self.filter(expr, start);
            }
            Token::Sign(_) | Token::Name(..) | Token::AnyOf(_) | Token::End => return self.location_path(),
        };
        self.advance()?;
        self.filter(primary, start)
    }

    /// Whether the name at hand is that of a function: a `(` follows, and it is no node type (§3.7).
    fn is_call(&self, local: &str) -> bool {
        let is_type = matches!(local, "node" | "text" | "comment" | "processing-instruction");
        !is_type && matches!(self.lexer.clone().next(), Ok((Token::Sign("("), _)))
    }

    /// The arguments of a function whose name was read (§3.2).
    fn call(&mut self, prefix: Option<&str>, local: &str, start: usize) -> Result<Expr> {
        let at = |reason| CompileError::new(self.text, start, reason);
        if let Some(prefix) = prefix {
            return Err(at(Reason::UnknownPrefix { prefix: prefix.to_owned(), instead: None }));
        }
        let function = Function::named(local).ok_or_else(|| at(Reason::UnknownFunction(local.to_owned())))?;
        self.want("(")?;
        let mut arguments = Vec::new();
        if self.token != Token::Sign(")") {
            loop {
                let argument_start = self.start;
                let argument = self.expression()?;
                if function.wants_nodes() && argument.ty() != Type::Nodes {
                    return Err(CompileError::new(self.text, argument_start, Reason::NotNodes));
                }
                self.part()?;
                arguments.push(argument);
                if self.token != Token::Sign(",") {
                    break;
                }
                self.advance()?;
            }
        }
        let given = arguments.len();
        let arity = function.arity();
        if given < arity.least || given > arity.most {
            let reason = Reason::Arity { function: function.name(), takes: arity.in_words, given };
            return Err(CompileError::new(self.text, start, reason));
        }
        self.want(")")?;
        self.asks_position |= matches!(function, Function::Position | Function::Last);
        Ok(if matches!(function, Function::True | Function::False) {
            Expr::Boolean(function == Function::True)
        } else {
            Expr::Call(function, arguments.into())
        })
    }

    fn advance(&mut self) -> Result<()> {
        (self.token, self.start) = self.lexer.next()?;
        Ok(())
    }

    fn want(&mut self, sign: &'static str) -> Result<()> {
        if self.token == Token::Sign(sign) {
            return self.advance();
        }
        Err(self.expected(match sign {
            "(" => "'('",
            ")" => "')'",
            "]" => "']'",
            _ => "'::'",
        }))
    }

    /// Counts a step, a predicate or an operand.
    fn part(&mut self) -> Result<()> {
        self.parts += 1;
        if self.parts <= self.limits.parts {
            return Ok(());
        }
        Err(self.fault(Reason::TooManyParts(self.limits.parts)))
    }

    fn expected(&self, expected: &'static str) -> CompileError {
        self.fault(Reason::Expected { expected, found: self.token.to_string() })
    }

    fn fault(&self, reason: Reason) -> CompileError {
        CompileError::new(self.text, self.start, reason)
    }
}
