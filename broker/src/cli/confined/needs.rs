//! What a broker needs of the file system: all that it keeps within reach of its sandbox.
//!
//! | folder | may |
//! |---|---|
//! | the data folder, `save-event-directory` | be read and written |
//! | folders of handlers, and those that links in them lead to | be read |
//! | what settings of handlers grant when the broker starts | be read, or written too, as granted |
//! | the file of the status page's token | be read |
//! | those of the broker's Unix sockets | have a socket made and removed |
//! | the system's: `/etc`, `/usr`, `/lib`, a few of `/proc` and `/sys` | be read: name lookup, libraries, what there is of processors |

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::Config;
use crate::handlers::{Change, Forbidden, Settings, Watch};
use crate::sandbox::Reach;

/// What of the system is read: how names are looked up and users are called, libraries that are loaded late, and
/// how many processors there are for whom.
const SYSTEM: [&str; 8] = [
    "/etc",
    "/usr",
    "/lib",
    "/lib64",
    "/proc/self",
    "/sys/fs/cgroup",
    "/sys/devices/system/cpu",
    "/run/systemd/resolve",
];
/// What is often a link into a folder of whoever writes it.
const RESOLVER: &str = "/etc/resolv.conf";

/// What a broker needs; the folders it writes are made if they are not there.
pub(super) fn of(config: &Config, forbidden: &Forbidden) -> Reach {
    let mut reach = Reach::default();
    let written = [Some(&config.store.data_dir), config.handlers.save_event.as_ref()];
    for folder in written.into_iter().flatten() {
        // Whoever needs it says why it cannot be made.
        let _ = fs::create_dir_all(folder);
        reach.keep_to_write(folder);
    }
    if let Some(file) = config.admin.as_ref().and_then(|admin| admin.token_file.as_ref()) {
        reach.keep_to_read(file);
    }
    config.socket_folders().for_each(|folder| reach.keep_for_sockets(folder));
    keep_handlers(&mut reach, &config.handlers.folders, forbidden);
    SYSTEM.iter().for_each(|folder| reach.keep_to_read(Path::new(folder)));
    if let Some(folder) = fs::canonicalize(RESOLVER).ok().as_deref().and_then(Path::parent) {
        reach.keep_to_read(folder);
    }
    reach
}

/// Keeps what handlers are, and what they are granted.
fn keep_handlers(reach: &mut Reach, folders: &[PathBuf], forbidden: &Forbidden) {
    for folder in folders {
        reach.keep_to_read(folder);
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if let Some(target) = led_to(&entry.path()) {
                reach.keep_to_read(&target);
            }
        }
    }
    for change in Watch::new(folders.to_vec()).look_again(Duration::ZERO) {
        let (Change::Appeared(files) | Change::Changed { files, .. }) = change else { continue };
        let text = files.settings.as_deref().and_then(|path| fs::read_to_string(path).ok());
        // Settings with faults grant nothing; the handler's loading tells of them.
        let settings = text.and_then(|text| Settings::parse("", &text, forbidden).ok());
        for grant in settings.into_iter().flat_map(|settings| settings.grants.folders) {
            match grant.writable {
                true => reach.keep_to_write(&grant.host),
                false => reach.keep_to_read(&grant.host),
            }
        }
    }
}

/// The folder in which the target of a link lies.
fn led_to(path: &Path) -> Option<PathBuf> {
    let is_link = fs::symlink_metadata(path).ok()?.is_symlink();
    is_link.then(|| Some(path.canonicalize().ok()?.parent()?.to_owned())).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Given};

    /// Folders of a site: its data, its handlers, one that is granted, and one that is nobody's.
    fn site() -> (tempfile::TempDir, Config) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["handlers", "granted", "other"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("file"), name).unwrap();
        }
        let root = folder.path().display();
        let settings = format!("[grants]\nfolders = [{{ host = '{root}/granted', guest = '/g' }}]");
        fs::write(folder.path().join("handlers/a.toml"), settings).unwrap();
        fs::write(folder.path().join("handlers/a.wasm"), "no module").unwrap();
        let toml = format!(
            "local-ivo = 'ivo://a.b/c'\nreceive = ['unix:{root}/sockets/in']\ndata-dir = '{root}/data'\n\
             handlers = ['{root}/handlers']"
        );
        let config = Config::check(Given::from_toml("p.toml", &toml), &Environment::default()).unwrap();
        (folder, config)
    }

    #[test]
    fn a_folder_that_is_granted_at_the_start_is_held_as_it_was_granted_and_no_other_is() {
        let (folder, config) = site();
        let reach = of(&config, &Forbidden::default());
        let granted = folder.path().canonicalize().unwrap().join("granted");
        assert!(reach.holds(&granted, false) && !reach.holds(&granted, true));
        assert!(reach.holds(&granted.join("below"), false));
        assert!(!reach.holds(&granted.with_file_name("other"), false));
        assert!(reach.holds(&config.store.data_dir.canonicalize().unwrap(), true));
    }

    #[test]
    fn the_target_of_a_link_among_the_handlers_is_in_reach() {
        let (folder, config) = site();
        let (other, link) = (folder.path().join("other"), folder.path().join("handlers/b.wasm"));
        std::os::unix::fs::symlink(other.join("file"), link).unwrap();
        let reach = of(&config, &Forbidden::default());
        assert!(reach.holds(&other.canonicalize().unwrap(), false));
    }
}
