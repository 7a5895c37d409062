//! What may be granted, and what never is.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::*;
use crate::grants::FolderGrant;

/// A disk with the broker's own folders, one to grant, a file, and links.
///
/// ```text
/// data/log   handlers/   run/   srv/alerts   srv/file   srv/link -> data   srv/here -> alerts
/// secret/token   etc/token -> secret/token   etc/lists
/// ```
fn disk() -> (tempfile::TempDir, Forbidden) {
    let disk = tempfile::tempdir().unwrap();
    let at = |name: &str| disk.path().join(name);
    for folder in ["data/log", "handlers", "run", "secret", "etc/lists", "srv/alerts"] {
        fs::create_dir_all(at(folder)).unwrap();
    }
    fs::write(at("srv/file"), "").unwrap();
    symlink(at("data"), at("srv/link")).unwrap();
    symlink("alerts", at("srv/here")).unwrap();
    fs::write(at("secret/token"), "").unwrap();
    symlink("../secret/token", at("etc/token")).unwrap();
    let forbidden = Forbidden {
        data: Some(at("data")),
        handlers: vec![at("handlers")],
        sockets: vec![at("run")],
        token: Some(at("etc/token")),
        reach: None,
    };
    (disk, forbidden)
}

fn granting(root: &Path, host: &str, forbidden: &Forbidden) -> Result<Settings, SettingsFaults> {
    let host = root.join(host);
    let toml = format!("grants.folders = [{{ host = '{}', guest = '/out/' }}]", host.display());
    Settings::parse("h.toml", &toml, forbidden)
}

#[test]
fn a_granted_folder_is_resolved() {
    let (disk, forbidden) = disk();
    let root = disk.path().canonicalize().unwrap();
    for host in ["srv/alerts", "srv/here", "srv/../srv/alerts"] {
        let settings = granting(disk.path(), host, &forbidden).unwrap();
        let grant = FolderGrant { host: root.join("srv/alerts"), guest: "/out".to_owned(), writable: false };
        assert_eq!(settings.grants.folders, [grant], "{host}");
    }
}

#[test]
fn the_brokers_own_folders_are_never_granted() {
    let (disk, mut forbidden) = disk();
    forbidden.sockets.push(disk.path().join("srv/alerts/not/there/yet"));
    let cases = [
        ("data", "is the broker's data folder"),
        ("data/log", "lies in the broker's data folder"),
        ("srv/link", "is the broker's data folder"),
        ("srv/link/log", "lies in the broker's data folder"),
        ("", "holds the broker's data folder"),
        ("/", "holds the broker's data folder"),
        ("handlers", "is a handlers folder"),
        ("run", "is the folder of the broker's sockets"),
        ("srv/alerts", "holds the folder of the broker's sockets"),
        ("secret", "holds the status page's token"),
        ("/proc/self", "lies in the system's folder of processes"),
    ];
    for (host, wanted) in cases {
        let fault = granting(disk.path(), host, &forbidden).unwrap_err().to_string();
        assert!(fault.contains(wanted), "{host}: {fault}");
    }
}

#[test]
fn a_link_into_the_brokers_folders_is_told_with_where_it_leads() {
    let (disk, forbidden) = disk();
    let root = disk.path().canonicalize().unwrap();
    let fault = granting(&root, "srv/link", &forbidden).unwrap_err().lines().next().unwrap();
    let [link, data] = ["srv/link", "data"].map(|name| root.join(name).display().to_string());
    let wanted = format!(
        "h.toml:1: grants.folders.host: '{link}', which is {data}, is the broker's data folder ({}); grant another folder",
        disk.path().join("data").display()
    );
    assert_eq!(fault, wanted);
}

