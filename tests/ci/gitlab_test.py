#!/usr/bin/env python3
"""integrations/gitlab/git-stream.yml: its scripts as GitLab's runner runs them, with the variables that GitLab documents, in a clone of a
real remote."""

import json
import unittest
import xml.etree.ElementTree

import yaml

from scene import BASKET, NO_COMMIT, ROOT, SHELL, STREAM_A, STREAM_B, Scene

JOB = yaml.safe_load((ROOT / "integrations/gitlab/git-stream.yml").read_text())["git-stream"]


class GitLab(unittest.TestCase):
    def setUp(self):
        self.scene = Scene()
        self.addCleanup(self.scene.close)
        self.base = self.scene.tip("develop")

    def clone(self, commit=f"origin/{STREAM_B}"):
        """As the runner does it: only the job's commit is fetched, whatever branches there are."""
        self.scene.clone(commit)
        for ref in self.scene.git("for-each-ref", "--format=%(refname)", cwd=self.scene.checkout).split():
            self.scene.git("update-ref", "-d", ref, cwd=self.scene.checkout)

    def merge_request(self, branch=STREAM_B, **more):
        return {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "7", "CI_COMMIT_SHA": self.scene.tip(branch),
                "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": branch, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "develop",
                "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "", "CI_MERGE_REQUEST_DIFF_BASE_SHA": self.base,
                "CI_COMMIT_BEFORE_SHA": NO_COMMIT, **more}

    def run_job(self, variables):
        script = "\n".join(JOB["before_script"] + JOB["script"])
        environment = {"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_DIR": str(self.scene.checkout), "CI_DEFAULT_BRANCH": "develop",
                       **JOB["variables"], **variables}
        return self.scene.run(*SHELL, script, cwd=self.scene.checkout, env=environment)

    def artifact(self, name):
        file = self.scene.checkout / name
        return file.read_text() if file.exists() else None

    def failures(self):
        return int(xml.etree.ElementTree.fromstring(self.artifact(JOB["artifacts"]["reports"]["junit"])).get("failures"))

    def test_a_merge_request_is_judged_and_compared(self):
        self.clone()
        result = self.run_job(self.merge_request())
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(self.failures(), 0)
        self.assertIn("b/basket.py:5: calls tax.gross: a.tax.gross takes 1 positional argument, is given 2", self.artifact("git-stream-conflicts.txt"))
        self.assertEqual(list((self.scene.checkout / ".git").glob("stream-ci-*")), [])
        self.assertEqual(self.scene.git("branch", "--format=%(refname)", "--list", "feature/*", cwd=self.scene.checkout), "")
        self.assertEqual(self.run_job(self.merge_request(GIT_STREAM_FAIL_ON="conflicts")).returncode, 1)

    def test_a_violation_fails_and_is_in_the_report(self):
        self.scene.branch(STREAM_B, "a/tax.py", "RATE = 1\n")
        self.clone()
        result = self.run_job(self.merge_request())
        self.assertEqual(result.returncode, 1)
        self.assertIn("a/tax.py: scope: belongs to agent-A1 (stream A)", result.stdout)
        self.assertEqual(self.failures(), 1)
        issue, = json.loads(self.artifact(JOB["artifacts"]["reports"]["codequality"]))
        self.assertEqual((issue["check_name"], issue["severity"], issue["location"]["path"]), ("scope", "major", "a/tax.py"))

    def test_merged_results_are_judged_by_what_is_merged(self):
        self.scene.git("checkout", "-q", "-B", "merged", "develop")
        self.scene.git("merge", "-q", "--no-ff", "-m", "Merged results", STREAM_B)
        self.scene.write(self.scene.repo / "a/tax.py", "RATE = 1\n", 0o644)
        self.scene.git("commit", "-q", "-a", "--amend", "--no-edit")  # a merge of which more would be said
        self.scene.push("merged")
        self.clone("origin/merged")
        variables = self.merge_request(CI_COMMIT_SHA=self.scene.tip("merged"), CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=self.scene.tip(STREAM_B))
        result = self.run_job(variables)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("1 file checked", result.stdout)

    def test_the_default_branch_is_judged_without_a_prediction(self):
        self.scene.git("checkout", "-q", "develop")
        self.scene.git("merge", "-q", "--no-ff", "-m", "Merge", STREAM_A)
        self.scene.push("develop")
        self.clone("origin/develop")
        for before in (self.base, NO_COMMIT):
            result = self.run_job({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "develop", "CI_COMMIT_SHA": self.scene.tip("develop"),
                                   "CI_COMMIT_BEFORE_SHA": before})
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual((self.failures(), self.artifact("git-stream-conflicts.txt")), (0, None))

    def test_a_branch_that_agrees_with_all_others_passes(self):
        self.scene.branch(STREAM_B, "b/basket.py", BASKET.replace(", 19", ""))
        self.clone()
        self.assertEqual(self.run_job(self.merge_request(GIT_STREAM_FAIL_ON="conflicts")).returncode, 0)

    def test_a_forks_branch_may_be_called_as_the_target(self):
        self.scene.branch("of-a-fork", "b/basket.py", "SIZE = 6\n")
        self.clone("origin/of-a-fork")
        result = self.run_job(self.merge_request("of-a-fork", CI_MERGE_REQUEST_SOURCE_BRANCH_NAME="develop"))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual((self.failures(), self.artifact("git-stream-conflicts.txt")), (0, None))

    def test_a_shallow_clone_ends_with_3(self):
        self.scene.clone("HEAD", "--depth=1", f"--branch={STREAM_B}")
        self.scene.git("fetch", "-q", "--depth=1", "origin", "develop", cwd=self.scene.checkout)
        for base in (self.base, NO_COMMIT):
            result = self.run_job(self.merge_request(CI_MERGE_REQUEST_DIFF_BASE_SHA=base))
            self.assertEqual((result.returncode, result.stderr), (3, "git-stream: this clone is shallow: GIT_DEPTH has to be 0\n"))

    def test_an_image_without_the_program_is_told_what_to_set(self):
        self.clone()
        folder = self.scene.folder / "path"
        folder.mkdir()
        (folder / "bash").symlink_to("/usr/bin/bash")
        result = self.run_job({**self.merge_request(), "PATH": str(folder)})
        self.assertEqual((result.returncode, result.stderr),
                         (2, "git-stream is not in this image: set GIT_STREAM_PACKAGE to what pip is to install\n"))

    def test_the_job_has_what_gitlab_needs(self):
        self.assertEqual(set(JOB), {"stage", "rules", "variables", "before_script", "script", "artifacts"})
        self.assertEqual([set(rule) for rule in JOB["rules"]], [{"if"}] * len(JOB["rules"]))
        self.assertEqual((JOB["variables"]["GIT_DEPTH"], JOB["artifacts"]["when"]), ("0", "always"))
        self.assertLess(set(JOB["artifacts"]["reports"].values()), set(JOB["artifacts"]["paths"]))
        for line in JOB["before_script"] + JOB["script"]:
            self.assertIsInstance(line, str)


if __name__ == "__main__":
    unittest.main()
