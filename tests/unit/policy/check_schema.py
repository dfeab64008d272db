"""Holds config/streams.schema.json to the parser's tables and to policies that the parser takes.

usage: check_schema.py SCHEMA POLICY...   with the tables as JSON on stdin
"""

import json
import sys

import jsonschema
import yaml


def resolved(schema, node):
    """The node with its reference followed, also where it stands in an allOf or first of an anyOf."""
    node = node.get("allOf", [node])[0]
    first = node.get("anyOf", [{}])[0]
    node = first if "$ref" in first else node
    if "$ref" in node:
        return schema["definitions"][node["$ref"].removeprefix("#/definitions/")]
    return node


def lookup(schema, path):
    """The schema of a value: "streams.*.agents.*", "layers[]", "rules.scope"."""
    node = schema
    for word in path.replace("[]", ".[]").split(".") if path else []:
        if word == "*":
            node = node["additionalProperties"]
        elif word == "[]":
            node = node["items"]
        else:
            node = node["properties"][word]
        node = resolved(schema, node)
    return node


def complaints(schema, tables):
    for row in tables["keys"]:
        node, where = lookup(schema, row["object"]), row["object"] or "the policy"
        if sorted(node["properties"]) != sorted(row["keys"]):
            yield f"{where}: schema {sorted(node['properties'])}, parser {sorted(row['keys'])}"
        if sorted(node.get("required", [])) != sorted(row["required"]):
            yield f"{where}: required {node.get('required')}, parser {row['required']}"
        if node["additionalProperties"] is not False:
            yield f"{where}: additionalProperties is not false"
        for key, value in node["properties"].items():
            if "description" not in value and "description" not in resolved(schema, value):
                yield f"{where}: {key} has no description"
    for row in tables["words"]:
        node = lookup(schema, row["value"])
        node = node.get("anyOf", [node])[0]  # a word first, then other texts
        if node["enum"] != row["words"]:
            yield f"{row['value']}: schema {node['enum']}, parser {row['words']}"


def main():
    schema_path, *policies = sys.argv[1:]
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    found = list(complaints(schema, json.load(sys.stdin)))
    for path in policies:
        with open(path, encoding="utf-8") as file:
            policy = yaml.safe_load(file)
        found += [f"{path}: {error.json_path}: {error.message}" for error in validator.iter_errors(policy)]
    print("\n".join(found), end="")
    return 1 if found else 0


sys.exit(main())
