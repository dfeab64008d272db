#!/usr/bin/env python3
"""The manual pages in docs/: what is declared stands in them as it is, between the comments

    .\\" generated
    .\\" end

The text around these is written by hand, below a heading for each command (.SS) and for each part of the policy.

    manual.py --build build/dev            fails where a page is not as it would be made, or mandoc finds fault
    manual.py --build build/dev --update   makes them
"""

import argparse
import difflib
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BEGIN, END = '.\\" generated', '.\\" end'
EVERYWHERE = {"-h", "--help", "--json"}  # told once, in the text above the commands


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def prose(text):
    """Escaped, with `code` in bold."""
    parts = escape(text).split("`")
    return "".join(f"\\fB{part}\\fR" if number % 2 else part for number, part in enumerate(parts))


# ---- git-stream(1), from what the program declares.

def value(option):
    """A|B are words to be typed, NAME stands for one."""
    name = option["value"]
    if re.search(r"[|,]", name):
        return re.sub(r"([^|,]+)", r"\\fB\1\\fR", escape(name))
    return f"\\fI{escape(name)}\\fR"


def many(option):
    return "..." if option["most"] > 100 and option["least"] <= 1 else ""


def usage(command, name):
    yield f'.SY "git stream {escape(name)}"'.rstrip()
    for option in command["options"]:
        if EVERYWHERE & set(option["names"]):
            continue
        first = escape(option["names"][-1]) if option["names"] else ""
        if not first:
            shown = value(option) + many(option)
            yield f"{shown}" if option["required"] else f"[{shown}]"
        elif option["most"] == 0:
            yield f"[\\fB{first}\\fR]"
        elif option["least"] == 0:
            yield f"[\\fB{first}\\fR [{value(option)}]]"
        else:
            values = " ".join([value(option)] * min(option["least"], 9)) + many(option)
            shown = f"\\fB{first}\\fR {values}"
            yield shown if option["required"] else f"[{shown}]"
    yield ".YS"


def title(option):
    names = ", ".join(f"\\fB{escape(name)}\\fR" for name in option["names"])
    if option["most"] == 0:
        return names
    shown = " ".join([value(option)] * max(1, min(option["least"], 9))) + many(option)
    if not names:
        return shown
    return f"{names} [{shown}]" if option["least"] == 0 else f"{names} {shown}"


def options(command):
    for option in command["options"]:
        if EVERYWHERE & set(option["names"]):
            continue
        yield from [".TP", title(option), prose(option["help"]) or "\\&"]
    for subcommand in command["subcommands"]:
        yield from [".TP", f"\\fB{escape(subcommand['name'])}\\fR", prose(subcommand["help"]) + "."]
        if any(not EVERYWHERE & set(option["names"]) for option in subcommand["options"]):
            yield from [".RS", *options(subcommand), ".RE"]
    if command["footer"]:
        yield from [".PP", prose(command["footer"])]


def synopses(command, name):
    lines = list(usage(command, name))
    for subcommand in command["subcommands"]:
        lines += synopses(subcommand, f"{name} {subcommand['name']}")
    return lines


def command_blocks(declared):
    return {command["name"]: ([*synopses(command, command["name"]), ".PP"], list(options(command)))
            for command in declared["subcommands"]}


# ---- git-stream-policy(5), from the policy's schema.

def resolved(schema, root):
    """A key's own words, and those of what it refers to."""
    merged = {}
    for part in [*schema.get("allOf", []), schema]:
        if "$ref" in part:
            part = {**resolved(root["definitions"][part["$ref"].split("/")[-1]], root), **part}
        merged.update({key: value for key, value in part.items() if key not in ("$ref", "allOf")})
    return merged


def kind(schema, root):
    if "const" in schema:
        return f"\\fB{schema['const']}\\fR"
    if "enum" in schema:
        return ", ".join(f"\\fB{escape(str(word))}\\fR" for word in schema["enum"])
    if "pattern" in schema and "[smhd]" in schema["pattern"]:
        return "a length of time"
    names = schema.get("type", "")
    if names == "array":
        item = resolved(schema["items"], root)
        words = kind(item, root) if "enum" in item else ""
        return f"a list of {words}" if words else "a list"
    return {"object": "a map", "boolean": "true or false", "string": "text", "number": "a number"}.get(
        names if isinstance(names, str) else names[0], "")


def default(schema):
    if schema.get("default") in (None, [], {}):
        return ""
    shown = json.dumps(schema["default"]).strip('"')
    return f" Default: \\fB{escape(shown)}\\fR."


