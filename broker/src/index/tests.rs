use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::criteria::ConeError;
use super::facts::Cited;
use super::*;
use crate::event::Place;
use crate::store::{Seq, Span};
use crate::writing::Writing;

const LOG: &str = "0123";
/// Farther than any of these logs.
const HEAD: Seq = Seq(1_000_000);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn facts(seq: u64, ivoid: &str, place: Option<(f64, f64)>) -> Facts {
    Facts {
        seq: Seq(seq),
        received: at(seq.cast_signed()),
        authored: None,
        observed: None,
        ivoid: ivoid.to_owned(),
        role: "observation".to_owned(),
        author: None,
        source: "author 192.0.2.1:4711".to_owned(),
        conflict: false,
        is_flagged: false,
        is_imported: false,
        place: place.map(|(ra, dec)| Place { ra, dec, error: Some(0.5) }),
        citations: Vec::new(),
    }
}

/// All that is kept, `index` of it in the index and the rest behind it.
fn found(all: &[Facts], index: usize, criteria: &Criteria) -> Vec<u64> {
    let folder = tempfile::tempdir().unwrap();
    let (kept, behind) = all.split_at(index);
    let mut written = Index::open(folder.path(), LOG).unwrap();
    written.add(kept, kept.last().map_or(Seq::START, |facts| facts.seq)).unwrap();
    let mut search = Search::open(folder.path(), LOG, None).unwrap();
    search.add(behind).unwrap();
    places(&search, criteria)
}

fn places(search: &Search, criteria: &Criteria) -> Vec<u64> {
    let places = search.places(criteria, Span { after: Seq::START, to: HEAD }, None).unwrap();
    places.into_iter().map(|place| place.0).collect()
}

fn cone(ra: f64, dec: f64, radius: f64) -> Criteria {
    Criteria { cone: Some(Cone::new(ra, dec, radius).unwrap()), ..Criteria::default() }
}

#[test]
fn facts_come_back_as_they_were_added() {
    let folder = tempfile::tempdir().unwrap();
    let cited = |ivoid: &str, relation| Cited { ivoid: ivoid.to_owned(), relation };
    let facts = Facts {
        authored: Some(at(-1)),
        observed: Some(at(5)),
        author: Some("ivo://é/\u{1}".to_owned()),
        conflict: true,
        is_flagged: true,
        is_imported: true,
        citations: vec![cited("ivo://a/b#2", Some("retraction")), cited("ivo://a/b#1", None)],
        ..facts(7, "ivo://a/b#3", Some((359.9, -90.0)))
    };
    Index::open(folder.path(), LOG).unwrap().add(std::slice::from_ref(&facts), Seq(9)).unwrap();
    let search = Search::open(folder.path(), LOG, None).unwrap();
    let mut found = Vec::new();
    let span = Span { after: Seq(6), to: Seq(9) };
    let take = |facts| {
        found.push(facts);
        std::ops::ControlFlow::Continue(())
    };
    search.find(&Criteria::default(), span, None, take).unwrap();
    assert_eq!((found, search.reached()), (vec![facts], Seq(9)));
}

#[test]
fn what_lies_behind_the_index_is_found_by_the_same_questions() {
    let all: Vec<_> = (1..=6).map(|seq| facts(seq, &format!("ivo://a/b#{}", seq % 2), None)).collect();
    let criteria = Criteria { ivoid: Some(Pattern::new("ivo://a/b#1")), ..Criteria::default() };
    for index in 0..=6 {
        assert_eq!(found(&all, index, &criteria), [1, 3, 5], "{index}");
    }
}

#[test]
fn a_cone_is_right_at_the_poles_and_across_zero() {
    let places = [(0.5, 0.0), (359.5, 0.0), (1.6, 0.0), (180.0, 89.5), (0.0, 89.5), (0.0, -89.5)];
    let all: Vec<_> = (1..).zip(places).map(|(seq, place)| facts(seq, "ivo://a/b#1", Some(place))).collect();
    for (criteria, expected) in [
        (cone(0.0, 0.0, 1.0), vec![1, 2]),
        (cone(360.0, 0.0, 1.0), vec![1, 2]),
        (cone(359.9, 0.0, 1.0), vec![1, 2]),
        (cone(77.0, 90.0, 0.6), vec![4, 5]),
        (cone(0.0, 89.5, 1.1), vec![4, 5]),
        (cone(123.0, -90.0, 0.6), vec![6]),
        (cone(12.0, 34.0, 180.0), vec![1, 2, 3, 4, 5, 6]),
        (cone(0.5, 0.0, 0.0), vec![1]),
        (cone(0.5001, 0.0, 0.00005), vec![]),
        (cone(0.5001, 0.0, 0.00011), vec![1]),
    ] {
        assert_eq!(found(&all, 3, &criteria), expected, "{criteria:?}");
    }
}

