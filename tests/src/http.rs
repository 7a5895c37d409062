//! Requests over HTTP/1.1, one connection each, whatever headers they carry.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub code: u16,
    /// The head, as it came, in small letters.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body, as JSON.
    ///
    /// # Errors
    /// It is none.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).with_context(|| self.body.clone())
    }
}

/// Asks for a path.
///
/// # Errors
/// There is no answer.
pub fn get(server: SocketAddr, path: &str) -> Result<Answer> {
    ask(server, "GET", path, &[])
}

/// Sends a request with some headers; they replace `Host`, if they name it.
///
/// # Errors
/// There is no answer.
pub fn ask(server: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
    let mut stream = open(server, method, path, headers, "close")?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").with_context(|| format!("no answer: {text}"))?;
    let code = head.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no status code")?;
    Ok(Answer { code, head: head.to_ascii_lowercase(), body: body.to_owned() })
}

/// Follows server-sent events.
#[derive(Debug)]
pub struct Follower(BufReader<TcpStream>);

impl Follower {
    /// Begins to follow.
    ///
    /// # Errors
    /// There is no answer.
    pub fn start(server: SocketAddr, path: &str) -> Result<Self> {
        Ok(Self(BufReader::new(open(server, "GET", path, &[], "keep-alive")?)))
    }

    /// The data of the next event of a name, as JSON; others are passed over.
    ///
    /// # Errors
    /// None comes.
    pub fn next(&mut self, name: &str) -> Result<Value> {
        let (mut line, mut is_meant) = (String::new(), false);
        loop {
            line.clear();
            anyhow::ensure!(self.0.read_line(&mut line)? > 0, "the stream ended");
            if let Some(event) = line.strip_prefix("event: ") {
                is_meant = event.trim() == name;
            } else if let Some(data) = line.strip_prefix("data: ").filter(|_| is_meant) {
                return Ok(serde_json::from_str(data)?);
            }
        }
    }

    /// Reads until the server ends it.
    ///
    /// # Errors
    /// It does not.
    pub fn end(mut self) -> Result<()> {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest)?;
        Ok(())
    }
}

fn open(
    server: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    connection: &str,
) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(server).context("nobody listens")?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nconnection: {connection}\r\ncontent-length: 0\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        request.push_str(&format!("host: {server}\r\n"));
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{request}\r\n").as_bytes())?;
    Ok(stream)
}
