//! HTTPS of handlers: who answers must be who was granted, by a certificate that an authority vouches for.

use std::fs;

use system_tests::guests;
use system_tests::handler_site::{HandlerSite, install};
use system_tests::web_peer::WebPeer;

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_in_words_for_the_operator() {
    let peer = WebPeer::untrusted().unwrap();
    let (url, port) = (format!("https://localhost:{}", peer.port), peer.port);
    let settings = format!(
        "[retry]\nattempts = 1\n[config]\nurl = '{url}/secret'\n\
         [grants]\nhttp = ['{url}']\ntcp = ['127.0.0.0/8:{port}']\n"
    );
    let site = HandlerSite::prepared(|folder| {
        install(folder, "fetch", &settings, &fs::read(guests::module("fetch")?)?)
    });
    let site = site.unwrap();
    site.submit(0..1).unwrap();
    let fetch = site.wait_for("fetch", "its end", |fetch| fetch["counts"]["quarantined"] == 1).unwrap();
    let error = fetch["counts"]["last_error"].as_str().unwrap();
    assert!(peer.asked() == 1 && error.contains("certificate"), "{error}");
    assert!(!error.contains("secret"), "{error}");
}
