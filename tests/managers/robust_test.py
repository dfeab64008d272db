#!/usr/bin/env python3
"""Damage is named, and no instant of an installation loses a hook."""

import os
import random
import shutil
import signal
import subprocess
import threading
import time
import unittest

from sandbox import BEFORE, MANAGERS, Case, tool


class Damage(Case):
    def setUp(self):
        super().setUp()
        self.hook = self.box.hooks / "pre-commit"
        self.box.enrol()

    def named(self, message, code=1):
        doctor = self.box.run("git", "stream", "doctor")
        self.assertEqual(doctor.returncode, code, doctor.stdout + doctor.stderr)
        self.assertIn(message, doctor.stdout)
        if code:
            self.assertIn("NOT IN PLACE: pre-commit", self.box.stream("status"))
        self.box.stream("install")
        self.assertEqual(self.box.run("git", "stream", "doctor").returncode, 0)
        self.assertEqual(self.box.commit("b/x").returncode, 1)

    def test_other_version(self):
        self.box.write(self.hook, self.hook.read_text().replace("# git-stream ", "# git-stream 9.", 1))
        self.named("of another version", code=0)

    def test_emptied(self):
        self.box.write(self.hook, "")
        self.named("is not ours")

    def test_not_executable(self):
        self.hook.chmod(0o644)
        self.named("is not executable")

    def test_removed(self):
        self.hook.unlink()
        result = self.box.commit("a/x")
        self.assertEqual(result.stderr.count("git-stream: warning: pre-commit is no longer ours"), 1)
        self.named("is not installed")

    def test_post_commit_replaced(self):
        self.box.write(self.box.hooks / "post-commit", "#!/bin/sh\n")
        result = self.box.commit("a/x")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stderr.count("git-stream: warning: post-commit is no longer ours"), 1)

    def test_both_replaced_during_a_commit(self):
        manager = MANAGERS["lefthook"]()
        if tool("lefthook") is None:
            self.skipTest("lefthook is not installed")
        box = self.box
        box.stream("uninstall")
        manager.prepare(box)
        manager.install(box)
        box.enrol()
        # lefthook installs itself again in the middle of a commit when its configuration is newer.
        with open(box.repo / "lefthook.yml", "a", encoding="utf-8") as file:
            file.write("post-commit:\n  commands:\n    nothing: {run: 'true'}\n")
        os.utime(box.repo / "lefthook.yml", (time.time() + 60,) * 2)
        box.git("add", "-A")
        result = box.run("git", "commit", "-qm", "x")
        self.assertEqual(result.stderr.count("git-stream: warning: "), 1, result.stderr)
        self.assertIn("warning: pre-commit and post-commit are no longer ours in .git/hooks; next: git stream install",
                      result.stderr)
        self.assertEqual(box.run("git", "stream", "doctor").returncode, 1)
        box.stream("install")
        self.assertEqual(box.run("git", "stream", "doctor").returncode, 0)
        self.assertEqual(box.commit("b/x").returncode, 1)


class Instants(Case):
    def setUp(self):
        super().setUp()
        self.box.write(self.box.hooks / "pre-commit", f'#!/bin/sh\necho existing >>"{self.box.witness}"\n')
        self.before = self.box.snapshot()
        self.box.add_worktree()
        self.box.enrol()
        self.box.stream("uninstall", "--all")

    def hook_runs(self):
        ran = len(self.box.lines())
        result = self.box.run("git", "hook", "run", "pre-commit")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.box.lines()[ran:], ["existing"])

    def leftovers(self):
        return [file.name for file in self.box.hooks.iterdir()
                if file.name.startswith(".git-stream") or file.name.endswith(".1")]

    def test_two_worktrees_at_once(self):
        for _ in range(3):
            started = [subprocess.Popen(["git", "stream", "install"], cwd=cwd, env=self.box.environment,
                                        stdout=subprocess.DEVNULL)
                       for cwd in (self.box.repo, self.box.linked) * 3]
            self.assertEqual([process.wait() for process in started], [0] * 6)
            self.assertEqual(self.leftovers(), [])
            self.assertTrue((self.box.hooks / f"pre-commit{BEFORE}").exists())
            self.hook_runs()
            self.box.stream("uninstall", "--all")
            self.assertEqual(self.box.snapshot(), self.before)

    def test_there_is_always_an_executable_hook(self):
        missing, done = [], threading.Event()

        def look():
            while not done.is_set():
                if not os.access(self.box.hooks / "pre-commit", os.X_OK):
                    missing.append(time.monotonic())

        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            for _ in range(15):
                self.box.stream("install")
                self.box.stream("uninstall")
        finally:
            done.set()
            watcher.join()
        self.assertEqual(missing, [])

    def test_killed_at_any_instant(self):
        rng = random.Random(7)
        for command in ("install", "uninstall") * 25:
            process = subprocess.Popen(["git-stream", command], cwd=self.box.repo, env=self.box.environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0, 0.03))
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.hook_runs()
        self.box.stream("install")
        self.hook_runs()
        self.assertEqual(self.leftovers(), [])
        self.box.stream("uninstall")
        self.assertEqual(self.box.snapshot(), self.before)

    def test_killed_at_each_change_of_a_name(self):
        if shutil.which("strace") is None:
            self.skipTest("strace is not installed")
        if subprocess.run(["strace", "-o/dev/null", "true"], check=False, capture_output=True).returncode != 0:
            self.skipTest("strace may not trace here")
        self.killed_at_each_change(range(1, 40))
        # The same where core.hooksPath is redirected, which changes many more names.
        shutil.copytree(self.box.hooks, self.box.folder / "theirs")
        self.box.git("config", "core.hooksPath", str(self.box.folder / "theirs"))
        self.before = self.box.snapshot()
        self.killed_at_each_change([1, 2, 3, 4, 5, 9, 20, 33, 34, 35, 36, 100])

    def killed_at_each_change(self, numbers):
        for command in ("install", "uninstall"):
            killed = [number for call in ("rename", "renameat2", "link", "unlink", "unlinkat", "chmod", "fchmodat")
                      for number in self.until_survived(command, call, numbers)]
            self.assertGreater(len(killed), 1)

    def until_survived(self, command, call, numbers):
        for number in numbers:
            if not self.killed(command, call, number):
                return
            yield number
        self.fail("it was still killed at the last one")

    def killed(self, command, call, number):
        if command == "uninstall":
            self.box.stream("install")
        # A program that is traced cannot look for leaks at its end, and says so with an exit code.
        environment = {**self.box.environment, "ASAN_OPTIONS": "detect_leaks=0"}
        result = subprocess.run(
            ["strace", "-o/dev/null", f"-einject=?{call}:signal=SIGKILL:when={number}", "git-stream", command],
            cwd=self.box.repo, env=environment, capture_output=True, check=False)
        self.hook_runs()
        self.box.stream("uninstall")
        self.assertEqual(self.box.snapshot(), self.before, f"{command}, killed at {call} {number}")
        return result.returncode != 0


if __name__ == "__main__":
    unittest.main()
