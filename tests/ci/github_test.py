#!/usr/bin/env python3
"""action.yml: its steps as GitHub runs them, with the environment that GitHub documents, in a clone of a real remote; the comment is
written to a server of the test that keeps comments as GitHub's API does."""

import http.server
import json
import re
import shutil
import sys
import threading
import unittest
import zipfile

import yaml

from scene import BASKET, NO_COMMIT, ROOT, SHELL, STREAM_A, STREAM_B, TAX, Scene, write_json

sys.path.insert(0, str(ROOT / "integrations/github"))
import markdown  # noqa: E402
from open_branches import Prediction  # noqa: E402

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = ACTION["runs"]["steps"]
PULL_REQUEST = 7
MARKER = "<!-- git-stream: predicted conflicts -->"


class Comments(http.server.BaseHTTPRequestHandler):
    """GitHub's API for comments on pull requests, as far as the action calls it."""

    def answer(self, value, code=200):
        body = json.dumps(value).encode()
        self.send_response(self.server.refuse or code)
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]

    def note(self):
        self.server.calls.append(f"{self.command} {self.path}")
        self.server.tokens.add(self.headers["Authorization"])

    def do_GET(self):  # noqa: N802
        self.note()
        page = int(re.search(r"[?&]page=(\d+)", self.path).group(1))
        self.answer(self.server.comments[(page - 1) * 100:page * 100])

    def do_POST(self):  # noqa: N802
        self.note()
        if not self.server.refuse:
            self.server.add(self.body())
        self.answer({}, 201)

    def do_PATCH(self):  # noqa: N802
        self.note()
        number, body = int(self.path.rsplit("/", 1)[1]), self.body()
        next(comment for comment in self.server.comments if comment["id"] == number)["body"] = body
        self.answer({})

    def log_message(self, *_):
        pass


class Api(http.server.ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Comments)
        self.comments, self.calls, self.tokens, self.refuse = [], [], set(), None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def add(self, body, kind="Bot"):
        self.comments.append({"id": 1000 + len(self.comments), "body": body, "user": {"type": kind}})

    def ours(self):
        return [comment["body"] for comment in self.comments if comment["user"]["type"] == "Bot"]

    def methods(self):
        return [call.split()[0] for call in self.calls]

    def close(self):
        self.shutdown()
        self.server_close()


def value_of(expression, inputs):
    """An expression of the action's own: ${{ inputs.x }}."""
    return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: inputs[match.group(1)], expression)


class Action(unittest.TestCase):
    def setUp(self):
        self.scene, self.api = Scene(), Api()
        self.addCleanup(self.scene.close)
        self.addCleanup(self.api.close)
        self.temp = self.scene.folder / "runner temp"
        self.temp.mkdir()
        self.inputs = {name: value["default"] for name, value in ACTION["inputs"].items()} | {"token": "secret"}

    def clone(self, commit, *options):
        self.scene.clone(commit, *options)

    def pull(self, branch=STREAM_B, base="develop"):
        head = self.scene.tip(branch)
        return {"pull_request": {"number": PULL_REQUEST, "base": {"ref": base, "sha": NO_COMMIT}, "head": {"ref": branch, "sha": head}}}

    def pushed(self, branch, before, after, **more):
        return {"ref": f"refs/heads/{branch}", "before": before, "after": after, "repository": {"default_branch": "develop"}, **more}

    def file(self, name):
        file = self.temp / name
        return file.read_text() if file.exists() else ""

    def step(self, step, event, payload):
        environment = {name: value_of(value, self.inputs) for name, value in step["env"].items()} | {
            "GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_EVENT_NAME": event, "GITHUB_REPOSITORY": "ada/shop",
            "GITHUB_EVENT_PATH": str(write_json(self.temp / "event.json", payload)), "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_API_URL": f"http://127.0.0.1:{self.api.server_port}", "RUNNER_TEMP": str(self.temp), "no_proxy": "127.0.0.1",
            **{f"GITHUB_{name}": str(self.temp / name) for name in ("OUTPUT", "STEP_SUMMARY", "PATH")}}
        return self.scene.run(*SHELL, step["run"], cwd=self.scene.checkout, env=environment)

    def judge(self, event="pull_request", payload=None, **inputs):
        self.inputs.update({name.replace("_", "-"): value for name, value in inputs.items()})
        for name in ("OUTPUT", "STEP_SUMMARY"):
            (self.temp / name).unlink(missing_ok=True)
        return self.step(next(step for step in STEPS if step.get("id") == "judge"), event, payload or self.pull())

    def outputs(self):
        return dict(line.split("=", 1) for line in self.file("OUTPUT").splitlines())


