//! The data folder: there, its user's own, on a disk of this machine, with room. And the folder that events are saved in.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{statfs, statvfs};

use super::super::told::size;
use super::finding::Finding;
use super::site::{Site, nearest};
use super::user::{Right, is_read_only};

/// File systems of other machines: their locks and syncs are promises over a network.
const REMOTE: [(u64, &str); 10] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB2"),
    (0x00c3_6400, "Ceph"),
    (0x5346_414f, "AFS"),
    (0x0102_1997, "9p"),
    (0x0bd0_0bd0, "Lustre"),
    (0x0116_1970, "GFS2"),
    (0x1983_0326, "BeeGFS"),
];
/// Those that are gone after a restart of the machine, or of what it runs in.
const FLEETING: [(u64, &str); 3] =
    [(0x0102_1994, "tmpfs"), (0x8584_58f6, "ramfs"), (0x794c_7630, "overlayfs")];
/// Those of a disk of this machine.
const LOCAL: [(u64, &str); 6] = [
    (0xef53, "ext4"),
    (0x5846_5342, "XFS"),
    (0x9123_683e, "Btrfs"),
    (0x2fc1_2fc1, "ZFS"),
    (0xf2f5_2010, "F2FS"),
    (0xca45_1a4e, "bcachefs"),
];
/// With less than so many times what is kept free, somebody should look.
const TIGHT: u64 = 4;
/// Files that a store may have to make.
const FILES: u64 = 1_000;
/// The right of others to read a folder.
const OTHERS_READ: u32 = 0o004;

pub(super) fn look(site: &Site<'_>) -> Vec<Finding> {
    let folder = &site.config.store.data_dir;
    let data = Kept { check: "data folder", option: "--data-dir", path: folder };
    let mut findings = vec![data.owned(site)];
    findings.extend(
        site.config
            .handlers
            .save_event
            .as_ref()
            .map(|path| Kept { check: "saved events", option: "--save-event-directory", path }.owned(site)),
    );
    let there = nearest(folder);
    findings.extend(kind(&there));
    findings.extend(room(&there, site.config.store.min_free.bytes()));
    findings
}

/// A folder that the broker writes.
struct Kept<'a> {
    check: &'static str,
    /// What names it.
    option: &'static str,
    path: &'a Path,
}

impl Kept<'_> {
    /// Whether the broker's user can write it, or make it.
    fn owned(&self, site: &Site<'_>) -> Finding {
        let (folder, user, name) = (self.path, &site.user, self.path.display());
        let fault = |found: String, remedy: String| Finding::fault(self.check, found, remedy);
        let data = folder.metadata();
        if let Some(unseen) = data.as_ref().err().and_then(|error| site.unseen(self.check, folder, error)) {
            return unseen;
        }
        let above = nearest(folder);
        if is_read_only(&above) {
            let found = format!("{name} cannot be written: what it is on is mounted read-only");
            let remedy = format!(
                "remount it: mount -o remount,rw \"$(findmnt -n -o TARGET -T {})\"; or name another with {}",
                above.display(),
                self.option
            );
            return fault(found, remedy);
        }
        let Ok(data) = data else {
            if user.may(&above, Right::Write) && user.barred_by(&above).is_none() {
                let found = format!("{name} is not there yet, and user {} can make it", user.name);
                return Finding::ok(self.check, found);
            }
            let found = format!("{name} is not there, and user {} cannot make it", user.name);
            return fault(found, format!("install -d -m 700 -o {} {name}", user.name));
        };
        if !data.is_dir() {
            return fault(format!("{name} is no folder"), format!("name another with {}", self.option));
        }
        if let Some(bar) = user.barred_by(folder) {
            let found = format!("user {} cannot go through {} to {name}", user.name, bar.display());
            return fault(found, format!("chmod o+x {}", bar.display()));
        }
        if ![Right::Read, Right::Write, Right::Enter].into_iter().all(|right| user.may(folder, right)) {
            let found = format!("user {} cannot read and write {name}", user.name);
            return fault(found, format!("chown -R {} {name}", user.name));
        }
        if data.uid() != user.id {
            let found = format!("{name} can be written by user {}, and belongs to another", user.name);
            return Finding::warning(self.check, found, format!("chown -R {} {name}", user.name));
        }
        let found = format!("{name} belongs to user {}, mode {:o}", user.name, data.mode() & 0o7777);
        if data.mode() & OTHERS_READ != 0 {
            let found = format!("{found}: others may list it (chmod 700 if they should not)");
            return Finding::ok(self.check, found);
        }
        Finding::ok(self.check, found)
    }
}

/// What kind of file system it is on.
fn kind(folder: &Path) -> Option<Finding> {
    let number = u64::try_from(statfs(folder).ok()?.f_type).ok()?;
    let known =
        |kinds: &[(u64, &'static str)]| kinds.iter().find(|(kind, _)| *kind == number).map(|(_, name)| *name);
    Some(if let Some(name) = known(&REMOTE) {
        let remedy = "keep the store on a disk of this machine: locks and syncs over a network are not to be relied on";
        Finding::warning("file system", format!("the data folder is on {name}, over a network"), remedy)
    } else if let Some(name) = known(&FLEETING) {
        let found = format!("the data folder is on {name}");
        Finding::warning(
            "file system",
            found,
            "what is kept there is gone after a restart; name a folder on a disk",
        )
    } else if let Some(name) = known(&LOCAL) {
        Finding::ok("file system", format!("the data folder is on {name}"))
    } else {
        Finding::ok("file system", format!("of kind {number:#x}; whether on this machine cannot be told"))
    })
}

/// The room that is left, in bytes and in files.
fn room(folder: &Path, least: u64) -> Vec<Finding> {
    let Ok(volume) = statvfs(folder) else {
        return vec![Finding::warning("disk", "what is free cannot be told", "look with df")];
    };
    let free = volume.f_bavail.saturating_mul(volume.f_frsize);
    let found = format!("{} free, and below {} no event is accepted", size(free), size(least));
    let remedy = "make room, keep events for a shorter time (--retention), or lower --min-free";
    let mut findings = vec![match () {
        () if free < least => Finding::fault("disk", found, remedy),
        () if free < least.saturating_mul(TIGHT) => Finding::warning("disk", found, remedy),
        () => Finding::ok("disk", found),
    }];
    // Some file systems make as many as they need, and count none.
    if volume.f_files > 0 && volume.f_favail < FILES {
        let found = format!("{} files more can be made", volume.f_favail);
        findings.push(Finding::warning("disk", found, "remove files: the file system has no inodes left"));
    }
    findings
}
