//! The folders that a handler may be granted, and those that none ever is.
//!
//! A handler that could write the broker's data, another's module or a socket would have the broker's rights, and with
//! that everyone's; one that could read the status page's token could order the broker about. So a granted folder is
//! resolved through all links, and neither it nor what it lies in or holds may be such a folder. Folders are compared by
//! what they are on the disk, not by name: another mount of the same folder is that folder. What is put into a granted
//! folder later, the sandbox does not follow out of it.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use crate::sandbox::Reach;

/// The folders that are never granted, nor what lies in them or holds them; `/proc` is one more, always.
#[derive(Debug, Clone, Default)]
pub struct Forbidden {
    /// The broker's data folder.
    pub data: Option<PathBuf>,
    /// The handlers folders.
    pub handlers: Vec<PathBuf>,
    /// The folders in which the broker's Unix sockets lie.
    pub sockets: Vec<PathBuf>,
    /// The file of the status page's token: what holds it is never granted.
    pub token: Option<PathBuf>,
    /// What the broker itself can reach, if it is held to that: nothing else can be granted.
    pub reach: Option<Reach>,
}

impl Forbidden {
    /// The folder that a handler may get, resolved.
    pub(super) fn admit(&self, text: &str) -> Result<PathBuf, String> {
        let path = Path::new(text);
        if !path.is_absolute() {
            return Err(format!("'{text}' is relative; write the whole path, such as /srv/alerts"));
        }
        let folder = path.canonicalize().and_then(|path| Ok((fs::metadata(&path)?.is_dir(), path)));
        let folder = match folder {
            Ok((true, folder)) => folder,
            Ok((false, _)) => return Err(format!("'{text}' is no folder; write the one it lies in")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(format!("there is no folder '{text}'; make it, or mend the path"));
            }
            Err(error) => {
                return Err(format!("'{text}' cannot be looked at: {error}; let the broker's user read it"));
            }
        };
        let kinds = [
            (self.data.as_slice(), "the broker's data folder"),
            (self.handlers.as_slice(), "a handlers folder"),
            (self.sockets.as_slice(), "the folder of the broker's sockets"),
            (self.token.as_slice(), "the status page's token"),
            (&[PathBuf::from("/proc")], "the system's folder of processes"),
        ];
        let forbidden = kinds.iter().flat_map(|(paths, what)| paths.iter().map(move |path| (path, what)));
        for (other, what) in forbidden {
            if let Some(relation) = relation(&folder, other) {
                let led = if folder == path { "" } else { &format!(", which is {},", folder.display()) };
                let other = other.display();
                return Err(format!("'{text}'{led} {relation} {what} ({other}); grant another folder"));
            }
        }
        Ok(folder)
    }

    /// What is wrong with granting a folder, resolved, that the broker gave up.
    pub(super) fn beyond(&self, folder: &Path, writable: bool) -> Option<String> {
        let reach = self.reach.as_ref().filter(|reach| !reach.holds(folder, writable))?;
        let what = if writable && reach.holds(folder, false) { "written" } else { "reached" };
        let folder = folder.display();
        Some(format!(
            "'{folder}' cannot be {what} by the broker's sandbox, which has what was granted when the broker started; \
             start it again"
        ))
    }
}

/// How a folder stands to another that it must have nothing to do with.
fn relation(folder: &Path, other: &Path) -> Option<&'static str> {
    // One that is not there yet lies in those that are.
    let other = std::path::absolute(other).ok()?;
    let (there, resolved) = other.ancestors().find_map(|path| Some((path, path.canonicalize().ok()?)))?;
    let (mine, above_me) = identities(folder)?;
    let (its, above_it) = identities(&resolved)?;
    let is_there = there == other;
    match () {
        () if is_there && mine == its => Some("is"),
        () if is_there && above_me.contains(&its) => Some("lies in"),
        () if mine == its || above_it.contains(&mine) => Some("holds"),
        () => None,
    }
}

/// Device and number of a folder, and those of all that it lies in.
type Identity = (u64, u64);

fn identities(resolved: &Path) -> Option<(Identity, HashSet<Identity>)> {
    let identity = |path: &Path| fs::metadata(path).ok().map(|data| (data.dev(), data.ino()));
    let above = resolved.ancestors().skip(1).filter_map(identity).collect();
    Some((identity(resolved)?, above))
}

/// Reads the path under which a handler is to see a folder, and writes it in one way.
pub(super) fn guest_path(text: &str) -> Result<String, String> {
    if !text.starts_with('/') {
        return Err(format!("'{text}' is no absolute path; write one such as /out"));
    }
    if text.contains('\0') {
        return Err("the path has a NUL; remove it".to_owned());
    }
    let mut path = String::new();
    for part in Path::new(text).components() {
        match part {
            Component::Normal(name) => {
                path.push('/');
                path.push_str(&name.to_string_lossy());
            }
            Component::ParentDir => {
                return Err(format!("'{text}' has '..' in it; write the path without"));
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => (),
        }
    }
    Ok(if path.is_empty() { "/".to_owned() } else { path })
}
