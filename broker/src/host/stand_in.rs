//! Stand-ins for the network, for trying a handler where nothing may be reached.
//!
//! A handler that was set up with one reaches nobody: its requests are told to the stand-in, which may answer them, and
//! so are the connections and names that it was granted, which are refused. Grants hold as ever: what is not granted is
//! denied, whatever the stand-in would have answered.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi_http::{Error, WasiBody};

use super::call::Setup;
use super::denials::Denials;
use super::http::{Answer, Target};
use super::wasi;

/// Stands in for the network.
pub trait StandIn: Send + Sync {
    /// Answers a request; none is a connection that is refused.
    fn answer(&self, request: &Asked) -> Option<Response<Bytes>>;

    /// Is told of a connection, or the look-up of a name, that is granted and yet refused, such as `tcp 192.0.2.7:5432`.
    fn refused(&self, what: String);
}

/// A request that a handler made.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its method.
    pub method: Method,
    /// Where it goes.
    pub uri: Uri,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// Whether the handler's grants let it go there.
    pub is_granted: bool,
}

/// Has a request answered.
pub(super) async fn answer(
    setup: &Setup,
    denials: &Denials,
    request: Request<WasiBody>,
    stand_in: &dyn StandIn,
) -> Answer {
    let (head, body) = request.into_parts();
    let most = setup.limits.http_answer_bytes;
    let body = Limited::new(body, most).collect().await;
    let body = body.map_err(|_| Error::HttpRequestBodySize(Some(most as u64)))?.to_bytes();
    let target = Target::of(&head.uri).filter(|_| head.method != Method::CONNECT);
    let is_granted = target.is_some_and(|target| target.is_granted(&setup.grants, denials));
    let asked = Asked { method: head.method, uri: head.uri, headers: head.headers, body, is_granted };
    match stand_in.answer(&asked) {
        Some(answer) if is_granted => {
            let answer = answer.map(|body| Full::new(body).map_err(|never| match never {}).boxed_unsync());
            Ok((answer, Box::new(async { Ok(()) })))
        }
        Some(_) | None if !is_granted => Err(Error::HttpRequestDenied),
        Some(_) | None => Err(Error::ConnectionRefused),
    }
}

/// Closes the ways to the network, whatever was granted.
pub(super) fn close(
    builder: &mut WasiCtxBuilder,
    stand_in: &Arc<dyn StandIn>,
    may_connect: impl Fn(SocketAddr) -> bool + Send + Sync + 'static,
) {
    let stand_in = stand_in.clone();
    builder.allow_ip_name_lookup(false);
    wasi::connecting(builder, move |address| {
        if may_connect(address) {
            stand_in.refused(format!("tcp {address}"));
        }
        false
    });
}
