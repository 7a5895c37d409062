//! Requests to a service that answers as told.

use philae_guest::http::Response;
use philae_guest::testing::Broker;

use super::*;

const URL: &str = "https://hooks.example.org/services/secret";
const GRB: &[u8] = include_bytes!("../../../tests/fixtures/grb.xml");
const RETRACTION: &[u8] = include_bytes!("../../../tests/fixtures/retraction.xml");

fn broker(status: u16) -> Broker {
    Broker::new().config("url", URL).answer(move |_| Ok(Response { status, body: Vec::new() }))
}

fn sent(broker: &Broker) -> Value {
    serde_json::from_slice(&broker.requests()[0].body).unwrap()
}

#[test]
fn a_line_of_text_has_position_and_chosen_params() {
    let broker = broker(200).config("params", ["Peak_Flux", "Redshift"]);
    broker.handle(tell, GRB).unwrap();
    let text = "ivo://philae.test/wide-field-monitor#grb-260114-0731 at 211.8034 -36.2719 ±0.05° {\"Peak_Flux\":\"3.1e-07\"}";
    assert_eq!(sent(&broker), json!({ "text": text }));
    assert_eq!(broker.requests()[0].url, URL);
}

#[test]
fn the_full_form_is_json_for_programs() {
    let broker = broker(200).config("format", "full");
    broker.handle(tell, GRB).unwrap();
    let body = sent(&broker);
    assert_eq!(body["position"]["longitude"], json!(211.8034));
    assert_eq!(body["position"]["time"], json!("2026-01-14T10:31:44.520Z"));
    assert_eq!(body["role"], json!("observation"));
}

#[test]
fn a_retraction_says_so_first() {
    let broker = broker(200);
    broker.handle(tell, RETRACTION).unwrap();
    assert!(sent(&broker)["text"].as_str().unwrap().starts_with("RETRACTION ivo://"));
}

#[test]
fn a_service_in_trouble_is_tried_again_and_a_wrong_address_is_not() {
    assert!(broker(503).handle(tell, GRB).unwrap_err().is_retry());
    assert!(!broker(404).handle(tell, GRB).unwrap_err().is_retry());
}

#[test]
fn the_address_is_a_secret_that_no_error_tells() {
    let fault = Broker::new().config("url", URL).handle(tell, GRB).unwrap_err();
    assert!(!fault.to_string().contains("secret"), "{fault}");
}

#[test]
fn settings_that_make_no_sense_keep_it_from_loading() {
    let fault = |broker: Broker| broker.init(check).unwrap_err().to_string();
    assert_eq!(fault(Broker::new()), "the settings lack \"url\" in [config]");
    assert_eq!(fault(Broker::new().config("url", "ftp://x")), "setting \"url\" in [config] is no http URL");
    assert!(fault(broker(200).config("format", "xml")).contains("neither text nor full"));
    assert!(broker(200).init(check).is_ok());
}
