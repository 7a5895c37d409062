//! Handlers in Python, JavaScript and AssemblyScript, those that are shipped and those of new projects: built from source, held
//! against what is expected of them, and run in a broker.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use system_tests::fixtures;
use system_tests::languages::{build, granting, handler, hold_to_expected, log_of, project, site, turn};
use system_tests::toolchains::Toolchains;

/// The degrees of a radian.
const RADIAN: f64 = 180.0 / std::f64::consts::PI;

fn text_of(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Settings that let cone-watch see the folder of its list.
fn watching(folder: &Path) -> String {
    granting(folder, "guest = '/watch'")
}

/// Has it compiled: it is held against what is expected, with its own list.
fn compile_cone_watch() {
    let module = build("cone-watch").unwrap();
    fs::write(module.with_extension("toml"), watching(&project("cone-watch").join("watch"))).unwrap();
    hold_to_expected("cone-watch").unwrap();
}

#[test]
fn cone_watch_in_python_matches_events_with_a_list_in_a_granted_folder() {
    let _turn = turn();
    compile_cone_watch();
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.csv");
    fs::write(&list, "name, ra, dec, radius\nburst, 14:07:12.816, -36:16:18.84, 0.5\n").unwrap();
    let site = site("cone-watch", &format!("start = 'earliest'\n{}", watching(folder.path()))).unwrap();
    let log = log_of(&site, "cone-watch", &[fixtures::GRB]).unwrap();
    assert!(log.contains("0.0000 deg from burst, within its 0.5 deg"), "{log}");
    // The list is read anew, and a bad line costs no match.
    fs::write(&list, "neutrino, 77.3582, 5.9, 0.1\nbad, 77.3582, 95, 1\n").unwrap();
    let log = log_of(&site, "cone-watch", &[fixtures::NEUTRINO]).unwrap();
    for words in [
        "/watch/list.csv: line 2: declination '95' is not from -90 to 90 degrees",
        "0.2069 deg from neutrino, outside of its 0.1 deg by less than the event's error of 0.27 deg",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
}

#[test]
fn cone_watch_does_not_start_without_its_list_or_with_a_bad_line() {
    let _turn = turn();
    compile_cone_watch();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("list.csv"), "a, 1, 2, 3\n\nb, 24:00:01, 2, 3\nc, 1\n").unwrap();
    let grant = watching(folder.path());
    for (settings, words) in [
        (
            grant.as_str(),
            "line 3: right ascension '24:00:01' is not from 0 to 360 degrees; line 4: there are 2 fields",
        ),
        (
            &format!("[config]\nlist = '/watch/other'\n{grant}"),
            "cannot read '/watch/other': there is no such file",
        ),
        (&format!("[config]\nlist = '/watch/../x'\n{grant}"), "cannot read '/watch/../x': it leads out of"),
        ("", "it is in no folder that is granted (granted: none)"),
    ] {
        let trouble =
            site("cone-watch", settings).unwrap().standing("cone-watch").unwrap()["trouble"].clone();
        assert!(trouble.as_str().unwrap_or_default().contains(words), "{words}: {trouble}");
    }
}

#[test]
fn the_sky_of_cone_watch_is_right_under_plain_python() {
    let mut python = Command::new("python3");
    python.args(["-m", "unittest", "discover", "tests"]).current_dir(project("cone-watch"));
    let output = python.env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("Ran 7 tests"), "{told}");
}

#[test]
fn to_json_in_javascript_tells_events_with_the_names_of_gcn() {
    let _turn = turn();
    drop(Toolchains::with_node().unwrap());
    hold_to_expected("to-json").unwrap();
    let site = site("to-json", "start = 'earliest'").unwrap();
    let log = log_of(&site, "to-json", &[fixtures::GRB, fixtures::RETRACTION]).unwrap();
    let told: Vec<Value> =
        log.lines().filter_map(|line| serde_json::from_str(&line[line.find('{')?..]).ok()).collect();
    let burst = json!({
        "alert_datetime": "2026-01-14T10:32:07.000000Z", "alert_tense": "current", "alert_type": "initial",
        "record_number": 2, "event_name": ["GRB 260114A"], "id": ["731"],
        "trigger_time": "2026-01-14T10:31:44.520000Z", "ra": 211.8034, "dec": -36.2719, "ra_dec_error": 0.05,
        "ivoid": "ivo://philae.test/wide-field-monitor#grb-260114-0731",
    });
    let retraction = json!({
        "alert_datetime": "2026-03-02T05:40:02.000000Z", "alert_tense": "test", "alert_type": "retraction",
        "ivoid": "ivo://philae.test/interferometers#T260302ab-2-Retraction",
    });
    assert_eq!(told, [burst, retraction], "{log}");
}

