//! Outgoing requests, as a guest's come in over `wasi:http`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Mutex;

use ::http::{Method, Request};
use http_body_util::{BodyExt, Empty};
use wasmtime_wasi_http::{Error, WasiHttpHooks};

use super::*;
use crate::host::denials::Denials;
use crate::host::http::Outgoing;
use crate::lifecycle;

/// A peer that answers each connection with a text, or with nothing.
fn peer(answer: Option<&'static str>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    lifecycle::start_thread("peer", move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request);
            match answer {
                Some(answer) => drop(stream.write_all(answer.as_bytes())),
                None => held.push(stream),
            }
        }
    })
    .unwrap();
    port
}

fn granted(http: &[&str], tcp: &[&str]) -> Setup {
    let http = http.iter().map(|text| HttpGrant::parse(text).unwrap()).collect();
    let tcp = tcp.iter().map(|text| TcpGrant::parse(text).unwrap()).collect();
    Setup { grants: Grants { http, tcp, ..Grants::default() }, ..setup() }
}

/// The status and the body of an answer.
fn send(setup: Setup, method: Method, uri: &str) -> Result<(u16, bytes::Bytes), Error> {
    send_noting(setup, &Denials::default(), method, uri)
}

/// The same, with what is denied.
fn send_noting(
    setup: Setup,
    denials: &Denials,
    method: Method,
    uri: &str,
) -> Result<(u16, bytes::Bytes), Error> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
    let request = Request::builder().method(method).uri(uri).header("host", "peer").body(body).unwrap();
    let mut outgoing = Outgoing::new(Arc::new(setup), denials.clone());
    runtime.block_on(async {
        let (answer, connection) =
            Box::into_pin(outgoing.send_request(request, None, Box::new(async { Ok(()) }))).await?;
        let (status, body) = (answer.status().as_u16(), answer.into_body().collect());
        let (body, _) = tokio::join!(body, Box::into_pin(connection));
        Ok((status, body?.to_bytes()))
    })
}

fn refused(setup: Setup, uri: &str) -> String {
    send(setup, Method::GET, uri).unwrap_err().to_string()
}

#[test]
fn a_granted_host_answers() {
    let port = peer(Some("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"));
    let uri = format!("http://127.0.0.1:{port}");
    let answer = send(granted(&[&uri], &[]), Method::GET, &format!("{uri}/path?query")).unwrap();
    assert_eq!(answer, (200, "hi".into()));
}

#[test]
fn what_is_not_granted_is_refused() {
    let setup = || granted(&["http://127.0.0.1:8080"], &[]);
    for uri in [
        "http://127.0.0.1:8081/",
        "https://127.0.0.1:8080/",
        "http://localhost:8080/",
        "http://127.0.0.2:8080/",
    ] {
        assert_eq!(refused(setup(), uri), "HTTP request denied", "{uri}");
    }
    let words = refused(setup(), "http://127.0.0.1:8080@evil.example/");
    assert_eq!(words, "invalid HTTP request URI");
    assert!(send(setup(), Method::CONNECT, "http://127.0.0.1:8080/").is_err());
}