#[test]
fn a_cone_agrees_with_the_haversine_everywhere() {
    let mut random = fastrand::Rng::with_seed(7);
    let mut turn = || (random.f64() * 360.0, (random.f64() * 2.0 - 1.0).asin().to_degrees());
    let all: Vec<_> = (1..=2_000).map(|seq| facts(seq, "ivo://a/b#1", Some(turn()))).collect();
    for radius in [0.1, 1.0, 10.0, 90.0, 179.0] {
        let (ra, dec) = turn();
        let expected: Vec<u64> = all
            .iter()
            .filter(|facts| haversine(facts.place.unwrap(), ra, dec) <= radius)
            .map(|facts| facts.seq.0)
            .collect();
        assert_eq!(found(&all, 1_000, &cone(ra, dec, radius)), expected, "{ra} {dec} {radius}");
    }
}

/// The separation in degrees.
fn haversine(place: Place, ra: f64, dec: f64) -> f64 {
    let half = |a: f64, b: f64| ((a - b).to_radians() / 2.0).sin().powi(2);
    let h = half(place.dec, dec) + place.dec.to_radians().cos() * dec.to_radians().cos() * half(place.ra, ra);
    2.0 * h.sqrt().min(1.0).asin().to_degrees()
}

#[test]
fn a_cone_out_of_bounds_is_none() {
    assert_eq!(Cone::new(0.0, 0.0, -1.0), Err(ConeError::Radius(-1.0)));
    assert_eq!(Cone::new(361.0, 0.0, 1.0), Err(ConeError::RightAscension(361.0)));
    assert_eq!(Cone::new(0.0, -91.0, 1.0), Err(ConeError::Declination(-91.0)));
    assert!(Cone::new(f64::NAN, 0.0, 1.0).is_err() && Cone::new(0.0, 0.0, f64::INFINITY).is_err());
}

#[test]
fn a_star_stands_for_anything_and_nothing_else_does() {
    let ivoids = ["ivo://a/b#1", "ivo://a/b#10", "ivo://a/[b]?#1", "ivo://a/c#1"];
    let all: Vec<_> = (1..).zip(ivoids).map(|(seq, ivoid)| facts(seq, ivoid, None)).collect();
    for (pattern, expected) in [
        ("ivo://a/b#1", vec![1]),
        ("ivo://a/b#1*", vec![1, 2]),
        ("*#1", vec![1, 3, 4]),
        ("ivo://a/[b]?#*", vec![3]),
        ("ivo://a/?#1", vec![]),
        ("*", vec![1, 2, 3, 4]),
    ] {
        let criteria = Criteria { ivoid: Some(Pattern::new(pattern)), ..Criteria::default() };
        assert_eq!(found(&all, 2, &criteria), expected, "{pattern}");
    }
}

#[test]
fn all_that_is_asked_must_hold() {
    let mut all = vec![
        facts(1, "ivo://a/b#1", None),
        facts(2, "ivo://a/b#2", None),
        facts(3, "ivo://a/bc#3", None),
        facts(4, "ivo://x/y#4", None),
    ];
    all[0].author = Some("Müller".to_owned());
    all[1].role = "test".to_owned();
    all[2].author = Some("The 100% Observatory".to_owned());
    all[3].citations = vec![Cited { ivoid: "ivo://a/b#1".to_owned(), relation: Some("followup") }];
    all[3].authored = Some(at(100));
    let none = Criteria::default;
    for (criteria, expected) in [
        (none(), vec![1, 2, 3, 4]),
        (Criteria { streams: vec!["ivo://a/b".into(), "ivo://x".into()], ..none() }, vec![1, 2, 3, 4]),
        (Criteria { streams: vec!["ivo://a/b#".into()], ..none() }, vec![1, 2]),
        (Criteria { roles: vec!["test".into(), "utility".into()], ..none() }, vec![2]),
        (Criteria { author: Some("100% obs".into()), ..none() }, vec![3]),
        (Criteria { author: Some("100_".into()), ..none() }, vec![]),
        (Criteria { author: Some("MÜLLER".into()), ..none() }, vec![1]),
        (Criteria { cites: Some(Pattern::new("ivo://a/b#1")), ..none() }, vec![4]),
        (Criteria { relation: Some("retraction".into()), ..none() }, vec![]),
        (Criteria { received: (Some(at(2)), Some(at(4))), ..none() }, vec![2, 3]),
        (Criteria { authored: (Some(at(100)), None), ..none() }, vec![4]),
        (Criteria { authored: (None, Some(at(100))), ..none() }, vec![]),
        (
            Criteria { streams: vec!["ivo://a/".into()], roles: vec!["observation".into()], ..none() },
            vec![1, 3],
        ),
    ] {
        assert_eq!(found(&all, 2, &criteria), expected, "{criteria:?}");
    }
}