/// Galactic coordinates by the angles of the pole, where the handler uses a matrix.
fn galactic(longitude: f64, latitude: f64) -> (f64, f64) {
    let (pole, turn) = (27.12825 / RADIAN, (longitude - 192.85948) / RADIAN);
    let latitude = latitude / RADIAN;
    let b = (latitude.sin() * pole.sin() + latitude.cos() * pole.cos() * turn.cos()).clamp(-1.0, 1.0).asin();
    let across = latitude.cos() * turn.sin();
    let along = latitude.sin() * pole.cos() - latitude.cos() * pole.sin() * turn.cos();
    ((122.93192 - across.atan2(along) * RADIAN).rem_euclid(360.0), b * RADIAN)
}

/// The burst, at another place.
fn burst_at(longitude: f64, latitude: f64) -> Vec<u8> {
    let text = String::from_utf8_lossy(fixtures::GRB).replace("211.8034", &longitude.to_string());
    text.replace("-36.2719", &latitude.to_string())
        .replace("0731", &format!("{longitude}:{latitude}"))
        .into_bytes()
}

#[test]
fn galactic_in_assemblyscript_is_right_all_over_the_sky_and_warns_near_the_plane() {
    let _turn = turn();
    drop(Toolchains::with_node().unwrap());
    hold_to_expected("galactic").unwrap();
    let settings = "start = 'earliest'\n[grants.environment]\nPLANE = '20'";
    let site = site("galactic", settings).unwrap();
    let places = (0..360).step_by(45).flat_map(|ra| [-90, -60, -29, 0, 27, 75, 90].map(|dec| (ra, dec)));
    let places: Vec<(f64, f64)> = places.map(|(ra, dec)| (f64::from(ra), f64::from(dec))).collect();
    let packets: Vec<_> = places.iter().map(|&(ra, dec)| burst_at(ra, dec)).collect();
    let log = log_of(&site, "galactic", &packets).unwrap();
    for (ra, dec) in places {
        let (l, b) = galactic(ra, dec);
        let told: Vec<_> = log.lines().filter(|line| line.contains(&format!("-{ra}:{dec} at l "))).collect();
        let number = |before: &str| -> f64 {
            let rest = told[0].split(before).nth(1).unwrap();
            rest.split_whitespace().next().unwrap().parse().unwrap()
        };
        let turned = (number(" at l ") - l + 180.0).rem_euclid(360.0) - 180.0;
        let is_right = turned.abs() * (b / RADIAN).cos() < 2e-4 && (number(" b ") - b).abs() < 2e-4;
        assert!(is_right, "{ra} {dec} is at l {l} b {b}: {told:?}");
        assert_eq!(told.iter().any(|line| line.contains("within 20 deg of")), b.abs() < 20.0, "{told:?}");
    }
}

/// Makes a project, builds it, and holds it against what the template expects.
fn make_build_test(language: &str, toolchains: Toolchains) {
    let tools = toolchains.folder.clone();
    let folder = tempfile::tempdir().unwrap();
    handler(&["new", "alert", "--lang", language, "--dir", text_of(folder.path())]).unwrap();
    let project = folder.path().join("alert");
    handler(&["build", text_of(&project), "--install", "--tools", text_of(&tools)]).unwrap();
    // Others may build while this one compiles.
    drop(toolchains);
    handler(&["test", text_of(&project), "--expect", text_of(&project.join("expected.txt"))]).unwrap();
    let left_behind = fs::read_dir(&project).unwrap().map(|file| file.unwrap().file_name());
    let mut left_behind: Vec<_> = left_behind.map(|name| name.to_string_lossy().into_owned()).collect();
    left_behind.retain(|name| name.starts_with(".build"));
    assert!(left_behind.is_empty(), "{left_behind:?}");
}

#[test]
fn a_new_project_in_python_does_what_it_says() {
    let _turn = turn();
    make_build_test("python", Toolchains::lock().unwrap());
}

#[test]
fn a_new_project_in_javascript_does_what_it_says() {
    let _turn = turn();
    make_build_test("javascript", Toolchains::with_node().unwrap());
}

#[test]
fn a_new_project_in_assemblyscript_does_what_it_says() {
    let _turn = turn();
    make_build_test("assemblyscript", Toolchains::with_node().unwrap());
}