#[test]
fn what_is_denied_is_noted_with_the_line_that_grants_it() {
    let denials = Denials::default();
    let denied = |setup: Setup, uri: &str| {
        assert!(send_noting(setup, &denials, Method::GET, uri).is_err());
        denials.take().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let words = denied(granted(&["http://127.0.0.1:8080"], &[]), "https://a.example/path");
    assert_eq!(
        words,
        ["it asked for a request to https://a.example; grant it with http = [\"https://a.example\"]"]
    );
    let stand_in = Setup { stand_in: Some(Arc::new(Double::default())), ..granted(&[], &[]) };
    assert_eq!(denied(stand_in, "http://a.example:81/known").len(), 1);
    let uri = "http://localhost:9";
    let words = denied(granted(&[uri], &[]), uri).concat();
    assert!(words.contains("which leads to the private address ") && words.contains(":9\"]"), "{words}");
}

#[test]
fn a_redirect_is_an_answer_and_its_target_is_judged_anew() {
    let port = peer(Some("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"));
    let uri = format!("http://127.0.0.1:{port}");
    assert_eq!(send(granted(&[&uri], &[]), Method::GET, &uri).unwrap().0, 302);
    assert_eq!(refused(granted(&[&uri], &[]), "http://127.0.0.1:1/"), "HTTP request denied");
}

#[test]
fn a_granted_name_that_leads_to_this_machine_is_refused_unless_that_is_granted() {
    let port = peer(Some("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
    let uri = format!("http://localhost:{port}");
    let words = refused(granted(&[&uri], &[]), &uri);
    assert_eq!(words, "destination IP address is prohibited");
    let network = format!("127.0.0.0/8:{port}");
    assert_eq!(send(granted(&[&uri], &[&network]), Method::GET, &uri).unwrap().0, 200);
}

#[test]
fn an_answer_that_is_too_long_ends_early() {
    let port = peer(Some("HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\ntwelve bytes"));
    let uri = format!("http://127.0.0.1:{port}");
    let mut setup = granted(&[&uri], &[]);
    setup.limits.http_answer_bytes = 10;
    assert_eq!(refused(setup, &uri), "HTTP response body size exceeds limit: 10 bytes");
}

#[test]
fn requests_of_one_call_are_counted() {
    let uri = "http://127.0.0.1:1";
    let mut setup = granted(&[uri], &[]);
    setup.limits.http_requests = 0;
    assert_eq!(refused(setup, uri), "connection limit reached");
}

#[test]
fn a_slow_peer_does_not_outlast_the_call() {
    let port = peer(None);
    let uri = format!("http://127.0.0.1:{port}");
    let setup = Arc::new(granted(&[&uri], &[]));
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let words = runtime.block_on(async {
        let work = async {
            let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
            let request = Request::builder().uri(&uri).body(body).unwrap();
            let mut outgoing = Outgoing::new(setup.clone(), Denials::default());
            let sent = Box::into_pin(outgoing.send_request(request, None, Box::new(async { Ok(()) }))).await;
            sent.map(drop).map_err(|error| wasmtime::Error::msg(error.to_string()))
        };
        program::within(Duration::from_millis(100), work).await.unwrap_err().to_string()
    });
    assert_eq!(words, "it was stopped: it took longer than 100ms");
}

/// Answers what is asked with a word, and keeps what it was told.
#[derive(Default)]
pub(super) struct Double(Mutex<Vec<String>>);

impl Double {
    pub(super) fn told(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl StandIn for Double {
    fn answer(&self, request: &Asked) -> Option<::http::Response<bytes::Bytes>> {
        let Asked { method, uri, is_granted, .. } = request;
        self.0.lock().unwrap().push(format!("{method} {uri} {is_granted}"));
        (uri.path() == "/known").then(|| ::http::Response::new("told".into()))
    }

    fn refused(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }
}

#[test]
fn a_stand_in_answers_what_is_granted_and_hears_of_all() {
    let double = Arc::new(Double::default());
    let setup =
        || Setup { stand_in: Some(double.clone()), ..granted(&["http://192.0.2.1:81"], &["192.0.2.1:81"]) };
    let answer = send(setup(), Method::GET, "http://192.0.2.1:81/known").unwrap();
    assert_eq!(answer, (200, "told".into()));
    assert_eq!(refused(setup(), "http://192.0.2.1:81/other"), "connection refused");
    assert_eq!(refused(setup(), "http://192.0.2.2:81/known"), "HTTP request denied");
    let told = ["192.0.2.1:81/known true", "192.0.2.1:81/other true", "192.0.2.2:81/known false"];
    assert_eq!(double.told(), told.map(|what| format!("GET http://{what}")));
}
