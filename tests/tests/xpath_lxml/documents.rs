//! Small documents with everything that XPath can see in them.

use std::fmt::Write as _;

use fastrand::Rng;

const NAMES: [&str; 5] = ["a", "b", "c", "a", "x-1"];
const TEXTS: [&str; 16] = [
    "1",
    "2",
    " 3.5 ",
    "-4",
    "1e2",
    "2.7e-05",
    "NaN",
    "abc",
    " a b ",
    "\n\t",
    " ",
    "en",
    "i1 i2",
    "&lt;&#160;",
    "é€𝄞",
    "",
];

/// A document with a root element and perhaps something around it.
pub(crate) fn document(random: &mut Rng) -> String {
    let mut text = String::new();
    let is_dressed = random.bool();
    if is_dressed {
        text += "<!--before-->";
    }
    // Prefixes that are declared here are bound everywhere.
    element(random, &mut text, 0, " xmlns:p='u:p'");
    // Where nothing stands before the root element, libxml2 has it precede nothing that stands behind it.
    if is_dressed && random.bool() {
        text += "<?after x?>";
    }
    text
}

fn pick<'t>(random: &mut Rng, from: &[&'t str]) -> &'t str {
    random.choice(from).copied().unwrap_or_default()
}

fn element(random: &mut Rng, text: &mut String, depth: usize, declarations: &str) {
    let prefix = if random.u8(0..8) == 0 { "p:" } else { "" };
    let name = pick(random, &NAMES);
    let _ = write!(text, "<{prefix}{name}{declarations}");
    if depth > 0 && random.u8(0..12) == 0 {
        *text += pick(random, &[" xmlns='u:d'", " xmlns=''", " xmlns:q='u:q'", " xmlns:p='u:other'"]);
    }
    for (name, odds) in [("k", 2), ("n", 3), ("p:k", 8), ("xml:lang", 8), ("xml:id", 8)] {
        if random.u8(0..odds) == 0 {
            let value = match name {
                "xml:lang" => pick(random, &["en", "en-GB", "EN", "de", ""]),
                // lxml refuses a document that uses one twice.
                "xml:id" => match ["i1", "i2", "abc", "en", "x2"]
                    .into_iter()
                    .find(|id| !text.contains(&format!("id='{id}'")))
                {
                    Some(id) => id,
                    None => continue,
                },
                _ => pick(random, &TEXTS),
            };
            let _ = write!(text, " {name}='{value}'");
        }
    }
    let children = match depth {
        0 => random.usize(3..7),
        1..5 => random.usize(0..5),
        _ => 0,
    };
    if children == 0 {
        *text += "/>";
        return;
    }
    *text += ">";
    for _ in 0..children {
        content(random, text, depth);
    }
    let _ = write!(text, "</{prefix}{name}>");
}

fn content(random: &mut Rng, text: &mut String, depth: usize) {
    match random.u8(0..10) {
        0..5 => element(random, text, depth + 1, ""),
        5 | 6 => *text += pick(random, &TEXTS),
        7 => {
            let _ = write!(text, "<![CDATA[{}]]>", pick(random, &["1", "<", " c ", "]"]));
        }
        8 => *text += pick(random, &["<!--1-->", "<!-- c -->", "<!---->"]),
        _ => *text += pick(random, &["<?a 1?>", "<?b  two ?>", "<?a?>"]),
    }
}
