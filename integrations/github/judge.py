#!/usr/bin/env python3
"""The step of action.yml that judges: annotations on stdout, the findings as SARIF, the job's summary, the pull request's comment.
Its environment is GitHub's own, and the action's inputs as INPUT_*. Exit code: as `git stream check`, by the input fail-on."""

import json
import os
import pathlib
import subprocess
import sys

import comment
import markdown
from event import Unusable, read_change
from open_branches import predict

CLEAN, FINDINGS, USAGE, BROKEN = 0, 1, 2, 3
FAIL_ON = ("violations", "conflicts", "nothing")


def say(kind, text):
    """A workflow command: its text is one line."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::{kind} title=git-stream::{escaped}", flush=True)


def append(environment, variable, text):
    if environment.get(variable):
        with open(environment[variable], "a", encoding="utf-8") as file:
            file.write(text)


def output(environment, **values):
    append(environment, "GITHUB_OUTPUT", "".join(f"{name.replace('_', '-')}={value}\n" for name, value in values.items()))


def check(change, form, **options):
    words = ["git", "stream", "check", f"--range={change.commits}", f"--format={form}"]
    if change.branch:
        words.append(f"--as-branch={change.branch}")
    return subprocess.run(words, check=False, **options)


def findings_of(change, environment):
    """(exit code, report): annotations first, which GitHub takes from stdout; the report is none where nothing could be judged."""
    checked = check(change, "github", stderr=subprocess.PIPE, text=True)
    status = checked.returncode
    sys.stderr.write(checked.stderr)
    if status not in (CLEAN, FINDINGS):
        say("error", checked.stderr.strip() or f"git stream check ended with {status}")
        return status, None
    file = pathlib.Path(environment["RUNNER_TEMP"]) / "git-stream.sarif"
    with open(file, "wb") as sarif:
        check(change, "sarif", stdout=sarif)
    report = json.loads(check(change, "json", stdout=subprocess.PIPE).stdout)
    output(environment, sarif_file=file, violations=report["summary"]["violations"])
    return status, report


def tell(change, report, prediction, environment):
    text = markdown.check_section(report)
    if prediction:
        text += "\n" + markdown.conflicts_section(change.branch, prediction)
    if environment.get("INPUT_SUMMARY") == "true":
        append(environment, "GITHUB_STEP_SUMMARY", text)


def tell_pull_request(change, prediction, environment):
    wanted = environment.get("INPUT_COMMENT") == "true" and environment.get("INPUT_TOKEN")
    if not wanted or not change.pull_request or not prediction:
        return
    text = markdown.comment(change.branch, change.head, prediction)
    print("git-stream:", comment.try_to_write(environment, change.pull_request, text, prediction.count > 0))


def prediction_for(change, environment):
    """Of a branch that is to be merged."""
    if not change.branch or change.into_default:
        return None
    prediction = predict(change.branch, change.head)
    for trouble in prediction.troubles:
        say("warning", f"conflicts with other branches: {trouble}")
    if prediction.known:
        output(environment, conflicts=prediction.count)
    return prediction


def exit_code(status, prediction, fail_on):
    if fail_on == "nothing":
        return CLEAN
    if fail_on == "conflicts" and prediction and status == CLEAN:
        return FINDINGS if prediction.count else CLEAN if prediction.known else BROKEN
    return status


def judge(environment):
    fail_on = environment.get("INPUT_FAIL_ON") or FAIL_ON[0]
    if fail_on not in FAIL_ON:
        raise Unusable(f"fail-on: {', '.join(FAIL_ON[:-1])} or {FAIL_ON[-1]}")
    change = read_change(environment)
    if not change:
        print("git-stream: no commits to judge")
        return CLEAN
    status, report = findings_of(change, environment)
    if not report:
        return status
    prediction = prediction_for(change, environment)
    tell(change, report, prediction, environment)
    tell_pull_request(change, prediction, environment)
    return exit_code(status, prediction, fail_on)


def main():
    try:
        return judge(os.environ)
    except Unusable as error:
        say("error", str(error))
        return USAGE


if __name__ == "__main__":
    sys.exit(main())
