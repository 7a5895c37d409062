//! HTTP requests to the hosts that the settings grant: `[grants] http = ["https://hooks.example.org"]`.
//!
//! ```
//! use philae_guest::http::{Request, Response};
//! use philae_guest::{prelude::*, testing::Broker};
//!
//! fn tell(event: &Event) -> Outcome {
//!     let message = serde_json::json!({ "text": event.ivoid() });
//!     Request::post_json("https://hooks.example.org/x", &message)?.send()?.accepted()?;
//!     Ok(())
//! }
//!
//! let broker = Broker::new().answer(|_| Ok(Response { status: 204, body: vec![] }));
//! broker.handle(tell, &Packet::new("ivo://a.b/c#d")).unwrap();
//! assert_eq!(broker.requests()[0].body, br#"{"text":"ivo://a.b/c#d"}"#);
//! ```

#[cfg(target_arch = "wasm32")]
mod wasi;

use serde::Serialize;

use crate::error::{Error, Result};

/// A request, to be [sent](Self::send).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Such as `POST`.
    pub method: String,
    /// Such as `https://hooks.example.org/x?y=z`.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The bytes sent along; none at all for most `GET`s.
    pub body: Vec<u8>,
}

impl Request {
    /// Asks for what is there.
    #[must_use]
    pub fn get(url: &str) -> Self {
        Self { method: "GET".to_owned(), url: url.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// Sends a value as JSON.
    ///
    /// # Errors
    /// The value cannot be written as JSON.
    pub fn post_json(url: &str, value: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(value)?;
        let request = Self { method: "POST".to_owned(), body, ..Self::get(url) };
        Ok(request.header("content-type", "application/json"))
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends it and waits for the answer. Redirects are not followed. Only the first MiB of the answer is read.
    ///
    /// # Errors
    /// The host is not granted or the request makes no sense: permanent. There was no answer: worth a retry.
    pub fn send(&self) -> Result<Response> {
        transport(self)
            .map_err(|error| error.during(format_args!("cannot {} {}", self.method, host(&self.url))))
    }
}

/// What a host answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Such as 200.
    pub status: u16,
    /// What came along, as far as it was read.
    pub body: Vec<u8>,
}

impl Response {
    /// The same if the status is one of success (2xx).
    ///
    /// # Errors
    /// It is another: worth a retry if the host says "later" or is in trouble (408, 425, 429, 5xx), else permanent.
    pub fn accepted(self) -> Result<Self> {
        match self.status {
            200..=299 => Ok(self),
            408 | 425 | 429 | 500.. => Err(Error::retry(format_args!("the host answered {}", self.status))),
            status => Err(Error::permanent(format_args!("the host answered {status}"))),
        }
    }
}

/// The part of a URL that may be logged: what follows it is often a secret.
fn host(url: &str) -> &str {
    let start = url.find("://").map_or(0, |place| place + 3);
    let end = url
        .get(start..)
        .and_then(|rest| rest.find(['/', '?', '#']))
        .map_or(url.len(), |length| start + length);
    url.get(..end).unwrap_or(url)
}

#[cfg(target_arch = "wasm32")]
use wasi::transport;

#[cfg(not(target_arch = "wasm32"))]
fn transport(request: &Request) -> Result<Response> {
    let answer = crate::testing::with(|world| {
        world.requests.push(request.clone());
        world.answer.clone()
    });
    match answer {
        Some(crate::testing::Answer(answer)) => answer(request),
        None => Err(Error::permanent("it is not granted: [grants] http")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_does_not_tell_the_path() {
        let error = Request::get("https://hooks.example.org/secret").send().unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot GET https://hooks.example.org: it is not granted: [grants] http"
        );
    }

    #[test]
    fn a_host_in_trouble_is_tried_again() {
        let outcome =
            |status| Response { status, body: Vec::new() }.accepted().map_err(|error| error.is_retry());
        assert!(outcome(204).is_ok());
        assert_eq!(outcome(503), Err(true));
        assert_eq!(outcome(429), Err(true));
        assert_eq!(outcome(404), Err(false));
        assert_eq!(outcome(302), Err(false));
    }
}
