//! The status page in a real browser: what it shows, as it happens, on wide and narrow screens, whatever strangers write.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::net::TcpListener;
use std::process::{Command, Stdio};

use system_tests::browser::Browser;
use system_tests::client::{Listener, packet, submit_acked};
use system_tests::fixtures;
use system_tests::philae::Philae;
use system_tests::toolchains::Toolchains;
use tempfile::TempDir;

fn broker() -> (TempDir, Philae) {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &["--admin", "127.0.0.1:0", "--print-event"]).unwrap();
    (folder, philae)
}

fn page_of(philae: &Philae) -> String {
    format!("http://{}/", philae.admin().unwrap())
}

#[test]
fn events_appear_as_they_pass_and_their_packets_can_be_read() {
    let (_folder, philae) = broker();
    let mut page = Browser::open(&page_of(&philae), 1280, 900).unwrap();
    page.wait_for("document.querySelector('#live').textContent === 'live'").unwrap();
    page.wait_for("document.querySelector('#events').innerText === 'no event yet'").unwrap();
    let _listener = Listener::filtering(philae.broadcast().unwrap(), &["//Param[@name='nothing']"]).unwrap();
    submit_acked(philae.receive().unwrap(), fixtures::GRB).unwrap();
    page.wait_for("document.querySelector('#events .name')?.innerText.includes('#grb-260114-0731') === true")
        .unwrap();
    page.wait_for("document.querySelector('#map-note').textContent.startsWith('1 of the latest 1 events')")
        .unwrap();
    page.wait_for("document.querySelector('#subscribers code')?.textContent.includes('nothing') === true")
        .unwrap();
    page.wait_for("document.querySelector('#handlers tbody').innerText.includes('print-event')").unwrap();
    page.evaluate("document.querySelector('#events button').click()").unwrap();
    page.wait_for("document.querySelector('#packet pre').textContent.includes('<voe:VOEvent')").unwrap();
    page.evaluate("document.querySelector('#packet').close()").unwrap();
    // By keyboard alone: to the map, to its event, and into the packet.
    let press = |key| {
        format!(
            "document.querySelector('#map').dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}'}}))"
        )
    };
    page.evaluate(&press("ArrowRight")).unwrap();
    page.wait_for("document.querySelector('#chosen').textContent.includes('RA 211.80')").unwrap();
    page.evaluate(&press("Enter")).unwrap();
    page.wait_for("document.querySelector('#packet').open").unwrap();
    assert_eq!(page.faults().unwrap(), serde_json::json!([]));
}

#[test]
fn what_strangers_write_is_text() {
    let (_folder, philae) = broker();
    let packet = String::from_utf8(fixtures::GRB.to_vec()).unwrap();
    let script = "&lt;img src=x onerror=document.title='broken'&gt;";
    let start = packet.find("<AuthorIVORN>").unwrap() + "<AuthorIVORN>".len();
    let end = packet.find("</AuthorIVORN>").unwrap();
    let hostile = [&packet[..start], script, &packet[end..]].concat();
    submit_acked(philae.receive().unwrap(), hostile.as_bytes()).unwrap();
    let mut page = Browser::open(&page_of(&philae), 1280, 900).unwrap();
    page.wait_for("document.querySelector('#events').innerText.includes('<img src=x')").unwrap();
    page.evaluate("document.querySelector('#events button').click()").unwrap();
    page.wait_for("document.querySelector('#packet pre').textContent.includes('onerror')").unwrap();
    let is_unbroken = "document.title === 'Philae' && document.images.length === 0";
    assert_eq!(page.evaluate(is_unbroken).unwrap(), true);
}

#[test]
fn a_link_that_is_lost_is_marked_in_the_title() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let flags = ["--admin", "127.0.0.1:0", "--subscribe", &nobody];
    let philae = Philae::start_in(folder.path(), &flags).unwrap();
    let mut page = Browser::open(&page_of(&philae), 1280, 900).unwrap();
    page.wait_for("document.title === '! Philae'").unwrap();
}

#[test]
fn a_page_that_is_left_open_goes_on_after_a_restart() {
    let (folder, philae) = broker();
    let (admin, url) = (philae.admin().unwrap().to_string(), page_of(&philae));
    let mut page = Browser::open(&url, 1280, 900).unwrap();
    page.wait_for("document.querySelector('#live').textContent === 'live'").unwrap();
    philae.kill().unwrap();
    page.wait_for("document.querySelector('#live').dataset.state === 'away'").unwrap();
    let philae = Philae::start_in(folder.path(), &["--admin", &admin]).unwrap();
    page.wait_for("document.querySelector('#live').textContent === 'live'").unwrap();
    submit_acked(philae.receive().unwrap(), fixtures::GRB).unwrap();
    page.wait_for("document.querySelectorAll('#events .name').length === 1").unwrap();
}

#[test]
fn a_phone_shows_all_of_it_without_scrolling_sideways() {
    let (_folder, philae) = broker();
    for number in 0..30 {
        submit_acked(philae.receive().unwrap(), &packet(number, 0)).unwrap();
    }
    let mut page = Browser::open(&page_of(&philae), 390, 800).unwrap();
    page.wait_for("document.querySelectorAll('#events .name').length === 30").unwrap();
    assert_eq!(page.evaluate("document.documentElement.scrollWidth").unwrap(), 390);
    page.evaluate("document.querySelector('#words').value = '#7'").unwrap();
    page.evaluate("document.querySelector('#narrow').dispatchEvent(new Event('input'))").unwrap();
    page.wait_for("document.querySelectorAll('#events .name').length === 1").unwrap();
}

#[test]
fn the_modules_of_the_page_agree_with_the_sphere() {
    // Without a browser: the map's mathematics, where node is at hand; the tests of handlers in JavaScript need it anyway.
    let module = concat!(env!("CARGO_MANIFEST_DIR"), "/../broker/src/admin/page/sky.js");
    let source = std::fs::read_to_string(module).unwrap();
    let bare = source.replace("import { place } from \"/build.js\";", "");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sky.mjs"), bare).unwrap();
    let checks = "
        import { circle, mollweide } from './sky.mjs';
        const near = (a, b) => { if (Math.hypot(a[0] - b[0], a[1] - b[1]) > 1e-6) throw new Error(`${a} is not ${b}`); };
        near(mollweide(180, 0), [0, 0]);
        near(mollweide(0, 0), [2, 0]);
        near(mollweide(90, 90), [0, 1]);
        near(mollweide(300, -90), [0, -1]);
        // sin(2t) + 2t = pi sin(phi) holds at 45 degrees for y = 0.592...
        const [, y] = mollweide(180, 45), t = Math.asin(y);
        near([2 * t + Math.sin(2 * t), 0], [Math.PI * Math.SQRT1_2, 0]);
        const apart = (a, d) => { const r = Math.PI / 180; return Math.acos(Math.sin(89 * r) * Math.sin(d * r)
            + Math.cos(89 * r) * Math.cos(d * r) * Math.cos((a - 10) * r)) / r; };
        for (const [a, d] of circle(10, 89, 5)) near([apart(a, d), 0], [5, 0]);
        console.log('agreed');";
    std::fs::write(folder.path().join("checks.mjs"), checks).unwrap();
    drop(Toolchains::with_node().unwrap());
    let mut node = Command::new("node");
    let output = node.arg(folder.path().join("checks.mjs")).stdin(Stdio::null()).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "agreed\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
