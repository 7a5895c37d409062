//! WASI preview 1 for commands, with a limit of its own: files.
//!
//! wasmtime's table of a command's descriptors has room for a million, and each open file is one of the broker's. So
//! opening is counted, closed files too: what a command opens for one event is a handful.

use wasmtime::{Caller, Engine, Extern, Linker};
use wasmtime_wasi::p1;
use wasmtime_wasi::p1::wasi_snapshot_preview1::{self, WasiSnapshotPreview1};
use wiggle::GuestMemory;

use super::call::Call;

/// Files and folders that a command may open for one event.
pub(super) const MAX_OPENED: u32 = 256;
/// What it is told then: ENFILE.
const TOO_MANY: i32 = 41;
/// What it is told of a file that is not granted: EACCES, EPERM, EROFS, ENOTCAPABLE.
const REFUSALS: [i32; 4] = [2, 63, 69, 76];
/// Of the flags of opening, and of the rights asked for.
const CREATE: i32 = 1;
const TRUNCATE: i32 = 8;
const WRITE: i64 = 1 << 6;
/// The descriptor of the first folder that is granted; the others follow it.
const FIRST_FOLDER: i32 = 3;
/// Of a path that was refused, as much as is told.
const MAX_PATH_BYTES: usize = 4 << 10;

/// What `path_open` is given: folder, lookup, path and its length, flags, rights and inherited ones, more flags, and where
/// the descriptor goes.
type PathOpen = (i32, i32, i32, i32, i32, i64, i64, i32, i32);

/// Everything that commands may import.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Call>> {
    let mut linker = Linker::new(engine);
    p1::add_to_linker_async(&mut linker, Call::preview1)?;
    linker.allow_shadowing(true);
    linker.func_wrap_async("wasi_snapshot_preview1", "path_open", |caller, given| {
        Box::new(open(caller, given))
    })?;
    linker.allow_shadowing(false);
    Ok(linker)
}

async fn open(mut caller: Caller<'_, Call>, given: PathOpen) -> wasmtime::Result<i32> {
    let opened = &mut caller.data_mut().opened;
    *opened += 1;
    if *opened > MAX_OPENED {
        return Ok(TOO_MANY);
    }
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return Err(wasmtime::Error::msg("it exports no memory"));
    };
    let (bytes, call) = memory.data_and_store_mut(&mut caller);
    let mut memory = GuestMemory::Unshared(bytes);
    let (folder, lookup, path, length, flags, rights, inherited, more, to) = given;
    let context = call.preview1();
    context.set_hostcall_fuel(super::HOSTCALL_BYTES);
    let error = wasi_snapshot_preview1::path_open(
        context,
        &mut memory,
        folder,
        lookup,
        path,
        length,
        flags,
        rights,
        inherited,
        more,
        to,
    )
    .await?;
    if REFUSALS.contains(&error)
        && let GuestMemory::Unshared(bytes) = &memory
        && let Some(path) = text(bytes, path, length)
    {
        let is_write = flags & (CREATE | TRUNCATE) != 0 || rights & WRITE != 0;
        let number = folder.checked_sub(FIRST_FOLDER).and_then(|number| usize::try_from(number).ok());
        call.note_refused(&path, is_write, number);
    }
    Ok(error)
}

/// A text in a guest's memory; none if it is not there.
fn text(memory: &[u8], at: i32, length: i32) -> Option<String> {
    // The interface's numbers have no sign.
    let (at, length) = (at.cast_unsigned() as usize, length.cast_unsigned() as usize);
    let bytes = memory.get(at..at.checked_add(length)?)?;
    Some(String::from_utf8_lossy(bytes.get(..length.min(MAX_PATH_BYTES))?).into_owned())
}
