"""Says of files what libxml2 makes of them, with the schema of VOEvent 2.0 that Comet ships.

Reads paths, one a line; writes an object a path: well_formed, valid, message.
"""

import json
import os
import sys

import comet
from lxml import etree

SCHEMA = os.path.join(os.path.dirname(comet.__file__), "schema", "VOEvent-v2.0.xsd")


def judge(schema, parser, path):
    with open(path, "rb") as file:
        document = file.read()
    try:
        tree = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return {"well_formed": False, "valid": False, "message": str(error)}
    valid = schema.validate(tree)
    message = "" if valid else schema.error_log[0].message
    return {"well_formed": True, "valid": valid, "message": message}


def main():
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    # As Comet parses: entities stay what they are.
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for line in sys.stdin:
        print(json.dumps(judge(schema, parser, line.rstrip("\n"))))


main()
