//! Signs of life.

use super::*;

/// Far longer than a sign takes, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_writer_that_runs_shows_a_sign_of_life_whenever_it_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::open(folder.path());
    for _ in 0..2 {
        let sign = async { tokio::time::timeout(PATIENCE, running.store.sign_of_life()).await };
        assert!(running.runtime.block_on(sign).is_ok());
    }
}

#[test]
fn a_writer_that_does_not_get_on_shows_none() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _writer) = Store::open(folder.path(), &StoreOptions::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let sign = async { tokio::time::timeout(Duration::from_millis(100), store.sign_of_life()).await };
    assert!(runtime.block_on(sign).is_err());
}
