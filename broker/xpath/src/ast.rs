//! What an expression is once it was read: a tree as deep as the expression is nested, and no deeper.
//!
//! Chains of operators of one precedence are flat, however long. There are no variables, so that the type of every
//! expression is known (§1), and nothing has to be told apart while it is evaluated.

mod size;

use crate::functions::Function;

/// The four types of values (§1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Boolean,
    Number,
    String,
    Nodes,
}

/// An expression (§3).
#[derive(Debug)]
pub(crate) enum Expr {
    Boolean(bool),
    Number(f64),
    Literal(Box<str>),
    Or(Box<[Expr]>),
    And(Box<[Expr]>),
    /// `a = b`, `a < b = c`: operands compared from left to right (§3.4).
    Comparison(Box<Chain<Comparison>>),
    /// `a + b - c`, `a * b div c` (§3.5).
    Arithmetic(Box<Chain<Arithmetic>>),
    Negated(Box<Expr>),
    Union(Box<[Expr]>),
    Path(Box<Path>),
    Call(Function, Box<[Expr]>),
}

/// Operands joined by operators that bind equally, to be applied from left to right.
#[derive(Debug)]
pub(crate) struct Chain<O> {
    pub(crate) first: Expr,
    pub(crate) rest: Box<[(O, Expr)]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// A location path (§2), or steps from what an expression selects (§3.3).
#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) start: Start,
    pub(crate) steps: Box<[Step]>,
    /// The steps lead to no node twice, so that it can be walked depth first.
    pub(crate) is_distinct: bool,
    /// And that walk meets the nodes in document order.
    pub(crate) is_ordered: bool,
}

#[derive(Debug)]
pub(crate) enum Start {
    Root,
    Context,
    /// A filter expression: a primary expression and its predicates.
    Filter(Expr, Box<[Predicate]>),
}

/// A step (§2.1).
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) axis: Axis,
    pub(crate) test: NodeTest,
    pub(crate) predicates: Box<[Predicate]>,
}

impl Step {
    /// Whether the positions of nodes matter to it.
    pub(crate) fn is_positional(&self) -> bool {
        self.predicates.iter().any(Predicate::is_positional)
    }
}

/// The axes (§2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Axis {
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Child,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Namespace,
    Parent,
    Preceding,
    PrecedingSibling,
    Itself,
}

impl Axis {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ancestor" => Self::Ancestor,
            "ancestor-or-self" => Self::AncestorOrSelf,
            "attribute" => Self::Attribute,
            "child" => Self::Child,
            "descendant" => Self::Descendant,
            "descendant-or-self" => Self::DescendantOrSelf,
            "following" => Self::Following,
            "following-sibling" => Self::FollowingSibling,
            "namespace" => Self::Namespace,
            "parent" => Self::Parent,
            "preceding" => Self::Preceding,
            "preceding-sibling" => Self::PrecedingSibling,
            "self" => Self::Itself,
            _ => return None,
        })
    }

    /// Whether it contains what comes before the context node, the nearest first (§2.4).
    pub(crate) fn is_reverse(self) -> bool {
        matches!(
            self,
            Self::Ancestor | Self::AncestorOrSelf | Self::Parent | Self::Preceding | Self::PrecedingSibling
        )
    }

    /// Whether different nodes have no node in common on this axis.
    pub(crate) fn is_injective(self) -> bool {
        matches!(self, Self::Attribute | Self::Child | Self::Namespace | Self::Itself)
    }
}

/// Node tests (§2.3). A name without a prefix is one in no namespace.
#[derive(Debug)]
pub(crate) enum NodeTest {
    /// `node()`
    Any,
    /// `*`
    AnyName,
    Name(Name),
    /// `xml:*`
    AnyXml,
    /// `xml:name`
    Xml(Box<str>),
    Text,
    Comment,
    /// `processing-instruction()`, with a target or without.
    Instruction(Option<Box<str>>),
}

/// A name in no namespace, and its hash in every [`Index`](crate::Index) of this process.
#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) hash: u64,
    pub(crate) local: Box<str>,
}

impl Name {
    /// What comparing it costs, in units of work.
    #[inline]
    pub(crate) fn work(&self) -> u64 {
        1 + self.local.len() as u64 / 64
    }
}

/// A predicate (§2.4) and how it judges.
#[derive(Debug)]
pub(crate) struct Predicate {
    pub(crate) expr: Expr,
    pub(crate) rule: Rule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Its truth counts, which does not hang on the position.
    Truth,
    /// Its truth counts, and it asks for the position or the size.
    PositionalTruth,
    /// It is a number, and the node at that position passes.
    Position,
}

impl Predicate {
    pub(crate) fn is_positional(&self) -> bool {
        self.rule != Rule::Truth
    }
}

impl Expr {
    pub(crate) fn ty(&self) -> Type {
        match self {
            Self::Boolean(_) | Self::Or(_) | Self::And(_) | Self::Comparison(_) => Type::Boolean,
            Self::Number(_) | Self::Arithmetic(_) | Self::Negated(_) => Type::Number,
            Self::Literal(_) => Type::String,
            Self::Union(_) | Self::Path(_) => Type::Nodes,
            Self::Call(function, _) => function.result(),
        }
    }
}
