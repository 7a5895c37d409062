//! Events of the archive as files for others: whole, byte for byte, and never half.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use system_tests::client::packet;
use system_tests::fixtures;
use system_tests::site::Site;
use system_tests::small_disk::SmallDisk;
use system_tests::tool::{Left, philae};

fn export(data: &Path, out: &Path, more: &[&str]) -> Left {
    let [data, out] = [data, out].map(|path| path.to_str().unwrap());
    philae(&[&["export", "--data-dir", data, out], more].concat()).unwrap()
}

/// A broker that keeps one packet of each kind.
fn site() -> Site {
    let site = Site::start(&[]).unwrap();
    site.submit(&fixtures::ALL.map(<[u8]>::to_vec)).unwrap();
    site
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.flat_map(below).collect()
}

fn are_the_fixtures(folder: &Path) -> bool {
    let found: HashSet<Vec<u8>> = files(folder).iter().map(|path| fs::read(path).unwrap()).collect();
    found == fixtures::ALL.map(<[u8]>::to_vec).into()
}

#[test]
fn files_and_tarballs_hold_the_packets_byte_for_byte_live_and_at_rest() {
    let (mut site, folder) = (site(), tempfile::tempdir().unwrap());
    let out = folder.path().join("live/");
    assert_eq!(export(site.folder(), &out, &[]).code, Some(0));
    assert!(are_the_fixtures(&out));
    let named = out.join("philae.test_wide-field-monitor/philae.test_wide-field-monitor_grb-260114-0731.xml");
    assert!(named.is_file(), "{:?}", files(&out));
    site.end_by("TERM").unwrap();
    for name in ["x.tar", "x.tar.gz", "x.tar.bz2"] {
        let tar = folder.path().join(name);
        let left = export(site.folder(), &tar, &[]);
        assert_eq!((left.code, left.err()), (Some(0), format!("6 events in {}\n", tar.display())));
        let unpacked = tempfile::tempdir().unwrap();
        let status = Command::new("tar").arg("-xf").arg(&tar).arg("-C").arg(unpacked.path()).status();
        assert!(status.unwrap().success());
        assert!(are_the_fixtures(unpacked.path()), "{name}");
    }
}

#[test]
fn packets_of_one_name_get_files_of_their_own() {
    let (site, folder) = (Site::start(&[]).unwrap(), tempfile::tempdir().unwrap());
    site.submit(&[packet(1, 0), packet(1, 10), packet(2, 0)]).unwrap();
    let out = folder.path().join("x");
    assert_eq!(export(site.folder(), &out, &["--format", "folder"]).code, Some(0));
    let mut names: Vec<_> =
        files(&out).into_iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["philae.test_load_1-2.xml", "philae.test_load_1.xml", "philae.test_load_2.xml"]);
}

#[test]
fn lines_of_json_say_what_the_broker_and_the_packet_say_and_hold_the_packet() {
    let (site, folder) =
        (Site::start(&["--receive-check", "well-formed"]).unwrap(), tempfile::tempdir().unwrap());
    let latin =
        b"<?xml version='1.0' encoding='ISO-8859-1'?><VOEvent ivorn='ivo://a.b/c#1'><What><Description>\xe9\
                  </Description></What></VOEvent>";
    site.submit(&[fixtures::GRB.to_vec(), latin.to_vec()]).unwrap();
    let out = folder.path().join("x.jsonl");
    assert_eq!(export(site.folder(), &out, &[]).code, Some(0));
    let lines = fs::read_to_string(&out).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [grb, latin_line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(grb["packet"], str::from_utf8(fixtures::GRB).unwrap());
    let position = json!({ "ra": 211.8034, "dec": -36.2719, "error_radius": 0.05, "system": "UTC-FK5-GEO",
                           "time": "2026-01-14T10:31:44.52Z" });
    assert_eq!((&grb["position"], &grb["seq"], &grb["flagged"]), (&position, &json!(1), &json!(false)));
    assert_eq!(grb["params"]["Rate_Significance"], json!({ "value": "14.72", "unit": "sigma" }));
    assert_eq!(grb["params"]["Energy_Range/Energy_Low"]["value"], "15");
    assert_eq!(
        (&grb["author"], &grb["authored"]),
        (&json!("ivo://philae.test/wide-field-monitor"), &json!("2026-01-14T10:32:07Z"))
    );
    assert!(latin_line.get("packet").is_none());
    let (mut decode, input) = (Command::new("base64"), folder.path().join("base64"));
    fs::write(&input, latin_line["packet_base64"].as_str().unwrap()).unwrap();
    assert_eq!(decode.arg("-d").arg(&input).output().unwrap().stdout, latin);
}

#[test]
fn csv_has_a_row_an_event_and_goes_to_standard_output_too() {
    let (site, folder) = (site(), tempfile::tempdir().unwrap());
    let out = folder.path().join("x.csv");
    assert_eq!(export(site.folder(), &out, &["--to", "1"]).code, Some(0));
    let text = fs::read_to_string(&out).unwrap();
    let header = "seq,received,authored,ivoid,stream,role,author,source,ra,dec,error_radius,system,time,citations,digest,\
                  conflict,flagged,imported,hops,bytes\n";
    let row = text.strip_prefix(header).unwrap();
    assert!(
        row.contains(",2026-01-14T10:32:07Z,ivo://philae.test/wide-field-monitor#grb-260114-0731,"),
        "{row}"
    );
    assert!(row.contains(",211.8034,-36.2719,0.05,UTC-FK5-GEO,2026-01-14T10:31:44.52Z,,"), "{row}");
    let left = export(site.folder(), Path::new("-"), &["--format", "csv", "--to", "1"]);
    assert_eq!((left.code, left.out(), left.err()), (Some(0), text, String::new()));
}

#[test]
fn what_is_there_is_kept_unless_it_is_to_be_replaced_and_nothing_is_made_of_nothing() {
    let (site, folder) = (site(), tempfile::tempdir().unwrap());
    let out = folder.path().join("x.tar");
    fs::write(&out, "mine").unwrap();
    let left = export(site.folder(), &out, &[]);
    assert_eq!((left.code, fs::read(&out).unwrap()), (Some(2), b"mine".to_vec()));
    assert!(left.err().contains("is there already; choose another name, or replace it with --force"));
    assert_eq!(export(site.folder(), &out, &["--force"]).code, Some(0));
    assert_ne!(fs::read(&out).unwrap(), b"mine");
    assert_eq!(
        export(site.folder(), &folder.path().join("nothing.tar"), &["--since", "2100-01-01"]).code,
        Some(1)
    );
    let left = export(site.folder(), &folder.path().join("x.zip"), &[]);
    assert_eq!(left.code, Some(2));
    assert!(left.err().contains("does not tell its form"), "{}", left.err());
    assert_eq!(files(folder.path()), [out]);
}

#[test]
fn a_disk_that_is_full_is_told_of_and_nothing_half_is_left() {
    let Some(disk) = SmallDisk::make(1).unwrap() else { return };
    let site = Site::start(&[]).unwrap();
    site.submit(&(0..40).map(|number| packet(number, 60_000)).collect::<Vec<_>>()).unwrap();
    for name in ["x.tar", "x.jsonl", "x/"] {
        let out = disk.folder().join(name);
        let mut command = disk.philae().unwrap();
        let output = command.args(["export", "--data-dir"]).arg(site.folder()).arg(&out).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("No space left on device") && told.contains("nothing of it is left"), "{told}");
        let left = fs::read_dir(disk.inside()).unwrap().count();
        assert_eq!(left, 0, "{name}");
    }
}
