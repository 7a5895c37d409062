//! Requests through a broker: `wasi:http`, by whichever of its versions 0.2 the broker has.

use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme,
};
use wasip2::io::streams::StreamError;

use super::{Request, Response};
use crate::error::{Context as _, Error, Result};

/// How much of an answer is read.
const ANSWER_BYTES: usize = 1024 * 1024;
/// How much `wasi:io` takes at once.
const PIECE_BYTES: usize = 4096;

pub(super) fn transport(request: &Request) -> Result<Response> {
    let outgoing = outgoing(request)?;
    let body = outgoing.body().ok().or_permanent("the request has no body")?;
    let answer = outgoing_handler::handle(outgoing, None).map_err(refused)?;
    // An answer may come before all is sent, so what fails here is told by the answer.
    if send(&body, &request.body).is_ok() {
        let _ = OutgoingBody::finish(body, None);
    }
    loop {
        match answer.get() {
            Some(Ok(response)) => return read(&response.map_err(refused)?),
            Some(Err(())) => return Err(Error::retry("the answer was lost")),
            None => answer.subscribe().block(),
        }
    }
}

fn outgoing(request: &Request) -> Result<OutgoingRequest> {
    let (scheme, rest) = request.url.split_once("://").or_permanent("the URL has no scheme")?;
    let rest = rest.split('#').next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    };
    let method = match request.method.as_str() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        other => Method::Other(other.to_owned()),
    };
    let length =
        (!request.body.is_empty()).then(|| ("content-length".to_owned(), request.body.len().to_string()));
    let headers = request.headers.iter().cloned().chain(length);
    let headers: Vec<_> = headers.map(|(name, value)| (name, value.into_bytes())).collect();
    let headers = Fields::from_list(&headers).or_permanent("a header is not allowed")?;
    let outgoing = OutgoingRequest::new(headers);
    let set = outgoing
        .set_method(&method)
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(authority)))
        .and_then(|()| outgoing.set_path_with_query(Some(&path)));
    set.ok().or_permanent("the method or the URL is not allowed")?;
    Ok(outgoing)
}

fn send(body: &OutgoingBody, bytes: &[u8]) -> Result<(), ()> {
    let stream = body.write()?;
    bytes.chunks(PIECE_BYTES).try_for_each(|piece| stream.blocking_write_and_flush(piece).map_err(|_| ()))
}

fn read(response: &IncomingResponse) -> Result<Response> {
    let body = response.consume().ok().or_retry("the answer has no body")?;
    let stream = body.stream().ok().or_retry("the answer cannot be read")?;
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER_BYTES {
        match stream.blocking_read(64 * 1024) {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(_)) => return Err(Error::retry("the answer broke off")),
        }
    }
    bytes.truncate(ANSWER_BYTES);
    Ok(Response { status: response.status(), body: bytes })
}

fn refused(code: ErrorCode) -> Error {
    match code {
        ErrorCode::HttpRequestDenied => Error::permanent("it is not granted: [grants] http"),
        ErrorCode::HttpRequestUriInvalid | ErrorCode::HttpRequestMethodInvalid => Error::permanent(code),
        ErrorCode::TlsCertificateError => {
            Error::retry("the host's certificate is not one that the broker trusts")
        }
        other => Error::retry(other),
    }
}