#[test]
fn an_impossible_folder_has_its_line_key_and_remedy() {
    let (disk, _) = disk();
    let root = disk.path().display();
    let folder = |table: &str| format!("[grants]\nfolders = [\n{{ {table} }}]");
    let host = format!("host = '{root}/srv'");
    let cases = [
        (
            "host = 'srv', guest = '/a'".to_owned(),
            "host: 'srv' is relative; write the whole path, such as /srv/alerts".to_owned(),
        ),
        (
            format!("host = '{root}/gone', guest = '/a'"),
            format!("host: there is no folder '{root}/gone'; make it, or mend the path"),
        ),
        (
            format!("host = '{root}/srv/file', guest = '/a'"),
            format!("host: '{root}/srv/file' is no folder; write the one it lies in"),
        ),
        (format!("{host}, guest = 'a'"), "guest: 'a' is no absolute path; write one such as /out".to_owned()),
        (
            format!("{host}, guest = '/a/../b'"),
            "guest: '/a/../b' has '..' in it; write the path without".to_owned(),
        ),
        (
            format!("{host}, guest = '/a', writable = 1"),
            "writable: a number stands here; write true or false without quotes".to_owned(),
        ),
        (format!("{host}, gest = '/a'"), "gest: there is no such key; did you mean 'guest'?".to_owned()),
    ];
    for (table, wanted) in cases {
        assert_eq!(faults(&folder(&table)), [format!("h.toml:3: grants.folders.{wanted}")], "{table}");
    }
    let no_guest = "h.toml:3: grants.folders: it has no 'guest'; add it, where the handler sees it";
    assert_eq!(faults(&folder(&host)), [no_guest]);
    let text = "h.toml:1: grants.folders: text in quotes stands here; write a list such as [{ host = \"/srv/alerts\", guest = \
                \"/out\" }]";
    assert_eq!(faults("grants.folders = '/srv'"), [text]);
}

#[test]
fn two_folders_are_not_seen_in_one_place() {
    let (disk, forbidden) = disk();
    let root = disk.path().display();
    let table = |guest: &str| format!("[[grants.folders]]\nhost = '{root}/srv'\nguest = '{guest}'\n");
    let toml = ["/a", "/a/b", "/./a//b/"].map(table).concat();
    let fault = Settings::parse("h.toml", &toml, &forbidden).unwrap_err().lines().next().unwrap();
    let wanted = "h.toml:9: grants.folders.guest: '/a/b' is another folder already, at h.toml:6: grants.folders.guest; \
                  write another path";
    assert_eq!(fault, wanted);
}

#[test]
fn an_impossible_host_has_its_remedy() {
    let cases = [
        (
            "http",
            "hooks.example.org",
            "'hooks.example.org' has no scheme; write http:// or https:// before it",
        ),
        ("http", "ws://h.org", "'ws://' cannot be granted here; write http:// or https://"),
        ("http", "https://h.org/a?b", "a whole host is granted, and '/a?b' is a path; remove it"),
        (
            "http",
            "https://me:secret@h.org",
            "credentials have no place in a grant; remove all up to '@', and hand them to the handler in [config]",
        ),
        ("http", "https://h.org:0", "'0' is no port; write a number from 1 to 65535"),
        (
            "http",
            "https://*.h.org",
            "'*.h.org' is no host; write a name, an IPv4 address or an IPv6 address in brackets",
        ),
        ("http", "https://::1", "'::1' has no clear end of the address; write it in brackets"),
        (
            "http",
            "https://[10.0.0.1]",
            "'[10.0.0.1]' is no host; write brackets around an IPv6 address, and no other",
        ),
        ("tcp", "h.org", "'h.org' has no port; write HOST:PORT or NETWORK:PORT"),
        ("tcp", "[::1]", "'[::1]' has no port; write HOST:PORT or NETWORK:PORT"),
        ("tcp", "2001:db8::/32", "'2001:db8::/32' has no port; write HOST:PORT or NETWORK:PORT"),
        ("tcp", "h.org:0", "'0' is no port; write a number from 1 to 65535"),
        ("tcp", "10.0.0.0/8:65536", "'65536' is no port; write a number from 1 to 65535"),
        (
            "tcp",
            "10.0.0.0/33:1",
            "'33' is no prefix of such a network; write its length in bits, at most 32, or its mask",
        ),
        (
            "tcp",
            "http://h.org:1",
            "'http://h.org:1' has a scheme, and none is asked for here; write HOST:PORT",
        ),
    ];
    for (key, text, wanted) in cases {
        let wanted = format!("h.toml:2: grants.{key}: {wanted}");
        assert_eq!(faults(&format!("[grants]\n{key} = ['{text}']")), [wanted], "{text}");
    }
}
