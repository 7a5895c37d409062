//! Ports and sockets: free, the broker's own, or somebody else's.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::super::told::{each, text};
use super::finding::Finding;
use super::site::{Site, nearest};
use super::user::Right;
use crate::net::endpoint::ListenEndpoint;
use crate::net::listen::{BindError, Listener};

/// Where Linux says which ports need no privileges.
const UNPRIVILEGED: &str = "/proc/sys/net/ipv4/ip_unprivileged_port_start";

/// Something that is listened on.
struct Door<'a> {
    what: &'static str,
    endpoint: &'a ListenEndpoint,
    /// Whether the broker does without it if somebody else has it.
    is_optional: bool,
}

pub(super) fn look(site: &Site<'_>) -> Vec<Finding> {
    let config = site.config;
    let door = |what| move |endpoint| Door { what, endpoint, is_optional: false };
    let doors = config.receive.endpoints.iter().map(door("receive"));
    let doors = doors.chain(config.broadcast.endpoints.iter().map(door("broadcast")));
    let admin = config.admin.as_ref().map(|admin| Door {
        what: "status page",
        endpoint: &admin.endpoint,
        is_optional: !admin.is_named,
    });
    doors.chain(admin).map(|door| door.look(site)).collect()
}

impl Door<'_> {
    fn look(&self, site: &Site<'_>) -> Finding {
        let name = format!("{} on {}", self.what, self.endpoint);
        let is_own = site.broker.status().is_some_and(|status| self.is_of(status));
        if is_own {
            return Finding::ok("port", format!("{name}: in use by this broker"));
        }
        match self.endpoint {
            ListenEndpoint::Tcp { port, .. } => self.tcp(&name, *port, site),
            ListenEndpoint::Unix(path) => unix(&name, path, site),
        }
    }

    /// Whether the broker that runs says that it listens there.
    fn is_of(&self, status: &serde_json::Value) -> bool {
        let own = self.endpoint.to_string();
        match self.what {
            "status page" => text(status, "admin") == own,
            list => each(status, list).any(|endpoint| endpoint.as_str() == Some(&own)),
        }
    }

    fn tcp(&self, name: &str, port: u16, site: &Site<'_>) -> Finding {
        match Listener::bind(self.endpoint) {
            Ok(_) if is_privileged(port) && site.user.id != 0 => Finding::warning(
                "port",
                format!(
                    "{name}: free, and needs a privilege that user {} has only if it is given",
                    site.user.name
                ),
                "name a port from 1024 on, or give the service CAP_NET_BIND_SERVICE (deploy/README.md)",
            ),
            Ok(_) if port == 0 => Finding::ok("port", format!("{name}: the system chooses one")),
            Ok(_) => Finding::ok("port", format!("{name}: free")),
            Err(BindError::System { cause, .. }) => self.refused(name, port, &cause, site),
            Err(error) => Finding::fault("port", format!("{name}: {error}"), "name another endpoint"),
        }
    }

    fn refused(&self, name: &str, port: u16, cause: &io::Error, site: &Site<'_>) -> Finding {
        let is = |kind| cause.kind() == kind;
        if let Some(finding) = is(io::ErrorKind::AddrInUse).then(|| likely(name, site)).flatten() {
            return finding;
        }
        match () {
            () if is(io::ErrorKind::AddrInUse) && self.is_optional => Finding::warning(
                "port",
                format!("{name}: somebody else has it, and the broker does without the page"),
                "name another with --admin, or none with --no-admin",
            ),
            () if is(io::ErrorKind::AddrInUse) => Finding::fault(
                "port",
                format!("{name}: somebody else has it"),
                format!("find out who (ss -ltnp 'sport = :{port}') and stop it, or name another port"),
            ),
            () if is(io::ErrorKind::AddrNotAvailable) => Finding::fault(
                "port",
                format!("{name}: this machine has no such address"),
                "name one that 'ip address' shows",
            ),
            () if is(io::ErrorKind::PermissionDenied) => Finding::warning(
                "port",
                format!("{name}: it needs a privilege that this user does not have"),
                "name a port from 1024 on, or give the service CAP_NET_BIND_SERVICE (deploy/README.md)",
            ),
            () => Finding::fault("port", format!("{name}: {cause}"), "name another endpoint"),
        }
    }
}

/// What is said of an endpoint in use that a broker probably has which could not be asked.
fn likely(name: &str, site: &Site<'_>) -> Option<Finding> {
    let holder = site.likely_holder()?;
    Some(Finding::warning(
        "port",
        format!("{name}: {holder}"),
        "see 'broker' above: stop nothing before that is mended",
    ))
}

fn is_privileged(port: u16) -> bool {
    let first = fs::read_to_string(UNPRIVILEGED).ok().and_then(|text| text.trim().parse().ok());
    port != 0 && port < first.unwrap_or(1024)
}

/// A socket's file: nothing is bound to see, since that would replace what is there.
fn unix(name: &str, path: &Path, site: &Site<'_>) -> Finding {
    let remedy = "stop it, or name another path";
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => {
            let found = format!("{name}: the path holds something that is no socket");
            Finding::fault("port", found, "remove it, or name another path")
        }
        Ok(_) => match UnixStream::connect(path) {
            Ok(_) => likely(name, site).unwrap_or_else(|| {
                Finding::fault("port", format!("{name}: somebody else listens there"), remedy)
            }),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Finding::ok("port", format!("{name}: a socket is left there, and will be replaced"))
            }
            Err(error) => Finding::warning("port", format!("{name}: {error}"), remedy),
        },
        Err(_) => {
            let folder = path.parent().map_or_else(|| nearest(path), Path::to_owned);
            let may = |right| site.user.may(&folder, right);
            if may(Right::Write)
                && may(Right::Enter)
                && site.user.barred_by(path.parent().unwrap_or(path)).is_none()
            {
                return Finding::ok("port", format!("{name}: free"));
            }
            let (user, folder) = (&site.user.name, folder.display());
            let found = format!("{name}: user {user} cannot make it");
            Finding::fault(
                "port",
                found,
                format!("make the folder and let {user} write it: install -d -o {user} {folder}"),
            )
        }
    }
}
