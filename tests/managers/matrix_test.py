#!/usr/bin/env python3
"""Every hook manager next to ours, in every order. Usage: matrix_test.py MANAGER [unittest arguments]"""

import shutil
import sys
import unittest

from sandbox import MANAGERS, Sandbox, tool

MANAGER = None


class Matrix(unittest.TestCase):
    def setUp(self):
        self.manager = MANAGER()
        self.box = self.make()

    def make(self, with_existing=False):
        box = Sandbox()
        self.addCleanup(box.close)
        self.manager.prepare(box)
        box.git("add", "-A")
        box.git("commit", "-qm", "manager")
        box.add_worktree()
        if with_existing:
            box.write(box.hooks / "pre-commit", f'#!/bin/sh\necho existing >>"{box.witness}"\n')
        return box

    # What must hold whenever everything is installed.
    def holds(self):
        box = self.box
        doctor = box.run("git", "stream", "doctor")
        self.assertEqual(doctor.returncode, 0, doctor.stdout)
        status = box.stream("status")
        self.assertRegex(status, r"gates +pre-commit, [a-z, -]*post-commit, post-merge, pre-push\n")
        for cwd, mine, other in ((box.repo, "a/x", "b/x"), (box.linked, "b/x", "a/x")):
            self.good(cwd, mine)
            self.blocked(cwd, other)
        self.stopped_by_the_tool()

    def good(self, cwd, path):
        box = self.box
        ran, logged = len(box.lines()), box.actions("committed")
        result = box.commit(path, cwd=cwd)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("git-stream:", result.stderr)
        self.assertEqual(box.lines()[ran:], ["tool"], "the tool's hook runs exactly once")
        self.assertEqual(box.actions("committed"), logged + 1, "and ours too")

    def blocked(self, cwd, path):
        logged = self.box.actions("blocked")
        result = self.box.commit(path, cwd=cwd)
        self.assertNotEqual(result.returncode, 0)
        self.assertRegex(result.stdout + result.stderr, "commit blocked for agent-")
        self.assertEqual(self.box.actions("blocked"), logged + 1)

    def stopped_by_the_tool(self):
        box = self.box
        hook = "pre-commit"
        box.fail.touch()
        box.write(box.repo / "a/x", "failing\n", 0o644)
        box.git("add", "-A")
        ran = len(box.lines())
        result = box.run("git", "hook", "run", hook)
        self.assertEqual(result.returncode, self.manager.code, result.stderr)
        self.assertEqual(box.lines()[ran:], ["tool"])
        self.assertNotEqual(box.run("git", "commit", "-qm", "x").returncode, 0)
        box.git("reset", "-q", "--hard")
        box.fail.unlink()

    # The tool came later: it runs us, or doctor and status say that it has taken our place.
    def heal(self):
        if self.manager.displaces:
            self.heal_now()

    def heal_now(self):
        box = self.box
        doctor = box.run("git", "stream", "doctor")
        self.assertEqual(doctor.returncode, 1)
        self.assertRegex(doctor.stdout, r"FAILED +hooks +pre-commit: ")
        self.assertIn("next: git stream install", doctor.stdout)
        self.assertRegex(box.stream("status"), r"gates .*NOT IN PLACE: pre-commit")
        if self.manager.name != "husky":  # of which git runs no hook of ours any more
            result = box.commit("a/x")
            self.assertEqual(result.returncode, 0)
            self.assertEqual(result.stderr.count("git-stream: warning: pre-commit is no longer ours"), 1)
            self.assertIn("next: git stream install", result.stderr)
        box.stream("install")

    def uninstalls_to(self, wanted):
        self.box.stream("uninstall", cwd=self.box.linked)
        self.box.stream("uninstall")
        self.assertEqual(self.box.snapshot(), wanted)
        again = self.box.stream("uninstall")
        self.assertEqual(again, "no hooks of git-stream are installed\n")
        self.assertEqual(self.box.snapshot(), wanted)

    # The same commands of the tool where we have never been.
    def twin(self, with_existing=False, times=1):
        box = self.make(with_existing)
        for _ in range(times):
            self.manager.install(box)
        return box.snapshot()

    def test_tool_then_ours(self):
        self.manager.install(self.box)
        before = self.box.snapshot()
        self.box.enrol()
        self.holds()
        installed = self.box.snapshot()
        self.assertEqual(self.box.stream("install"), "everything is in place\n")
        self.assertEqual(self.box.snapshot(), installed)
        self.uninstalls_to(before)

    def test_tool_then_ours_then_tool_again(self):
        self.manager.install(self.box)
        self.box.enrol()
        self.manager.install(self.box)
        self.heal()
        self.holds()
        self.manager.install(self.box)  # and once more
        self.heal()
        self.good(self.box.repo, "a/x")
        self.uninstalls_to(self.twin(times=3))

    def test_ours_then_tool(self):
        self.box.enrol()
        self.manager.install(self.box)
        self.heal()
        self.holds()
        self.box.stream("install")
        self.good(self.box.repo, "a/x")
        self.uninstalls_to(self.twin())

    def test_ours_then_tool_then_uninstall_unhealed(self):
        self.box.enrol()
        self.manager.install(self.box)
        self.uninstalls_to(self.twin())

    def test_existing_hook_then_ours_then_tool(self):
        if self.manager.name == "plain":
            self.skipTest("it would replace itself")
        wanted = self.twin(with_existing=True)
        self.box = self.make(with_existing=True)
        self.box.enrol()
        self.manager.install(self.box)
        self.heal()
        ran = len(self.box.lines())
        self.assertEqual(self.box.commit("a/x").returncode, 0)
        runs_existing = ["existing"] if self.manager.name in ("pre-commit", "prek") else []
        self.assertEqual(self.box.lines()[ran:], [*runs_existing, "tool"])
        self.blocked(self.box.repo, "b/x")
        self.uninstalls_to(wanted)

    def test_tool_again_with_other_arguments(self):
        if self.manager.name != "pre-commit":
            self.skipTest("the scripts of the others do not hold their arguments")
        box = self.box
        shutil.copy(box.repo / ".pre-commit-config.yaml", box.repo / "other.yaml")
        self.manager.install(box)
        box.enrol()
        for arguments in (["-c", "other.yaml"], ["--overwrite"]):
            box.must(tool("pre-commit"), "install", *arguments)
            if "--overwrite" in arguments:  # which throws the kept hook away: ours
                self.heal_now()
            self.good(box.repo, "a/x")
            self.blocked(box.repo, "b/x")
        self.uninstalls_to(self.twin())

    def test_tool_is_uninstalled_from_under_ours(self):
        if self.manager.name not in ("pre-commit", "prek"):
            self.skipTest("has no uninstall that looks at hooks of others")
        self.box.enrol()
        self.manager.install(self.box)
        self.box.must(tool(self.manager.program), "uninstall")
        self.assertEqual(self.box.run("git", "stream", "doctor").returncode, 0)
        self.blocked(self.box.repo, "b/x")


if __name__ == "__main__":
    MANAGER = MANAGERS[sys.argv.pop(1)]
    if tool(MANAGER.program) is None:
        print(f"{MANAGER.program} is not installed: ./install/test.sh installs it")
        sys.exit(77)
    unittest.main()
