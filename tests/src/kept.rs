//! What a broker keeps, read back through its own door: by a subscriber that returns to the start of the log.

use std::collections::HashSet;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use vtp::{Digest, Packet};

use crate::client::{Listener, PATIENCE, submit_acked};
use crate::philae::Philae;

/// Everything that a broker keeps, oldest first.
///
/// It submits a packet of its own, which is not among them, to know where the log ends. Nothing else should come in
/// meanwhile.
///
/// # Errors
/// The broker closes, or does not deliver in time.
pub fn kept(philae: &Philae) -> Result<Vec<Bytes>> {
    let head = Listener::start(philae.broadcast()?)?.cursor().cloned().context("no cursor was handed out")?;
    let mut listener = Listener::returning(philae.broadcast()?, Some(head.at(0)))?;
    listener.wait_for_cursor()?;
    let end = end_of_log(head.position());
    submit_acked(philae.receive()?, &end)?;
    let mut packets = Vec::new();
    loop {
        match listener.next(PATIENCE)? {
            Some(packet) if packet == end => break,
            Some(packet) => packets.push(packet),
            None => bail!("the broker closed after {} packets", packets.len()),
        }
    }
    packets.retain(|packet| !packet.starts_with(END.as_bytes()));
    Ok(packets)
}

const END: &str = "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' role='test' version='2.0' \
                   ivorn='ivo://philae.test/end-of-log#";

fn end_of_log(position: u64) -> Vec<u8> {
    format!("{END}{position}'/>").into_bytes()
}

/// How many packets have an identity that another before them has.
///
/// # Errors
/// One cannot be read as a packet.
pub fn repeated(packets: &[Bytes]) -> Result<usize> {
    let digests = packets.iter().map(|packet| Ok(Packet::parse(packet.clone())?.digest()));
    let different = digests.collect::<Result<HashSet<Digest>>>()?;
    Ok(packets.len() - different.len())
}

/// How many packets of `wanted` are not, byte for byte, among `found`.
pub fn missing<P: AsRef<[u8]>>(wanted: &[P], found: &[Bytes]) -> usize {
    let found: HashSet<&[u8]> = found.iter().map(AsRef::as_ref).collect();
    wanted.iter().filter(|packet| !found.contains(packet.as_ref())).count()
}

/// Whether a log holds each of some packets once and nothing else, in whatever order.
///
/// # Errors
/// A packet of the log cannot be read as one.
pub fn is_each_once<P: AsRef<[u8]>>(wanted: &[P], kept: &[Bytes]) -> Result<bool> {
    Ok(kept.len() == wanted.len() && missing(wanted, kept) == 0 && repeated(kept)? == 0)
}
