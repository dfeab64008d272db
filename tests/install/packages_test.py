#!/usr/bin/env python3
"""Each package of build/dist as a user meets it: installed in a clean root, at work, and gone again.

install/package.sh makes the packages, install/test.sh the clean root. Ends with 77 where one of them is missing.
"""

import sys
import unittest

from clean_root import DIST, SYSTEM_PATH, CleanRoot, npm_of_this_machine, why_not

# Hooks name a copy of the program below the git directory, and go on judging when the environment is gone. As long as
# they name the environment's own, git cannot run them, and nothing is committed.
HOOKS_OUTLIVE_ENVIRONMENT = True

REPOSITORY = """
git config --global user.name Ada
git config --global user.email ada@example.org
git init -q -b develop repo
cd repo
mkdir a b
cat >.streams.yaml <<'END'
version: 1
streams:
  F: {name: Feature, agents: {F1: {files: ["a/**"]}, F2: {files: ["b/**"]}}}
END
echo 1 >a/file
echo 1 >b/file
git add -A
git commit -qm Start
git stream init
git worktree add -q -b feature/stream-F-1 ../F1
cd ../F1
git stream install --agent F1
"""
INNOCENT = "cd F1; echo $$ >a/file; git commit -qam 'In scope'"
FORBIDDEN = "cd F1; echo 2 >b/file; git commit -qam 'Out of scope'"
TIP = "git -C F1 rev-parse HEAD"
BLOCKED = "git-stream: commit blocked for agent-F1 (stream F)\n  b/file: scope: belongs to agent-F2 (stream F)\n"


class Package:
    """How a package is installed and removed, and what of it is on PATH."""

    def install(self, root):
        raise NotImplementedError

    def remove(self, root):
        root.must("rm -r /opt/env")

    prefix = "/opt/env"
    files = ("share/man/man1/git-stream.1", "share/git-stream/streams.schema.json", "share/doc/git-stream/copyright")


class Wheel(Package):
    def install(self, root):
        root.must("python3 -m venv /opt/env; /opt/env/bin/pip install -q --no-index --find-links /dist git-streams")
        root.path = f"/opt/env/bin:{SYSTEM_PATH}"


class Tarball(Package):
    def install(self, root):
        root.must("mkdir /opt/env; tar -xzf /dist/git-stream-*-linux-*.tar.gz --strip-components=1 -C /opt/env")
        root.path = f"/opt/env/bin:{SYSTEM_PATH}"


class Debian(Package):
    prefix = "/usr"
    files = ("share/man/man1/git-stream.1.gz", "share/git-stream/streams.schema.json", "share/doc/git-stream/copyright")

    def install(self, root):
        root.must("find / -xdev | sort >/tmp/before; dpkg -i /dist/git-stream_*.deb")

    def remove(self, root):
        root.must("dpkg --purge git-stream; find /usr | sort >/tmp/after; grep ^/usr /tmp/before | diff - /tmp/after")


class Npm(Package):
    """From a registry, by name; node is away again when the command is used."""
    prefix = "/opt/env/lib/node_modules/git-streams"
    files = ("share/man/man1/git-stream.1", "share/git-stream/streams.schema.json")

    def install(self, root):
        if not npm_of_this_machine()[0]:
            raise unittest.SkipTest("there is no npm")
        root.path = f"/opt/node:{SYSTEM_PATH}"
        npm = "/opt/npm/bin/npm-cli.js install --no-audit --no-fund --loglevel=error -g --prefix /opt/env git-streams"
        root.must(f"python3 -B /src/tests/install/registry.py /dist node {npm}")
        root.path = f"/opt/env/bin:{SYSTEM_PATH}"


class FromSetup(Package):
    """install/setup.sh --from, which needs nothing but git."""
    prefix = "/usr/local"

    def __init__(self, pattern):
        self.pattern = pattern

    def install(self, root):
        root.must(f"git init -q given; /src/install/setup.sh --from /dist/{self.pattern} given")

    def remove(self, root):
        root.must("rm -r /usr/local/bin/git-stream /usr/local/share/git-stream /usr/local/share/doc/git-stream")


