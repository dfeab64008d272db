#!/usr/bin/env python3
"""`git stream init` in repositories of six layouts: from a clone to a policy with no finding in one command.

Django and Flask are Debian's, the flat folder and the distributions are made of CPython's own library."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GITSTREAM_BUILD", ROOT / "build" / "dev"))
DEBIAN = pathlib.Path("/usr/lib/python3/dist-packages")
LIBRARY = pathlib.Path(os.__file__).parent
ENVIRONMENT = {"PATH": f"{BUILD / 'bin'}:/usr/bin:/bin", "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
               **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
                  for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))}}


def ignore(_, names):
    return [name for name in names if name == "__pycache__" or name.endswith((".so", ".mo", ".po", ".gz"))]


class Repository:
    """A clone, as a user has it."""

    def __init__(self, folder):
        self.environment = {**ENVIRONMENT, "HOME": str(folder)}
        self.source, self.path = folder / "source", folder / "clone"
        self.source.mkdir()

    def write(self, files):
        for name, text in files.items():
            file = self.source / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def copy(self, source, to):
        shutil.copytree(source, self.source / to, ignore=ignore)

    def clone(self):
        self.git("init", "-q", "-b", "main", at=self.source)
        self.git("add", "-A", at=self.source)
        self.git("commit", "-qm", "Start", at=self.source)
        self.git("clone", "-q", str(self.source), str(self.path), at=self.source)

    def run(self, *words, at=None, code=0):
        done = subprocess.run(words, cwd=at or self.path, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode != code:
            raise AssertionError(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def git(self, *words, **more):
        return self.run("git", *words, **more)


class Layouts(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gs-detection-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.repository = Repository(self.folder)

    def detected(self):
        """The policy, after it was found to be sound: nothing is wrong by it, and all Python is somebody's."""
        repository = self.repository
        repository.clone()
        said = repository.git("stream", "init")
        self.assertNotIn("warning", said)
        self.assertIn("no violations", repository.git("stream", "check", "--all"))
        repository.git("add", "-A")
        repository.git("commit", "-qm", "A policy")
        self.assertIn("no violations", repository.git("stream", "check", "--all"))
        self.assertNotIn("FAILED", repository.git("stream", "doctor"))
        policy = yaml.safe_load((repository.path / ".streams.yaml").read_text())
        self.assert_covered(policy)
        return policy

    def assert_covered(self, policy):
        files = set(self.repository.git("ls-files", "*.py", "*.pyi").split("\n")) - {""}
        owned = [self.matched(agent["files"]) for stream in policy["streams"].values() for agent in stream["agents"].values()]
        for number, paths in enumerate(owned):
            for other in owned[number + 1:]:
                self.assertFalse(paths & other, "two scopes have these")
        self.assertEqual(files - set().union(*owned) - self.matched(policy["shared"]), set(), "in nobody's scope")
        self.sizes = [len(paths) for paths in owned]

    def matched(self, patterns):
        return set(self.repository.git("ls-files", "--", *(f":(glob){pattern}" for pattern in patterns)).split("\n")) - {""}

    @unittest.skipUnless((DEBIAN / "django").is_dir(), "there is no python3-django")
    def test_django(self):
        self.repository.copy(DEBIAN / "django", "django")
        self.repository.write({"tox.ini": "[tox]\nenvlist =\n    py3\n    flake8\n\n[testenv]\ncommands = {envpython} runtests.py\n",
                               "setup.cfg": "[flake8]\nexclude = build\n", "tests/runtests.py": "import django\n",
                               "tests/forms_tests/tests.py": "from django import forms\n", "docs/conf.py": "import django\n"})
        policy = self.detected()
        self.assertGreaterEqual(len(policy["streams"]), 6)
        self.assertGreaterEqual(len(policy["layers"]), 6)
        self.assertEqual([step["run"] for step in policy["validate"]], [["flake8"], ["tox", "-e", "py3"]])
        self.assertTrue({"docs/**", "tests/**"} <= set(policy["shared"]))

    @unittest.skipUnless((DEBIAN / "flask").is_dir(), "there is no python3-flask")
    def test_flask(self):
        self.repository.copy(DEBIAN / "flask", "src/flask")
        self.repository.write({"pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = [\"tests\"]\n\n[tool.mypy]\nfiles = [\"src/flask\"]\n",
                               ".flake8": "[flake8]\n", "tests/test_basic.py": "import flask\n", "docs/conf.py": "import flask\n",
                               "examples/tutorial/flaskr/__init__.py": "from flask import Flask\n",
                               "examples/tutorial/tests/test_db.py": "from flaskr import db\n"})
        policy = self.detected()
        self.assertEqual(len(policy["streams"]), 2)
        self.assertGreaterEqual(len(policy["layers"]), 3)
        self.assertEqual([step["run"] for step in policy["validate"]], [["flake8"], ["mypy"], ["pytest"]])
        self.assertEqual(policy["shared"], ["docs/**", "examples/**", "tests/**"])

    def test_a_package_in_src(self):
        self.repository.copy(LIBRARY / "asyncio", "src/asyncio")
        self.repository.write({"tests/test_queues.py": "from asyncio import queues\n", "setup.py": "import setuptools\n",
                               ".github/workflows/tests.yml": "jobs:\n  test:\n    steps:\n      - run: python -m pytest\n      - run: ruff check\n"})
        policy = self.detected()
        self.assertGreaterEqual(len(policy["layers"]), 3)
        self.assertNotIn("python", {key for key in policy if policy.get(key, {}) and key == "python" and "roots" in policy[key]})
        self.assertEqual([step["run"] for step in policy["validate"]], [["ruff", "check", "."], ["pytest"]])
        self.assertIn("setup.py", policy["shared"])

    def test_a_namespace_package(self):
        self.repository.copy(LIBRARY / "json", "src/acme/json")
        for name in ("orders", "prices"):
            self.repository.write({f"src/acme/{name}/__init__.py": "", f"src/acme/{name}/model.py": "import acme.json.decoder\n",
                                   f"src/acme/{name}/rows.py": f"from acme.json import encoder\nfrom acme.{name} import model\n"})
        policy = self.detected()
        self.assertEqual(policy["python"]["roots"][0], "src")
        names = [module for layer in policy["layers"] for module in layer["modules"]]
        self.assertTrue(any(name.startswith("acme.json") for name in names), names)

    def test_several_distributions(self):
        for name in ("concurrent", "email", "http", "urllib", "xmlrpc", "logging", "multiprocessing"):
            self.repository.copy(LIBRARY / name, f"packages/{name}/src/{name}")
            self.repository.write({f"packages/{name}/pyproject.toml": f"[project]\nname = \"{name}\"\nversion = \"1\"\n",
                                   f"packages/{name}/tests/test_{name}.py": f"import {name}\n"})
        policy = self.detected()
        roots = policy["python"]["roots"]
        self.assertTrue({"packages/email/src", "packages/http/src", "packages/urllib/src"} <= set(roots), roots)
        self.assertIn("packages/email/tests/**", policy["shared"])
        self.assertGreaterEqual(len(policy["layers"]), 3)
        whole = [pattern for stream in policy["streams"].values() for agent in stream["agents"].values() for pattern in agent["files"]]
        self.assertIn("packages/http/**", whole)

    def test_a_flat_folder(self):
        for file in LIBRARY.glob("*.py"):
            shutil.copy(file, self.repository.source)
        policy = self.detected()
        self.assertGreaterEqual(len(policy["streams"]), 3)
        self.assertGreaterEqual(len(policy["layers"]), 4)
        self.assertNotIn("validate", policy)  # nothing is switched off

    def test_as_many_streams_as_are_wanted(self):
        self.repository.copy(LIBRARY / "email", "email")
        self.repository.clone()
        for count in (1, 2, 3, 7):
            text = self.repository.git("stream", "policy", "--detect", "--streams", str(count))
            self.assertEqual(len(yaml.safe_load(text)["streams"]), count)
        for wrong in ("0", "-1", "many", "65"):
            self.assertIn("is no number of streams", self.repository.git("stream", "policy", "--detect", f"--streams={wrong}", code=2))

    def test_new_files_count_and_ignored_ones_do_not(self):
        self.repository.write({"a.py": "import b\n", ".gitignore": "build/\n"})
        self.repository.clone()
        (self.repository.path / "b.py").write_text("x = 1\n")
        (self.repository.path / "build").mkdir()
        (self.repository.path / "build" / "c.py").write_text("import a\n")
        text = self.repository.git("stream", "policy", "--detect")
        self.assertIn("b.py", text)
        self.assertNotIn("build", text)
        self.assertFalse((self.repository.path / ".streams.yaml").exists())

    def test_a_bare_repository(self):
        self.repository.copy(LIBRARY / "json", "json")
        self.repository.clone()
        bare = self.folder / "bare.git"
        self.repository.git("clone", "-q", "--bare", str(self.repository.path), str(bare))
        self.assertIn("json/", self.repository.git("stream", "policy", "--detect", at=bare))


if __name__ == "__main__":
    unittest.main(verbosity=2 if "-v" in sys.argv else 1)
