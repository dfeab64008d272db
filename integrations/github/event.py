"""What an event of GitHub Actions brings: the commits, and the branch as whose they are judged."""

import json
import subprocess
from dataclasses import dataclass
from typing import Optional

HEADS = "refs/heads/"


class Unusable(Exception):
    """What cannot be judged, in one line for the person who set the job up."""


@dataclass
class Change:
    commits: str  # A..B
    head: str
    branch: Optional[str]  # none: each commit as its trailers say
    pull_request: Optional[int] = None
    into_default: bool = False  # pushed to the repository's default branch: nothing is to be merged any more


def commit(name):
    """The commit's id; none where this clone has not got it."""
    asked = subprocess.run(["git", "rev-parse", "-q", "--verify", f"{name}^{{commit}}"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or None


def required(name):
    found = commit(name)
    if not found:
        raise Unusable(f"{name} is not in this clone: actions/checkout needs fetch-depth: 0")
    return found


def is_shallow():
    asked = subprocess.run(["git", "rev-parse", "--is-shallow-repository"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() == "true"


def parent_of(head):
    return required(f"{head}^") if is_shallow() else commit(f"{head}^")


def head_of(pull):
    """In a pull_request_target job a fork's commits are not in the checkout. The file of the fetched ref is all that is written."""
    if not commit(pull["head"]["sha"]):
        subprocess.run(["git", "fetch", "-q", "--no-tags", "origin", f"refs/pull/{pull['number']}/head"], check=False)
    return required(pull["head"]["sha"])


def of_pull_request(payload):
    """A fork's branch may be called as the one that it is to be merged into: it is none of ours then."""
    pull = payload["pull_request"]
    into, name = pull["base"]["ref"], pull["head"]["ref"]
    base, head = required(f"refs/remotes/origin/{into}"), head_of(pull)
    return Change(f"{base}..{head}", head, name if name != into else None, pull["number"])


def of_merge_group(payload):
    group = payload["merge_group"]
    base, head = required(group["base_sha"]), required(group["head_sha"])
    return Change(f"{base}..{head}", head, None)


def before_push(payload, head, into_default):
    """What was there before: for a new or rewritten branch the default branch, for that one the first parent."""
    known = commit(payload["before"]) if set(payload["before"]) != {"0"} else None
    if known or into_default:
        return known or parent_of(head)
    return required(f"refs/remotes/origin/{payload['repository']['default_branch']}")


def of_push(payload):
    if payload.get("deleted") or not payload["ref"].startswith(HEADS):
        return None
    branch, head = payload["ref"][len(HEADS):], required(payload["after"])
    into_default = branch == payload["repository"]["default_branch"]
    base = before_push(payload, head, into_default)
    return Change(f"{base}..{head}", head, branch, into_default=into_default) if base else None


EVENTS = {"pull_request": of_pull_request, "pull_request_target": of_pull_request, "merge_group": of_merge_group, "push": of_push}


def given(commits, branch):
    """The range that the workflow names, whatever the event is."""
    base, dots, head = commits.partition("..")
    if not dots or head.startswith("."):
        raise Unusable("range: two commits, as in origin/develop..HEAD")
    return Change(commits, required(head or "HEAD"), branch or None)


def read_change(environment):
    """None: the event brings no commits to a branch (a tag, a branch that was deleted, the first commit of all)."""
    name, branch = environment.get("GITHUB_EVENT_NAME", ""), environment.get("INPUT_AS_BRANCH", "")
    with open(environment["GITHUB_EVENT_PATH"], encoding="utf-8") as file:
        payload = json.load(file)
    if environment.get("INPUT_RANGE"):
        change = given(environment["INPUT_RANGE"], branch)
        change.pull_request = payload.get("pull_request", {}).get("number")
    elif name in EVENTS:
        change = EVENTS[name](payload)
    else:
        raise Unusable(f"the event {name} names no commits: give the input range, and as-branch")
    if change and branch:
        change.branch = branch
    return change
