"""What would conflict if a branch were merged now, with the other branches that the remote has."""

import contextlib
import json
import pathlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field


@dataclass
class Prediction:
    """Conflicts of one branch, by the other side."""
    known: bool = True
    into: str = ""
    of_stream: bool = False  # the branch fits the naming rule of a stream
    others: list = field(default_factory=list)  # the other branches that were compared
    conflicts: dict = field(default_factory=dict)  # side: findings that stand in the way of a merge
    notes: dict = field(default_factory=dict)
    branches: dict = field(default_factory=dict)  # side: branch
    troubles: list = field(default_factory=list)  # what could not be looked at

    @property
    def count(self):
        return sum(map(len, self.conflicts.values()))


def git(*arguments, where="."):
    return subprocess.run(["git", "-C", str(where), *arguments], check=True, capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def branches_of_remote(branch, head):
    """A bare repository on this one's objects, in whose refs/heads are origin's branches, and the branch as it is judged. `git stream
    conflicts` compares local branches; those of the checkout are left alone."""
    common = pathlib.Path(git("rev-parse", "--git-common-dir")).resolve()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="stream-ci-", dir=common))
    try:
        git("init", "-q", "--bare", "--template=", f"--object-format={git('rev-parse', '--show-object-format')}", str(scratch))
        (scratch / "objects" / "info").mkdir(parents=True, exist_ok=True)
        (scratch / "objects" / "info" / "alternates").write_text(f"{common / 'objects'}\n")
        git("fetch", "-q", "--no-tags", str(common), "+refs/remotes/origin/*:refs/heads/*", "^refs/remotes/origin/HEAD", where=scratch)
        git("update-ref", f"refs/heads/{branch}", head, where=scratch)
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def ask(where):
    """The report of `git stream conflicts`, and what it says on stderr where there is none."""
    asked = subprocess.run(["git", "-C", str(where), "stream", "conflicts", "--json"], capture_output=True, text=True, check=False)
    try:
        return json.loads(asked.stdout), ""
    except json.JSONDecodeError:
        return None, " ".join(asked.stderr.split())


def sort_out(report, branch):
    """Of all pairs those of this branch."""
    branches = {side["title"]: side["branch"] for side in report["streams"]}
    mine = next((title for title, name in branches.items() if name == branch), None)
    found = Prediction(into=report["into"], of_stream=mine is not None, branches=branches, troubles=report["troubles"])
    found.others = [name for name in branches.values() if name != branch]
    for finding in report["findings"]:
        sides = [finding["first"]["side"], finding["second"]["side"]]
        if mine in sides:
            sides.remove(mine)
            kind = found.conflicts if finding["severity"] == "block" else found.notes
            kind.setdefault(sides[0], []).append(finding)
    return found


def predict(branch, head):
    try:
        with branches_of_remote(branch, head) as scratch:
            report, trouble = ask(scratch)
    except subprocess.CalledProcessError as error:
        report, trouble = None, " ".join(error.stderr.split())
    return sort_out(report, branch) if report else Prediction(known=False, troubles=[trouble])
