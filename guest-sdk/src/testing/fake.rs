//! The broker's side of every call, faked: the same modules and functions as `wit/handler.wit` gives.

pub(crate) mod event {
    use bounded_xpath::{Context, Expression, Index, Limits, Value};

    use super::super::with;
    use crate::bindings::philae::handler::event::{Citation, Param, SkyPosition, XpathValue};

    /// As many nodes as an expression's answer holds.
    const NODES: usize = 1_000;

    pub(crate) fn raw() -> Vec<u8> {
        with(|world| world.event.as_ref().map(|packet| packet.raw.clone()).unwrap_or_default())
    }

    pub(crate) fn params() -> Vec<Param> {
        with(|world| world.event.as_ref().map(|packet| packet.params.clone()).unwrap_or_default())
    }

    pub(crate) fn find_param(name: &str, group: Option<&str>) -> Option<Param> {
        let is_wanted =
            |param: &Param| param.name == name && (group.is_none() || param.group.as_deref() == group);
        params().into_iter().find(is_wanted)
    }

    pub(crate) fn citations() -> Vec<Citation> {
        with(|world| world.event.as_ref().map(|packet| packet.citations.clone()).unwrap_or_default())
    }

    pub(crate) fn position() -> Option<SkyPosition> {
        with(|world| world.event.as_ref().and_then(|packet| packet.position.clone()))
    }

    pub(crate) fn xpath(expression: &str) -> Result<XpathValue, String> {
        let limits = Limits::default();
        let expression = Expression::compile(expression, &limits).map_err(|error| error.to_string())?;
        let text = String::from_utf8(raw()).map_err(|error| error.to_string())?;
        let document = roxmltree::Document::parse(&text).map_err(|error| error.to_string())?;
        let index = Index::new(&document);
        let value = expression
            .evaluate(&index, Context::RootElement, &mut limits.budget())
            .map_err(|error| error.to_string())?;
        Ok(match value {
            Value::Boolean(is_true) => XpathValue::Boolean(is_true),
            Value::Number(number) => XpathValue::Number(number),
            Value::String(text) => XpathValue::Text(text),
            Value::Nodes(nodes) => {
                XpathValue::Nodes(nodes.iter().take(NODES).map(|node| node.value()).collect())
            }
        })
    }
}

pub(crate) mod log {
    use super::super::with;

    pub(crate) use crate::bindings::philae::handler::log::Level;

    pub(crate) fn write(level: Level, message: &str) {
        let level = match level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        with(|world| world.log.push(format!("{level}: {message}")));
    }
}

pub(crate) mod config {
    use super::super::with;

    pub(crate) fn get(key: &str) -> Option<String> {
        with(|world| world.config.get(key).cloned())
    }

    pub(crate) fn all() -> Vec<(String, String)> {
        with(|world| world.config.clone().into_iter().collect())
    }
}

pub(crate) mod state {
    use super::super::{World, with};
    use crate::bindings::philae::handler::state::StateError;

    const KEY_BYTES: usize = 256;

    fn live<'a>(world: &'a World, key: &str) -> Option<&'a [u8]> {
        let (value, end) = world.state.get(key)?;
        end.is_none_or(|end| world.now.seconds < end).then_some(value)
    }

    fn put(world: &mut World, key: &str, value: &[u8], end: Option<i64>) -> Result<(), StateError> {
        if key.is_empty() || key.len() > KEY_BYTES {
            return Err(StateError::BadKey);
        }
        world.state.insert(key.to_owned(), (value.to_vec(), end));
        Ok(())
    }

    pub(crate) fn get(key: &str) -> Option<Vec<u8>> {
        with(|world| live(world, key).map(<[u8]>::to_vec))
    }

    pub(crate) fn set(key: &str, value: &[u8], ttl_seconds: Option<u64>) -> Result<(), StateError> {
        with(|world| {
            let end = ttl_seconds.map(|seconds| world.now.seconds.saturating_add_unsigned(seconds));
            put(world, key, value, end)
        })
    }

    pub(crate) fn delete(key: &str) {
        with(|world| world.state.remove(key));
    }

    pub(crate) fn increment(key: &str, by: i64) -> Result<i64, StateError> {
        with(|world| {
            let old =
                live(world, key).map(|value| std::str::from_utf8(value).unwrap_or_default().parse::<i64>());
            let sum = old
                .unwrap_or(Ok(0))
                .ok()
                .and_then(|old| old.checked_add(by))
                .ok_or(StateError::NotANumber)?;
            let end = world.state.get(key).and_then(|(_, end)| *end);
            put(world, key, sum.to_string().as_bytes(), end).map(|()| sum)
        })
    }

    pub(crate) fn compare_and_swap(
        key: &str,
        expected: Option<&[u8]>,
        value: &[u8],
    ) -> Result<bool, StateError> {
        with(|world| {
            if live(world, key) != expected {
                return Ok(false);
            }
            put(world, key, value, None).map(|()| true)
        })
    }

    pub(crate) fn keys(prefix: &str, limit: u32) -> Vec<String> {
        with(|world| {
            let keys = world.state.keys().filter(|key| key.starts_with(prefix) && live(world, key).is_some());
            keys.take(usize::try_from(limit).unwrap_or(usize::MAX)).cloned().collect()
        })
    }
}

pub(crate) mod publish {
    use super::super::{reader, with};
    use crate::bindings::philae::handler::publish::PublishError;

    pub(crate) fn packet(bytes: &[u8]) -> Result<(), PublishError> {
        if !with(|world| world.may_publish) {
            return Err(PublishError::NotGranted);
        }
        reader::Packet::read(bytes).map_err(PublishError::Refused)?;
        with(|world| world.published.push(bytes.to_vec()));
        Ok(())
    }
}

pub(crate) mod metrics {
    use super::super::with;

    fn is_name(name: &str) -> bool {
        !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    }

    pub(crate) fn count(name: &str, by: u64) {
        if is_name(name) {
            with(|world| *world.counters.entry(name.to_owned()).or_default() += by);
        }
    }

    pub(crate) fn gauge(name: &str, value: f64) {
        if is_name(name) {
            with(|world| world.gauges.insert(name.to_owned(), value));
        }
    }
}
