//! Handlers that are part of the broker: what Comet's command lines ask for.
//!
//! They need no module and know no sandbox: `--cmd` runs a program with the broker's own rights, which is said when the
//! broker starts. To the pipeline they are handlers like any other, with a place of their own in the log, so that what came
//! while the broker was down is not lost to them.

mod command;
mod print;
mod save;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tracing::{error, warn};

use crate::config::Handlers;
use crate::pipeline::{Active, Begin, Handle, Pipeline, Retry, Wants};
use crate::roster::{Known, Roster};
use command::RunCommand;
use print::PrintEvent;
use save::SaveEvent;

pub(crate) use save::{file_stem, save};

/// How many programs of one `--cmd` run at once.
const PROGRAMS: usize = 4;

/// Why the broker cannot do with events what it was told.
#[derive(Debug, thiserror::Error)]
pub enum NativeError {
    /// The folder for events cannot be made.
    #[error("cannot save events in '{folder}': {error}", folder = .folder.display())]
    Folder {
        /// Where they were to go.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// There is no such program.
    #[error("cannot run '{path}' for each event: {error}", path = .path.display())]
    Program {
        /// What was to be run.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// The handlers that the configuration names, ready to be started.
pub(crate) struct Natives(Vec<(String, Arc<dyn Handle>, usize)>);

impl Natives {
    /// Looks whether what is asked for can be done.
    ///
    /// # Errors
    /// A [`NativeError`].
    pub(crate) fn new(config: &Handlers) -> Result<Self, NativeError> {
        let mut natives: Vec<(String, Arc<dyn Handle>, usize)> = Vec::new();
        for path in &config.commands {
            std::fs::metadata(path).map_err(|error| NativeError::Program { path: path.clone(), error })?;
            warn!(path = %path.display(), "a program is run for each event with all the rights of the broker");
            natives.push((format!("cmd {}", path.display()), Arc::new(RunCommand::new(path)), PROGRAMS));
        }
        if config.print_event {
            natives.push(("print-event".to_owned(), Arc::new(PrintEvent), 1));
        }
        if let Some(folder) = &config.save_event {
            let save = SaveEvent::new(folder)
                .map_err(|error| NativeError::Folder { folder: folder.clone(), error })?;
            natives.push(("save-event".to_owned(), Arc::new(save), 1));
        }
        Ok(Self(natives))
    }

    /// Starts them; one that was never here begins with the next event, as in Comet.
    pub(crate) async fn start(self, pipeline: &Pipeline, roster: &Roster) {
        for (name, handle, concurrency) in self.0 {
            let active = Active { handle, wants: Wants::default(), retry: Retry::default(), concurrency };
            let revision = active.handle.revision();
            let (running, trouble) = match pipeline.start(&name, active, Begin::Latest).await {
                Ok(running) => (Some(Arc::new(running)), None),
                Err(error) => {
                    error!(handler = name, %error, "the handler cannot be started");
                    (None, Some(error.to_string()))
                }
            };
            roster.enter(&name, Known { shape: "native".to_owned(), revision, running, trouble });
        }
    }
}
