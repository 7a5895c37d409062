//! Random histories against a model: a list of what is kept, and nothing else.

use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    /// One group, drawn from few packets so that duplicates and conflicts are common.
    Commit(Vec<u8>),
    /// An orderly end.
    Reopen,
    /// A power cut after the last answer.
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(0_u8..24, 1..12).prop_map(Step::Commit),
        1 => Just(Step::Reopen),
        1 => Just(Step::Kill),
    ]
}

fn text(packet: u8) -> String {
    format!("{}/{packet}", packet % 7)
}

fn check(running: &Running, model: &[String]) {
    let log = running.log();
    let texts: Vec<_> = log.iter().map(|entry| String::from_utf8(entry.bytes.to_vec()).unwrap()).collect();
    assert_eq!(texts, model, "one log entry per identity, in the order of the answers");
    assert_eq!(running.places(), (1..=model.len() as u64).collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_log_entry_per_identity(steps in prop::collection::vec(step(), 1..16)) {
        let mut folder = folder();
        let mut running = Running::open(folder.path());
        let mut model: Vec<String> = Vec::new();
        for step in steps {
            match step {
                Step::Commit(packets) => {
                    let texts: Vec<_> = packets.into_iter().map(text).collect();
                    let group = texts.iter().map(|text| Submission::event(draft(text))).collect();
                    for (text, answer) in texts.iter().zip(running.commit_together(group)) {
                        let known = model.iter().position(|kept| kept == text);
                        let expected = match known {
                            Some(at) => Committed::Duplicate { seq: Seq(at as u64 + 1) },
                            None => {
                                let name = |text: &str| text.split('/').next().map(str::to_owned);
                                let conflict = model.iter().any(|kept| name(kept) == name(text));
                                model.push(text.clone());
                                Committed::New { seq: Seq(model.len() as u64), conflict }
                            }
                        };
                        prop_assert_eq!(answer, expected);
                    }
                }
                Step::Reopen => {
                    running.close();
                    running = Running::open(folder.path());
                }
                Step::Kill => {
                    let left = copy(folder.path());
                    running.close();
                    folder = left;
                    running = Running::open(folder.path());
                }
            }
            check(&running, &model);
        }
    }
}

#[test]
fn seen_and_log_change_together() {
    let folder = folder();
    let running = Running::open(folder.path());
    let submitter = running.store.submitter();
    let events: Vec<_> = (0..400).map(|n| format!("{n}")).collect();
    let receipts: Vec<_> = running.runtime.block_on(async {
        let mut receipts = Vec::new();
        for text in &events {
            receipts.push(submitter.send(Submission::event(draft(text))).await.unwrap());
        }
        receipts
    });
    // A kill in the middle of the work: some groups are on disk, some are not, none is half.
    let killed = crate::store::tests::folder();
    copy_into(folder.path(), killed.path()).unwrap();
    let kept = Running::open(killed.path());
    assert!(kept.store.new_damages().is_empty());
    let logged = kept.log().len();
    let answers = kept.commit_together(events.iter().map(|text| Submission::event(draft(text))).collect());
    let duplicates = answers.iter().filter(|a| matches!(a, Committed::Duplicate { .. })).count();
    assert_eq!((duplicates, kept.log().len()), (logged, events.len()));
    drop(receipts);
}
