//! Saves each event as a file in a granted folder, under the name that Comet gives it.
//!
//! A file is there whole or not at all. An event that comes again (a retry, a duplicate in another log) is saved once;
//! another event under the same name gets a name of its own, which no identifier can have, and harms nobody's file.

use philae_guest::files::Folder;
use philae_guest::prelude::*;

philae_guest::handler!(save, init = check);

/// Leaves room, in the 255 bytes of a file's name, for what is added to it.
const NAME_BYTES: usize = 180;

fn folder() -> Result<Folder> {
    let guest = config::optional::<String>("folder")?;
    Folder::open(guest.as_deref().unwrap_or("/out"))
}

fn check() -> Outcome {
    folder().map(|_| ())
}

/// Saves one event.
pub fn save(event: &Event) -> Outcome {
    let (folder, packet) = (folder()?, event.raw());
    let name = comet_name(event.ivoid());
    // Comet drops every '-', so that with one in it this is nobody else's name; the same event gets it again.
    let other = format!("{name}-{}.{}", event.received().seconds, event.seq());
    for name in [name, other] {
        if folder.create(&name, &packet)? {
            log::info!("saved {} as {name}", event.ivoid());
            return Ok(());
        }
        if folder.read(&name)?.as_deref() == Some(packet.as_slice()) {
            log::debug!("{} is saved already as {name}", event.ivoid());
            return Ok(());
        }
    }
    Err(Error::permanent("both of its names are taken by other files"))
}

/// The name that Comet 3.1.0 gives a file: `ivo://a.b/c#d-1` is `ivo__a.b_cd1`.
fn comet_name(ivoid: &str) -> String {
    let ivoid = ivoid.strip_prefix('.').unwrap_or(ivoid).replace(['/', '\\'], "_");
    ivoid.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')).take(NAME_BYTES).collect()
}

#[cfg(test)]
mod tests;
