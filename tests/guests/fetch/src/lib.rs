//! Asks for the setting `url`, and then, granted or not, for whatever is named in the answer: what a client that follows
//! redirects would do.
use philae_guest::http::Request;
use philae_guest::prelude::*;

philae_guest::handler!(fetch);

fn fetch(_: &Event) -> Outcome {
    let url: String = config::get("url")?;
    let answer = Request::get(&url).send()?;
    log::info!("{} answered {}", url, answer.status);
    let next = String::from_utf8_lossy(&answer.body);
    if next.starts_with("http") {
        let answer = Request::get(&next).send()?;
        log::info!("{} answered {}", next, answer.status);
    }
    Ok(())
}