class Events(Action):
    def test_a_clean_pull_request_passes_and_says_so(self):
        self.scene.branch(STREAM_B, "b/basket.py", "SIZE = 11\n")
        self.clone(STREAM_B_REMOTE)
        before = self.scene.refs()
        result = self.judge()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("::error", result.stdout)
        self.assertIn("### git stream: no violations\n", self.file("STEP_SUMMARY"))
        self.assertIn("### Conflicts with other branches: none\n", self.file("STEP_SUMMARY"))
        self.assertIn("`feature/stream-B-beta` was compared with `develop` and 1 open branch of streams.", self.file("STEP_SUMMARY"))
        self.assertEqual((self.outputs()["violations"], self.outputs()["conflicts"]), ("0", "0"))
        self.assertEqual(self.api.comments, [])
        self.assertEqual(self.scene.refs(), before)

    def test_a_violation_is_annotated_reported_and_fails(self):
        self.scene.branch(STREAM_B, "a/tax.py", TAX + "\n")
        self.clone(STREAM_B_REMOTE)
        result = self.judge()
        self.assertEqual(result.returncode, 1)
        self.assertIn("::error file=a/tax.py,title=git-stream%3A scope::belongs to agent-A1 (stream A)", result.stdout)
        sarif = json.loads(self.file("git-stream.sarif"))
        self.assertEqual(self.outputs()["sarif-file"], str(self.temp / "git-stream.sarif"))
        self.assertEqual(sarif["runs"][0]["results"][0]["ruleId"], "scope")
        self.assertIn("### git stream: 1 violation\n\n```text\na/tax.py: scope: belongs to agent-A1", self.file("STEP_SUMMARY"))
        self.assertEqual(self.outputs()["violations"], "1")
        self.assertEqual(self.judge(fail_on="nothing").returncode, 0)

    def test_a_push_is_judged_from_what_was_there(self):
        bad = self.scene.branch(STREAM_B, "a/tax.py", "RATE = 1\n", start="develop")
        good = self.scene.branch(STREAM_B, "b/basket.py", "SIZE = 2\n", start=STREAM_B)
        self.clone(good)
        self.assertEqual(self.judge("push", self.pushed(STREAM_B, bad, good)).returncode, 0)
        for unknown in (NO_COMMIT, "1" * 40):  # a new branch; one that was rewritten
            self.assertEqual(self.judge("push", self.pushed(STREAM_B, unknown, good)).returncode, 1, unknown)
        self.assertEqual(self.api.calls, [])

    def test_a_push_to_the_default_branch_predicts_nothing(self):
        before = self.scene.tip("develop")
        self.scene.git("checkout", "-q", "develop")
        self.scene.git("merge", "-q", "--no-ff", "-m", "Merge", STREAM_B)
        self.scene.push("develop")
        self.clone("origin/develop")
        for known in (before, NO_COMMIT):
            result = self.judge("push", self.pushed("develop", known, self.scene.tip()))
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertNotIn("Conflicts", self.file("STEP_SUMMARY"))
        self.assertNotIn("conflicts", self.outputs())

    def test_what_brings_no_commits_is_not_judged(self):
        self.clone("origin/develop")
        tip = self.scene.tip("develop")
        for payload in (self.pushed("x", tip, NO_COMMIT, deleted=True), self.pushed("x", NO_COMMIT, tip) | {"ref": "refs/tags/v1"}):
            result = self.judge("push", payload)
            self.assertEqual((result.returncode, result.stdout), (0, "git-stream: no commits to judge\n"))

    def test_a_merge_group_is_judged_by_trailers(self):
        base = self.scene.tip("develop")
        self.scene.git("checkout", "-q", "-B", "queue", "develop")
        self.scene.write(self.scene.repo / "a/tax.py", "RATE = 1\n", 0o644)
        self.scene.git("commit", "-qam", "Set the rate\n\nAgent: agent-B1\n")
        self.scene.push("gh-readonly-queue/develop/pr-7")
        self.clone("origin/gh-readonly-queue/develop/pr-7")
        result = self.judge("merge_group", {"merge_group": {"base_sha": base, "head_sha": self.scene.tip()}})
        self.assertEqual(result.returncode, 1)
        self.assertIn("belongs to agent-A1 (stream A)", result.stdout)

    def test_another_event_needs_a_range(self):
        self.scene.branch("topic", "b/basket.py", "SIZE = 5\n")
        self.clone("origin/topic")
        refused = self.judge("schedule", {"schedule": "0 0 * * *"})
        self.assertEqual(refused.returncode, 2)
        self.assertIn("::error title=git-stream::the event schedule names no commits: give the input range", refused.stdout)
        given = self.judge("schedule", {}, range="origin/develop..HEAD", as_branch=STREAM_A)
        self.assertEqual(given.returncode, 1)
        self.assertIn("belongs to agent-B1 (stream B)", given.stdout)

    def test_a_shallow_clone_says_what_it_needs(self):
        self.clone("HEAD", "--depth=1", f"--branch={STREAM_B}")
        result = self.judge()
        self.assertEqual(result.returncode, 2)
        self.assertIn("::error title=git-stream::refs/remotes/origin/develop is not in this clone: actions/checkout needs fetch-depth: 0", result.stdout)
        self.scene.git("fetch", "-q", "--depth=1", "origin", "develop:refs/remotes/origin/develop", cwd=self.scene.checkout)
        result = self.judge()
        self.assertEqual(result.returncode, 3)
        self.assertIn("::error title=git-stream::git-stream: this clone is shallow", result.stdout)

    def test_a_shallow_clone_of_the_default_branch_is_not_taken_for_the_first_commit(self):
        self.clone("HEAD", "--depth=1", "--branch=develop")
        result = self.judge("push", self.pushed("develop", NO_COMMIT, self.scene.tip("develop")))
        self.assertEqual(result.returncode, 2)
        self.assertIn("actions/checkout needs fetch-depth: 0", result.stdout)

    def test_a_forks_branch_may_be_called_as_the_base(self):
        self.scene.branch("of-a-fork", "b/basket.py", "SIZE = 6\n")
        self.clone("origin/of-a-fork")
        payload = self.pull("of-a-fork")
        payload["pull_request"]["head"]["ref"] = "develop"
        result = self.judge(payload=payload)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertNotIn("conflicts", self.outputs())

    def test_a_forks_commits_are_fetched_where_the_checkout_lacks_them(self):
        head = self.scene.branch("of-a-fork", "a/tax.py", "RATE = 1\n")
        self.scene.git("push", "-q", "origin", f"{head}:refs/pull/{PULL_REQUEST}/head", ":refs/heads/of-a-fork")
        self.clone("origin/develop")
        before = self.scene.refs()
        payload = self.pull("of-a-fork")
        payload["pull_request"]["head"]["ref"] = STREAM_B
        result = self.judge("pull_request_target", payload)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("belongs to agent-A1 (stream A)", result.stdout)
        self.assertEqual(self.scene.refs(), before)

    def test_an_input_that_is_none_is_refused(self):
        self.clone(STREAM_B_REMOTE)
        for inputs, said in (({"fail_on": "always"}, "fail-on: violations, conflicts or nothing"), ({"fail_on": "", "range": "HEAD"}, "range: two commits")):
            result = self.judge(**inputs)
            self.assertEqual(result.returncode, 2)
            self.assertIn(f"::error title=git-stream::{said}", result.stdout)

    def test_a_repository_without_a_policy_passes(self):
        self.scene.git("checkout", "-q", "develop")
        self.scene.git("rm", "-q", ".streams.yaml")
        self.scene.put("b/basket.py", "SIZE = 3\n")
        self.scene.push("develop")
        self.scene.branch("topic", "b/basket.py", "SIZE = 4\n")
        self.clone("origin/topic")
        result = self.judge(payload=self.pull("topic"))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


