//! Files that a guest may not open, told as denied.
//!
//! wasmtime refuses what is not granted, and says no more than an error's number. What was asked for is known here. A
//! guest's own library looks for the folder of a path before it asks: what it finds none for never comes here.

use std::future::Future;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::filesystem::types::{
    self, DescriptorFlags, ErrorCode, HostDescriptor, OpenFlags, PathFlags,
};

use super::call::Call;
use crate::grants::{Denied, FolderGrant, Grants};
use crate::plain::excerpt;

/// The interface in which components open files; any version of 0.2 is linked to it.
const TYPES: &str = "wasi:filesystem/types@0.2.12";
/// Of a path that was refused, as much as is told.
const MAX_PATH_CHARS: usize = 4 << 10;
const OPEN: &str = "[method]descriptor.open-at";

type Open = (Resource<Descriptor>, PathFlags, String, OpenFlags, DescriptorFlags);
type Opened = (Result<Resource<Descriptor>, ErrorCode>,);
type Opening<'a> = Box<dyn Future<Output = wasmtime::Result<Opened>> + Send + 'a>;

/// Has components' calls to open files go by way of this module.
pub(super) fn watch(linker: &mut Linker<Call>) -> wasmtime::Result<()> {
    linker.instance(TYPES)?.func_wrap_async(OPEN, open)
}

fn open(mut store: StoreContextMut<'_, Call>, (folder, lookup, path, how, rights): Open) -> Opening<'_> {
    Box::new(async move {
        let call = store.data_mut();
        let is_write = how.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE)
            || rights.intersects(DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY);
        let asked: String = path.chars().take(MAX_PATH_CHARS).collect();
        let mut files = call.filesystem();
        let opened = HostDescriptor::open_at(&mut files, folder, lookup, path, how, rights).await;
        let error = match opened {
            Ok(opened) => return Ok((Ok(opened),)),
            Err(error) => types::Host::convert_error_code(&mut files, error)?,
        };
        let is_refusal = matches!(error, ErrorCode::Access | ErrorCode::NotPermitted | ErrorCode::ReadOnly);
        if is_refusal {
            call.note_refused(&asked, is_write, None);
        }
        Ok((Err(error),))
    })
}

impl Call {
    /// Notes that a file was not opened, if that is for want of a grant. `folder` is the number of the granted folder that
    /// it was to be opened in, if that is known.
    pub(super) fn note_refused(&self, path: &str, is_write: bool, folder: Option<usize>) {
        if leads_out(path) {
            return self.denials.note(Denied::outside(path));
        }
        let readable = readable(self.grants(), folder);
        if is_write && !readable.is_empty() {
            let folder = match readable.as_slice() {
                [one] => Some((one.host.clone(), one.guest.clone())),
                _ => None,
            };
            self.denials.note(Denied::Write { path: excerpt(path).into(), folder });
        }
    }
}

/// The folders that may be read and not written, among which is the one of that number if it is one.
fn readable(grants: &Grants, folder: Option<usize>) -> Vec<&FolderGrant> {
    match folder.and_then(|number| grants.folders.get(number)) {
        Some(folder) => Some(folder).into_iter().filter(|folder| !folder.writable).collect(),
        None => grants.folders.iter().filter(|folder| !folder.writable).collect(),
    }
}

/// Whether a path leads out of the folder that it begins in, as it is written.
fn leads_out(path: &str) -> bool {
    let mut depth = 0_i64;
    path.starts_with('/')
        || path.split('/').any(|part| {
            depth += match part {
                "" | "." => 0,
                ".." => -1,
                _ => 1,
            };
            depth < 0
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_out_when_it_says_so() {
        for path in ["/etc/passwd", "..", "../a", "a/../../b", "./.."] {
            assert!(leads_out(path), "{path}");
        }
        for path in ["a", "a/../b", "./a", "a//..", "..a/b"] {
            assert!(!leads_out(path), "{path}");
        }
    }
}
