//! The interface `publish`: packets of the handler's own, judged at once and sent when the call has succeeded.

use bytes::Bytes;

use crate::grants::Denied;
use crate::host::bindings::philae::handler::publish::{Host, PublishError};
use crate::host::call::Call;

impl Host for Call {
    fn packet(&mut self, bytes: Vec<u8>) -> wasmtime::Result<Result<(), PublishError>> {
        Ok(self.publish(bytes.into()))
    }
}

impl Call {
    fn publish(&mut self, packet: Bytes) -> Result<(), PublishError> {
        // Outside of an event there is nothing that a packet could be the result of.
        if self.event.is_none() {
            return Err(PublishError::NotGranted);
        }
        if !self.grants().publish {
            self.denials.note(Denied::Publish);
            return Err(PublishError::NotGranted);
        }
        let limits = &self.setup.limits;
        let bytes = self.published_bytes.saturating_add(packet.len());
        if self.published.len() >= limits.published_packets || bytes > limits.published_bytes {
            return Err(PublishError::TooMany);
        }
        if let Some(judge) = &self.setup.judge {
            judge(&packet).map_err(PublishError::Refused)?;
        }
        self.published_bytes = bytes;
        self.published.push(packet);
        Ok(())
    }
}
