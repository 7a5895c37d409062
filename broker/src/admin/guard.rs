//! The guard: which requests are answered at all.
//!
//! A browser will send requests for any page it shows. So that a page from elsewhere can neither read this one (DNS
//! rebinding) nor give orders (cross-site requests), a request must name this host by an address, by `localhost` or by a
//! name that the operator gave, and must not come from another site; an order must carry the token besides, which no browser
//! adds by itself. Whatever is answered says that it is what it says it is, may load nothing from elsewhere, and may not be
//! framed.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use vtp::Digest;

/// What every answer carries.
const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// Decides on requests.
#[derive(Debug)]
pub(super) struct Guard {
    names: Vec<String>,
    /// Compared by digest, which takes the same time for all that is wrong.
    token: Option<Digest>,
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Host,
    Elsewhere,
    NoOrders,
    Token,
}

impl Refusal {
    const fn status(self) -> StatusCode {
        match self {
            Self::Host => StatusCode::MISDIRECTED_REQUEST,
            Self::Elsewhere | Self::NoOrders => StatusCode::FORBIDDEN,
            Self::Token => StatusCode::UNAUTHORIZED,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Host => {
                "this broker does not go by that name; ask for its address, or start it with --admin-name NAME\n"
            }
            Self::Elsewhere => "a page from elsewhere may not ask this broker\n",
            Self::NoOrders => "this broker takes no orders here; start it with --admin-token-file FILE\n",
            Self::Token => "orders need the header 'Authorization: Bearer TOKEN' with the broker's token\n",
        }
    }
}

impl Guard {
    pub(super) fn new(names: &[String], token: Option<&str>) -> Self {
        Self { names: names.to_vec(), token: token.map(|token| Digest::of(token.as_bytes())) }
    }

    fn judge(&self, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
        let host =
            text(headers, HOST).and_then(|host| host.parse::<Authority>().ok()).ok_or(Refusal::Host)?;
        if !self.is_ours(host.host()) {
            return Err(Refusal::Host);
        }
        let is_navigation = text(headers, HeaderName::from_static("sec-fetch-mode")) == Some("navigate");
        let site = text(headers, HeaderName::from_static("sec-fetch-site")).unwrap_or("none");
        let is_order = method != Method::GET && method != Method::HEAD;
        // A link that leads here is no harm; what another page asks for by itself is.
        if !matches!(site, "none" | "same-origin") && (is_order || !is_navigation) {
            return Err(Refusal::Elsewhere);
        }
        if let Some(origin) = text(headers, ORIGIN)
            && origin.split_once("://").is_none_or(|(_, from)| from != host.as_str())
        {
            return Err(Refusal::Elsewhere);
        }
        if !is_order {
            return Ok(());
        }
        let token = self.token.as_ref().ok_or(Refusal::NoOrders)?;
        let shown = text(headers, AUTHORIZATION).and_then(|shown| shown.strip_prefix("Bearer "));
        if shown.is_some_and(|shown| Digest::of(shown.trim().as_bytes()) == *token) {
            Ok(())
        } else {
            Err(Refusal::Token)
        }
    }

    fn is_ours(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        bare.parse::<IpAddr>().is_ok() || name == "localhost" || self.names.contains(&name)
    }
}

/// Lets a request through, or says why not.
pub(super) async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut answer = match guard.judge(request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => (refusal.status(), refusal.words()).into_response(),
    };
    for (name, value) in HEADERS {
        answer.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    answer
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef";

    fn judge(method: Method, headers: &[(&'static str, &str)]) -> Result<(), Refusal> {
        let guard = Guard::new(&["broker.your.site".to_owned()], Some(TOKEN));
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        guard.judge(&method, &headers.collect())
    }

    #[test]
    fn only_addresses_and_known_names_are_answered() {
        for host in
            ["127.0.0.1:8100", "[::1]:8100", "localhost:8100", "LOCALHOST", "broker.your.site", "10.0.0.7"]
        {
            assert_eq!(judge(Method::GET, &[("host", host)]), Ok(()), "{host}");
        }
        for host in
            ["evil.example", "evil.example:8100", "localhost.evil.example", "user@localhost@evil.example", ""]
        {
            assert_eq!(judge(Method::GET, &[("host", host)]), Err(Refusal::Host), "{host}");
        }
        assert_eq!(judge(Method::GET, &[]), Err(Refusal::Host));
    }

    #[test]
    fn another_site_may_link_here_and_do_no_more() {
        let from = |site, mode, method| {
            judge(method, &[("host", "localhost"), ("sec-fetch-site", site), ("sec-fetch-mode", mode)])
        };
        assert_eq!(from("cross-site", "navigate", Method::GET), Ok(()));
        assert_eq!(from("same-origin", "cors", Method::GET), Ok(()));
        assert_eq!(from("cross-site", "cors", Method::GET), Err(Refusal::Elsewhere));
        assert_eq!(from("same-site", "no-cors", Method::GET), Err(Refusal::Elsewhere));
        assert_eq!(from("cross-site", "navigate", Method::POST), Err(Refusal::Elsewhere));
        let origin = |origin| judge(Method::GET, &[("host", "localhost:8100"), ("origin", origin)]);
        assert_eq!(origin("http://localhost:8100"), Ok(()));
        assert_eq!(origin("http://localhost:8200"), Err(Refusal::Elsewhere));
        assert_eq!(origin("null"), Err(Refusal::Elsewhere));
    }

    #[test]
    fn an_order_needs_the_token() {
        let order = |shown| judge(Method::POST, &[("host", "localhost"), ("authorization", shown)]);
        assert_eq!(order("Bearer 0123456789abcdef"), Ok(()));
        for wrong in ["Bearer 0123456789abcdeg", "Bearer ", "Basic 0123456789abcdef", "0123456789abcdef"] {
            assert_eq!(order(wrong), Err(Refusal::Token), "{wrong}");
        }
        let headers = [(HOST, HeaderValue::from_static("localhost"))].into_iter().collect();
        assert_eq!(Guard::new(&[], None).judge(&Method::POST, &headers), Err(Refusal::NoOrders));
    }
}
