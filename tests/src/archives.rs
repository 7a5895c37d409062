//! Archives of packets as they lie about, and the log that they were taken into.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// How a tarball is packed.
pub const PACKINGS: [&str; 5] = ["tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst"];

/// A tarball of members, plain.
///
/// # Errors
/// A name is none.
pub fn tarball(members: &[(String, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, content.as_slice())?;
    }
    Ok(builder.into_inner()?)
}

/// The same bytes, packed in one of the [`PACKINGS`].
///
/// # Errors
/// They cannot be packed; xz takes Python.
pub fn pack(bytes: &[u8], packing: &str) -> Result<Vec<u8>> {
    Ok(match packing {
        "tar.gz" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes)?;
            encoder.finish()?
        }
        "tar.bz2" => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(bytes)?;
            encoder.finish()?
        }
        "tar.xz" => by_python(bytes)?,
        "tar.zst" => ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest),
        _ => bytes.to_vec(),
    })
}

fn by_python(bytes: &[u8]) -> Result<Vec<u8>> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), bytes)?;
    let code =
        "import lzma, sys; sys.stdout.buffer.write(lzma.compress(open(sys.argv[1], 'rb').read(), preset=0))";
    let output = Command::new("python3").args(["-c", code]).arg(file.path()).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

/// What a broker that runs has in its log: what it says of each entry, and its packet.
///
/// # Errors
/// It cannot be asked.
pub fn log(folder: &Path) -> Result<Vec<(Value, Vec<u8>)>> {
    let mut stream = UnixStream::connect(folder.join("control.sock"))?;
    stream.write_all(b"{\"do\":\"events\"}\n")?;
    let mut from = BufReader::new(stream);
    let mut entries = Vec::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let mut said: Value = serde_json::from_str(&line).with_context(|| line.clone())?;
        let Some(event) = said.get_mut("event").map(Value::take) else {
            ensure!(said.get("error").is_none(), "{line}");
            if said.get("end").is_some() {
                return Ok(entries);
            }
            continue;
        };
        let length = event.get("bytes").and_then(Value::as_u64).context("no length")?;
        let mut packet = vec![0; usize::try_from(length)? + 1];
        from.read_exact(&mut packet)?;
        packet.pop();
        entries.push((event, packet));
    }
}

/// The place up to which a store that somebody writes says it has come: its high-water mark.
///
/// # Errors
/// There is none yet.
pub fn mark(folder: &Path) -> Result<u64> {
    let mark = std::fs::read(folder.join("mark"))?;
    let head = mark.get(16..24).context("no mark yet")?;
    Ok(u64::from_be_bytes(head.try_into()?))
}
