//! Answers in the place of the hosts that a handler sends requests to, and a record of what it asked for.
//!
//! ```text
//! [[answer]]                              in TOML, or { "answer": [ ... ] } in JSON
//! method = "POST"                         any, unless said
//! url = "https://hooks.example.org/"      what the address begins with
//! status = 200                            200 unless said
//! headers = { content-type = "application/json" }
//! body = '{ "ok": true }'
//! ```
//! The first that fits answers; what none fits is refused.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use crate::config::Source;
use crate::handlers::to_json;
use crate::host::{Asked, StandIn};

/// Most requests and refusals of one call that are kept.
const KEPT: usize = 256;

/// Why a file of answers is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MockError {
    /// It is neither TOML nor JSON.
    #[error("{0}")]
    Syntax(String),
    /// It says something else.
    #[error("{0}; an answer has method, url, status, headers and body")]
    Form(serde_json::Error),
    /// A header or a status that HTTP does not have.
    #[error("the answer for '{url}' has no sound {what}")]
    Answer {
        /// The beginning of the address.
        url: String,
        /// What is wrong.
        what: &'static str,
    },
}

/// A request that a handler made, and what it was told.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) asked: Asked,
    /// The status of the answer; none if it was refused.
    pub(crate) status: Option<u16>,
}

/// The answers, and what was asked since they were last taken.
#[derive(Debug, Default)]
pub(crate) struct Mock {
    answers: Vec<Answer>,
    asked: Mutex<(Vec<Request>, Vec<String>)>,
}

#[derive(Debug)]
struct Answer {
    method: Option<String>,
    url: String,
    response: Response<Bytes>,
}

/// A file's text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    answer: Vec<AnswerText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerText {
    method: Option<String>,
    url: String,
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

impl Mock {
    /// Reads a file of answers; `name` is what faults call it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(name: &str, text: &str) -> Result<Self, MockError> {
        let value = match serde_json::from_str::<Value>(text) {
            Ok(value) => value,
            Err(error) if text.trim_start().starts_with('{') => {
                return Err(MockError::Syntax(error.to_string()));
            }
            Err(_) => {
                let document = Source::new(name, text).parse();
                let document = document
                    .map_err(|fault| MockError::Syntax(format!("{}: {}", fault.place, fault.text)))?;
                to_json(document.as_item()).map_err(MockError::Syntax)?
            }
        };
        let text: Text = serde_json::from_value(value).map_err(MockError::Form)?;
        let answers = text.answer.into_iter().map(Answer::read).collect::<Result<_, _>>()?;
        Ok(Self { answers, ..Self::default() })
    }

    /// What was asked for and what was refused, since this was last asked.
    pub(crate) fn take(&self) -> (Vec<Request>, Vec<String>) {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Answer {
    fn read(text: AnswerText) -> Result<Self, MockError> {
        let AnswerText { method, url, status, headers, body } = text;
        let faulty = |what| MockError::Answer { url: url.clone(), what };
        let mut response = Response::new(Bytes::from(body));
        let status = StatusCode::from_u16(status.unwrap_or(200)).map_err(|_| faulty("status"))?;
        *response.status_mut() = status;
        for (name, value) in headers {
            let name = HeaderName::try_from(name).map_err(|_| faulty("header name"))?;
            let value = HeaderValue::try_from(value).map_err(|_| faulty("header value"))?;
            response.headers_mut().append(name, value);
        }
        Ok(Self { method, url, response })
    }

    fn fits(&self, asked: &Asked) -> bool {
        let is_method =
            self.method.as_ref().is_none_or(|method| asked.method.as_str().eq_ignore_ascii_case(method));
        is_method && asked.uri.to_string().starts_with(&self.url)
    }
}

impl StandIn for Mock {
    fn answer(&self, request: &Asked) -> Option<Response<Bytes>> {
        let fitting = self.answers.iter().find(|answer| answer.fits(request));
        let response = fitting.map(|answer| answer.response.clone()).filter(|_| request.is_granted);
        let status = response.as_ref().map(|response| response.status().as_u16());
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.0.len() < KEPT {
            asked.0.push(Request { asked: request.clone(), status });
        }
        response
    }

    fn refused(&self, what: String) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.1.len() < KEPT {
            asked.1.push(what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: http::Method, uri: &'static str, is_granted: bool) -> Asked {
        let uri = http::Uri::from_static(uri);
        Asked { method, uri, headers: http::HeaderMap::new(), body: Bytes::new(), is_granted }
    }

    #[test]
    fn the_first_answer_that_fits_is_given_to_what_is_granted() {
        let toml = "[[answer]]\nmethod = 'POST'\nurl = 'https://a.example/'\nstatus = 201\nbody = 'one'\n\
                    headers = { x = '1' }\n[[answer]]\nurl = 'https://a.example/'";
        let mock = Mock::parse("mock.toml", toml).unwrap();
        let status = |method, uri, is_granted| {
            mock.answer(&asked(method, uri, is_granted)).map(|response| response.status().as_u16())
        };
        assert_eq!(status(http::Method::POST, "https://a.example/x", true), Some(201));
        assert_eq!(status(http::Method::GET, "https://a.example/x", true), Some(200));
        assert_eq!(status(http::Method::GET, "https://a.example/x", false), None);
        assert_eq!(status(http::Method::GET, "https://b.example/", true), None);
        let (requests, _) = mock.take();
        let told: Vec<_> = requests.iter().map(|request| request.status).collect();
        assert_eq!(told, [Some(201), Some(200), None, None]);
        assert!(mock.take().0.is_empty());
    }

    #[test]
    fn json_says_the_same_and_faults_are_told() {
        let fault = |text: &str| Mock::parse("m", text).unwrap_err().to_string();
        assert!(Mock::parse("m", r#"{"answer": [{"url": "https://a.example/", "body": "x"}]}"#).is_ok());
        for (text, words) in [
            ("[[answer]]\nurl = 'x'\nstatsu = 200", "unknown field `statsu`"),
            ("[[answer]\n", "m:1"),
            ("{\"answer\": [}", "line 1"),
            ("[[answer]]\nurl = 'x'\nstatus = 7", "no sound status"),
        ] {
            assert!(fault(text).contains(words), "{text}: {}", fault(text));
        }
    }
}