class Conflicts(Action):
    def setUp(self):
        super().setUp()
        self.clone(STREAM_B_REMOTE)

    def test_they_are_in_the_summary_and_in_one_comment(self):
        result = self.judge()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(self.outputs()["conflicts"], "1")
        comment, = self.api.ours()
        self.assertTrue(comment.startswith(MARKER + "\n### Conflicts with other branches: 1\n"))
        self.assertIn(f"With `{STREAM_A}`:\n\n```text\nb/basket.py:5: calls tax.gross: a.tax.gross takes 1 positional argument, is given 2\n", comment)
        self.assertIn("  next: keep it in A, or change b/basket.py in B\n```\n", comment)
        self.assertIn(comment.split("With ")[1].split("\nAs of")[0], self.file("STEP_SUMMARY"))
        self.assertEqual(self.api.tokens, {"Bearer secret"})

    def test_the_comment_is_updated_and_never_doubled(self):
        for _ in range(2):
            self.judge()
        self.assertEqual(self.api.methods(), ["GET", "POST", "GET"])  # the same again: nothing is written
        self.scene.branch(STREAM_B, "b/basket.py", BASKET.replace(", 19", ""))
        self.scene.git("fetch", "-q", "-f", "origin", cwd=self.scene.checkout)
        self.judge()
        comment, = self.api.ours()
        self.assertIn("### Conflicts with other branches: none\n", comment)
        self.assertEqual(self.api.methods()[3:], ["GET", "PATCH"])

    def test_it_is_found_behind_a_page_of_others_comments(self):
        for number in range(130):
            self.api.add(f"comment {number}", "User")
        self.api.add(f"{MARKER}\nsomebody's", "User")
        self.judge()
        self.judge(fail_on="conflicts")
        self.assertEqual(len(self.api.ours()), 1)
        self.assertEqual(self.api.comments[130]["body"], f"{MARKER}\nsomebody's")

    def test_a_token_that_may_not_write_fails_nothing(self):
        for refusal in (403, 404, 401, 502):
            self.api.refuse = refusal
            result = self.judge()
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(f"HTTP {refusal}", result.stdout)
            self.assertEqual("the token may not write here" in result.stdout, refusal != 502)
        self.assertIn("### Conflicts with other branches: 1", self.file("STEP_SUMMARY"))
        self.api.close()
        self.assertIn("git-stream: no comment: ", self.judge().stdout)

    def test_inputs_turn_parts_off_and_make_conflicts_fail(self):
        self.assertEqual(self.judge(fail_on="conflicts").returncode, 1)
        self.judge(comment="false", summary="false")
        self.assertEqual((self.file("STEP_SUMMARY"), self.api.methods()), ("", ["GET", "POST"]))

    def test_a_forks_branch_is_compared_as_it_is_there(self):
        self.scene.branch("of-a-fork", "b/basket.py", BASKET.replace(", 19", ""))  # the remote's branch of this name conflicts
        self.scene.git("fetch", "-q", "origin", "of-a-fork", cwd=self.scene.checkout)
        payload = self.pull("of-a-fork")
        payload["pull_request"]["head"]["ref"] = STREAM_B
        result = self.judge(payload=payload)
        self.assertEqual((result.returncode, self.outputs()["conflicts"]), (0, "0"), result.stdout + result.stderr)

    def test_a_branch_of_no_stream_is_compared_with_none(self):
        self.scene.branch("topic`x", "docs.md", "x\n")
        self.scene.git("fetch", "-q", "origin", cwd=self.scene.checkout)
        result = self.judge(payload=self.pull("topic`x"))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("`` topic`x `` is no stream's branch", self.file("STEP_SUMMARY"))
        self.assertEqual(self.api.ours(), [])

    def test_what_others_wrote_stays_text(self):
        path = "b/```\n\n@everyone ![x](http:y)\n::error::no"
        branch = "feature/stream-B-$(touch${IFS}x)`touch${IFS}y`"
        self.scene.branch(branch, path + ".py", "x = 1\n", "a/@team <img>.py", "x = 1\n")
        self.scene.git("fetch", "-q", "origin", cwd=self.scene.checkout)
        result = self.judge(payload=self.pull(branch))
        self.assertEqual(result.returncode, 1)
        self.assertFalse(any((self.scene.checkout / name).exists() for name in "xy"))
        for text in (self.file("STEP_SUMMARY"), *self.api.ours()):
            outside = re.sub(r"^(`{3,})text\n.*?^\1\n", "", text, flags=re.S | re.M)
            self.assertNotRegex(outside.replace(branch, ""), r"@|!\[|<img|::error")

    def test_what_cannot_be_compared_is_said(self):
        self.scene.git("update-ref", "-d", "refs/remotes/origin/develop", cwd=self.scene.checkout)
        base = self.scene.tip("develop")
        result = self.judge(range=f"{base}..HEAD", as_branch=STREAM_B)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("::warning title=git-stream::conflicts with other branches: git-stream: the integration branch develop does not exist", result.stdout)
        self.assertIn("### Conflicts with other branches: not known\n", self.file("STEP_SUMMARY"))
        self.assertEqual(self.judge(fail_on="conflicts").returncode, 3)


