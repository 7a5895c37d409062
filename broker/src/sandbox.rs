//! The broker's own sandbox: what of the file system it keeps within reach, held to by the kernel (Landlock).
//!
//! A [`Reach`] is data: folders, each with what may be done there. [`Reach::enter`] gives up everything else, and new
//! privileges with it, for the calling thread and every thread and process that comes from it, for ever; so it is
//! called before there is a second thread, and before any port is bound or the log is opened, which need no more than
//! running does. What is open already stays open. Sockets are no files to Landlock: whom the broker listens and
//! connects to is not its affair. Which folders a broker needs, the command line says. Only this file knows the crate.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, BitFlags, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset,
    RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope, make_bitflags,
};

/// The newest rights that are given up, where the kernel knows them: those of Linux 6.12.
const RIGHTS: ABI = ABI::V6;
/// What may be done in a folder and all below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    Sockets,
    Read,
    Write,
}

/// What the broker keeps within reach.
#[derive(Debug, Clone, Default)]
pub struct Reach(Vec<(PathBuf, Right)>);

/// How far the kernel holds the broker to its reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Wholly.
    Full,
    /// As far as it knows the rights: some came later than this kernel.
    Partial,
    /// Not at all: it has no Landlock, or it is switched off.
    None,
}

impl Reach {
    /// Keeps a folder to be read.
    pub fn keep_to_read(&mut self, folder: &Path) {
        self.keep(folder, Right::Read);
    }

    /// Keeps a folder to be read and written.
    pub fn keep_to_write(&mut self, folder: &Path) {
        self.keep(folder, Right::Write);
    }

    /// Keeps a folder to make sockets in, and to remove what stands in their place.
    pub fn keep_for_sockets(&mut self, folder: &Path) {
        self.keep(folder, Right::Sockets);
    }

    /// Whether a handler can be granted this folder.
    #[must_use]
    pub fn holds(&self, folder: &Path, writable: bool) -> bool {
        let least = if writable { Right::Write } else { Right::Read };
        self.0.iter().any(|(within, right)| *right >= least && folder.starts_with(within))
    }

    /// Gives up everything else, for this thread and all that come from it.
    ///
    /// # Errors
    /// The kernel knows Landlock and refuses.
    pub fn enter(&self) -> Result<Hold, RulesetError> {
        let mut rules = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(RIGHTS))?
            .scope(Scope::Signal)?
            .create()?;
        for (folder, right) in &self.0 {
            // One that is not there cannot be reached either.
            if let Ok(opened) = PathFd::new(folder) {
                rules = rules.add_rule(PathBeneath::new(opened, right.access()))?;
            }
        }
        Ok(match rules.restrict_self()?.ruleset {
            RulesetStatus::FullyEnforced => Hold::Full,
            RulesetStatus::PartiallyEnforced => Hold::Partial,
            RulesetStatus::NotEnforced => Hold::None,
        })
    }

    /// The folders that can be written, for the log.
    #[must_use]
    pub fn written(&self) -> String {
        self.listed(Right::Write)
    }

    /// The folders that can be read and no more, for the log.
    #[must_use]
    pub fn read(&self) -> String {
        self.listed(Right::Read)
    }

    fn listed(&self, wanted: Right) -> String {
        let folders = self.0.iter().filter(|(folder, right)| *right == wanted && folder.exists());
        folders.map(|(folder, _)| folder.display().to_string()).collect::<Vec<_>>().join(" ")
    }

    /// Keeps a folder, by what all links in its path lead to if it is there.
    fn keep(&mut self, folder: &Path, right: Right) {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        match self.0.iter_mut().find(|(other, _)| *other == folder) {
            // A folder with sockets may be read and written for another reason; both rights are kept then.
            Some((_, known)) if *known != Right::Sockets && right != Right::Sockets => {
                *known = right.max(*known)
            }
            Some((_, known)) if *known == right => {}
            Some(_) | None => self.0.push((folder, right)),
        }
    }
}

impl Right {
    fn access(self) -> BitFlags<AccessFs> {
        match self {
            Self::Sockets => make_bitflags!(AccessFs::{ReadDir | MakeSock | RemoveFile}),
            Self::Read => make_bitflags!(AccessFs::{ReadFile | ReadDir}),
            Self::Write => make_bitflags!(AccessFs::{
                ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | MakeSym | MakeSock
                | RemoveFile | RemoveDir | Refer
            }),
        }
    }
}

#[cfg(test)]
mod tests;
