//! What a compiled expression holds on the heap, in bytes, without what the allocator adds.

use std::mem::size_of;

use super::{Chain, Expr, Name, NodeTest, Path, Predicate, Start, Step};

impl Expr {
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Boolean(_) | Self::Number(_) => 0,
            Self::Literal(text) => text.len(),
            Self::Or(operands) | Self::And(operands) | Self::Union(operands) | Self::Call(_, operands) => {
                all(operands)
            }
            Self::Comparison(chain) => chain.heap_bytes(),
            Self::Arithmetic(chain) => chain.heap_bytes(),
            Self::Negated(operand) => size_of::<Self>() + operand.heap_bytes(),
            Self::Path(path) => {
                let steps =
                    path.steps.iter().map(|step| size_of::<Step>() + step.heap_bytes()).sum::<usize>();
                size_of::<Path>() + path.start.heap_bytes() + steps
            }
        }
    }
}

impl<O> Chain<O> {
    fn heap_bytes(&self) -> usize {
        let rest = self.rest.iter().map(|(_, operand)| size_of::<(O, Expr)>() + operand.heap_bytes());
        size_of::<Self>() + self.first.heap_bytes() + rest.sum::<usize>()
    }
}

impl Start {
    fn heap_bytes(&self) -> usize {
        match self {
            Self::Root | Self::Context => 0,
            Self::Filter(primary, predicates) => primary.heap_bytes() + judged(predicates),
        }
    }
}

impl Step {
    fn heap_bytes(&self) -> usize {
        let test = match &self.test {
            NodeTest::Name(Name { local, .. })
            | NodeTest::Xml(local)
            | NodeTest::Instruction(Some(local)) => local.len(),
            NodeTest::Any
            | NodeTest::AnyName
            | NodeTest::AnyXml
            | NodeTest::Text
            | NodeTest::Comment
            | NodeTest::Instruction(None) => 0,
        };
        test + judged(&self.predicates)
    }
}

fn all(operands: &[Expr]) -> usize {
    operands.iter().map(|operand| size_of::<Expr>() + operand.heap_bytes()).sum()
}

fn judged(predicates: &[Predicate]) -> usize {
    predicates.iter().map(|predicate| size_of::<Predicate>() + predicate.expr.heap_bytes()).sum()
}
