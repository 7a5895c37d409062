//! Outgoing HTTP: requests to granted hosts, over connections that we make.
//!
//! Every request is held against the grants anew: scheme, host and port must be one of them. The host's name is resolved
//! here, and the connection goes to one of the very addresses that were judged. Redirects are answers like any other: a
//! handler that follows one makes a new request, which is judged again. How many requests there are and how long an
//! answer is are limited; how long it takes is the call's affair.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http1;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};
use tracing::warn;
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::call::Setup;
use super::denials::Denials;
use super::network::{self, NoAddress};
use super::stand_in;
use crate::grants::{Denied, Grants, Host, Scheme};

/// Longest head of an answer.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// Longest wait for a connection, if the guest names none.
const CONNECT: Duration = Duration::from_secs(30);

pub(super) type Answer =
    Result<(Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>), Error>;

/// What becomes of a call's requests.
pub(super) struct Outgoing {
    setup: Arc<Setup>,
    denials: Denials,
    requests: usize,
}

impl Outgoing {
    pub(super) fn new(setup: Arc<Setup>, denials: Denials) -> Self {
        Self { setup, denials, requests: 0 }
    }
}

impl WasiHttpHooks for Outgoing {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        self.requests += 1;
        let is_too_many = self.requests > self.setup.limits.http_requests;
        let (setup, denials) = (self.setup.clone(), self.denials.clone());
        Box::new(async move {
            match &setup.stand_in {
                _ if is_too_many => Err(Error::ConnectionLimitReached),
                Some(stand_in) => stand_in::answer(&setup, &denials, request, &**stand_in).await,
                None => send(&setup, &denials, request, options.unwrap_or_default()).await,
            }
        })
    }

    fn p2_error_from_tls(&mut self, error: &io::Error) -> ErrorCode {
        let handler = &self.setup.name;
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
            warn!(handler, %error, "a host that the handler asked cannot prove that it is that host");
            return ErrorCode::TlsCertificateError;
        }
        warn!(handler, %error, "a host that the handler asked speaks no TLS that this broker knows");
        ErrorCode::TlsProtocolError
    }
}

/// Where a request goes.
pub(super) struct Target {
    scheme: Scheme,
    host: Host,
    port: u16,
}

impl Target {
    pub(super) fn of(uri: &Uri) -> Option<Self> {
        let scheme = Scheme::parse(uri.scheme_str()?)?;
        let authority = uri.authority()?;
        // What stands before an @ is no part of a host, and has fooled others.
        if authority.as_str().contains('@') {
            return None;
        }
        let port = authority.port_u16().unwrap_or(scheme.port());
        Some(Self { scheme, host: Host::parse(authority.host())?, port })
    }

    /// Whether a request may go there; that it may not is noted.
    pub(super) fn is_granted(&self, grants: &Grants, denials: &Denials) -> bool {
        let Self { scheme, ref host, port } = *self;
        let is_granted = grants.request(scheme, host, port);
        if !is_granted {
            denials.note(Denied::Http { scheme, host: host.clone(), port });
        }
        is_granted
    }
}

async fn send(
    setup: &Setup,
    denials: &Denials,
    mut request: Request<WasiBody>,
    options: RequestOptions,
) -> Answer {
    let target = Target::of(request.uri()).ok_or(Error::HttpRequestUriInvalid)?;
    // A tunnel would lead on to where nobody granted anything.
    if request.method() == http::Method::CONNECT {
        return Err(Error::HttpRequestMethodInvalid);
    }
    if !target.is_granted(&setup.grants, denials) {
        return Err(Error::HttpRequestDenied);
    }
    let wait = options.connect_timeout.unwrap_or(CONNECT).min(CONNECT);
    let stream = tokio::time::timeout(wait, connect(setup, denials, &target)).await;
    let stream = stream.map_err(|_| Error::ConnectionTimeout)??;
    *request.uri_mut() = relative(request.uri());
    match target.scheme {
        Scheme::Http => exchange(stream, request, setup).await,
        Scheme::Https => {
            let name = match &target.host {
                Host::Name(name) => {
                    ServerName::try_from(name.to_string()).map_err(|_| Error::HttpRequestUriInvalid)?
                }
                Host::Address(address) => ServerName::from(*address),
            };
            let encrypted = tokio::time::timeout(wait, connector()?.connect(name, stream)).await;
            let encrypted = encrypted.map_err(|_| Error::ConnectionTimeout)?.map_err(Error::Tls)?;
            exchange(encrypted, request, setup).await
        }
    }
}

async fn connect(setup: &Setup, denials: &Denials, target: &Target) -> Result<TcpStream, Error> {
    let addresses = network::addresses(&setup.grants, &target.host, target.port).await;
    let addresses = addresses.map_err(|why| match why {
        NoAddress::Unknown => Error::DestinationNotFound,
        NoAddress::Private(address) => {
            denials.note(Denied::PrivateHttp { scheme: target.scheme, host: target.host.clone(), address });
            Error::DestinationIpProhibited
        }
    })?;
    let mut failure = Error::DestinationNotFound;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = Error::Connect(error),
        }
    }
    Err(failure)
}

/// What stands in the request's first line: where to is told by the header Host.
fn relative(uri: &Uri) -> Uri {
    uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/")).into()
}

async fn exchange<S>(stream: S, request: Request<WasiBody>, setup: &Setup) -> Answer
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(MAX_HEAD_BYTES).handshake(TokioIo::new(stream)).await?;
    let mut connection = Box::pin(connection);
    let mut is_open = true;
    let answer = {
        let mut answer = std::pin::pin!(sender.send_request(request));
        // The answer first: with it the rest of the connection is the body's affair. Both keep their place.
        tokio::select! {
            biased;
            answer = &mut answer => answer?,
            ended = &mut connection => {
                ended?;
                is_open = false;
                // A peer that closes has perhaps answered; if not, this says so at once.
                answer.await?
            }
        }
    };
    let most = setup.limits.http_answer_bytes;
    let answer =
        answer.map(|body| Limited::new(body, most).map_err(move |error| told(error, most)).boxed_unsync());
    // The sender stays until the body is read, or the connection would end.
    let rest = async move {
        let ended = if is_open { connection.await.map_err(Error::from) } else { Ok(()) };
        drop(sender);
        ended
    };
    Ok((answer, Box::new(rest)))
}

fn told(error: Box<dyn std::error::Error + Send + Sync>, most: usize) -> Error {
    match error.downcast::<hyper::Error>() {
        Ok(error) => Error::Hyper(*error),
        Err(_) => Error::HttpResponseBodySize(Some(most as u64)),
    }
}

fn connector() -> Result<TlsConnector, Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config =
        versions.map_err(|_| Error::ConfigurationError)?.with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
