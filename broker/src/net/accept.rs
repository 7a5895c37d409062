//! Accepting: from a listener, through its gate, to a task for each connection.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tracing::{info, warn};

use super::gate::Gate;
use super::listen::Listener;
use super::stream::{Peer, Stream};
use crate::lifecycle::Stage;

/// How long to wait when the system has no socket for us.
const BREATH: Duration = Duration::from_millis(100);

/// Accepts connections until the stage finishes; each that passes the gate is served by a task of its own.
pub(crate) fn start<F, S>(stage: &Stage, listener: Listener, gate: Arc<Gate>, service: &'static str, serve: F)
where
    F: Fn(Stream, Peer) -> S + Send + 'static,
    S: Future<Output = ()> + Send + 'static,
{
    let own = stage.clone();
    // Here and not in the task, so that it is told before the broker says that it runs.
    info!(service, endpoint = %listener, "listening");
    stage.spawn(async move {
        loop {
            // Finishing first, so that a flood of connections cannot hold up the end. Accepting is cancel-safe.
            tokio::select! {
                biased;
                () = own.finishing() => return,
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => if let Some(place) = gate.enter(peer) {
                        let serving = serve(stream, peer);
                        own.spawn(async move {
                            serving.await;
                            drop(place);
                        });
                    },
                    Err(error) => {
                        warn!(service, endpoint = %listener, %error, "cannot accept a connection; trying again");
                        tokio::time::sleep(BREATH).await;
                    }
                },
            }
        }
    });
}
