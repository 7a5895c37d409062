//! What counts as traffic.

use bytes::Bytes;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use vtp::Digest;

use super::*;
use crate::store::{Draft, MediaType, StoreOptions, Submission};

/// A store, its folder, and what ends its writer.
fn store() -> (TempDir, Store, impl Drop) {
    let folder = tempfile::tempdir().unwrap();
    let (store, writer) = Store::open(folder.path(), &StoreOptions::default()).unwrap();
    let closing = CancellationToken::new();
    let token = closing.clone();
    std::thread::Builder::new().spawn(move || writer.run(token)).unwrap();
    (folder, store, closing.drop_guard())
}

async fn commit(store: &Store, numbers: std::ops::RangeInclusive<u64>, is_imported: bool) {
    let submitter = store.submitter();
    let mut receipts = Vec::new();
    for number in numbers {
        let bytes = Bytes::from(number.to_string());
        let draft = Draft {
            source: "test".into(),
            media_type: MediaType::VoeventXml,
            digest: Digest::of(&bytes),
            ivoid: format!("ivo://a/{}#{number}", if is_imported { "past" } else { "present" }).into(),
            role: "test".into(),
            is_flagged: false,
            is_imported,
            hops: 0,
            bytes,
        };
        receipts.push(submitter.send(Submission::event(draft)).await.unwrap());
    }
    for receipt in receipts {
        receipt.await.unwrap();
    }
}

fn told(traffic: &Traffic) -> (u64, Vec<u64>, Vec<String>) {
    let counts = traffic.per_minute(Timestamp::now()).counts.iter().sum();
    let latest = traffic.latest(KEPT).iter().map(|sighting| sighting.seq).collect();
    (counts, latest, traffic.streams().into_iter().map(|stream| stream.stream).collect())
}

#[tokio::test]
async fn what_was_imported_did_not_pass() {
    let (_folder, store, _closing) = store();
    commit(&store, 1..=3, false).await;
    commit(&store, 4..=1_300, true).await;
    let traffic = Traffic::new();
    traffic.recall(&store, store.head());
    assert_eq!(told(&traffic), (3, vec![3, 2, 1], vec!["ivo://a/present".to_owned()]));
    commit(&store, 1_301..=1_302, true).await;
    commit(&store, 1_303..=1_303, false).await;
    commit(&store, 1_304..=1_304, true).await;
    assert_eq!(traffic.catch_up(&store, Seq(1_300)), Seq(1_304));
    assert_eq!(told(&traffic), (4, vec![1_303, 3, 2, 1], vec!["ivo://a/present".to_owned()]));
}