#[test]
fn the_last_are_the_last_of_both_parts() {
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<_> = (1..=6).map(|seq| facts(seq, "ivo://a/b#1", None)).collect();
    Index::open(folder.path(), LOG).unwrap().add(&all[..4], Seq(4)).unwrap();
    let mut search = Search::open(folder.path(), LOG, None).unwrap();
    search.add(&all[4..]).unwrap();
    let last = |count| {
        let mut places = Vec::new();
        let span = Span { after: Seq(1), to: Seq(6) };
        let take = |facts: Facts| {
            places.push(facts.seq.0);
            std::ops::ControlFlow::Continue(())
        };
        search.find(&Criteria::default(), span, Some(count), take).unwrap();
        places
    };
    assert_eq!((last(1), last(3), last(99), last(0)), (vec![6], vec![4, 5, 6], vec![2, 3, 4, 5, 6], vec![]));
}

#[test]
fn what_lies_before_the_oldest_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<_> = (1..=2_500).map(|seq| facts(seq, "ivo://a/b#1", None)).collect();
    let mut index = Index::open(folder.path(), LOG).unwrap();
    index.add(&all, Seq(2_500)).unwrap();
    while index.forget_before(Seq(2_400)).unwrap() {}
    let search = Search::open(folder.path(), LOG, None).unwrap();
    assert_eq!(places(&search, &Criteria::default()), (2_400..=2_500).collect::<Vec<_>>());
}

#[test]
fn an_index_goes_on_where_it_was_unless_it_is_of_another_log() {
    let folder = tempfile::tempdir().unwrap();
    Index::open(folder.path(), LOG).unwrap().add(&[facts(3, "ivo://a/b#1", None)], Seq(3)).unwrap();
    assert_eq!(Index::open(folder.path(), LOG).unwrap().reached(), Seq(3));
    assert_eq!(Search::open(folder.path(), "other", None).unwrap().reached(), Seq::START);
    assert_eq!(Index::open(folder.path(), "other").unwrap().reached(), Seq::START);
}

#[test]
fn a_damaged_index_is_made_anew_and_hides_nothing() {
    for damage in [&b"no database"[..], &[0; 4096]] {
        let folder = tempfile::tempdir().unwrap();
        drop(Index::open(folder.path(), LOG).unwrap());
        std::fs::write(file(folder.path()), damage).unwrap();
        assert_eq!(Search::open(folder.path(), LOG, None).unwrap().reached(), Seq::START);
        let mut index = Index::open(folder.path(), LOG).unwrap();
        index.add(&[facts(1, "ivo://a/b#1", None)], Seq(1)).unwrap();
        assert_eq!(Search::open(folder.path(), LOG, None).unwrap().reached(), Seq(1));
    }
}

#[test]
fn an_index_without_a_table_and_one_that_is_no_file_are_made_anew_when_that_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (store, writer) = crate::store::Store::open(folder.path(), &Default::default()).unwrap();
    let writing = Writing::start(writer).unwrap();
    let log = store.id().to_string();
    let spoils: [fn(&Path); 2] = [
        |file| {
            rusqlite::Connection::open(file).unwrap().execute_batch("DROP TABLE event").unwrap();
        },
        |file| {
            std::fs::remove_file(file).unwrap();
            std::fs::create_dir(file).unwrap();
        },
    ];
    for spoil in spoils {
        drop(Index::open(folder.path(), &log).unwrap());
        spoil(&file(folder.path()));
        let keeper = Keeper::start(store.clone(), folder.path().to_owned()).unwrap();
        keeper.orders().renew();
        keeper.finish().unwrap();
        let mut index = Index::open(folder.path(), &log).unwrap();
        index.add(&[facts(1, "ivo://a/b#1", None)], Seq(1)).unwrap();
    }
    assert!(writing.end());
}