def below(schema, root):
    """What a map's or a list's keys are called, and their schema, if they have keys of their own."""
    for suffix, part in ((".ID", schema.get("additionalProperties")), ("[]", schema.get("items"))):
        if isinstance(part, dict):
            part = resolved(part, root)
            if "properties" in part:
                yield suffix, part
    if "properties" in schema:
        yield "", schema
    for part in schema.get("anyOf", []):  # the shorter forms of a value are told by hand
        part = resolved(part, root)
        if "properties" in part:
            yield "", part


def policy_blocks(root):
    blocks = {}

    def describe(name, schema):
        lines = []
        inner = []
        for key, part in schema["properties"].items():
            part = resolved(part, root)
            required = " Required." if key in schema.get("required", []) else ""
            shown = kind(part, root)
            text = prose(part.get("description", "")) + required + default(part)
            lines += [".TP", f"\\fB{escape(key)}\\fR" + (f" ({shown})" if shown else ""), text.strip() or "\\&"]
            inner += [(f"{name}.{key}{suffix}".lstrip("."), one) for suffix, one in below(part, root)]
        blocks[name or "The file"] = ([], lines)
        for one in inner:
            describe(*one)

    describe("", root)
    return blocks


# ---- The pages.

def sections(text):
    """(heading or None, lines) of what stands below each .SS, and of what is between."""
    parts, heading, lines = [], None, []
    for line in text.splitlines():
        if line.startswith((".SS ", ".SH ")):
            parts.append((heading, lines))
            heading, lines = line[4:].strip('"') if line.startswith(".SS ") else None, []
        lines.append(line)
    return [*parts, (heading, lines)]


def by_hand(lines):
    inside = False
    for line in lines:
        if line == BEGIN:
            inside = True
        if not inside:
            yield line
        if line == END:
            inside = False


def block(lines):
    return [BEGIN, *lines, END] if lines else []


def renewed(text, blocks, page):
    out, seen = [], set()
    for heading, lines in sections(text):
        if heading is None:
            out += lines
            continue
        if heading not in blocks:
            sys.exit(f"{page}: .SS {heading}: nothing of this name is declared")
        seen.add(heading)
        head, tail = blocks[heading]
        own = list(by_hand(lines))
        out += [own[0], *block(head), *own[1:], *block(tail)]
    missing = [name for name in blocks if name not in seen]
    if missing:
        sys.exit(f"{page}: no .SS for {', '.join(missing)}")
    return "\n".join(out) + "\n"


def words_of_help(program, command=()):
    """Every command with its options and operands, as -h prints them: not from where the pages have them."""
    text = subprocess.run([program, *command, "-h"], capture_output=True, text=True, check=True).stdout
    section = ""
    for line in text.splitlines():
        if line and not line.startswith(" "):
            section = line
        found = re.match(r"  (\S+)", line)
        if not found or section.startswith(("Usage", "Positionals")):
            continue
        yield " ".join(command), found.group(1).split(",")
        if section != "Options:" and len(command) < 2:
            yield from words_of_help(program, (*command, found.group(1)))


def missing_words(program, page):
    plain = subprocess.run(["mandoc", "-T", "utf8", page], capture_output=True, text=True, check=True).stdout
    plain = re.sub(r".\x08", "", plain).replace("\u2010", "-")
    for command, words in words_of_help(program):
        yield from (f"{page.name}: {command}: {word} is in -h and not here" for word in words
                    if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", plain))


def lint(page):
    result = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True)
    return (result.stdout + result.stderr).splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--update", action="store_true")
    options_given = parser.parse_args()
    program = options_given.build / "bin/git-stream"
    declared = json.loads(subprocess.run([program, "--declarations"], capture_output=True, text=True, check=True).stdout)
    schema = json.loads((ROOT / "config/streams.schema.json").read_text())
    faults = []
    for name, blocks in (("git-stream.1", command_blocks(declared)), ("git-stream-policy.5", policy_blocks(schema))):
        page = ROOT / "docs" / name
        text = page.read_text()
        made = renewed(text, blocks, name)
        if options_given.update:
            page.write_text(made)
        else:
            faults += difflib.unified_diff(text.splitlines(), made.splitlines(), name, "as it would be made", lineterm="")
        faults += lint(page)
    faults += missing_words(program, ROOT / "docs/git-stream.1")
    print("\n".join(faults) or "the pages are what is declared")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
