"""Many small histories in one repository, by `git fast-import`: for tests that compare merges."""

import os
import pathlib
import subprocess

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
    "GIT_DEFAULT_HASH": os.environ.get("GIT_DEFAULT_HASH", "sha1"), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C"}


class History:
    """Commits are whole trees: {path: (mode, bytes)}; of a submodule the bytes are its commit's id."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        subprocess.run(["git", "init", "-q", "--bare", "-b", "develop", folder], check=True, env=ENVIRONMENT)
        self.lines, self.count = [], 0

    def commit(self, tree, parents=()):
        self.count += 1
        out = [b"commit refs/heads/c%d\nmark :%d\ncommitter t <t@example.com> %d +0000\ndata 1\nx\n"
               % (self.count, self.count, 1700000000 + self.count)]
        for number, parent in enumerate(parents):
            out.append(b"%s :%d\n" % (b"merge" if number else b"from", parent))
        out.append(b"deleteall\n")
        for path, (mode, content) in sorted(tree.items()):
            if mode == "160000":  # a submodule's commit, which need not be here
                out.append(b"M %s %s %s\n" % (mode.encode(), content, path.encode()))
                continue
            out.append(b"M %s inline %s\ndata %d\n%s\n" % (mode.encode(), path.encode(), len(content), content))
        self.lines += out
        return self.count

    def write(self):
        """The commits' ids, by mark."""
        marks = self.folder / "marks"
        subprocess.run(["git", "-C", self.folder, "fast-import", "--quiet", f"--export-marks={marks}"],
                       input=b"".join(self.lines), check=True, env=ENVIRONMENT)
        pairs = (line.split() for line in marks.read_text().splitlines())
        return {int(mark[1:]): commit for mark, commit in pairs}


def merge_pairs(program, folder, pairs):
    """What the program under test says of each pair, as its columns."""
    done = subprocess.run([program, folder], input="".join(f"{a} {b}\n" for a, b in pairs), text=True,
                          capture_output=True, env=ENVIRONMENT)
    if done.returncode != 0:
        raise SystemExit(f"{program}: exit {done.returncode}\n{done.stderr}")
    return [line.split("\t") for line in done.stdout.splitlines()]
