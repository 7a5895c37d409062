//! Counts its events in its state, and publishes a packet for each: which number it has, and which event it is about.
//!
//! The setting `stream` is the beginning of its packets' identifiers; they go on as that of the event does. So what it counts can
//! be compared with what it published, and two that want each other's packets answer each other.
use philae_guest::{Packet, prelude::*};

philae_guest::handler!(tally, init = || config::get::<String>("stream").map(|_| ()));

fn tally(event: &Event) -> Outcome {
    let stream: String = config::get("stream")?;
    let count = state::increment("events", 1)?;
    let name = event.ivoid().split_once('#').map_or("", |(_, name)| name);
    let packet = Packet::new(&format!("{stream}#{name}"))
        .role(Role::Test)
        .param("Count", count)
        .param("Seq", event.seq());
    publish::packet(packet.to_xml())?;
    Ok(())
}
