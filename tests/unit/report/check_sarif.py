"""Holds a SARIF log on stdin to the SARIF 2.1.0 schema, and to what GitHub's code scanning asks besides.

usage: check_sarif.py SCHEMA
"""

import json
import sys
import urllib.parse

import jsonschema


def complaints_of_github(run):
    """What the schema leaves open and GitHub does not."""
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        for key in ("shortDescription", "fullDescription", "help"):
            if not rule[key]["text"]:
                yield f"rule {rule['id']}: empty {key}"
    if len({rule["id"] for rule in rules}) != len(rules):
        yield "a rule is there twice"
    for number, result in enumerate(run["results"]):
        where = f"result {number}"
        if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
            yield f"{where}: ruleIndex is another rule's"
        if not result["partialFingerprints"]:
            yield f"{where}: no fingerprint"
        for location in result["locations"]:
            artifact = location["physicalLocation"]["artifactLocation"]
            parts = urllib.parse.urlsplit(artifact["uri"])
            if parts.scheme or parts.netloc or parts.query or parts.fragment or parts.path.startswith("/"):
                yield f"{where}: {artifact['uri']} is no relative path"
            if artifact["uriBaseId"] not in run["originalUriBaseIds"]:
                yield f"{where}: {artifact['uriBaseId']} is not declared"
    prints = [json.dumps(result["partialFingerprints"]) for result in run["results"]]
    if len(set(prints)) != len(prints):
        yield "two results have one fingerprint"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    log = json.load(sys.stdin)
    validator_class = jsonschema.validators.validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema, format_checker=jsonschema.FormatChecker())
    found = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(log)]
    # A schema that takes everything would prove nothing.
    if not list(validator.iter_errors({"version": "2.1.0", "runs": [{"tool": {}}]})):
        found.append(f"{sys.argv[1]} takes a run without a tool's name")
    if not found:
        found = [complaint for run in log["runs"] for complaint in complaints_of_github(run)]
    print("\n".join(found), end="")
    return 1 if found else 0


sys.exit(main())
