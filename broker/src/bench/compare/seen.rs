//! A full seen index: a store with a million entries, filled without a broker.
//!
//! Over the wire it would take minutes; through the store's own way in, with many submissions to a group, it takes as long as
//! the disk does. This is the one place where the bench knows a broker from the inside.

use std::collections::VecDeque;
use std::path::Path;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;
use vtp::Packet;
use vtp::frame::HEADER_BYTES;

use crate::bench::BenchError;
use crate::bench::packets::{MIN_PACKET_BYTES, Packets};
use crate::store::{Draft, MediaType, Receipt, Store, StoreOptions, Submission};

/// Where the full store is, under the comparison's folder.
pub(super) const FOLDER: &str = "full";

/// Submissions on their way.
const UNDER_WAY: usize = 1024;

/// Makes a store with that many entries.
pub(super) async fn fill(folder: &Path, entries: u64) -> Result<(), BenchError> {
    let failed = |what: &dyn std::fmt::Display| BenchError::Broker(format!("cannot fill a store: {what}"));
    let (store, writer) = Store::open(folder, &StoreOptions::default()).map_err(|error| failed(&error))?;
    let stop = CancellationToken::new();
    let _stop_if_dropped = stop.clone().drop_guard();
    let writing = tokio::task::spawn_blocking({
        let stop = stop.clone();
        move || writer.run(stop)
    });

    let packets = Packets::new(MIN_PACKET_BYTES);
    let submitter = store.submitter();
    let mut receipts: VecDeque<Receipt> = VecDeque::with_capacity(UNDER_WAY);
    for serial in 0..entries {
        if receipts.len() == UNDER_WAY
            && let Some(receipt) = receipts.pop_front()
        {
            receipt.await.map_err(|error| failed(&error))?;
        }
        let draft = draft(&packets, serial).map_err(|error| failed(&error))?;
        let receipt = submitter.send(Submission::event(draft)).await;
        receipts.push_back(receipt.map_err(|error| failed(&error))?);
    }
    for receipt in receipts {
        receipt.await.map_err(|error| failed(&error))?;
    }
    stop.cancel();
    writing.await.map_err(|error| failed(&error))
}

fn draft(packets: &Packets, serial: u64) -> Result<Draft, vtp::PacketError> {
    let mut frame = Vec::with_capacity(HEADER_BYTES + MIN_PACKET_BYTES);
    packets.packet.write_frame(serial, &mut frame);
    let packet = Packet::parse(Bytes::from(frame).split_off(HEADER_BYTES))?;
    Ok(Draft {
        source: "bench".into(),
        media_type: MediaType::VoeventXml,
        digest: packet.digest(),
        ivoid: packet.ivorn().into(),
        role: packet.role().into(),
        is_flagged: false,
        is_imported: false,
        hops: 0,
        bytes: packet.raw().clone(),
    })
}
