//! The smallest handler that does something: it logs its events and counts them.
use philae_guest::prelude::*;

philae_guest::handler!(hello);

fn hello(event: &Event) -> Outcome {
    let count = state::increment("events", 1)?;
    log::info!("event {count}: {} at {:?}", event.ivoid(), event.position());
    Ok(())
}
