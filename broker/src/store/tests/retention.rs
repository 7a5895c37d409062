//! Retention, under right and wrong clocks.

use super::*;

fn options(clock: &TestClock) -> StoreOptions {
    let upkeep = Duration::ZERO;
    StoreOptions { clock: clock.clock(), retention: Some(30 * DAY), upkeep, ..StoreOptions::default() }
}

fn keeping_thirty_days(folder: &Path, clock: &TestClock) -> Running {
    Running::open_with(folder, &options(clock))
}

/// Commits and thereby waits until the writer has looked at the clock.
fn commit_and_settle(running: &Running, text: &str) {
    running.commit(text);
    running.commit(text);
    running.commit(text);
}

#[test]
fn expired_entries_go_and_may_come_again() {
    let (folder, clock) = (folder(), TestClock::at("2026-01-01T00:00:00Z"));
    let running = keeping_thirty_days(folder.path(), &clock);
    running.commit("old/1");
    clock.pass(20 * DAY);
    running.commit("young");
    clock.pass(11 * DAY);
    running.commit("new");
    clock.pass(Duration::from_secs(601));
    eventually(|| running.store.oldest() == Seq(2));
    assert_eq!(running.places(), [2, 3]);
    assert_eq!(running.commit("old/2"), new(4));
    assert_eq!(running.commit("old/1"), Committed::New { seq: Seq(5), conflict: true });
}

#[test]
fn log_that_expired_whole_opens_without_damage_and_goes_on() {
    let (folder, clock) = (folder(), TestClock::at("2026-01-01T00:00:00Z"));
    let running = keeping_thirty_days(folder.path(), &clock);
    running.commit_together((0..300).map(|n| Submission::event(draft(&n.to_string()))).collect());
    clock.pass(31 * DAY);
    commit_and_settle(&running, "x");
    clock.pass(31 * DAY);
    eventually(|| {
        running.store.oldest() == Seq(302) || {
            clock.pass(Duration::from_secs(30));
            false
        }
    });
    running.close();
    let running = keeping_thirty_days(folder.path(), &clock);
    assert!(running.store.new_damages().is_empty());
    assert_eq!((running.store.oldest(), running.commit("x")), (Seq(302), new(302)));
}

#[test]
fn entries_are_kept_for_ever_when_told_so() {
    let (folder, clock) = (folder(), TestClock::at("2026-01-01T00:00:00Z"));
    let running = Running::open_with(folder.path(), &StoreOptions { retention: None, ..options(&clock) });
    running.commit("a");
    clock.pass(10_000 * DAY);
    commit_and_settle(&running, "b");
    clock.pass(DAY);
    commit_and_settle(&running, "b");
    assert_eq!(running.places(), [1, 2]);
}

#[test]
fn jump_of_the_wall_clock_removes_nothing_at_once() {
    let (folder, clock) = (folder(), TestClock::at("2026-01-01T00:00:00Z"));
    let running = keeping_thirty_days(folder.path(), &clock);
    running.commit("a");
    clock.pass(DAY);
    clock.jump("2036-01-01T00:00:00Z");
    commit_and_settle(&running, "b");
    clock.jump("2026-01-02T00:00:00Z");
    commit_and_settle(&running, "b");
    assert_eq!(running.places(), [1, 2]);
}

#[test]
fn entry_dated_in_the_future_does_not_hold_back_retention() {
    let (folder, clock) = (folder(), TestClock::at("2099-01-01T00:00:00Z"));
    let running = keeping_thirty_days(folder.path(), &clock);
    running.commit("a");
    clock.jump("2026-01-01T00:00:00Z");
    running.commit("b");
    running.commit("b");
    clock.pass(31 * DAY);
    eventually(|| {
        running.store.oldest() == Seq(3) || {
            clock.pass(Duration::from_secs(30));
            false
        }
    });
}

#[test]
fn reopened_log_still_tells_what_it_kept_from_what_went() {
    let (folder, clock) = (folder(), TestClock::at("2026-01-01T00:00:00Z"));
    let running = keeping_thirty_days(folder.path(), &clock);
    running.commit("old");
    clock.pass(31 * DAY);
    running.commit("new");
    eventually(|| {
        clock.pass(Duration::from_secs(30));
        running.store.oldest() == Seq(2)
    });
    let reopened = Running::open(copy(folder.path()).path());
    assert_eq!((reopened.places(), reopened.store.oldest()), (vec![2], Seq(2)));
    assert_eq!(
        (reopened.commit("new"), reopened.commit("old")),
        (Committed::Duplicate { seq: Seq(2) }, new(3))
    );
}
