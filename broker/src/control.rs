//! Control: what an operator's commands ask of a broker that runs.
//!
//! A Unix socket in the broker's data folder, which nobody but its user may open; a request is one line of JSON, an answer
//! one line or, of what is followed, as many as come. It promises that a request that is none costs no more than its line,
//! and that what was asked for is done when the answer says so. Words and tables are `cli`'s affair.
//!
//! ```text
//! {"do":"status"}                                      -> the status, see `status::Now`
//! {"do":"list"}                                        -> {"handlers":[..]}
//! {"do":"handler","name":"a"}                          -> {"handler":{..}}
//! {"do":"logs","name":"a","follow":true}               -> {"at":..,"seq":..,"level":..,"text":..} ...
//! {"do":"quarantine","name":null}                      -> {"cases":[..],"has_more":false}
//! {"do":"show","name":"a","seq":7}                     -> {"case":{..},"packet":".."}
//! {"do":"retry"|"drop","name":"a","seq":7|null}        -> {"done":n,"failed":[..],"left_out":n}, so many failures more
//! {"do":"latest","limit":9}                            -> {"events":[..]}, the newest first, see `traffic::Sighting`
//! {"do":"replay","name":"a","seq":7}                   -> {"replayed":"handled"|"unwanted"|"failed","dropped":n,"reason":".."}
//! {"do":"pause"|"resume","name":"a"} · {"do":"reload"} -> {"done":1}
//! {"do":"events","last":9,..}                           -> entries with their packets: see `message`
//! {"do":"import","check":"flag"}                        -> takes packets: see `import`
//! anything that cannot be done                         -> {"error":".."}
//! ```

mod answer;
mod cases;
mod client;
mod events;
mod import;
mod line;
mod message;
mod request;
mod serve;
mod socket;

pub(crate) use answer::Desk;
pub(crate) use client::{BUSY_PATIENCE, BrokerError, LINE_BYTES, PATIENCE, no_answer, worded};
pub(crate) use import::{Coming, Went};
pub(crate) use line::line;
pub(crate) use message::Message;
pub(crate) use request::Request;
pub(crate) use serve::Control;
pub(crate) use socket::{connect, connect_async, socket};