class SetupDebian(Debian):
    def install(self, root):
        root.must("find / -xdev | sort >/tmp/before; git init -q given; /src/install/setup.sh --from /dist/git-stream_*.deb given")


class Packages(unittest.TestCase):
    def work_with(self, package):
        with CleanRoot() as root:
            self.assertNotEqual(root.run("git stream --version").returncode, 0, "the clean root is not clean")
            package.install(root)
            self.assertRegex(root.must("git stream --version"), r"^git-stream \d+\.\d+\.\d+")
            for file in package.files:
                root.must(f"test -s {package.prefix}/{file}")
            root.must(REPOSITORY)
            root.must(INNOCENT)
            self.blocks(root)
            self.assertNotIn("warning", root.must("cd F1; git stream doctor"))
            package.remove(root)
            self.assertNotEqual(root.run("git stream --version").returncode, 0, "it was not removed")
            self.blocks(root, HOOKS_OUTLIVE_ENVIRONMENT)
            if HOOKS_OUTLIVE_ENVIRONMENT:
                root.must(INNOCENT)

    def blocks(self, root, by_the_gate=True):
        tip = root.must(TIP)
        refused = root.run(FORBIDDEN)
        self.assertEqual(root.must(TIP), tip, "a commit was made")
        self.assertNotEqual(refused.returncode, 0)
        if by_the_gate:
            self.assertTrue(refused.stderr.startswith(BLOCKED), refused.stderr)
        else:
            self.assertIn("cannot run", refused.stderr)
        root.must("cd F1; git restore --staged --worktree .")

    def test_wheel(self):
        self.work_with(Wheel())

    def test_deb(self):
        self.work_with(Debian())

    def test_npm(self):
        self.work_with(Npm())

    def test_tarball(self):
        self.work_with(Tarball())

    def test_setup_from_wheel(self):
        self.work_with(FromSetup("git_streams-*.whl"))

    def test_setup_from_tarball(self):
        self.work_with(FromSetup("git-stream-*-linux-*.tar.gz"))

    def test_setup_from_deb(self):
        self.work_with(SetupDebian())


class NpmCommand(unittest.TestCase):
    """What a script between the shell and the program could get wrong."""

    def test_passes_on_arguments_and_exit_codes(self):
        with CleanRoot() as root:
            Npm().install(root)
            self.assertEqual(root.run("git stream nonsense").returncode, 2)
            self.assertIn("there is no command 'a  b'", root.run("git-stream 'a  b'").stderr)
            self.assertEqual(root.must("cat /proc/sys/kernel/ostype; git-stream --version").splitlines()[0], "Linux")

    def test_is_replaced_by_the_program_so_that_signals_reach_it(self):
        with CleanRoot() as root:
            Npm().install(root)
            root.must(REPOSITORY)
            said = root.must("cd repo; git-stream log -f >/dev/null & sleep 0.5; readlink /proc/$!/exe; kill $!; wait $! || echo $?")
            self.assertEqual(said.splitlines(), [f"{Npm.prefix}/node_modules/@git-streams/linux-x64/bin/git-stream", "143"])

    def test_says_what_is_missing_where_the_platform_package_is(self):
        with CleanRoot() as root:
            Npm().install(root)
            root.must("rm -r /opt/env/lib/node_modules/git-streams/node_modules")
            said = root.run("git-stream --version")
            self.assertEqual((said.returncode, said.stdout), (3, ""))
            self.assertRegex(said.stderr, r"^git-stream: there is no package @git-streams/\S+ beside git-streams\n  next: ")


if __name__ == "__main__":
    missing = why_not() if DIST.is_dir() else f"there is no {DIST}: install/package.sh makes it"
    if missing:
        print(f"skipped: {missing}")
        sys.exit(77)
    unittest.main(verbosity=2)
