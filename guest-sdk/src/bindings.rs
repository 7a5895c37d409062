//! What `wit-bindgen` makes of `wit/handler.wit`: the raw interface, which the rest of this crate makes pleasant.
#![allow(missing_docs, reason = "the documentation stands in wit/handler.wit")]
#![allow(unsafe_code, clippy::all, clippy::allow_attributes_without_reason, reason = "generated code")]

wit_bindgen::generate!({
    path: "wit",
    world: "handler-world",
    pub_export_macro: true,
    default_bindings_module: "philae_guest::bindings",
    runtime_path: "::philae_guest::wit_bindgen::rt",
    additional_derives: [PartialEq],
    generate_all,
});
