//! A tree of citations, as lines and as JSON.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::archive::{Node, Tree};
use crate::plain::excerpt;
use crate::store::Seq;

/// Beyond this many steps from the root lines are indented no farther.
const DEPTH: usize = 16;

/// Lines, in which the event that is shown is marked.
pub(super) fn text(tree: &Tree, shown: Seq, out: &mut impl Write) -> io::Result<()> {
    // What is still to be told, the next last: an event, and the lines before it.
    let mut left = vec![(0, String::from("  "), "")];
    while let Some((at, before, joint)) = left.pop() {
        let Some(node) = tree.nodes.get(at) else { continue };
        line(node, shown, &format!("{before}{joint}"), out)?;
        let before = match joint {
            "" => before,
            _ if before.chars().count() > 3 * DEPTH => before,
            LAST => format!("{before}   "),
            _ => format!("{before}│  "),
        };
        if node.is_more {
            writeln!(out, "{before}(and others, which are left out; see philae events --cites)")?;
        }
        let citing = tree.nodes.iter().enumerate().filter(|(_, node)| node.cites == Some(at));
        let cites: Vec<_> = citing.map(|(nth, _)| nth).collect();
        for (nth, child) in cites.iter().enumerate().rev() {
            left.push((*child, before.clone(), if nth + 1 == cites.len() { LAST } else { MORE }));
        }
    }
    Ok(())
}

fn line(node: &Node, shown: Seq, before: &str, out: &mut impl Write) -> io::Result<()> {
    let relation = node.relation.map_or_else(String::new, |relation| format!("{relation} "));
    let place = match node.seq {
        Some(seq) if seq == shown => format!("  #{seq} (this one)"),
        Some(seq) => format!("  #{seq}"),
        None => "  (not in the log)".to_owned(),
    };
    let again = if node.is_again { "  (told before)" } else { "" };
    writeln!(out, "{before}{relation}{}{place}{again}", excerpt(&node.ivoid))
}

const LAST: &str = "└─ ";
const MORE: &str = "├─ ";

/// The same for programs: a list, in which each names the one that it cites by its number from 0.
pub(super) fn json(tree: &Tree) -> Value {
    let nodes = tree.nodes.iter().map(|node| {
        json!({
            "cites": node.cites,
            "ivoid": node.ivoid,
            "relation": node.relation,
            "seq": node.seq.map(|seq| seq.0),
            "more": node.is_more,
            "again": node.is_again,
        })
    });
    Value::Array(nodes.collect())
}
