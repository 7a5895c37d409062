//! The world of a core module: what it says of itself, so that a broker can make it a component.
//!
//! Generated bindings leave it in the module. A handler in C has none: it is written against a header, and here the
//! interface of `wit/` is added in their place.

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::BuildError;
use crate::host;
use crate::workbench::template::WIT;

/// The module, which says what it is written against if it is a handler.
pub(super) fn stated(mut module: Vec<u8>) -> Result<Vec<u8>, BuildError> {
    if !host::lacks_world(&module) {
        return Ok(module);
    }
    let (name, text) = WIT;
    let mut interface = Resolve::default();
    let package = interface.push_source(name, text);
    let world = package.and_then(|package| interface.select_world(&[package], None));
    let added = world
        .and_then(|world| embed_component_metadata(&mut module, &interface, world, StringEncoding::UTF8));
    // `{:#}` tells the causes too.
    added.map(|()| module).map_err(|error| BuildError::World(format!("{error:#}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{MAX_MODULE_BYTES, Shape};

    const HANDLER: &str = "(module (memory (export \"memory\") 1)
        (func (export \"philae:handler/handler@1.0.0#describe\") (result i32) unreachable))";

    #[test]
    fn a_handler_without_a_world_is_given_ours_once() {
        let module = wat::parse_str(HANDLER).unwrap();
        assert!(host::inspect(&module, MAX_MODULE_BYTES).is_err());
        let stated_once = stated(module).unwrap();
        assert_eq!(host::inspect(&stated_once, MAX_MODULE_BYTES).unwrap().shape, Shape::CoreModule);
        assert_eq!(stated(stated_once.clone()).unwrap(), stated_once);
    }

    #[test]
    fn what_is_no_handler_is_left_as_it_is() {
        let command = wat::parse_str("(module (func (export \"_start\")))").unwrap();
        assert_eq!(stated(command.clone()).unwrap(), command);
        assert_eq!(stated(b"no module".to_vec()).unwrap(), b"no module");
    }
}
