//! Prints one field of each event: for benchmarks, the work of `tests/peers/plugins/print_field.py`.
use philae_guest::prelude::*;

philae_guest::handler!(print);

fn print(event: &Event) -> Outcome {
    log::info!("TrigID {}", event.param::<String>("TrigID")?);
    Ok(())
}
