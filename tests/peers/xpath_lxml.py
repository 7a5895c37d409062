"""Evaluates expressions with lxml, as Comet does.

Reads lines of JSON, each with a document and expressions, and answers each with a line of JSON: a list of verdicts,
in the order of the expressions. A verdict is one of

    ["refused"]              lxml does not compile it
    ["failed"]               lxml cannot evaluate it
    ["boolean", true]
    ["number", "2.5"]        as Python writes it
    ["string", "text"]
    ["nodes", ["4", "4@k"]]  as they come

A node of the tree is named by its place in the document, where the root is 0 and texts count; an attribute by its
element and name, a namespace by its prefix and name only, as lxml does not tell the element. lxml never returns
the root.
"""

import json
import sys

from lxml import etree


def number(root):
    """The places of all nodes but the root, by kind and element."""
    places = {}
    count = 1

    def note(kind, element):
        nonlocal count
        places[kind, element] = str(count)
        count += 1

    def visit(element):
        note("node", element)
        if isinstance(element.tag, str):
            if element.text:
                note("text", element)
            for child in element:
                visit(child)
                if child.tail:
                    note("tail", child)

    for before in reversed(list(root.itersiblings(preceding=True))):
        visit(before)
    visit(root)
    for after in root.itersiblings():
        visit(after)
    return places


def name(places, node):
    """How a node of a result is named."""
    if isinstance(node, tuple):
        return "xmlns:%s=%s" % (node[0] or "", node[1])
    if not isinstance(node, str):
        return places["node", node]
    parent = node.getparent()
    if node.is_attribute:
        return "%s@%s" % (places["node", parent], node.attrname)
    return places["tail" if node.is_tail else "text", parent]


def verdict(root, places, expression):
    """What lxml makes of one expression."""
    try:
        compiled = etree.XPath(expression)
    except etree.XPathSyntaxError:
        return ["refused"]
    try:
        value = compiled(root)
    except etree.XPathError:
        return ["failed"]
    if isinstance(value, bool):
        return ["boolean", value]
    if isinstance(value, float):
        return ["number", repr(value)]
    if isinstance(value, str):
        return ["string", value]
    return ["nodes", [name(places, node) for node in value]]


def main():
    for line in sys.stdin:
        question = json.loads(line)
        root = etree.fromstring(question["document"].encode())
        places = number(root)
        answer = [verdict(root, places, expression) for expression in question["expressions"]]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
