//! Computes for some ten milliseconds an event: for benchmarks, what must be in nobody's way.
use std::hint::black_box;

use philae_guest::prelude::*;

philae_guest::handler!(compute);

const ROUNDS: u64 = 5_000_000;

fn compute(event: &Event) -> Outcome {
    let mut number = event.seq() | 1;
    for _ in 0..ROUNDS {
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        black_box(number);
    }
    Ok(())
}
