//! Writes each event into the handler's log: what it is, where, and the packet itself if the settings say so.

use philae_guest::prelude::*;

philae_guest::handler!(print, init = check);

fn check() -> Outcome {
    config::optional::<bool>("packet").map(|_| ())
}

/// Prints one event.
pub fn print(event: &Event) -> Outcome {
    let place = event.position().map_or_else(|| "no position".to_owned(), |position| position.to_string());
    log::info!("{} {} {place}", event.role().as_str(), event.ivoid());
    for citation in event.citations() {
        log::info!("  {}: {}", citation.relation.as_str(), citation.ivoid);
    }
    if config::optional("packet")?.unwrap_or(false) {
        log::info!("{}", String::from_utf8_lossy(&event.raw()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use philae_guest::testing::Broker;

    use super::*;

    const GRB: &[u8] = include_bytes!("../../../tests/fixtures/grb.xml");
    const RETRACTION: &[u8] = include_bytes!("../../../tests/fixtures/retraction.xml");

    #[test]
    fn an_event_is_a_line() {
        let broker = Broker::new();
        broker.handle(print, GRB).unwrap();
        let line =
            "info: observation ivo://philae.test/wide-field-monitor#grb-260114-0731 211.8034 -36.2719 ±0.05°";
        assert_eq!(broker.log(), [line]);
    }

    #[test]
    fn citations_follow() {
        let broker = Broker::new();
        broker.handle(print, RETRACTION).unwrap();
        assert_eq!(broker.log().len(), 3);
        assert!(broker.log()[1].starts_with("info:   retraction: ivo://"));
    }

    #[test]
    fn the_packet_is_printed_if_asked_for() {
        let broker = Broker::new().config("packet", true);
        broker.handle(print, GRB).unwrap();
        assert!(broker.log()[1].contains("<Description>A gamma-ray burst found on board.</Description>"));
        assert!(Broker::new().config("packet", "maybe").init(check).is_err());
    }
}
