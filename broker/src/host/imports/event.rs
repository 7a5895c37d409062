//! The interface `event`: questions about the event in hand.

use super::timestamp;
use crate::event::{self as view, Answer};
use crate::host::bindings::philae::handler::event as wit;
use crate::host::call::Call;
use crate::plain;

impl wit::Host for Call {
    fn raw(&mut self) -> wasmtime::Result<Vec<u8>> {
        Ok(self.event.as_ref().map(|event| event.bytes.to_vec()).unwrap_or_default())
    }

    fn params(&mut self) -> wasmtime::Result<Vec<wit::Param>> {
        let view = self.view();
        Ok(view.into_iter().flat_map(view::View::params).map(param).collect())
    }

    fn find_param(&mut self, name: String, group: Option<String>) -> wasmtime::Result<Option<wit::Param>> {
        let found = self.view().and_then(|view| view.find_param(&name, group.as_deref()));
        Ok(found.map(param))
    }

    fn citations(&mut self) -> wasmtime::Result<Vec<wit::Citation>> {
        let citations = self.view().into_iter().flat_map(view::View::citations);
        Ok(citations
            .map(|citation| wit::Citation {
                ivoid: citation.ivoid.to_owned(),
                relation: match citation.relation {
                    view::Relation::Followup => wit::Relation::Followup,
                    view::Relation::Supersedes => wit::Relation::Supersedes,
                    view::Relation::Retraction => wit::Relation::Retraction,
                    view::Relation::Other => wit::Relation::Other,
                },
            })
            .collect())
    }

    fn position(&mut self) -> wasmtime::Result<Option<wit::SkyPosition>> {
        let position = self.view().and_then(view::View::position);
        Ok(position.map(|position| wit::SkyPosition {
            longitude: position.longitude,
            latitude: position.latitude,
            error_radius: position.error_radius,
            system: position.system.to_owned(),
            time: position.time.map(timestamp),
        }))
    }

    fn xpath(&mut self, expression: String) -> wasmtime::Result<Result<wit::XpathValue, String>> {
        let Some(view) = self.view() else { return Ok(Err("there is no event to ask".to_owned())) };
        Ok(match view.xpath(&expression) {
            Ok(Answer::Boolean(value)) => Ok(wit::XpathValue::Boolean(value)),
            Ok(Answer::Number(value)) => Ok(wit::XpathValue::Number(value)),
            Ok(Answer::Text(value)) => Ok(wit::XpathValue::Text(value)),
            Ok(Answer::Nodes(values)) => Ok(wit::XpathValue::Nodes(values)),
            Err(error) => Err(plain::excerpt(&error.to_string())),
        })
    }
}

fn param(param: view::Param<'_>) -> wit::Param {
    wit::Param {
        group: param.group.map(str::to_owned),
        name: param.name.to_owned(),
        value: param.value.into_owned(),
        unit: param.unit.map(str::to_owned),
        ucd: param.ucd.map(str::to_owned),
        data_type: param.data_type.map(str::to_owned),
    }
}