class Text(unittest.TestCase):
    """markdown.py alone, with more than any repository of these tests has."""

    def prediction(self, sides, findings):
        place = {"side": "B", "agent": "", "file": "b/x.py", "line": 3}
        finding = {"first": place, "second": {**place, "side": "A"}, "message": "m" * 100 + "\u202e", "next": "n"}
        return Prediction(into="develop", of_stream=True, conflicts={f"A{side}": [finding] * findings for side in range(sides)})

    def test_a_comment_is_no_longer_than_github_takes(self):
        for sides, findings in ((1, 60), (3, 400), (40, 60), (300, 60), (2000, 60)):
            text = markdown.comment("x", "c" * 40, self.prediction(sides, findings))
            self.assertLess(len(text), 65536)
            self.assertIn(f"### Conflicts with other branches: {sides * findings}\n", text)
        self.assertIn("\n10 more: `git stream conflicts`\n", markdown.comment("x", "c" * 40, self.prediction(1, 60)))

    def test_no_text_is_reversed(self):
        self.assertNotIn("\u202e", markdown.comment("x\u202e", "c" * 40, self.prediction(1, 1)))


class Install(Action):
    def install(self, program, **environment):
        step = {**STEPS[0], "env": {"INPUT_PROGRAM": program}}
        self.scene.environment.update(environment)
        (self.scene.checkout).mkdir(exist_ok=True)
        return self.step(step, "push", {})

    def test_the_one_on_path_is_taken_first(self):
        for program in ("auto", "path"):
            result = self.install(program)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(result.stdout, r"^git-stream \d")
        self.assertEqual(self.file("PATH"), "")

    def test_a_prefix_is_put_on_path(self):
        result = self.install(str(self.scene.bin.parent), PATH="/usr/bin:/bin")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(self.file("PATH"), f"{self.scene.bin}\n")

    def test_a_wheel_is_installed_in_an_environment_of_its_own(self):
        wheel, info = self.scene.folder / "git_streams-0-py3-none-any.whl", "git_streams-0.dist-info"
        with zipfile.ZipFile(wheel, "w") as file:
            file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: git-streams\nVersion: 0\n")
            file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            file.writestr(f"{info}/RECORD", "")
            program = zipfile.ZipInfo("git_streams-0.data/scripts/git-stream")
            program.external_attr = 0o100755 << 16
            file.writestr(program, f'#!/bin/sh\nexec "{self.scene.bin}/git-stream" "$@"\n')
        for program in (str(wheel), "git-streams==0"):
            (self.temp / "PATH").unlink(missing_ok=True)
            result = self.install(program, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(self.scene.folder))
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            self.assertRegex(result.stdout, r"^git-stream \d")
            self.assertEqual(self.file("PATH"), f"{self.temp}/git-stream-program/bin\n")
            shutil.rmtree(self.temp / "git-stream-program")

    def test_what_is_not_there_is_named(self):
        for program, said in (("path", "there is no git-stream on PATH"), ("/nowhere", "/nowhere/bin/git-stream is no program")):
            result = self.install(program, PATH=self.path_without_program())
            self.assertEqual(result.returncode, 2)
            self.assertIn(f"::error title=git-stream::program: {said}", result.stdout)

    def path_without_program(self):
        folder = self.scene.folder / "path"
        folder.mkdir(exist_ok=True)
        for name in ("bash", "python3"):
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(f"/usr/bin/{name}")
        return str(folder)


