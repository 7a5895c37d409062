//! One packet, judged under each policy and reported on: nothing panics, the policies agree, a report finds what the
//! strictest of them finds, and what is told is short.
//!
//! The input is the packet. The broker's checks are included as they stand: its crate would bring a database with it.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use vtp::{Packet, PacketError};

use src::checks;
use src::checks::schema::MAX_FAULTS;
use src::checks::{Origin, Policy, Report, judge};

#[path = "../../../src"]
#[allow(dead_code, reason = "the broker uses all of it")]
mod src {
    pub mod checks;
}

/// Longest fault: an excerpt of the packet's own words, the names that were expected, and what is between.
const MAX_TOLD_BYTES: usize = 1_200;

fuzz_target!(|input: &[u8]| {
    let raw = Bytes::copy_from_slice(input);
    let report = Report::of(&raw);
    assert_eq!(report.is_valid(), report.findings.is_empty());
    assert!(report.findings.len() <= MAX_FAULTS + 1);
    assert!(report.is_well_formed || report.findings.len() == 1);
    let lines = vtp::encoding::text(input).map_or(0, |text| text.matches('\n').count() + 1);
    for finding in report.findings.iter().filter(|finding| finding.line.is_some()) {
        assert!(finding.what.len() < MAX_TOLD_BYTES, "{}", finding.what);
        assert!(finding.line.is_some_and(|line| line >= 1 && line <= lines));
    }
    match Packet::parse(raw) {
        Ok(packet) => check_policies(&packet, &report),
        Err(PacketError::Xml(_) | PacketError::Empty) => assert!(!report.is_well_formed),
        Err(_) => assert!(!report.is_valid()),
    }
});

fn check_policies(packet: &Packet, report: &Report) {
    let judged = |policy| judge(packet, Origin::Author, policy);
    let is_taken_by_all = report.is_valid();
    assert_eq!(judged(Policy::Schema).is_ok(), is_taken_by_all);
    match (judged(Policy::WellFormed), judged(Policy::Flag)) {
        (Ok(None), Ok(fault)) => assert_eq!(fault.is_none(), is_taken_by_all),
        (Err(reason), Err(same)) => assert_eq!(reason, same),
        other => panic!("{other:?}"),
    }
    // Upstreams may name a stream; nothing else is easier for them.
    let upstream = judge(packet, Origin::Upstream, Policy::WellFormed);
    assert!(upstream.is_ok() || judged(Policy::WellFormed).is_err());
    assert!(report.is_well_formed || upstream.is_err());
}
