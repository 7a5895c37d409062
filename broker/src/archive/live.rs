//! A log that a broker has open, over its control socket.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::log::LogError;
use crate::control::{
    BUSY_PATIENCE, BrokerError, LINE_BYTES, Message, Request, connect, line, no_answer, worded,
};
use crate::store::{Entry, Seq, Span};

/// Nor is a packet longer than this, far more than a broker may be told to accept.
const PACKET_BYTES: usize = 256 << 20;
const BUFFER_BYTES: usize = 256 << 10;

/// What a broker says before it sends entries.
#[derive(Debug)]
pub(super) struct Begun {
    /// The identity of the log.
    pub(super) log: String,
    /// What it will read.
    pub(super) span: Span,
}

/// A broker that is sending.
#[derive(Debug)]
pub(super) struct Live {
    folder: PathBuf,
    from: BufReader<UnixStream>,
    line: Vec<u8>,
    damaged: u64,
    has_ended: bool,
}

impl Live {
    /// Asks the broker that runs on a folder for entries; the inner error says why none can be asked.
    /// It may take no longer than `patience` to begin.
    pub(super) fn ask(
        folder: &Path,
        request: &Request,
        patience: Duration,
    ) -> Result<io::Result<(Self, Begun)>, LogError> {
        let begun = connect(folder).and_then(|mut stream| {
            stream.set_read_timeout(Some(patience))?;
            stream.write_all(&line(request))?;
            Ok(BufReader::with_capacity(BUFFER_BYTES, stream))
        });
        let from = match begun {
            Ok(from) => from,
            Err(away) => return Ok(Err(away)),
        };
        let mut live =
            Self { folder: folder.to_owned(), from, line: Vec::new(), damaged: 0, has_ended: false };
        let begun = live.begin();
        let may_be_busy = live.from.get_ref().set_read_timeout(Some(BUSY_PATIENCE));
        match begun.and_then(|begun| may_be_busy.map(|()| begun)) {
            Ok(Ok(begun)) => Ok(Ok((live, begun))),
            Ok(Err(words)) => Err(BrokerError::refused(folder, &words).into()),
            Err(error) => Ok(Err(worded(error))),
        }
    }

    pub(super) fn damaged(&self) -> u64 {
        self.damaged
    }

    pub(super) fn next(&mut self) -> Result<Option<Entry>, LogError> {
        let next = self.receive().map_err(|error| BrokerError::broken_off(&self.folder, error))?;
        next.map_err(|words| BrokerError::refused(&self.folder, &words).into())
    }

    /// The next entry, if there is one; or the broker's words that there is none.
    fn receive(&mut self) -> io::Result<Result<Option<Entry>, String>> {
        if self.has_ended {
            return Ok(Ok(None));
        }
        read_line(&mut self.from, &mut self.line)?;
        match serde_json::from_slice(&self.line)? {
            Message::Event(head) => {
                let packet = read_packet(&mut self.from, head.bytes)?;
                head.entry(packet.into()).map(|entry| Ok(Some(entry))).ok_or_else(no_answer)
            }
            Message::End { damaged } => {
                (self.damaged, self.has_ended) = (damaged, true);
                Ok(Ok(None))
            }
            Message::Error(words) => Ok(Err(words)),
            Message::Events { .. } => Err(no_answer()),
        }
    }

    /// What will be read; or the broker's words that nothing will.
    fn begin(&mut self) -> io::Result<Result<Begun, String>> {
        read_line(&mut self.from, &mut self.line)?;
        match serde_json::from_slice(&self.line)? {
            Message::Events { log, after, to } => {
                Ok(Ok(Begun { log, span: Span { after: Seq(after), to: Seq(to) } }))
            }
            Message::Error(words) => Ok(Err(words)),
            Message::Event(_) | Message::End { .. } => Err(no_answer()),
        }
    }
}

fn read_line(from: &mut impl BufRead, into: &mut Vec<u8>) -> io::Result<()> {
    into.clear();
    from.take(LINE_BYTES).read_until(b'\n', into)?;
    if into.last() == Some(&b'\n') { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Reads a packet and the end of line behind it.
fn read_packet(from: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    if length > PACKET_BYTES {
        return Err(no_answer());
    }
    let mut packet = vec![0; length + 1];
    from.read_exact(&mut packet)?;
    if packet.pop() == Some(b'\n') { Ok(packet) } else { Err(no_answer()) }
}
