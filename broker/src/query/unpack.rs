//! Between the engine's items and values: what is inside a map or an array, only an expression can say.

use std::collections::{HashMap, hash_map};

use xee_xpath::atomic::BinaryType;
use xee_xpath::function::{Array, Function};
use xee_xpath::{Atomic, Documents, Item, Sequence};
use xot::{Node, ValueType};

use super::engine::Expression;
use super::fault::Fault;
use super::value::{Entry, Kind, Value};

/// A map: how many entries, the keys, the lengths of their values, the values.
const OPEN_MAP: &str = "let $m := ., $k := map:keys($m) return (count($k), $k, for $i in $k return count($m($i)), \
                        for $i in $k return $m($i))";
/// An array, likewise.
const OPEN_ARRAY: &str = "let $a := ., $n := array:size($a) return ($n, 1 to $n, \
                          for $i in 1 to $n return count($a($i)), for $i in 1 to $n return $a($i))";
/// A map of keys, and of values that stand in an array.
const MAKE_MAP: &str = "map:merge(for $i in 1 to count($keys) return map:entry($keys[$i], $values($i)))";
const CLOSED: &str = "a map or an array cannot be opened";
/// How deep values are taken apart.
const DEPTH: usize = 32;

/// Takes results apart, and makes items of values.
#[derive(Debug)]
pub(super) struct Unpack {
    open_map: Expression,
    open_array: Expression,
    make_map: Expression,
    casts: HashMap<Kind, Expression>,
    /// Where map keys are named in the expression decides their order.
    expression: String,
    values_only: bool,
}

impl Unpack {
    /// For the results of an expression.
    pub(super) fn new(expression: &str, values_only: bool) -> Result<Self, Fault> {
        Ok(Self {
            open_map: Expression::compile(OPEN_MAP, &[])?,
            open_array: Expression::compile(OPEN_ARRAY, &[])?,
            make_map: Expression::compile(MAKE_MAP, &["keys", "values"])?,
            casts: HashMap::new(),
            expression: expression.to_owned(),
            values_only,
        })
    }

    /// The value of an item.
    pub(super) fn value(&self, documents: &mut Documents, item: Item) -> Result<Value, Fault> {
        self.value_within(documents, item, DEPTH)
    }

    fn value_within(&self, documents: &mut Documents, item: Item, depth: usize) -> Result<Value, Fault> {
        let below =
            depth.checked_sub(1).ok_or_else(|| Fault::engine("maps and arrays are nested too deeply"))?;
        match &item {
            Item::Atomic(atomic) => Ok(Value::Atom(kind(atomic), item.string_value(documents.xot())?)),
            Item::Node(node) => Ok(Value::Atom(Kind::Untyped, self.node(documents, *node)?)),
            Item::Function(Function::Array(_)) => {
                let members = self.open(&self.open_array, documents, item, below)?;
                Ok(Value::Array(members.into_iter().map(|(_, _, member)| member).collect()))
            }
            Item::Function(Function::Map(_)) => {
                let mut entries = self.open(&self.open_map, documents, item, below)?;
                entries.sort_by_cached_key(|(_, key, _)| (self.place(key), key.clone()));
                Ok(Value::Map(entries))
            }
            Item::Function(Function::Static(_) | Function::Inline(_)) => {
                Err(Fault::engine("a function is no result; call it"))
            }
        }
    }

    /// The keys of a map, or the numbers of an array's members, each with its values.
    fn open(
        &self,
        opening: &Expression,
        documents: &mut Documents,
        item: Item,
        depth: usize,
    ) -> Result<Vec<Entry>, Fault> {
        let opened = opening.evaluate(documents, Some(item), [])?;
        let mut items = opened.iter();
        let mut next = || items.next().ok_or_else(|| Fault::engine(CLOSED));
        let count = length(&next()?, documents)?;
        let keys = (0..count).map(|_| next()).collect::<Result<Vec<_>, _>>()?;
        let lengths = (0..count).map(|_| length(&next()?, documents)).collect::<Result<Vec<_>, _>>()?;
        let mut entries = Vec::with_capacity(count);
        for (key, length) in keys.into_iter().zip(lengths) {
            let (kind, key) = (key.to_atomic().map(|key| kind(&key))?, key.string_value(documents.xot())?);
            let values = (0..length).map(|_| self.value_within(documents, next()?, depth));
            entries.push((kind, key, values.collect::<Result<_, _>>()?));
        }
        Ok(entries)
    }

    /// What is told of a node: attributes and text by what they hold, all else by its XML, unless values are wanted.
    fn node(&self, documents: &Documents, node: Node) -> Result<String, Fault> {
        let xot = documents.xot();
        match xot.value_type(node) {
            ValueType::Element | ValueType::Document if !self.values_only => {
                xot.to_string(node).map_err(|error| Fault::engine(error.to_string()))
            }
            ValueType::Element
            | ValueType::Document
            | ValueType::Attribute
            | ValueType::Text
            | ValueType::Comment
            | ValueType::ProcessingInstruction
            | ValueType::Namespace => Ok(Item::Node(node).string_value(xot)?),
        }
    }

