//! A tree of citations, as lines and as JSON.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::archive::Node;
use crate::plain::plain;
use crate::store::Seq;

/// Lines, in which the event that is shown is marked.
pub(super) fn text(root: &Node, shown: Seq, out: &mut impl Write) -> io::Result<()> {
    branch(root, shown, "  ", "", out)
}

fn branch(node: &Node, shown: Seq, before: &str, joint: &str, out: &mut impl Write) -> io::Result<()> {
    let relation = node.relation.map_or_else(String::new, |relation| format!("{relation} "));
    let place = match &node.facts {
        Some(facts) if facts.seq == shown => format!("  #{} (this one)", facts.seq),
        Some(facts) => format!("  #{}  {:.0}", facts.seq, facts.received),
        None => "  (not in the log)".to_owned(),
    };
    let cut = if node.is_cut { "  (what cites it is not shown again)" } else { "" };
    writeln!(out, "{before}{joint}{relation}{}{place}{cut}", plain(&node.ivoid))?;
    let before = match joint {
        "" => before.to_owned(),
        LAST => format!("{before}   "),
        _ => format!("{before}│  "),
    };
    let last = node.cited_by.len().saturating_sub(1);
    for (at, cites) in node.cited_by.iter().enumerate() {
        branch(cites, shown, &before, if at == last { LAST } else { MORE }, out)?;
    }
    Ok(())
}

const LAST: &str = "└─ ";
const MORE: &str = "├─ ";

/// The same for programs.
pub(super) fn json(node: &Node) -> Value {
    json!({
        "ivoid": node.ivoid,
        "relation": node.relation,
        "seq": node.facts.as_ref().map(|facts| facts.seq.0),
        "cited_by": node.cited_by.iter().map(json).collect::<Vec<_>>(),
        "cut": node.is_cut,
    })
}
