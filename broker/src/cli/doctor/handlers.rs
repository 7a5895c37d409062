//! Folders of handlers: read by the broker's user and written by another, each handler one that would load.
//!
//! A module is looked at and not compiled: `philae handler inspect` does that.

use std::path::Path;
use std::time::Duration;

use super::super::handler::inspect::{GRANTED, missing};
use super::super::told::size;
use super::finding::Finding;
use super::site::Site;
use super::user::Right;
use crate::broker::forbidden;
use crate::handlers::{Change, Files, Forbidden, ReadError, Settings, Watch};
use crate::host::{self, HostOptions};

pub(super) fn look(site: &Site<'_>) -> Vec<Finding> {
    let folders = &site.config.handlers.folders;
    let mut findings: Vec<_> = folders.iter().flat_map(|folder| owned(folder, site)).collect();
    let forbidden = forbidden(site.config);
    for change in Watch::new(folders.clone()).look_again(Duration::ZERO) {
        match change {
            Change::Appeared(files) | Change::Changed { files, .. } => {
                findings.extend(loads(&files, &forbidden, site));
            }
            Change::Noticed(notice) => {
                let error = notice.path.read_dir().err();
                if let Some(unseen) = error.and_then(|error| site.unseen("handlers", &notice.path, &error)) {
                    findings.push(unseen);
                    continue;
                }
                findings.push(Finding::warning("handlers", notice.to_string(), "mend it, or leave it"));
            }
            Change::Removed(_) => {}
        }
    }
    findings.extend(site.config.handlers.commands.iter().map(|program| command(program, site)));
    findings
}

/// Whether the broker's user reads a folder, and cannot write what it is to run.
fn owned(folder: &Path, site: &Site<'_>) -> Vec<Finding> {
    let (user, name) = (&site.user, folder.display());
    if let Some(unseen) = folder.metadata().err().and_then(|error| site.unseen("handlers", folder, &error)) {
        return vec![unseen];
    }
    if !folder.is_dir() {
        let found = format!("there is no folder {name}");
        return vec![Finding::fault("handlers", found, format!("install -d -m 755 {name}, or name another"))];
    }
    if let Some(bar) = user.barred_by(folder) {
        let found = format!("user {} cannot go through {} to {name}", user.name, bar.display());
        return vec![Finding::fault("handlers", found, format!("chmod o+x {}", bar.display()))];
    }
    let mut findings = Vec::new();
    if !user.may(folder, Right::Read) || !user.may(folder, Right::Enter) {
        let found = format!("user {} cannot read {name}", user.name);
        findings.push(Finding::fault("handlers", found, format!("chmod o+rx {name}")));
    }
    match user.could_replace(folder) {
        None => findings
            .push(Finding::ok("handlers", format!("{name} is read by user {} and not written", user.name))),
        Some(written) => {
            let found =
                format!("user {} could write {}, and so replace what it runs", user.name, written.display());
            findings.push(Finding::warning("handlers", found, super::files::take_away(&written, user)));
        }
    }
    findings
}

/// Whether a handler would load, and has what it uses.
fn loads(files: &Files, forbidden: &Forbidden, site: &Site<'_>) -> Vec<Finding> {
    let name = files.name.as_str();
    let fault =
        |found: String, remedy: &str| vec![Finding::fault("handler", format!("{name}: {found}"), remedy)];
    let read = match files.read() {
        Ok(read) => read,
        Err(error) => {
            if let ReadError::Unreadable { path, source } = &error
                && let Some(unseen) = site.unseen("handler", path, source)
            {
                return vec![unseen];
            }
            return fault(error.to_string(), "let the broker's user read it, and look again");
        }
    };
    let settings = match (&read.settings, &files.settings) {
        (Some(text), Some(path)) => match Settings::parse(&path.display().to_string(), text, forbidden) {
            Ok(settings) => settings,
            Err(faults) => {
                return faults.lines().flat_map(|line| fault(line, "mend its settings")).collect();
            }
        },
        _ => Settings::default(),
    };
    if !settings.enabled {
        return vec![Finding::ok("handler", format!("{name}: not enabled, by its settings"))];
    }
    let seen = match host::inspect(&read.module, HostOptions::for_a_look().max_module_bytes) {
        Ok(seen) => seen,
        Err(error) => return fault(error.to_string(), "build it again: philae handler inspect tells more"),
    };
    if let Err(error) = seen.check_imports(&settings.grants) {
        return fault(error.to_string(), GRANTED);
    }
    let mut findings = Vec::new();
    let lacks: Vec<_> = missing(&seen, &settings.grants).into_iter().map(|used| used.name()).collect();
    let bytes = u64::try_from(seen.size_bytes).unwrap_or(u64::MAX);
    let found = format!("{name}: {}, {}", seen.shape.name(), size(bytes));
    findings.push(match lacks.as_slice() {
        [] => Finding::ok("handler", found),
        lacks => {
            let found = format!("{found}, may ask for {} and is not granted it", lacks.join(", "));
            Finding::warning("handler", found, GRANTED)
        }
    });
    for grant in &settings.grants.folders {
        let right = if grant.writable { Right::Write } else { Right::Read };
        if site.user.barred_by(&grant.host).is_some() || !site.user.may(&grant.host, right) {
            let what = if grant.writable { "write" } else { "read" };
            let (user, folder) = (&site.user.name, grant.host.display());
            let found = format!("{name}: it is granted {folder}, which user {user} cannot {what}");
            findings.push(Finding::fault(
                "handler",
                found,
                format!("let user {user} {what} it: chown or chmod {folder}"),
            ));
        }
    }
    findings
}

/// Whether a program of `--cmd` can be run.
fn command(program: &Path, site: &Site<'_>) -> Finding {
    let (user, name) = (&site.user, program.display());
    if let Err(error) = program.metadata() {
        let found = format!("{name}: there is no such file");
        return site.unseen("program", program, &error).unwrap_or_else(|| {
            Finding::fault("program", found, "write its whole path: --cmd looks nowhere else for it")
        });
    }
    if !program.is_file() || !user.may(program, Right::Enter) || user.barred_by(program).is_some() {
        let found = format!("user {} cannot run {name}", user.name);
        return Finding::fault("program", found, format!("chmod a+x {name}, or name another with --cmd"));
    }
    match user.could_replace(program) {
        None => Finding::ok("program", format!("{name} can be run")),
        Some(written) => {
            let found =
                format!("user {} could write {}, and so replace what it runs", user.name, written.display());
            Finding::warning("program", found, super::files::take_away(&written, user))
        }
    }
}