class File(unittest.TestCase):
    """action.yml by the metadata syntax that GitHub documents."""

    def test_actions_are_pinned_and_inputs_are_passed_by_the_environment(self):
        self.assertEqual(ACTION["runs"]["using"], "composite")
        for step in STEPS:
            self.assertRegex(step.get("uses", "@" + "0" * 40), r"@[0-9a-f]{40}$")
            self.assertNotIn("${{", step.get("run", ""))
            self.assertTrue("uses" in step or "shell" in step)

    def test_what_is_named_is_declared(self):
        text = (ROOT / "action.yml").read_text()
        self.assertEqual(set(re.findall(r"inputs\.([a-z-]+)", text)), set(ACTION["inputs"]))
        self.assertLessEqual(set(re.findall(r"steps\.([a-z-]+)\.", text)), {step.get("id") for step in STEPS})
        for value in (*ACTION["inputs"].values(), *ACTION["outputs"].values()):
            self.assertTrue(value["description"])
        written = (ROOT / "integrations/github/judge.py").read_text()
        for name in re.findall(r"steps\.judge\.outputs\.([a-z-]+)", text):
            self.assertIn(name.replace("-", "_") + "=", written)


STREAM_B_REMOTE = f"origin/{STREAM_B}"

if __name__ == "__main__":
    unittest.main()