    /// Where the expression first names a key; behind all, if it does not.
    fn place(&self, key: &str) -> usize {
        let quoted = ['\'', '"'].map(|quote| self.expression.find(&format!("{quote}{key}{quote}")));
        quoted.into_iter().flatten().min().unwrap_or(usize::MAX)
    }

    /// The item that a value tells of.
    pub(super) fn item(&mut self, documents: &mut Documents, value: &Value) -> Result<Item, Fault> {
        match value {
            Value::Atom(kind, text) => self.atomic(documents, *kind, text),
            Value::Array(members) => self.array(documents, members.iter().map(Vec::as_slice)).map(Item::from),
            Value::Map(entries) => {
                let keys = entries.iter().map(|(kind, key, _)| self.atomic(documents, *kind, key));
                let keys: Sequence = keys.collect::<Result<Vec<Item>, Fault>>()?.into();
                let values = self.array(documents, entries.iter().map(|(_, _, value)| value.as_slice()))?;
                let map = self.make_map.evaluate(documents, None, [keys, values.into()])?;
                Ok(map.one()?)
            }
        }
    }

    fn array<'a>(
        &mut self,
        documents: &mut Documents,
        members: impl Iterator<Item = &'a [Value]>,
    ) -> Result<Array, Fault> {
        let mut sequences = Vec::new();
        for member in members {
            let items = member.iter().map(|value| self.item(documents, value));
            sequences.push(Sequence::from(items.collect::<Result<Vec<Item>, Fault>>()?));
        }
        Ok(Array::from(sequences))
    }

    /// An atomic value of a type; what is no text, number or truth is read by the engine.
    pub(super) fn atomic(
        &mut self,
        documents: &mut Documents,
        kind: Kind,
        text: &str,
    ) -> Result<Item, Fault> {
        let at_hand = match kind {
            Kind::String | Kind::QName => Some(Item::from(text)),
            Kind::Untyped => Some(Item::Atomic(Atomic::Untyped(text.into()))),
            Kind::Boolean => Some(Item::from(text == "true")),
            Kind::Integer => text.parse::<i64>().ok().map(Item::from),
            Kind::Double => text.parse::<f64>().ok().map(Item::from),
            Kind::Decimal
            | Kind::Float
            | Kind::Duration
            | Kind::YearMonthDuration
            | Kind::DayTimeDuration
            | Kind::DateTime
            | Kind::DateTimeStamp
            | Kind::Time
            | Kind::Date
            | Kind::GYearMonth
            | Kind::GYear
            | Kind::GMonthDay
            | Kind::GDay
            | Kind::GMonth
            | Kind::HexBinary
            | Kind::Base64Binary => None,
        };
        if let Some(item) = at_hand {
            return Ok(item);
        }
        let cast = match self.casts.entry(kind) {
            hash_map::Entry::Occupied(known) => known.into_mut(),
            hash_map::Entry::Vacant(new) => {
                new.insert(Expression::compile(&format!("xs:{}(.)", kind.name()), &[])?)
            }
        };
        Ok(cast.evaluate(documents, Some(Item::from(text)), [])?.one()?)
    }
}

/// How many there are.
fn length(item: &Item, documents: &Documents) -> Result<usize, Fault> {
    item.string_value(documents.xot())?.parse().map_err(|_| Fault::engine(CLOSED))
}

/// The type of an atomic value.
fn kind(atomic: &Atomic) -> Kind {
    match atomic {
        Atomic::String(..) => Kind::String,
        Atomic::Untyped(_) => Kind::Untyped,
        Atomic::Boolean(_) => Kind::Boolean,
        Atomic::Integer(..) => Kind::Integer,
        Atomic::Decimal(_) => Kind::Decimal,
        Atomic::Float(_) => Kind::Float,
        Atomic::Double(_) => Kind::Double,
        Atomic::Duration(_) => Kind::Duration,
        Atomic::YearMonthDuration(_) => Kind::YearMonthDuration,
        Atomic::DayTimeDuration(_) => Kind::DayTimeDuration,
        Atomic::DateTime(_) => Kind::DateTime,
        Atomic::DateTimeStamp(_) => Kind::DateTimeStamp,
        Atomic::Time(_) => Kind::Time,
        Atomic::Date(_) => Kind::Date,
        Atomic::GYearMonth(_) => Kind::GYearMonth,
        Atomic::GYear(_) => Kind::GYear,
        Atomic::GMonthDay(_) => Kind::GMonthDay,
        Atomic::GDay(_) => Kind::GDay,
        Atomic::GMonth(_) => Kind::GMonth,
        Atomic::Binary(BinaryType::Hex, _) => Kind::HexBinary,
        Atomic::Binary(BinaryType::Base64, _) => Kind::Base64Binary,
        Atomic::QName(_) => Kind::QName,
    }
}
