//! Web servers on loopback that do to their clients what a test wants, for as long as the test runs.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};

/// A server.
#[derive(Debug)]
pub struct WebPeer {
    /// Its port.
    pub port: u16,
    asked: Arc<AtomicUsize>,
}

impl WebPeer {
    /// Answers every request with a body, as a redirect does if the body is where to go.
    ///
    /// # Errors
    /// There is no port.
    pub fn answering(status: &str, body: &str) -> Result<Self> {
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nlocation: {body}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        Self::start(move |mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        })
    }

    /// Never answers, until the client goes away.
    ///
    /// # Errors
    /// There is no port.
    pub fn silent() -> Result<Self> {
        Self::start(|mut stream| while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {})
    }

    /// Answers over TLS, with a certificate for `localhost` that no authority knows.
    ///
    /// # Errors
    /// There is no port.
    pub fn untrusted() -> Result<Self> {
        let certificate = CertificateDer::from_pem_slice(include_bytes!("../fixtures/tls/certificate.pem"))?;
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("../fixtures/tls/key.pem"))?;
        let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .context("the certificate does not fit the key")?;
        let config = Arc::new(config);
        Self::start(move |stream| {
            let Ok(connection) = ServerConnection::new(config.clone()) else { return };
            let mut stream = StreamOwned::new(connection, stream);
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        })
    }

    /// How many connections there have been.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let (asked, serve) = (Arc::new(AtomicUsize::new(0)), Arc::new(serve));
        let count = asked.clone();
        let accept = move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                let serve = serve.clone();
                match stream {
                    Ok(stream) => drop(thread::Builder::new().spawn(move || serve(stream))),
                    Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                    Err(_) => return,
                }
            }
        };
        thread::Builder::new().spawn(accept)?;
        Ok(Self { port, asked })
    }
}
