//! Expressions along the grammar, typed so that most have a value, and now and then one with a character too many.

use fastrand::Rng;

const AXES: [&str; 18] = [
    "descendant",
    "descendant",
    "descendant-or-self",
    "child",
    "following",
    "ancestor",
    "ancestor-or-self",
    "attribute",
    "child",
    "descendant",
    "descendant-or-self",
    "following",
    "following-sibling",
    "namespace",
    "parent",
    "preceding",
    "preceding-sibling",
    "self",
];
/// What tells much stands more often.
const TESTS: [&str; 24] = [
    "a",
    "a",
    "b",
    "c",
    "x-1",
    "*",
    "*",
    "*",
    "*",
    "node()",
    "node()",
    "node()",
    "text()",
    "text()",
    "comment()",
    "processing-instruction()",
    "processing-instruction('a')",
    "@k",
    "@k",
    "@*",
    "@*",
    "@xml:lang",
    "..",
    ".",
];
const NUMBERS: [&str; 14] = [
    "0",
    "1",
    "2",
    "3",
    "1.5",
    ".5",
    "2.",
    "1e2",
    "0.1",
    "100",
    "1 div 0",
    "0 div 0",
    "3.7e-3",
    "12345678.9",
];
const LITERALS: [&str; 14] = [
    "''", "'1'", "\"2\"", "' 3.5 '", "'abc'", "'a'", "'en'", "'EN-gb'", "'i1 i2'", "' '", "'é'", "'-4'",
    "'NaN'", "'b c'",
];

/// What is put in to damage an expression.
const SIGNS: [char; 20] =
    ['(', ')', '[', ']', '/', '.', ',', '@', ':', '*', '\'', '"', '|', '=', '<', '!', '-', '+', '1', '$'];

pub(crate) fn expression(random: &mut Rng) -> String {
    let mut text = any(random, 3);
    if random.u8(0..20) == 0 {
        damage(random, &mut text);
    }
    text
}

/// Takes out a character, or puts one in.
fn damage(random: &mut Rng, text: &mut String) {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let Some(at) = random.choice(places).filter(|_| text.len() > 1) else { return };
    if random.bool() {
        text.remove(at);
    } else if let Some(character) = random.choice(SIGNS) {
        text.insert(at, character);
    }
}

fn any(random: &mut Rng, depth: u8) -> String {
    match random.u8(0..6) {
        0 => boolean(random, depth),
        1 => number(random, depth),
        2 => string(random, depth),
        _ => nodes(random, depth),
    }
}

fn pick(random: &mut Rng, from: &[&str]) -> String {
    random.choice(from).copied().unwrap_or_default().to_owned()
}

/// White space where it changes nothing.
fn space(random: &mut Rng) -> &'static str {
    random.choice(["", "", "", " ", "\n", "  "]).unwrap_or_default()
}

fn nodes(random: &mut Rng, depth: u8) -> String {
    if depth == 0 {
        return pick(random, &TESTS);
    }
    match random.u8(0..14) {
        0 => format!(
            "{}{}|{}{}",
            nodes(random, depth - 1),
            space(random),
            space(random),
            nodes(random, depth - 1)
        ),
        1 => format!("({}){}", nodes(random, depth - 1), predicate(random, depth - 1)),
        2 => format!("({})/{}", nodes(random, depth - 1), path(random, depth - 1)),
        3 => format!("({})//{}", nodes(random, depth - 1), path(random, depth - 1)),
        4 => format!("id({})", ids(random, depth - 1)),
        5 => format!("id({})/{}", ids(random, depth - 1), path(random, depth - 1)),
        6..9 => format!("//{}", path(random, depth - 1)),
        9 => format!("/{}", path(random, depth - 1)),
        10 => format!(".//{}", path(random, depth - 1)),
        11 => "/".to_owned(),
        _ => path(random, depth),
    }
}

/// A list of identifiers: in libxml2 the first is not found where white space stands before it.
fn ids(random: &mut Rng, depth: u8) -> String {
    match random.u8(0..3) {
        0 => pick(random, &["//@k", "@k | //@p:k", "'i1 i2 abc'"]).replace("p:", "xml:"),
        1 => format!("normalize-space({})", any(random, depth)),
        _ => format!("string({})", pick(random, &["//@xml:id", "//@k", "//@n"])),
    }
}

fn path(random: &mut Rng, depth: u8) -> String {
    let mut path = step(random, depth);
    for _ in 0..random.choice([0, 0, 0, 1, 1, 2]).unwrap_or_default() {
        path += space(random);
        path += if random.u8(0..4) == 0 { "//" } else { "/" };
        path += space(random);
        path += &step(random, depth);
    }
    path
}

