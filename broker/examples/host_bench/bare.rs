//! The bare loop: an instance and a call, and constants for answers.

use ::philae::event::View;

use self::philae::handler::types::{Envelope, Role, Timestamp};
use self::philae::handler::{config, event, log, metrics, publish, state, types};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wit_component::ComponentEncoder;

use crate::EventInHand;

wasmtime::component::bindgen!({
    path: "../wit",
    world: "handler-world",
    exports: { default: async },
});

/// A handler without a host.
pub(crate) struct Bare {
    engine: Engine,
    pre: HandlerWorldPre<Guest>,
}

impl Bare {
    pub(crate) fn new(module: &[u8]) -> Self {
        let mut pool = PoolingAllocationConfig::new();
        pool.max_memory_size(1 << 30)
            .total_memories(64)
            .total_tables(64)
            .table_elements(50_000)
            .linear_memory_keep_resident(256 << 10)
            .table_keep_resident(16 << 10)
            .pagemap_scan(Enabled::Auto);
        let mut config = Config::new();
        config.signals_based_traps(false).memory_reservation(1 << 30).memory_guard_size(0);
        config.concurrency_support(false).allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = Engine::new(&config).unwrap();
        // The eighth byte tells components from core modules.
        let component = match module[6] {
            0 => ComponentEncoder::default().module(module).unwrap().encode().unwrap(),
            _ => module.to_vec(),
        };
        let mut linker = Linker::new(&engine);
        HandlerWorld::add_to_linker::<_, HasSelf<Guest>>(&mut linker, |guest| guest).unwrap();
        let component = Component::new(&engine, component).unwrap();
        let pre = HandlerWorldPre::new(linker.instantiate_pre(&component).unwrap()).unwrap();
        Self { engine, pre }
    }

    pub(crate) fn run(&self, event: &EventInHand, events: u32, answers: Answers) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for _ in 0..events {
                let mut store =
                    Store::new(&self.engine, Guest { bytes: event.bytes.clone(), answers, view: None });
                let world = self.pre.instantiate_async(&mut store).await.unwrap();
                let envelope = envelope(event);
                world.philae_handler_handler().call_handle(&mut store, &envelope).await.unwrap().unwrap();
            }
        });
    }
}

fn envelope(event: &EventInHand) -> Envelope {
    let moment = Timestamp { seconds: 1_768_386_728, nanoseconds: 0 };
    Envelope {
        seq: event.seq,
        ivoid: event.ivoid.to_string(),
        stream: "ivo://philae.test/wide-field-monitor".to_owned(),
        role: Role::Observation,
        media_type: "application/xml".to_owned(),
        authored: Some(moment),
        received: moment,
        source: event.source.to_string(),
        attempt: 1,
    }
}

/// Where answers about the event come from.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Answers {
    FromThePacket,
    Constant,
}

struct Guest {
    bytes: bytes::Bytes,
    answers: Answers,
    view: Option<View>,
}

impl Guest {
    fn view(&mut self) -> Option<&View> {
        match self.answers {
            Answers::FromThePacket => {
                Some(self.view.get_or_insert_with(|| View::parse(&self.bytes).unwrap()))
            }
            Answers::Constant => None,
        }
    }
}

fn param(param: ::philae::event::Param<'_>) -> event::Param {
    event::Param {
        group: param.group.map(str::to_owned),
        name: param.name.to_owned(),
        value: param.value.into_owned(),
        unit: param.unit.map(str::to_owned),
        ucd: param.ucd.map(str::to_owned),
        data_type: param.data_type.map(str::to_owned),
    }
}

impl types::Host for Guest {}

impl event::Host for Guest {
    fn raw(&mut self) -> Vec<u8> {
        self.bytes.to_vec()
    }

    fn params(&mut self) -> Vec<event::Param> {
        let params = self.view().map(|view| view.params()).unwrap_or_default();
        params.into_iter().map(param).collect()
    }

    fn find_param(&mut self, name: String, group: Option<String>) -> Option<event::Param> {
        self.view()?.find_param(&name, group.as_deref()).map(param)
    }

    fn citations(&mut self) -> Vec<event::Citation> {
        let citations = self.view().map(|view| view.citations()).unwrap_or_default();
        let relation = event::Relation::Other;
        citations.iter().map(|one| event::Citation { ivoid: one.ivoid.to_owned(), relation }).collect()
    }

    fn position(&mut self) -> Option<event::SkyPosition> {
        let constant = (211.8034, -36.2719, Some(0.05), "UTC-FK5-GEO".to_owned());
        let found = self.view().map(|view| view.position());
        let found =
            found.map(|at| at.map(|at| (at.longitude, at.latitude, at.error_radius, at.system.to_owned())));
        let (longitude, latitude, error_radius, system) = found.unwrap_or(Some(constant))?;
        Some(event::SkyPosition { longitude, latitude, error_radius, system, time: None })
    }

    fn xpath(&mut self, _: String) -> Result<event::XpathValue, String> {
        Ok(event::XpathValue::Boolean(true))
    }
}

impl log::Host for Guest {
    fn write(&mut self, _: log::Level, _: String) {}
}

impl config::Host for Guest {
    fn get(&mut self, _: String) -> Option<String> {
        None
    }

    fn all(&mut self) -> Vec<(String, String)> {
        Vec::new()
    }
}

impl state::Host for Guest {
    fn get(&mut self, _: String) -> Option<Vec<u8>> {
        None
    }

    fn set(&mut self, _: String, _: Vec<u8>, _: Option<u64>) -> Result<(), state::StateError> {
        Ok(())
    }

    fn delete(&mut self, _: String) {}

    fn increment(&mut self, _: String, by: i64) -> Result<i64, state::StateError> {
        Ok(by)
    }

    fn compare_and_swap(
        &mut self,
        _: String,
        _: Option<Vec<u8>>,
        _: Vec<u8>,
    ) -> Result<bool, state::StateError> {
        Ok(true)
    }

    fn keys(&mut self, _: String, _: u32) -> Vec<String> {
        Vec::new()
    }
}

impl publish::Host for Guest {
    fn packet(&mut self, _: Vec<u8>) -> Result<(), publish::PublishError> {
        Ok(())
    }
}

impl metrics::Host for Guest {
    fn count(&mut self, _: String, _: u64) {}

    fn gauge(&mut self, _: String, _: f64) {}
}
