//! Handlers, built from source: what ships builds, and asks for no more than it says.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::path::Path;
use std::process::Command;

use philae_guest::{Packet, Position, Relation, Role, Timestamp};
use system_tests::{guests, philae};
use wit_component::{ComponentEncoder, DecodedWasm, decode};

const HANDLER: &str = "philae:handler/handler@1.0.0";

/// What a core module imports and exports once a broker has made it a component.
struct Shape {
    imports: Vec<String>,
    exports: Vec<String>,
}

fn shape(module: &[u8]) -> Shape {
    let mut encoder = ComponentEncoder::default().validate(true).module(module).unwrap();
    let component = encoder.encode().unwrap();
    let DecodedWasm::Component(resolve, world) = decode(&component).unwrap() else {
        unreachable!("a component was encoded");
    };
    let world = resolve.worlds.get(world).unwrap();
    let names = |items: Vec<_>| items.into_iter().map(|key| resolve.name_world_key(key)).collect();
    Shape { imports: names(world.imports.keys().collect()), exports: names(world.exports.keys().collect()) }
}

fn shape_of(name: &str) -> Shape {
    shape(&fs::read(guests::module(name).unwrap()).unwrap())
}

#[test]
fn every_shipped_handler_is_a_module_of_our_world_and_has_settings() {
    for name in guests::SHIPPED {
        assert_eq!(shape_of(name).exports, [HANDLER], "{name}");
        assert!(guests::settings(name).is_file(), "{name}");
    }
}

#[test]
fn a_handler_imports_only_what_it_uses() {
    let imports = shape_of("hello").imports;
    assert!(imports.iter().all(|import| import.starts_with("philae:handler/")), "{imports:?}");
    let imports = |name: &str, of: &str| shape_of(name).imports.iter().any(|import| import.starts_with(of));
    assert!(imports("save-event", "wasi:filesystem/") && !imports("save-event", "wasi:http/"));
    assert!(imports("webhook", "wasi:http/") && !imports("webhook", "wasi:filesystem/"));
    for name in ["print-event", "grb-latest", "observable"] {
        assert!(!imports(name, "wasi:"), "{name}: {:?}", shape_of(name).imports);
    }
}

#[test]
fn a_module_of_the_first_version_still_has_the_shape_of_a_handler() {
    assert_eq!(shape(&guests::first_version().unwrap()).exports, [HANDLER]);
}

#[test]
fn an_unknown_guest_is_an_error_that_names_it() {
    let error = guests::module("nobody").unwrap_err();
    assert_eq!(error.to_string(), "there is no guest \"nobody\" in handlers/ or tests/guests/");
}

#[test]
fn what_the_sdk_writes_is_valid() {
    let time = Timestamp::parse("2026-01-14T10:31:44.52").unwrap();
    let place = Position { error_radius: Some(0.05), time: Some(time), ..Position::new(211.8034, -36.2719) };
    let least = Packet::new("ivo://philae.test/sdk#least");
    let most = Packet::new("ivo://philae.test/sdk#most").role(Role::Test).date(time).position(&place);
    let most = most.param("a", "<&>\"").param_with_unit("b", 1, "s").description("]]> & <");
    let most = most.cite("ivo://philae.test/sdk#least", Relation::Supersedes);
    let somewhere = Packet::new("ivo://philae.test/sdk#place").position(&Position::new(0.0, 1e-9));
    let folder = tempfile::tempdir().unwrap();
    for (name, packet) in [("least.xml", least), ("most.xml", most), ("place.xml", somewhere)] {
        fs::write(folder.path().join(name), packet.to_xml()).unwrap();
        let judged = philae::run_in(folder.path(), &["validate", name]).unwrap();
        assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stdout));
    }
}

/// They are a workspace of their own, which `cargo test --workspace` does not reach.
#[test]
fn shipped_handlers_pass_their_own_tests() {
    let handlers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../handlers");
    let target = guests::folder().unwrap().with_file_name("guests-native");
    let mut command = Command::new(env!("CARGO"));
    command.args(["test", "--quiet", "--locked", "--workspace", "--target-dir"]).arg(target);
    let output = command.current_dir(handlers).output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&told));
}
