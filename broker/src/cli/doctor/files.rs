//! Files with a meaning: the configuration, which the broker must not write, and the token, which nobody else must read.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::finding::Finding;
use super::site::Site;
use super::user::{Right, User};
use crate::admin::{self, TokenError};

/// The right of others to read a file.
const OTHERS_READ: u32 = 0o004;

pub(super) fn look(site: &Site<'_>) -> Vec<Finding> {
    let token = site.config.admin.as_ref().and_then(|admin| admin.token_file.as_deref());
    let configuration = site.file.map(|file| configuration(file, &site.user));
    configuration.into_iter().chain(token.map(|file| self::token(file, site))).collect()
}

fn configuration(file: &Path, user: &User) -> Finding {
    let name = file.display();
    if !user.may(file, Right::Read) || user.barred_by(file).is_some() {
        let found = format!("user {} cannot read {name}", user.name);
        return Finding::fault(
            "configuration",
            found,
            format!("chmod o+r {name}, and o+x the folders above it"),
        );
    }
    // What lies beside it is not read by the broker, so that the file itself and what is above it count.
    match user.could_replace(file) {
        None => Finding::ok("configuration", format!("{name} is read by user {} and not written", user.name)),
        Some(written) => {
            let found =
                format!("user {} could write {}, and so grant itself anything", user.name, written.display());
            Finding::warning("configuration", found, take_away(&written, user))
        }
    }
}

fn token(file: &Path, site: &Site<'_>) -> Finding {
    let (name, user) = (file.display(), &site.user);
    if let Err(error) = admin::token(file) {
        if let TokenError::Unreadable { error, .. } = &error
            && let Some(unseen) = site.unseen("token", file, error)
        {
            return unseen;
        }
        return Finding::fault("token", error.to_string(), "the broker does not start without it");
    }
    let Ok(data) = file.metadata() else {
        return Finding::fault("token", format!("{name} cannot be looked at"), "look as root");
    };
    if data.mode() & OTHERS_READ != 0 {
        let found = format!("{name} can be read by everybody, who may then give the broker orders");
        let remedy = format!("chown {} {name} && chmod 400 {name}; then make another token", user.name);
        return Finding::fault("token", found, remedy);
    }
    if !user.may(file, Right::Read) || user.barred_by(file).is_some() {
        let found = format!("user {} cannot read {name}", user.name);
        return Finding::fault("token", found, format!("chown {} {name}", user.name));
    }
    Finding::ok("token", format!("{name} is read by user {} and not by everybody", user.name))
}

/// What takes the right to write something from the user who runs the broker.
pub(super) fn take_away(path: &Path, user: &User) -> String {
    let name = path.display();
    if user.id == 0 {
        return "root can write everything: let a user of its own run the broker (deploy/README.md)"
            .to_owned();
    }
    match path.metadata().map(|data| data.uid()) {
        Ok(owner) if owner == user.id => format!("let another user own it: chown -R root {name}"),
        Ok(_) | Err(_) => format!("chmod go-w {name}"),
    }
}
