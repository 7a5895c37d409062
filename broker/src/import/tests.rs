//! Reading what is packed, whole and damaged.

use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use super::tarball::{self, Content};
use super::unpack;

const LIMIT: u64 = 4096;

fn header(name: &str, length: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_path(name).unwrap();
    header.set_size(length);
    header.set_mode(0o644);
    header.set_cksum();
    header
}

fn tarball(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, content) in members {
        builder.append_data(&mut header("x", content.len() as u64), name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

/// What is found in a tarball, and why it ended early if it did.
fn read(bytes: &[u8]) -> (Vec<(String, Content)>, Option<String>) {
    let (head, stream) = unpack::open(Cursor::new(bytes.to_vec())).unwrap();
    assert!(tarball::begins(&head), "it is a tarball");
    let mut found = Vec::new();
    let ended = tarball::read(stream, LIMIT, |name, content| {
        found.push((name.to_owned(), content));
        Ok(())
    });
    (found, ended.unwrap().err().map(|cut| cut.to_string()))
}

fn packet(text: &str) -> Content {
    Content::Packet(text.as_bytes().to_vec())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn members_are_told_apart_by_name_and_content() {
    let long = format!("{}/b.xml", "folder".repeat(30));
    let tarball = tarball(&[
        ("a.XML", b""),
        (&long, b"b"),
        ("c", b" \n<c/>"),
        ("d.txt", b"text"),
        ("e", b"\xff\xfe<\0e\0"),
        ("f.xml", &[b'x'; 4097]),
        ("g", &[b'x'; 4097]),
        ("h", &[b'<'; 4097]),
        ("i", &[b'<'; 4096]),
    ]);
    let (found, ended) = read(&tarball);
    assert_eq!(ended, None);
    let found: Vec<_> = found.iter().map(|(name, content)| (name.as_str(), content)).collect();
    assert_eq!(
        found,
        [
            ("a.XML", &packet("")),
            (&long, &packet("b")),
            ("c", &packet(" \n<c/>")),
            ("d.txt", &Content::Other),
            ("e", &Content::Packet(b"\xff\xfe<\0e\0".to_vec())),
            ("f.xml", &Content::TooLong),
            ("g", &Content::Other),
            ("h", &Content::TooLong),
            ("i", &Content::Packet(vec![b'<'; 4096])),
        ]
    );
}

#[test]
fn a_member_that_is_packed_is_unpacked_and_one_that_cannot_be_is_told() {
    let long = gzip(&vec![b'<'; 1 << 20]);
    let (packed, text) = (bzip2(b"<b/>"), zstd(b"text"));
    let cut = gzip(b"<c/>");
    let apple = b"\0\x05\x16\x07\0\x02";
    let (found, ended) = read(&tarball(&[
        ("a.xml", &gzip(b"<a/>")),
        ("b.xml.bz2", &packed),
        ("c.xml.gz", &cut[..cut.len() - 9]),
        ("d.zst", &text),
        ("e.gz", &long),
        ("f/._a.xml", apple),
    ]));
    assert_eq!(ended, None);
    let found: Vec<_> = found.into_iter().map(|(_, content)| content).collect();
    assert!(matches!(&found[2], Content::Damaged(_)), "{found:?}");
    let others = [&found[0], &found[1], &found[3], &found[4], &found[5]];
    assert_eq!(
        others,
        [&packet("<a/>"), &packet("<b/>"), &Content::Other, &Content::TooLong, &Content::Other]
    );
}

#[test]
fn what_goes_on_with_zeros_for_ever_is_left() {
    let ended = tarball::read(std::io::repeat(0), LIMIT, |_, _| Ok(()));
    assert!(ended.unwrap().unwrap_err().to_string().contains("nothing but zeros"));
}

#[test]
fn what_is_packed_reads_as_if_it_were_not_in_one_piece_or_in_several() {
    let plain = tarball(&[("a.xml", b"<a/>"), ("b.xml", b"<b/>")]);
    let whole = read(&plain);
    let (one, two) = plain.split_at(700);
    for pack in [gzip, bzip2, zstd] {
        assert_eq!(read(&pack(&plain)), whole);
        assert_eq!(read(&[pack(one), pack(two)].concat()), whole);
    }
}

#[test]
fn tarballs_behind_one_another_are_all_read() {
    let both = [tarball(&[("a.xml", b"<a/>")]), tarball(&[("b.xml", b"<b/>")])].concat();
    let found = vec![("a.xml".to_owned(), packet("<a/>")), ("b.xml".to_owned(), packet("<b/>"))];
    assert_eq!(read(&both), (found, None));
}

#[test]
fn wherever_a_tarball_is_cut_what_came_before_is_found_and_the_cut_is_told() {
    let members: Vec<_> = (0..9).map(|number| format!("<e n='{number}'/>{}", "x".repeat(600))).collect();
    let named: Vec<_> = members.iter().map(|content| ("m.xml", content.as_bytes())).collect();
    let plain = tarball(&named);
    let content_bytes = plain.iter().rposition(|byte| *byte != 0).unwrap();
    for pack in [|bytes: &[u8]| bytes.to_vec(), gzip, bzip2, zstd] {
        let packed = pack(&plain);
        let least = 600 * packed.len() / plain.len();
        let last = if packed.len() == plain.len() { content_bytes } else { packed.len() };
        for cut in (least..last).step_by(97) {
            let Ok((head, stream)) = unpack::open(Cursor::new(packed[..cut].to_vec())) else { continue };
            let mut found = 0;
            let ended = tarball::read(stream, LIMIT, |_, content| {
                assert_eq!(content, packet(&members[found]));
                found += 1;
                Ok(())
            });
            let told = ended.unwrap().unwrap_err().to_string();
            assert!(tarball::begins(&head) || head.len() < 512);
            assert!(told.starts_with("it is damaged or cut: "), "{told}");
            assert!(told.contains(&format!("{found} members of it were read")), "{told}");
        }
    }
}

#[test]
fn a_tarball_without_its_end_mark_is_taken_for_cut() {
    let plain = tarball(&[("a.xml", &[b'x'; 512])]);
    let (found, ended) = read(&plain[..1024]);
    assert_eq!(found.len(), 1);
    let words = "it is damaged or cut: it has no end mark; 1 members of it were read, the last is 'a.xml'";
    assert_eq!(ended.as_deref(), Some(words));
}

#[test]
fn a_name_of_any_length_costs_no_more_than_a_long_one() {
    let mut builder = Builder::new(Vec::new());
    let length = 64 << 20;
    let mut long = header("long", length);
    long.set_entry_type(EntryType::GNULongName);
    long.set_cksum();
    builder.append(&long, std::io::Read::take(std::io::repeat(b'n'), length)).unwrap();
    builder.append_data(&mut header("x", 4), "a.xml", &b"<a/>"[..]).unwrap();
    let (found, ended) = read(&gzip(&builder.into_inner().unwrap()));
    assert_eq!((found.len(), ended), (1, None));
    assert!(found[0].0.len() <= 64 << 10 && found[0].1 == packet("<a/>"));
}

#[test]
fn a_name_in_an_extended_header_holds_for_the_next_member() {
    let mut builder = Builder::new(Vec::new());
    builder.append_pax_extensions([("comment", b"c".as_slice()), ("path", b"p/\xc3\xa9.xml")]).unwrap();
    builder.append(&header("short", 1), &b"1"[..]).unwrap();
    builder.append(&header("next.xml", 1), &b"2"[..]).unwrap();
    let (found, _) = read(&builder.into_inner().unwrap());
    assert_eq!(found, [("p/é.xml".to_owned(), packet("1")), ("next.xml".to_owned(), packet("2"))]);
}

#[test]
fn what_asks_for_too_much_memory_is_refused() {
    // A frame of Zstandard whose window is 512 MiB, and one block.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0, 19 << 3, 1, 0, 0];
    let error = unpack::open(Cursor::new(frame.to_vec())).map(drop).unwrap_err();
    assert!(error.to_string().to_lowercase().contains("window"), "{error}");
}

#[test]
fn a_packet_that_is_packed_alone_is_read_no_further_than_it_may_be() {
    for (length, wanted) in [(4096, Content::Packet(vec![b'<'; 4096])), (1 << 24, Content::TooLong)] {
        let (head, stream) = unpack::open(Cursor::new(gzip(&vec![b'<'; length]))).unwrap();
        assert!(!tarball::begins(&head));
        assert_eq!(tarball::content(stream, None, false, LIMIT).unwrap(), wanted);
    }
}

#[test]
fn a_checksum_that_is_wrong_is_told() {
    let plain = tarball(&[("a.xml", b"<a/>")]);
    let packed = gzip(&plain);
    let mut wrong = packed.clone();
    let at = wrong.len() - 6;
    wrong[at] ^= 1;
    assert_eq!(read(&packed).1, None);
    let (found, ended) = read(&wrong);
    assert_eq!((found.len(), ended.is_some()), (1, true));
}

/// Text that packs into several blocks of 100,000 bytes.
fn long_text() -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..40_000).flat_map(|_| format!("<Param name='{}'/>", random.u32(..)).into_bytes()).collect()
}

/// What can be read of something packed, and whether that is all.
fn unpacked(packed: &[u8]) -> (Vec<u8>, bool) {
    let Ok((_, mut stream)) = unpack::open(Cursor::new(packed.to_vec())) else { return (Vec::new(), false) };
    let mut bytes = Vec::new();
    let is_whole = std::io::Read::read_to_end(&mut stream, &mut bytes).is_ok();
    (bytes, is_whole)
}

#[test]
fn a_stream_of_many_blocks_unpacks_to_what_was_packed() {
    let text = long_text();
    let packed = bzip2(&text);
    assert!(unpacked(&packed) == (text.clone(), true));
    assert!(unpacked(&[&packed[..], &packed, b"\0\0"].concat()) == ([&text[..], &text].concat(), true));
    assert!(unpacked(&[bzip2(b""), packed, bzip2(b"")].concat()) == (text, true));
    let run = vec![b'x'; 20 << 20];
    assert!(unpacked(&bzip2(&run)) == (run, true));
}

#[test]
fn a_stream_of_many_blocks_that_is_damaged_or_cut_gives_what_came_before_and_no_more() {
    let text = long_text();
    let packed = bzip2(&text);
    let mut lengths = Vec::new();
    for at in (4..packed.len()).step_by(packed.len() / 40) {
        let mut damaged = packed.clone();
        damaged[at] ^= 4;
        for packed in [&damaged[..], &packed[..at]] {
            let (bytes, is_whole) = unpacked(packed);
            assert!(text.starts_with(&bytes) && !is_whole, "{at}");
            lengths.push(bytes.len());
        }
    }
    lengths.dedup();
    assert!(lengths.len() > 5, "what came before is given, by blocks");
}
