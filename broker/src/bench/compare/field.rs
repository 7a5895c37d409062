//! The same small work by different means: one field of each event printed, and what CPU time that takes the whole broker.
//!
//! Philae does it with a handler, Comet with a plugin in its own process and with commands that it starts for each event: a
//! script in Python, the language of its plugins, and `sed`, about the cheapest that can be had. What children take is
//! counted, what the load takes is not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::handlers::blocking;
use super::samples::{Measure, Peer, Printing, Samples};
use super::suites::{MANY_AUTHORS, note_refusals, submit_events};
use super::{Comparison, Scratch};
use crate::bench::BenchError;
use crate::bench::control::Control;
use crate::bench::process::Server;

/// What is printed of each event.
const FIELD: &str = "TrigID";

const PYTHON: &str = r#"#!/usr/bin/env python3
import sys
from xml.etree import ElementTree
print("TrigID", ElementTree.parse(sys.stdin.buffer).find(".//Param[@name='TrigID']").get("value"))
"#;

const SED: &str = r#"#!/bin/sed -nf
s/.*Param name="TrigID" value="\([^"]*\)".*/TrigID \1/p
"#;

impl Comparison {
    pub(super) async fn printed_fields(
        &self,
        scratch: &Scratch,
        samples: &mut Samples,
    ) -> Result<(), BenchError> {
        let server = self.start_handlers(scratch, "print-field", 1).await?;
        let control = Control::of(server.folder());
        let events = self.print(&server, Peer::Philae, Printing::Handler, samples).await?;
        let handled = blocking(&control, Control::handled).await?;
        if handled != [events] {
            samples.add_fault(format!("{:?}: {handled:?} of {events} events handled", Peer::Philae));
        }
        server.stop().await?;
        if self.comet.is_none() {
            return Ok(());
        }
        let server = self.start_with(Peer::Comet, scratch, &["--print-field"]).await?;
        let events = self.print(&server, Peer::Comet, Printing::Plugin, samples).await?;
        let printed = server.printed(FIELD)?;
        if printed != events {
            samples.add_fault(format!("{:?}: {printed} of {events} events printed", Peer::Comet));
        }
        server.stop().await?;
        for (printing, text) in [(Printing::Python, PYTHON), (Printing::Sed, SED)] {
            let script = script(&scratch.path().join(format!("{printing:?}")), text)?;
            let flag = format!("--cmd={}", script.display());
            let server = self.start_with(Peer::Comet, scratch, &[&flag]).await?;
            self.print(&server, Peer::Comet, printing, samples).await?;
            server.stop().await?;
        }
        Ok(())
    }

    /// Has events printed, adds what each took, and tells how many were.
    async fn print(
        &self,
        server: &Server,
        peer: Peer,
        printing: Printing,
        samples: &mut Samples,
    ) -> Result<u64, BenchError> {
        // Comet bounds the number of its commands in no way.
        let (authors, events) = match printing {
            Printing::Handler => (MANY_AUTHORS, 20_000),
            Printing::Plugin => (MANY_AUTHORS, 2000),
            Printing::Python | Printing::Sed => (4, 200),
        };
        let before = server.cpu_at_rest().await?;
        let submitted = submit_events(server, authors, events).await?;
        let took = server.cpu_at_rest().await?.saturating_sub(before);
        note_refusals(peer, &submitted, samples);
        samples.add(peer, Measure::FieldCpu(printing), took.as_secs_f64() * 1e3 / submitted.acks as f64);
        Ok(submitted.acks)
    }
}

fn script(path: &Path, text: &str) -> Result<PathBuf, BenchError> {
    let write = || {
        fs::write(path, text)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))
    };
    write().map_err(|source| BenchError::io(format!("write '{}'", path.display()), source))?;
    Ok(path.to_owned())
}
