//! What a handler sees of packets like those of the field, and what a broker keeps of its calls.

use std::time::Duration;

use philae_guest::prelude::*;
use philae_guest::testing::Broker;

const GRB: &[u8] = include_bytes!("../../tests/fixtures/grb.xml");
const RETRACTION: &[u8] = include_bytes!("../../tests/fixtures/retraction.xml");

#[test]
fn a_handler_sees_envelope_params_and_position() {
    fn handler(event: &Event) -> Outcome {
        assert_eq!(event.ivoid(), "ivo://philae.test/wide-field-monitor#grb-260114-0731");
        assert_eq!(event.stream(), "ivo://philae.test/wide-field-monitor");
        assert_eq!((event.seq(), event.attempt(), event.role()), (1, 1, Role::Observation));
        assert_eq!(event.authored().unwrap().to_string(), "2026-01-14T10:32:07Z");
        assert_eq!(event.received().to_string(), "2026-01-14T11:00:00Z");
        assert_eq!(event.param::<f64>("Peak_Flux")?.to_bits(), 3.1e-7_f64.to_bits());
        assert_eq!(event.param_in::<u32>("Energy_Range", "Energy_High")?, 150);
        assert!(event.param::<bool>("Is_a_GRB")?);
        assert_eq!(event.optional_param::<f64>("Redshift")?, None);
        assert_eq!(event.params().len(), 12);
        let position = event.position().or_permanent("no position")?;
        assert_eq!(position.to_string(), "211.8034 -36.2719 ±0.05°");
        assert_eq!(position.time.unwrap().to_string(), "2026-01-14T10:31:44.520Z");
        Ok(())
    }
    Broker::new().at("2026-01-14T11:00:00").handle(handler, GRB).unwrap();
}

#[test]
fn a_handler_sees_citations_and_evaluates_xpath() {
    fn handler(event: &Event) -> Outcome {
        let relations: Vec<Relation> = event.citations().iter().map(|citation| citation.relation).collect();
        assert_eq!(relations, [Relation::Retraction, Relation::Followup]);
        assert!(event.is_retraction());
        assert!(event.xpath("Citations/EventIVORN[@cite='retraction']")?.is_match());
        assert_eq!(event.xpath("Who/Date")?.text(), "2026-03-02T05:40:02");
        assert_eq!(event.xpath("//Param[")?.text(), "not reached");
        Ok(())
    }
    let failure = Broker::new().handle(handler, RETRACTION).unwrap_err();
    assert!(failure.to_string().starts_with("//Param[: at character 9"), "{failure}");
}

#[test]
fn a_param_that_cannot_be_read_is_named_and_permanent() {
    let failure = Broker::new().handle(|event| event.param::<u8>("Peak_Flux").map(|_| ()), GRB).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "Param \"Peak_Flux\" is \"3.1e-07\", no u8: invalid digit found in string"
    );
    assert!(!failure.is_retry());
}

#[test]
fn of_a_call_that_fails_only_its_log_remains() {
    fn handler(event: &Event) -> Outcome {
        log::debug!("called");
        state::set("last", event.ivoid())?;
        publish::packet(&Packet::new("ivo://a.b/c#d"))?;
        Err(Error::retry("the telescope is closed"))
    }
    let broker = Broker::new().grant_publish();
    assert!(broker.handle(handler, GRB).unwrap_err().is_retry());
    assert_eq!(broker.state::<String>("last"), None);
    assert!(broker.published().is_empty());
    assert_eq!(broker.log(), ["debug: called"]);
}

#[test]
fn state_expires_by_the_clock_of_the_broker() {
    let remember = |_: &Event| state::set_for("trigger", &731, Duration::from_secs(60));
    let broker = Broker::new().at("2026-01-14T10:00:00");
    broker.handle(remember, GRB).unwrap();
    assert_eq!(broker.state::<u32>("trigger"), Some(731));
    assert_eq!(broker.at("2026-01-14T10:01:00").state::<u32>("trigger"), None);
}

#[test]
fn state_outlives_the_event_and_is_listed_by_prefix() {
    let keep = |event: &Event| state::set(&format!("seen/{}", event.seq()), &event.ivoid());
    let broker = Broker::new().with_state("other", 1);
    broker.handle(keep, GRB).unwrap();
    broker.handle(keep, RETRACTION).unwrap();
    broker
        .handle(
            |_| {
                assert_eq!(state::keys("seen/", 10), ["seen/1", "seen/2"]);
                assert_eq!(state::keys("", 1).len(), 1);
                Ok(())
            },
            GRB,
        )
        .unwrap();
}

#[test]
fn publishing_has_to_be_granted_and_the_packet_has_to_be_one() {
    let publish = |event: &Event| publish::packet(event.raw());
    let failure = Broker::new().handle(publish, GRB).unwrap_err();
    assert_eq!(failure.to_string(), "publishing is not granted: [grants] publish = true");
    let broker = Broker::new().grant_publish();
    broker.handle(publish, GRB).unwrap();
    assert_eq!(broker.published().len(), 1);
    assert!(broker.handle(|_| publish::packet("<Transport/>"), GRB).is_err());
}

#[test]
fn numbers_are_counted_under_names_that_a_status_page_can_show() {
    let count = |event: &Event| {
        metrics::count("events", 2);
        metrics::count("Not This", 1);
        metrics::gauge("flux", event.param("Peak_Flux")?);
        Ok(())
    };
    let broker = Broker::new();
    broker.handle(count, GRB).unwrap();
    broker.handle(count, GRB).unwrap();
    assert_eq!((broker.counter("events"), broker.counter("Not This")), (4, 0));
    assert_eq!(broker.gauge("flux"), Some(3.1e-7));
}
