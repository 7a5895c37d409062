//! Whose a data folder is: what another user writes into a store, its owner's broker could not use any more.

use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

const USERS: &str = "/etc/passwd";

/// The user to whom a folder belongs, if it is there and that is another than the one who runs this; as a word for a shell.
pub(super) fn other_owner(folder: &Path) -> io::Result<Option<String>> {
    match fs::metadata(folder) {
        Ok(data) if data.uid() != rustix::process::geteuid().as_raw() => Ok(Some(name_of(data.uid()))),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn name_of(id: u32) -> String {
    let users = fs::read_to_string(USERS).unwrap_or_default();
    named(&users, id).map_or_else(|| format!("$(id -nu {id})"), str::to_owned)
}

fn named(users: &str, id: u32) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id.to_string()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_number() {
        let users = "root:x:0:0:root:/root:/bin/sh\n#\nphilae:x:998:997::/:/bin/false\n";
        assert_eq!(named(users, 998), Some("philae"));
        assert_eq!(named(users, 997), None);
    }

    #[test]
    fn a_folder_that_is_not_there_belongs_to_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        assert!(other_owner(folder.path()).unwrap().is_none());
        assert!(other_owner(&folder.path().join("new")).unwrap().is_none());
    }
}
