//! The page: files that are a part of the program.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use super::Shared;

/// A file: its path, its type and its text.
type File = (&'static str, &'static str, &'static str);

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

const FILES: [File; 8] = [
    ("/", HTML, include_str!("page/index.html")),
    ("/page.css", CSS, include_str!("page/page.css")),
    ("/page.js", JS, include_str!("page/page.js")),
    ("/build.js", JS, include_str!("page/build.js")),
    ("/chart.js", JS, include_str!("page/chart.js")),
    ("/orders.js", JS, include_str!("page/orders.js")),
    ("/sky.js", JS, include_str!("page/sky.js")),
    ("/icon.svg", SVG, include_str!("page/icon.svg")),
];

/// The way to each file.
pub(super) fn routes() -> Router<Shared> {
    FILES.into_iter().fold(Router::new(), |router, (path, media_type, text)| {
        router.route(path, get(move || async move { ([(CONTENT_TYPE, media_type)], text).into_response() }))
    })
}
