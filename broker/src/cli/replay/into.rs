//! Where a replay goes.

use crate::net::endpoint::{ConnectEndpoint, RECEIVE_PORT};

/// Where events go.
#[derive(Debug, Clone)]
pub(super) enum Into {
    /// To a handler of the broker that runs.
    Handler(String),
    /// To a broker, as an author's.
    Broker(ConnectEndpoint),
    /// Out.
    Stdout,
}

impl Into {
    /// Reads it as an operator writes it.
    ///
    /// # Errors
    /// That it is none, and what they look like.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let known = "write handler:NAME, vtp:HOST:PORT or stdout";
        match text.split_once(':') {
            Some(("handler", name)) if !name.is_empty() => Ok(Self::Handler(name.to_owned())),
            Some(("vtp", broker)) => ConnectEndpoint::parse(broker, RECEIVE_PORT)
                .map(Self::Broker)
                .map_err(|error| format!("{error}; {known}")),
            None if text == "stdout" => Ok(Self::Stdout),
            Some(_) | None => Err(format!("it is no place to replay into; {known}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        assert!(matches!(Into::parse("stdout"), Ok(Into::Stdout)));
        assert!(matches!(Into::parse("handler:a"), Ok(Into::Handler(name)) if name == "a"));
        assert!(matches!(Into::parse("vtp:[::1]:9"), Ok(Into::Broker(_))));
        assert!(matches!(Into::parse("vtp:example.org"), Ok(Into::Broker(_))));
        for text in ["", "handler:", "vtp:", "example.org:8098", "stdout:", "file:x"] {
            assert!(Into::parse(text).unwrap_err().contains("write handler:NAME"), "{text}");
        }
    }
}
