//! Packets of archives, taken from whoever imports while the broker serves.
//!
//! ```text
//! {"do":"import","check":"flag"}                            the request
//! {"bytes":812,"source":"import a.tar"}  and 812 bytes      a packet, as many as come; the source where it is another than before
//!
//! {"taking":{"limit_bytes":1048576}}                        the answer: packets may come, no longer than that
//! {"new":4711} | {"kept":12} | {"refused":".."}             one for each packet, in order
//! {"end":{}}                                                after whoever imports has said that no more will come
//! {"error":".."}                                            in the place of any of them: no more will be taken
//! ```
//! Two pieces wait to be checked and two to be answered, so that memory is bounded, and an event of the network's that comes
//! meanwhile waits for no more than those. Whoever does not take answers is not read from.

use std::borrow::Cow;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::answer::Desk;
use super::line::line;
use super::serve::past_farewell;
use crate::checks::Policy;
use crate::import::taking::{PIECE_BYTES, PIECE_PACKETS, Taken, Taking};
use crate::import::{Answer, Brought};
use crate::lifecycle::Stage;
use crate::plain::excerpt;

/// The line before a packet is no longer than this.
const HEAD_BYTES: u64 = 16 << 10;

/// The line before a packet.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Coming<'a> {
    /// How long the packet is that follows.
    pub(crate) bytes: u64,
    /// Who brings it, if that is another than before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<Cow<'a, str>>,
}

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Went<'a> {
    /// Packets may come, no longer than that.
    Taking { limit_bytes: u64 },
    /// It is kept, under this number.
    New(u64),
    /// It was kept before, under this number.
    Kept(u64),
    /// It is not fit to be kept.
    Refused(Cow<'a, str>),
    /// All was answered.
    End {},
    /// No more will be taken.
    Error(Cow<'a, str>),
}

/// How many packets came to what.
#[derive(Debug, Default)]
struct Tally {
    new: u64,
    kept: u64,
    refused: u64,
}

/// Takes packets until no more come or the broker stops.
pub(super) async fn take(
    desk: &Desk,
    policy: Policy,
    from: &mut (impl AsyncBufRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    stage: &Stage,
) -> io::Result<()> {
    let limit_bytes = desk.limit_bytes;
    to.write_all(&line(&Went::Taking { limit_bytes })).await?;
    let Taking { pieces, answers } = Taking::start(desk.store.submitter(), policy)?;
    info!(check = %policy, "an import begins");
    let mut tally = Tally::default();
    let mut read = None;
    let answered = {
        let reading = async {
            // The end first; what has not been read yet is not taken.
            tokio::select! {
                biased;
                () = stage.finishing() => Err("the broker is stopping".to_owned()),
                read = read_all(from, limit_bytes, pieces) => read,
            }
        };
        let answering = answer(answers, to, &mut tally);
        let late = past_farewell(stage);
        tokio::pin!(reading, answering, late);
        // The answers first: they end when all that was read is answered, or when no more can be taken. The broker waits for
        // nobody who does not take them.
        loop {
            tokio::select! {
                biased;
                answered = &mut answering => break answered,
                done = &mut reading, if read.is_none() => read = Some(done),
                () = &mut late => break Err(io::Error::other("the broker stops, and its answers are not taken")),
            }
        }
    };
    let Tally { new, kept, refused } = tally;
    let ended = answered.map(|answered| {
        answered.and(read.unwrap_or_else(|| Err("its packets are no longer checked".to_owned())))
    });
    let last = match ended {
        Ok(Ok(())) => {
            info!(new, kept, refused, "an import has ended");
            Went::End {}
        }
        Ok(Err(words)) => {
            warn!(new, kept, refused, reason = words, "an import has ended early");
            Went::Error(words.into())
        }
        Err(error) => {
            warn!(new, kept, refused, reason = %error, "an import has ended early");
            return Ok(());
        }
    };
    to.write_all(&line(&last)).await
}

/// Reads packets and passes them on, a piece at a time, or what has come when nothing more is there at the moment.
async fn read_all(
    from: &mut (impl AsyncBufRead + Unpin),
    limit_bytes: u64,
    pieces: mpsc::Sender<Vec<Brought>>,
) -> Result<(), String> {
    let (mut source, mut piece, mut piece_bytes) = (Arc::<str>::from("import"), Vec::new(), 0);
    loop {
        let has_more = std::future::poll_fn(|cx| match Pin::new(&mut *from).poll_fill_buf(cx) {
            Poll::Ready(Ok([])) => Poll::Ready(Some(Ok(false))),
            Poll::Ready(Ok(_)) => Poll::Ready(Some(Ok(true))),
            Poll::Ready(Err(error)) => Poll::Ready(Some(Err(error))),
            // Whoever waits for the rest of a piece would wait for ever if it were the last.
            Poll::Pending if !piece.is_empty() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        let has_more = has_more.await.transpose().map_err(broken)?;
        if has_more == Some(true) {
            let brought = read(from, limit_bytes, &mut source).await?;
            piece_bytes += brought.bytes.len();
            piece.push(brought);
        }
        let is_full = piece.len() >= PIECE_PACKETS || piece_bytes >= PIECE_BYTES;
        if (is_full || has_more != Some(true)) && !piece.is_empty() {
            piece_bytes = 0;
            // Whoever checks them ends early only when nobody waits for the answers.
            let sent = pieces.send(std::mem::take(&mut piece)).await;
            sent.map_err(|_| "its packets are no longer checked".to_owned())?;
        }
        if has_more == Some(false) {
            return Ok(());
        }
    }
}

/// Reads a packet and the line before it.
async fn read(
    from: &mut (impl AsyncBufRead + Unpin),
    limit_bytes: u64,
    source: &mut Arc<str>,
) -> Result<Brought, String> {
    let mut line = Vec::new();
    (&mut *from).take(HEAD_BYTES).read_until(b'\n', &mut line).await.map_err(broken)?;
    let head: Coming<'_> =
        serde_json::from_slice(&line).map_err(|error| format!("this is no packet: {error}"))?;
    if let Some(other) = head.source {
        *source = excerpt(&other).into();
    }
    if head.bytes > limit_bytes {
        return Err(format!(
            "a packet of {} bytes came; none longer than {limit_bytes} is taken",
            head.bytes
        ));
    }
    let mut bytes = Vec::new();
    let count = (&mut *from).take(head.bytes).read_to_end(&mut bytes).await.map_err(broken)?;
    if (count as u64) < head.bytes {
        return Err(broken(io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(Brought { source: source.clone(), bytes: bytes.into() })
}

fn broken(error: io::Error) -> String {
    format!("whoever imports broke off: {error}")
}

/// Tells what became of each packet; the inner error is why no more can be taken.
async fn answer(
    mut answers: mpsc::Receiver<Vec<Taken>>,
    to: &mut (impl AsyncWrite + Unpin),
    tally: &mut Tally,
) -> io::Result<Result<(), String>> {
    while let Some(piece) = answers.recv().await {
        let mut lines = Vec::new();
        for taken in piece {
            let answer = match taken.answer().await {
                Ok(answer) => answer,
                Err(error) => {
                    to.write_all(&lines).await?;
                    return Ok(Err(error.to_string()));
                }
            };
            lines.extend(line(&tally.note(answer)));
        }
        to.write_all(&lines).await?;
    }
    Ok(Ok(()))
}

impl Tally {
    fn note(&mut self, answer: Answer) -> Went<'static> {
        match answer {
            Answer::New(seq) => {
                self.new += 1;
                Went::New(seq.0)
            }
            Answer::Kept(seq) => {
                self.kept += 1;
                Went::Kept(seq.0)
            }
            Answer::Refused(reason) => {
                self.refused += 1;
                Went::Refused(reason.into())
            }
        }
    }
}
