//! Shipped handlers in C, Zig and Go: built from source, held against what is expected of them, and run in a broker.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::path::Path;

use system_tests::client::submit_acked;
use system_tests::fixtures;
use system_tests::languages::{build, granting, hold_to_expected, log_of, project, site};
use system_tests::philae::Philae;
use system_tests::tool::philae;

/// The folder that alert-rate is to see.
const RATES: &str = "guest = '/rates', writable = true";

/// A packet of one author, made on a day in 2020 at that time, that cites what is named.
fn packet(id: &str, day: u32, time: &str, cited: &[(&str, &str)]) -> Vec<u8> {
    dated(id, &format!("2020-01-{day:02}T{time}"), cited)
}

fn dated(id: &str, date: &str, cited: &[(&str, &str)]) -> Vec<u8> {
    let cited: String = cited
        .iter()
        .map(|(relation, id)| {
            format!("<EventIVORN cite=\"{relation}\">ivo://philae.test/chain#{id}</EventIVORN>")
        })
        .collect();
    let citations = if cited.is_empty() { cited } else { format!("<Citations>{cited}</Citations>") };
    format!(
        "<voe:VOEvent xmlns:voe=\"http://www.ivoa.net/xml/VOEvent/v2.0\" version=\"2.0\" role=\"test\" \
         ivorn=\"ivo://philae.test/chain#{id}\"><Who><AuthorIVORN>ivo://philae.test/chain</AuthorIVORN>\
         <Date>{date}</Date></Who>{citations}</voe:VOEvent>"
    )
    .into_bytes()
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn magnitude_is_a_module_of_our_world_in_c_and_reads_magnitudes() {
    hold_to_expected("magnitude").unwrap();
    let site = site("magnitude", "start = 'earliest'\n[config]\nbrighter-than = 16").unwrap();
    let packets = ["brightened", "detections", "limit", "odd"];
    let read = |name: &&str| fs::read(project("magnitude").join(format!("packets/{name}.xml"))).unwrap();
    let log = log_of(&site, "magnitude", &packets.each_ref().map(read)).unwrap();
    for words in [
        "#brightened 15.94 +- 0.05 mag in G, 1.78 brighter than before; brighter than 16.00",
        "#detections 19.47 +- 0.03 mag in R\n",
        "#limit fainter than 18.00 mag\n",
        "Burst_Mag is no magnitude: '1884'",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
    let counted = &site.standing("magnitude").unwrap()["metrics"]["counters"];
    assert_eq!(*counted, serde_json::json!({ "bright": 1, "limits": 1, "magnitudes": 2 }));
    let inspected = philae(&["handler", "inspect", build("magnitude").unwrap().to_str().unwrap()]).unwrap();
    assert!(
        inspected.out().contains("core module") && !inspected.out().contains("wasi"),
        "{}",
        inspected.out()
    );
}

#[test]
fn magnitude_does_not_take_over_with_settings_that_make_no_sense() {
    let site = site("magnitude", "[config]\nzero-point = 'AB'").unwrap();
    let standing = site.standing("magnitude").unwrap();
    assert!(standing["trouble"].as_str().unwrap().contains("zero-point: it must be a number"), "{standing}");
}

#[test]
fn ds9_region_is_a_command_in_c_and_draws_only_what_is_a_position() {
    hold_to_expected("ds9-region").unwrap();
    let site = site("ds9-region", "start = 'earliest'").unwrap();
    let place = "<WhereWhen><!-- <ObservationLocation><Position2D unit='deg'> --><ObsDataLocation>\
        <ObservatoryLocation id='x'/><ObservationLocation><AstroCoordSystem id='UTC-ICRS-TOPO'/>\
        <AstroCoords coord_system_id='UTC-ICRS-TOPO'><Position2D unit='deg'><Value2><C1>1<!-- 2 -->0.5</C1>\
        <C2><![CDATA[-20]]></C2></Value2><Error2Radius>0</Error2Radius></Position2D></AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen>";
    let with = |id: &str, place: &str| {
        let text = String::from_utf8(packet(id, 1, "00:00:00", &[])).unwrap();
        text.replace("</Who>", &format!("</Who>{place}")).into_bytes()
    };
    let other = place.replace("'deg'", "'rad'");
    let odd = [with("odd", place), with("rad", &other), with("inf", &place.replace("-20", "INF"))];
    let log = log_of(&site, "ds9-region", &odd).unwrap();
    for words in [
        "icrs;circle(10.500000,-20.000000,0.010000) # text={ivo://philae.test/chain#odd} dash=1",
        "# ivo://philae.test/chain#rad: a position that is not in degrees",
        "# ivo://philae.test/chain#inf: a position that is none",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
}

#[test]
fn citation_chain_follows_chains_over_a_kill_and_tells_of_retractions() {
    hold_to_expected("citation-chain").unwrap();
    let chains = tempfile::tempdir().unwrap();
    let grant = granting(chains.path(), "guest = '/chains', writable = true");
    let settings = format!("start = 'earliest'\n{grant}");
    let site = site("citation-chain", &settings).unwrap();
    let first = packet("first", 1, "00:00:00", &[]);
    let second = packet("second", 1, "01:00:00", &[("followup", "first")]);
    let third = packet("third", 1, "02:00:00", &[("supersedes", "second")]);
    let retraction = packet("gone", 1, "03:00:00", &[("retraction", "second")]);
    let log = log_of(&site, "citation-chain", &[first, second, third, retraction]).unwrap();
    for words in [
        "chain#third supersedes ivo://philae.test/chain#second\n",
        "  ivo://philae.test/chain#second follows up ivo://philae.test/chain#first\n",
        "  ivo://philae.test/chain#first is the first\n",
        "chain#gone retracts ivo://philae.test/chain#second\n",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
    let site = site.restarted(Philae::kill).unwrap();
    let late = packet("late", 1, "04:00:00", &[("followup", "third"), ("followup", "unseen")]);
    let turn = packet("turn", 1, "05:00:00", &[("followup", "turn")]);
    let log = log_of(&site, "citation-chain", &[late, turn]).unwrap();
    for words in [
        "  ivo://philae.test/chain#second was retracted by ivo://philae.test/chain#gone\n",
        "  ivo://philae.test/chain#unseen was not seen here\n",
        "  ivo://philae.test/chain#turn is cited in a circle\n",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
    let names = names_in(chains.path());
    let of = |ending: &str| names.iter().filter(|name| name.ends_with(ending)).count();
    assert_eq!((of(".cites"), of(".retracted"), names.len()), (6, 1, 7), "{names:?}");
}

#[test]
fn citation_chain_reads_no_citation_out_of_comments_and_no_line_out_of_entities() {
    let site = site("citation-chain", "start = 'earliest'").unwrap();
    let hostile = String::from_utf8(packet("hostile", 1, "00:00:00", &[("followup", "a&#x26;b")])).unwrap();
    let hidden = "<!-- <EventIVORN cite='retraction'>ivo://a/b#1</EventIVORN> -->\
        <EventIVORN cite='retraction'>ivo://a/b&#10;retraction ivo://c/d#3</EventIVORN>\
        <Description>&lt;EventIVORN&gt;<![CDATA[<EventIVORN>ivo://a/b#2</EventIVORN>]]></Description></Citations>";
    let log = log_of(&site, "citation-chain", &[hostile.replace("</Citations>", hidden)]).unwrap();
    let told =
        "chain#hostile follows up ivo://philae.test/chain#a&b; citations are left out that are too many";
    assert!(log.contains(told) && log.lines().count() == 1, "{log}");
}

#[test]
fn alert_rate_counts_each_event_once_and_tells_of_a_busy_hour() {
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "start = 'earliest'\n{}\n[grants.environment]\nFACTOR = '2'\nLEAST = '3'",
        granting(folder.path(), RATES)
    );
    let site = site("alert-rate", &settings).unwrap();
    // Hours of the week that is counted.
    let first = jiff::Timestamp::now().as_second() / 3600 - 48;
    let time = |hour: i64, minute: i64| {
        let time = jiff::Timestamp::from_second((first + hour) * 3600 + minute * 60).unwrap().to_string();
        time.trim_end_matches('Z').to_owned()
    };
    let of_1970 = dated("wrong", "1970-01-01T00:10:00", &[]);
    let quiet = dated("quiet", &time(0, 10), &[]);
    let again = dated("quiet", &time(0, 20), &[]);
    let busy = |n: i64| dated(&format!("busy-{n}"), &time(30, n), &[]);
    let first_five = [of_1970, quiet, again, busy(1), busy(2)];
    assert_eq!(log_of(&site, "alert-rate", &first_five).unwrap(), "");
    let site = site.restarted(Philae::kill).unwrap();
    let late = dated("late", &time(7, 0), &[]);
    let log = log_of(&site, "alert-rate", &[busy(3), busy(4), late]).unwrap();
    let since = time(30, 0);
    let since = since.strip_suffix(":00").unwrap();
    let told = format!("ivo://philae.test/chain is busy: 3 events since {since}, usually 0.03 an hour\n");
    assert!(log.contains(&told) && log.lines().count() == 1, "{log}");
    let kept = fs::read_to_string(folder.path().join("rates.txt")).unwrap();
    let hours = format!("\nhour {first} 1\nhour {} 1\nhour {} 4\n", first + 7, first + 30);
    assert!(kept.ends_with(&hours), "{kept}");
    assert_eq!(names_in(folder.path()), ["rates.txt"]);
}

#[test]
fn alert_rate_lays_aside_what_it_cannot_understand_and_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rates.txt"), "alert-rate 1\nstream 1").unwrap();
    let settings = format!("start = 'earliest'\n{}", granting(folder.path(), RATES));
    let with_folder = site("alert-rate", &settings).unwrap();
    let log = log_of(&with_folder, "alert-rate", &[fixtures::GRB]).unwrap();
    assert!(log.contains("counting begins anew"), "{log}");
    assert_eq!(names_in(folder.path()), ["rates.txt", "rates.txt.unreadable"]);
    let without = site("alert-rate", "start = 'earliest'").unwrap();
    submit_acked(without.philae.receive().unwrap(), fixtures::GRB).unwrap();
    without.wait_for("alert-rate", "a failure", |standing| standing["counts"]["failures"] != 0).unwrap();
    let log = without.handler(&["logs", "alert-rate"]).unwrap().out();
    assert!(log.contains("there is no folder /rates: grant one"), "{log}");
}
