"""A remote with branches of two streams, a clone as CI systems check it out, and the steps that they run in it."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "managers"))
from sandbox import ROOT, Sandbox  # noqa: E402,F401

TAX = "RATE = 20\n\n\n\ndef gross(net, rate=RATE):\n    return net * (100 + rate) / 100\n"
TAX_BY_NAME = "RATE = 20\n\n\n\ndef gross(net, *, percent=RATE):\n    return net * (100 + percent) / 100\n"
BASKET = "from a import tax\n\n\ndef total(net):\n    return tax.gross(net, 19)\n"
STREAM_A, STREAM_B = "feature/stream-A-alpha", "feature/stream-B-beta"
NO_COMMIT = "0" * 40
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")  # as GitHub and GitLab run a step


class Scene(Sandbox):
    """develop has module a/tax.py; the branch of A changes a function that the branch of B calls."""

    def __init__(self):
        super().__init__()
        self.server, self.checkout = self.folder / "server.git", self.folder / "checkout"
        self.git("init", "-q", "--bare", "-b", "develop", str(self.server), cwd=self.folder)
        self.git("remote", "add", "origin", str(self.server))
        self.put("a/tax.py", TAX, "a/__init__.py", "", "b/__init__.py", "", "b/basket.py", "SIZE = 10\n")
        self.push("develop")
        self.branch(STREAM_A, "a/tax.py", TAX_BY_NAME)
        self.branch(STREAM_B, "b/basket.py", BASKET)

    def put(self, *files):
        """Commits files, given as path, content, path, content…, and returns the commit."""
        for path, content in zip(files[::2], files[1::2]):
            self.write(self.repo / path, content, 0o644)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", f"Change {files[0]}")
        return self.tip()

    def tip(self, name="HEAD"):
        return self.git("rev-parse", name).strip()

    def push(self, branch):
        self.git("push", "-q", "-f", "origin", f"HEAD:refs/heads/{branch}")

    def branch(self, name, *files, start="develop"):
        """A branch at the remote with one more commit."""
        self.git("checkout", "-q", "-B", name, start)
        commit = self.put(*files)
        self.push(name)
        return commit

    def clone(self, commit, *options):
        """As CI checks it out: a commit, and the remote's branches as remote-tracking ones."""
        self.git("clone", "-q", *options, f"file://{self.server}", str(self.checkout), cwd=self.folder)
        self.git("checkout", "-q", "--detach", commit, cwd=self.checkout)

    def refs(self):
        """Of the clone; and what is left in it of folders that a job makes for a while."""
        return self.git("for-each-ref", cwd=self.checkout), list((self.checkout / ".git").glob("stream-ci-*"))


def write_json(file, value):
    file.write_text(json.dumps(value))
    return file
