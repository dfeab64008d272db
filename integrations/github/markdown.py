"""Markdown for a job's summary and a pull request's comment. Paths, names and messages come from commits that anybody may have made:
they stand in code blocks and code spans only, where nothing of them is a mention, a link or an image."""

import re

FINDINGS_SHOWN = 50
LIMITS = (FINDINGS_SHOWN, 10, 2, 0)  # findings of each branch: as many as fit
COMMENT_LENGTH = 60000  # GitHub takes 65,536 characters
MARKER = "<!-- git-stream: predicted conflicts -->"


def fence(text, least):
    """More backticks than the text has in a row."""
    return "`" * max([least - 1, *map(len, re.findall("`+", text))]) + "`"


def block(lines):
    text = "\n".join(lines)
    return f"{fence(text, 3)}text\n{text}\n{fence(text, 3)}\n"


def printable(text):
    """One line, without what would reverse its direction."""
    return re.sub("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", "?", text)


def code(text):
    name = printable(text)
    quotes = fence(name, 1)
    return f"{quotes} {name} {quotes}" if len(quotes) > 1 else f"{quotes}{name}{quotes}"


def counted(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"


def place(file, line):
    return f"{file}:{line}" if line else file


def shown(findings, lines_of, command, limit=FINDINGS_SHOWN):
    """A code block of the first ones, and which command shows the rest."""
    lines = [printable(line) for finding in findings[:limit] for line in lines_of(finding)]
    parts = [block(lines)] if lines else []
    if len(findings) > limit:
        parts.append(f"{len(findings) - limit} more: `{command}`\n")
    return "\n".join(parts)


def finding_lines(finding):
    kind = "accepted: " if finding["accepted"] else "warning: " if finding["severity"] == "warn" else ""
    at = f" (in {finding['commit'][:10]})" if finding.get("commit") else ""
    where = place(finding["file"], finding["line"]) + ": " if finding["file"] else ""
    yield f"{where}{kind}{finding['rule']}: {finding['message']}{at}"
    if finding["hint"]:
        yield f"  next: {finding['hint']}"


def check_section(report):
    """What `git stream check --format json` found."""
    summary = report["summary"]
    title = counted(summary["violations"], "violation") if summary["violations"] else "no violations"
    if summary["warnings"]:
        title += f", {counted(summary['warnings'], 'warning')}"
    text = f"### git stream: {title}\n"
    if report["findings"]:
        worst_first = sorted(report["findings"], key=lambda finding: (finding["accepted"], finding["severity"] != "block"))
        text += "\n" + shown(worst_first, finding_lines, "git stream check --range A..B")
    return text + "".join(f"\n{code(note)}\n" for note in report["notes"])


def side_text(side):
    whose = f"{side['side']}: {side['agent']}" if side["agent"] else side["side"]
    return f"{whose} {place(side['file'], side['line'])}".rstrip()


def conflict_lines(finding):
    first = finding["first"]
    where = place(first["file"], first["line"]) + ": " if first["file"] else ""
    yield f"{where}{finding['message']}"
    yield f"  {side_text(first)}; {side_text(finding['second'])}"
    if finding["next"]:
        yield f"  next: {finding['next']}"


def by_side(prediction, findings, limit):
    return "".join(f"With {code(prediction.branches.get(side, side))}:\n\n{shown(of_side, conflict_lines, 'git stream conflicts', limit)}\n"
                   for side, of_side in findings.items())


def compared(branch, prediction):
    if not prediction.of_stream:
        return f"{code(branch)} is no stream's branch: it was compared with none.\n"
    others = len(prediction.others)
    return f"{code(branch)} was compared with {code(prediction.into)} and {others} open branch{'' if others == 1 else 'es'} of streams.\n"


def conflicts_text(branch, prediction, limit):
    number = (prediction.count or "none") if prediction.known else "not known"
    text = f"### Conflicts with other branches: {number}\n\n"
    text += by_side(prediction, prediction.conflicts, limit)
    if prediction.notes:
        notes = counted(sum(map(len, prediction.notes.values())), "note")
        text += f"<details><summary>{notes}: no conflict, but worth knowing</summary>\n\n{by_side(prediction, prediction.notes, limit)}</details>\n\n"
    if prediction.troubles:
        return text + f"Not everything could be looked at:\n\n{block(map(printable, prediction.troubles))}"
    return text + compared(branch, prediction)


def conflicts_section(branch, prediction):
    """The predicted conflicts, for the summary and the comment."""
    texts = [conflicts_text(branch, prediction, limit) for limit in LIMITS]
    return next((text for text in texts if len(text) < COMMENT_LENGTH), f"### Conflicts with other branches: {prediction.count}\n")


def comment(branch, head, prediction):
    return f"{MARKER}\n{conflicts_section(branch, prediction)}\nAs of {head[:10]}, by `git stream conflicts`.\n"
