//! Running a program for each event, as Comet's `--cmd`.
//!
//! The packet goes to its standard input; what it says is logged at debug. It has the broker's rights and environment. A
//! time limit ends it; a program that ends with 75 (`EX_TEMPFAIL`) is run again, any other code but 0 is a failure.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use crate::host::{CallFailure, EventInHand, Level, LogLine, Outcome, StateView};
use crate::pipeline::{Handle, outcome};

/// How long a program may take.
const TIME: Duration = Duration::from_secs(60);
/// What is kept of what it says; the rest is read and thrown away.
const OUTPUT_BYTES: usize = 64 * 1024;
/// By this code a program asks to be run again (`EX_TEMPFAIL`).
const TRY_AGAIN: i32 = 75;

/// Runs a program for each event.
#[derive(Debug)]
pub(crate) struct RunCommand {
    path: PathBuf,
    time: Duration,
}

impl RunCommand {
    /// The program at `path`.
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), time: TIME }
    }

    async fn run(&self, packet: Bytes) -> (Result<(), CallFailure>, Vec<u8>) {
        let mut command = Command::new(&self.path);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                return (Err(CallFailure::Permanent(format!("it cannot be run: {error}"))), Vec::new());
            }
        };
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A program need not read what it is not interested in.
                let _ = stdin.write_all(&packet).await;
            }
        };
        let work = async {
            let (status, (), out, errors) = tokio::join!(child.wait(), feed, read(stdout), read(stderr));
            (status, [out, errors].concat())
        };
        match tokio::time::timeout(self.time, work).await {
            Ok((Ok(status), said)) => (verdict(status), said),
            Ok((Err(error), said)) => {
                (Err(CallFailure::Trapped(format!("its end was not seen: {error}"))), said)
            }
            Err(_) => {
                let limit = self.time.as_secs_f32();
                (Err(CallFailure::Limit(format!("it took longer than {limit} s and was ended"))), Vec::new())
            }
        }
    }
}

impl Handle for RunCommand {
    fn revision(&self) -> String {
        self.path.display().to_string()
    }

    fn handle<'a>(&'a self, event: &'a EventInHand, _: Arc<dyn StateView>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let start = Instant::now();
            let (verdict, said) = self.run(event.bytes.clone()).await;
            let lines = String::from_utf8_lossy(&said).lines().map(str::to_owned).collect::<Vec<_>>();
            let log = lines.into_iter().map(|text| LogLine { level: Level::Debug, text }).collect();
            Outcome { log, ..outcome(verdict, start.elapsed()) }
        })
    }
}

fn verdict(status: ExitStatus) -> Result<(), CallFailure> {
    match status.code() {
        Some(0) => Ok(()),
        Some(TRY_AGAIN) => Err(CallFailure::Retry(format!("it asked to be run again ({TRY_AGAIN})"))),
        // In Comet a program that a signal ended counts as a success.
        Some(_) | None => Err(CallFailure::Permanent(format!("it failed: {status}"))),
    }
}

/// Reads to the end, keeping the beginning.
async fn read(from: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let (mut kept, mut piece) = (Vec::new(), vec![0; 8192]);
    let Some(mut from) = from else { return kept };
    while let Ok(n @ 1..) = from.read(&mut piece).await {
        let room = OUTPUT_BYTES.saturating_sub(kept.len()).min(n);
        kept.extend_from_slice(piece.get(..room).unwrap_or_default());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    async fn run(script: &str, time: Duration) -> (Result<(), CallFailure>, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let (verdict, said) = RunCommand { path, time }.run(Bytes::from_static(b"<packet/>")).await;
        (verdict, String::from_utf8(said).unwrap())
    }

    #[tokio::test]
    async fn the_packet_is_on_standard_input_and_what_is_said_is_kept() {
        let (verdict, said) = run("cat; echo said >&2", TIME).await;
        assert!(verdict.is_ok(), "{verdict:?}");
        assert_eq!(said, "<packet/>said\n");
    }

    #[tokio::test]
    async fn the_exit_code_tells_what_becomes_of_the_event() {
        assert!(matches!(run("exit 75", TIME).await.0, Err(CallFailure::Retry(_))));
        assert!(matches!(run("exit 1", TIME).await.0, Err(CallFailure::Permanent(_))));
        assert!(matches!(run("kill -9 $$", TIME).await.0, Err(CallFailure::Permanent(_))));
    }

    #[tokio::test]
    async fn a_program_that_does_not_end_is_ended() {
        let (verdict, _) = run("sleep 100", Duration::from_millis(50)).await;
        assert!(matches!(verdict, Err(CallFailure::Limit(_))), "{verdict:?}");
    }

    #[tokio::test]
    async fn a_flood_of_words_is_cut_short() {
        let (verdict, said) = run("head -c 1000000 /dev/zero | tr '\\0' x", TIME).await;
        assert!(verdict.is_ok() && said.len() == OUTPUT_BYTES, "{verdict:?}: {} bytes", said.len());
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named_as_the_reason() {
        let (verdict, _) = RunCommand::new(Path::new("/does/not/exist")).run(Bytes::new()).await;
        assert!(verdict.unwrap_err().to_string().starts_with("it cannot be run: "));
    }
}
