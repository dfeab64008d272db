#!/usr/bin/env python3
"""The gate through the pre-commit framework, as docs/ci.md shows it, with the real pre-commit."""

import shutil
import sys
import unittest

from sandbox import ROOT, Case

CONFIG = """\
repos:
- repo: {source}
  rev: {rev}
  hooks:
  - id: git-stream
  - id: git-stream-push
"""


class Framework(Case):
    def setUp(self):
        super().setUp()
        box, source = self.box, self.box.folder / "source"
        (source / "config").mkdir(parents=True)
        for name in (".pre-commit-hooks.yaml", "config/pre-commit-push.sh"):
            shutil.copy2(ROOT / name, source / name)
        box.git("init", "-q", "--object-format=sha1", cwd=source)  # pre-commit fetches it into a repository with SHA-1
        box.git("add", "-A", cwd=source)
        box.git("commit", "-qm", "manifest", cwd=source)
        rev = box.git("rev-parse", "HEAD", cwd=source).strip()
        box.write(box.repo / ".pre-commit-config.yaml", CONFIG.format(source=source, rev=rev), 0o644)
        box.git("add", "-A")
        box.git("commit", "-qm", "config")
        box.must("pre-commit", "install", "--hook-type", "pre-commit", "--hook-type", "pre-push")
        box.git("init", "-q", "--bare", "../remote")
        box.git("push", "-q", "--no-verify", "../remote", "develop")
        box.git("remote", "add", "origin", "../remote")
        box.git("fetch", "-q", "origin")
        box.git("checkout", "-q", "-b", "feature/stream-A-x")

    def test_the_manifest_is_one(self):
        checked = self.box.run("pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_a_commit_out_of_scope_is_stopped(self):
        self.assertEqual(self.box.commit("a/x").returncode, 0)
        stopped = self.box.commit("b/x")
        self.assertEqual(stopped.returncode, 1)
        self.assertIn("b/x: scope: belongs to agent-B1 (stream B)", stopped.stdout + stopped.stderr)

    def test_a_push_is_judged_commit_by_commit(self):
        self.assertEqual(self.box.commit("b/x", "--no-verify").returncode, 0)
        self.box.git("rm", "-q", "b/x")
        self.box.git("commit", "-q", "--no-verify", "-m", "out again")
        stopped = self.box.run("git", "push", "-q", "origin", "HEAD")
        self.assertEqual(stopped.returncode, 1)
        self.assertIn("b/x: scope: belongs to agent-B1 (stream B)", stopped.stdout + stopped.stderr)
        self.box.git("reset", "-q", "--hard", "HEAD~2")
        self.assertEqual(self.box.commit("a/x").returncode, 0)
        passed = self.box.run("git", "push", "-q", "origin", "HEAD")
        self.assertEqual(passed.returncode, 0, passed.stdout + passed.stderr)


if __name__ == "__main__":
    if shutil.which("pre-commit") is None:
        sys.exit(77)
    unittest.main()