#[test]
fn the_keeper_follows_the_log_and_searches_see_it() {
    let folder = tempfile::tempdir().unwrap();
    let packet = std::fs::read(fixture("grb.xml")).unwrap();
    let (store, writer) = crate::store::Store::open(folder.path(), &Default::default()).unwrap();
    let writing = Writing::start(writer).unwrap();
    let keeper = Keeper::start(store.clone(), folder.path().to_owned()).unwrap();
    let draft = crate::store::Draft {
        source: "author 192.0.2.1".into(),
        media_type: crate::store::MediaType::VoeventXml,
        digest: vtp::Digest::of(&packet),
        ivoid: "ivo://org.example.gamma/WFM#1".into(),
        role: "observation".into(),
        is_flagged: false,
        is_imported: false,
        hops: 0,
        bytes: packet.into(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(store.submitter().commit(crate::store::Submission::event(draft))).unwrap();
    let log = store.id().to_string();
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while Search::open(folder.path(), &log, None).unwrap().reached() < Seq(1) {
        assert!(std::time::Instant::now() < deadline, "the index does not follow the log");
        std::thread::park_timeout(Duration::from_millis(10));
    }
    let search = Search::open(folder.path(), &log, None).unwrap();
    assert_eq!(places(&search, &cone(10.0, 20.0, 180.0)), [1]);
    keeper.stop();
    assert!(writing.end());
}

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures").join(name)
}

#[test]
fn an_index_that_reaches_farther_than_its_log_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    Index::open(folder.path(), LOG).unwrap().add(&[facts(3, "ivo://a/b#1", None)], Seq(3)).unwrap();
    assert_eq!(Search::open(folder.path(), LOG, Some(Seq(3))).unwrap().reached(), Seq(3));
    assert_eq!(Search::open(folder.path(), LOG, Some(Seq(2))).unwrap().reached(), Seq::START);
}

#[test]
fn an_index_with_a_damaged_page_is_made_anew_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<_> = (1..=5_000).map(|seq| facts(seq, &format!("ivo://a/b#{seq}"), None)).collect();
    Index::open(folder.path(), LOG).unwrap().add(&all, Seq(5_000)).unwrap();
    let mut bytes = std::fs::read(file(folder.path())).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    std::fs::write(file(folder.path()), bytes).unwrap();
    assert_eq!(Index::open(folder.path(), LOG).unwrap().reached(), Seq::START);
}

#[test]
fn whoever_stands_still_while_reading_keeps_nothing_from_being_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut index = Index::open(folder.path(), LOG).unwrap();
    let all: Vec<_> = (1..=2_000).map(|seq| facts(seq, "ivo://a/b#1", None)).collect();
    index.add(&all, Seq(2_000)).unwrap();
    let search = Search::open(folder.path(), LOG, None).unwrap();
    let (mut taken, span) = (0, Span { after: Seq::START, to: HEAD });
    let take = |_| {
        taken += 1;
        if taken == 1 {
            let checkpoint = index.checkpoint().unwrap();
            assert!(checkpoint, "a reader holds it up");
        }
        std::ops::ControlFlow::Continue(())
    };
    search.find(&Criteria::default(), span, None, take).unwrap();
    assert_eq!(taken, 2_000);
}

#[test]
fn of_what_cites_an_event_each_is_told_once_and_what_is_left_out_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let citing = |seq: u64, ivoid: &str| Facts {
        citations: vec![Cited { ivoid: "ivo://a/b#0".to_owned(), relation: Some("followup") }],
        ..facts(seq, ivoid, None)
    };
    let all: Vec<_> = (1..=9).map(|seq| citing(seq, &format!("ivo://a/b#{}", 1 + seq % 3))).collect();
    Index::open(folder.path(), LOG).unwrap().add(&all[..5], Seq(5)).unwrap();
    let mut search = Search::open(folder.path(), LOG, None).unwrap();
    search.add(&all[5..]).unwrap();
    let span = Span { after: Seq::START, to: HEAD };
    let (found, is_more) = search.citing("ivo://a/b#0", span, 2).unwrap();
    assert_eq!((found.len(), is_more, found[0].relation), (2, true, Some("followup")));
    let (found, is_more) = search.citing("ivo://a/b#0", span, 3).unwrap();
    assert_eq!((found.iter().map(|one| one.seq.0).collect::<Vec<_>>(), is_more), (vec![7, 8, 9], false));
}