fn step(random: &mut Rng, depth: u8) -> String {
    let mut test = pick(random, &TESTS);
    if test == "." || test == ".." {
        return test;
    }
    if !test.starts_with('@') && random.bool() {
        test = format!("{}{}::{}{test}", pick(random, &AXES), space(random), space(random));
    }
    if depth > 0 {
        for _ in 0..random.choice([0, 0, 0, 0, 1, 1, 2]).unwrap_or_default() {
            test += &predicate(random, depth - 1);
        }
    }
    test
}

fn predicate(random: &mut Rng, depth: u8) -> String {
    let inside = match random.u8(0..7) {
        0 => pick(random, &["1", "2", "3", "last()", "position()", "1.5", "0", "-1", "last() - 1"]),
        1 => {
            format!("position(){}{}", comparison(random), pick(random, &["1", "2", "last()", "last() div 2"]))
        }
        2 => number(random, depth),
        4 => format!(
            "{}{}{}{}",
            any(random, depth),
            comparison(random),
            pick(random, &["last()", "position()", "position() mod 2"]),
            pick(random, &["", "", " and @k", " or b"])
        ),
        3 => nodes(random, depth),
        _ => boolean(random, depth),
    };
    format!("[{}{inside}{}]", space(random), space(random))
}

fn comparison(random: &mut Rng) -> String {
    let sign = pick(random, &["=", "!=", "<", "<=", ">", ">="]);
    format!("{}{sign}{}", space(random), space(random))
}

fn boolean(random: &mut Rng, depth: u8) -> String {
    if depth == 0 {
        return pick(random, &["true()", "false()", "@k", "@n > 1", "@k = 'abc'"]);
    }
    let depth = depth - 1;
    match random.u8(0..12) {
        0 => format!("{} and {}", any(random, depth), any(random, depth)),
        1 => format!("{} or {}", any(random, depth), any(random, depth)),
        2 => format!("not({})", any(random, depth)),
        3 => format!("boolean({})", any(random, depth)),
        4 => format!("contains({},{})", any(random, depth), any(random, depth)),
        5 => format!("starts-with({} ,{})", any(random, depth), any(random, depth)),
        6 => format!("lang({})", any(random, depth)),
        7 => format!(
            "{} {} {} = {}",
            any(random, depth),
            comparison(random),
            any(random, depth),
            any(random, depth)
        ),
        8 => format!("{}{}{}", nodes(random, depth), comparison(random), nodes(random, depth)),
        _ => format!("{} {} {}", any(random, depth), comparison(random), any(random, depth)),
    }
}

fn number(random: &mut Rng, depth: u8) -> String {
    if depth == 0 {
        return match random.u8(0..4) {
            0 => pick(random, &["count(*)", "string-length()", "number()"]),
            _ => pick(random, &NUMBERS),
        };
    }
    let depth = depth - 1;
    match random.u8(0..10) {
        0 => format!("count({})", nodes(random, depth)),
        1 => format!("sum({})", nodes(random, depth)),
        2 => format!("number({})", any(random, depth)),
        3 => format!("string-length({})", any(random, depth)),
        4 => {
            let function = pick(random, &["floor", "ceiling", "round"]);
            format!("{function}({})", any(random, depth))
        }
        5 => format!("-{}{}", space(random), any(random, depth)),
        6 => format!("- -{}", any(random, depth)),
        _ => {
            let operator = pick(random, &[" + ", " - ", "*", " div ", " mod ", "+"]);
            format!("{}{operator}{}", any(random, depth), any(random, depth))
        }
    }
}

fn string(random: &mut Rng, depth: u8) -> String {
    if depth == 0 {
        return pick(random, &LITERALS);
    }
    let depth = depth - 1;
    match random.u8(0..11) {
        0 => format!("string({})", any(random, depth)),
        1 => format!("concat({}, {},{})", any(random, depth), any(random, depth), any(random, depth)),
        2 => format!("substring-before({}, {})", any(random, depth), any(random, depth)),
        3 => format!("substring-after({}, {})", any(random, depth), any(random, depth)),
        4 => format!("substring({}, {})", any(random, depth), number(random, depth)),
        5 => {
            format!("substring({}, {}, {})", any(random, depth), number(random, depth), number(random, depth))
        }
        6 => format!("normalize-space({})", any(random, depth)),
        7 => {
            format!("translate({}, {}, {})", any(random, depth), string(random, depth), string(random, depth))
        }
        8 => pick(random, &["local-name()", "name()", "namespace-uri()", "string()", "normalize-space()"]),
        _ => {
            let function = pick(random, &["local-name", "name", "namespace-uri"]);
            format!("{function}({})", nodes(random, depth))
        }
    }
}
