//! From what was found to what became of it: packets go on their way, and answers come back in their order.
//!
//! Names stay here and wait for the answers, a few pieces of them at most. What is not a packet is told in its turn. Whether
//! the way leads through a broker or into a store is behind [`Onward`] and [`Answers`].

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Answer, Brought, Found, ImportError, Told};

/// Pieces whose answers are awaited.
const AWAITED: usize = 8;

/// Where packets go.
pub(super) trait Onward {
    /// Sends a piece; false if nobody takes it any more, which the answers will explain.
    async fn send(&mut self, piece: Vec<Brought>) -> bool;

    /// Says that no more will come.
    async fn end(&mut self);
}

/// Where answers come from.
pub(super) trait Answers {
    /// What became of the next packet.
    async fn next(&mut self) -> Result<Answer, ImportError>;

    /// Makes sure that nothing is owed.
    async fn end(&mut self) -> Result<(), ImportError>;
}

/// What is told in its turn.
enum Awaited {
    /// As soon as there is an answer.
    Packet(String),
    /// As it is.
    Told(Told),
}

/// Why no more is sent.
enum Ended {
    /// All was read.
    Whole,
    /// It was asked for, or nobody takes it any more.
    Stopped,
    /// What reads is gone.
    NotRead,
}

/// Carries all that is found until it is read or `stop` is cancelled, and tells what became of each, in order.
pub(super) async fn carry(
    pieces: mpsc::Receiver<Vec<Found>>,
    stop: &CancellationToken,
    to: impl Onward,
    mut answers: impl Answers,
    mut told: impl FnMut(Told),
) -> Result<(), ImportError> {
    let (awaited, mut waiting) = mpsc::channel(AWAITED);
    let sending = send(pieces, stop, to, awaited);
    let answering = async move {
        while let Some(piece) = waiting.recv().await {
            for awaited in piece {
                told(match awaited {
                    Awaited::Packet(name) => answers.next().await?.told(name),
                    Awaited::Told(known) => known,
                });
            }
        }
        answers.end().await
    };
    tokio::pin!(sending, answering);
    let mut ended = None;
    // What is answered first: when it fails there is nothing to be sent any more. It ends when all that was sent is answered.
    loop {
        tokio::select! {
            biased;
            answered = &mut answering => {
                answered?;
                return match ended {
                    Some(Ended::NotRead) => Err(ImportError::NotRead),
                    Some(Ended::Whole | Ended::Stopped) | None => Ok(()),
                };
            }
            sent = &mut sending, if ended.is_none() => ended = Some(sent),
        }
    }
}

/// Sends what is found, each piece behind the names that wait for its answers.
async fn send(
    mut pieces: mpsc::Receiver<Vec<Found>>,
    stop: &CancellationToken,
    mut to: impl Onward,
    awaited: mpsc::Sender<Vec<Awaited>>,
) -> Ended {
    let mut is_whole = false;
    let ended = loop {
        if is_whole {
            break Ended::Whole;
        }
        // The end first. Receiving can be cancelled without loss.
        let piece = tokio::select! {
            biased;
            () = stop.cancelled() => break Ended::Stopped,
            piece = pieces.recv() => piece,
        };
        let Some(piece) = piece else { break Ended::NotRead };
        let (mut names, mut packets) = (Vec::with_capacity(piece.len()), Vec::with_capacity(piece.len()));
        for found in piece {
            match found {
                Found::Packet(name, packet) => {
                    names.push(Awaited::Packet(name));
                    packets.push(packet);
                }
                Found::Told(known) => names.push(Awaited::Told(known)),
                Found::End => is_whole = true,
            }
        }
        // The names first: whoever answers waits until its answers are taken.
        if awaited.send(names).await.is_err() || !packets.is_empty() && !to.send(packets).await {
            break Ended::Stopped;
        }
    };
    to.end().await;
    ended
}

impl Answer {
    fn told(self, name: String) -> Told {
        match self {
            Self::New(_) => Told::New,
            Self::Kept(_) => Told::Kept,
            Self::Refused(reason) => Told::Refused { name, reason },
        }
    }
}
