#!/usr/bin/env python3
"""What is in the packages of build/dist, and what install/release.sh and setup.sh --from refuse.

install/package.sh makes the packages; GITSTREAM_DIST is the folder of others, such as those for another machine, of which the names of
test classes choose what can be asked here. Ends with 77 where there are none. GITSTREAM_LONG=1: a release is made twice, from
its tag, in two folders, and its sources are built by pip.
"""

import email.parser
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIST = pathlib.Path(os.environ.get("GITSTREAM_DIST", ROOT / "build" / "dist"))
PYTHON = ROOT / "build" / "tools" / "python" / "bin" / "python"
LONG = bool(os.environ.get("GITSTREAM_LONG"))
VERSION = re.search(r"^project\(git-stream VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(), re.M)[1]
LIBRARIES = {"cli11", "fmtlib", "libdeflate", "tree-sitter", "tree-sitter-bash", "tree-sitter-python", "utf8proc", "yaml-cpp"}
COMPILERS = [{"gcc-12", "glibc"}, {"ziglang"}]  # with their libraries: here, and in install/cross.sh


def the(pattern):
    """The one file in DIST of that pattern."""
    [file] = DIST.glob(pattern)
    return file


def run(*argv, **options):
    return subprocess.run([str(word) for word in argv], capture_output=True, text=True, check=False, timeout=3000, **options)


def must(*argv, **options):
    result = run(*argv, **options)
    if result.returncode != 0:
        raise AssertionError(f"{argv} exited with {result.returncode}: {result.stdout}{result.stderr}")
    return result.stdout


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="git-stream-artifacts-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def unpack(self, pattern):
        with tarfile.open(the(pattern)) as archive:
            archive.extractall(self.folder)
            return archive.getmembers()


class Program(Folder):
    def test_is_static_and_the_same_in_every_package(self):
        self.unpack("git-stream-*.tar.gz")
        program = next(self.folder.glob("*/bin/git-stream"))
        self.assertIn("not a dynamic executable", run("ldd", program).stderr)
        programs = {hashlib.sha256(program.read_bytes()).hexdigest()}
        with zipfile.ZipFile(the("*.whl")) as wheel:
            programs.add(hashlib.sha256(wheel.read(f"git_streams-{VERSION}.data/scripts/git-stream")).hexdigest())
        with tarfile.open(the("git-streams-linux-*.tgz")) as npm:
            programs.add(hashlib.sha256(npm.extractfile("package/bin/git-stream").read()).hexdigest())
        must("dpkg-deb", "-x", the("*.deb"), self.folder / "deb")
        programs.add(hashlib.sha256((self.folder / "deb/usr/bin/git-stream").read_bytes()).hexdigest())
        self.assertEqual(len(programs), 1)

    def test_knows_no_path_of_the_machine_that_built_it(self):
        with zipfile.ZipFile(the("*.whl")) as wheel:
            for name in wheel.namelist():
                self.assertNotIn(str(ROOT).encode(), wheel.read(name), name)


class Shared(Folder):
    def test_files_are_the_same_in_every_package(self):
        tarball = {member.name.partition("/")[2] for member in self.unpack("git-stream-*.tar.gz") if member.isfile()}
        self.assertTrue({"share/man/man1/git-stream.1", "share/git-stream/streams.schema.json"} < tarball)
        with zipfile.ZipFile(the("*.whl")) as wheel:
            data = {re.sub(r"^.*\.data/(data/)?", "", name) for name in wheel.namelist() if ".data/" in name}
        self.assertEqual({name.replace("scripts/", "bin/") for name in data}, tarball)
        with tarfile.open(the("git-streams-[0-9]*.tgz")) as npm:
            names = {name.partition("/")[2] for name in npm.getnames()}
        of_program = {"bin/git-stream", "share/doc/git-stream/copyright"}
        self.assertEqual({name for name in names if name.startswith("share/")}, tarball - of_program)
        debian = {line.split()[5] for line in must("dpkg-deb", "-c", the("*.deb")).splitlines() if line.startswith("-")}
        debian = {re.sub(r"^\./usr/|\.gz$", "", name) for name in debian}
        self.assertEqual(debian - tarball, {"share/doc/git-stream/changelog", "share/lintian/overrides/git-stream"})
        self.assertLessEqual(tarball, debian)


class Versions(unittest.TestCase):
    def test_are_all_the_project_s(self):
        with zipfile.ZipFile(the("*.whl")) as wheel:
            metadata = email.parser.Parser().parsestr(wheel.read(f"git_streams-{VERSION}.dist-info/METADATA").decode())
        self.assertEqual((metadata["Name"], metadata["Version"]), ("git-streams", VERSION))
        for pattern in ("git-streams-[0-9]*.tgz", "git-streams-linux-*.tgz"):
            with tarfile.open(the(pattern)) as npm:
                package = json.load(npm.extractfile("package/package.json"))
            self.assertEqual(package["version"], VERSION)
            self.assertEqual(set(package.get("optionalDependencies", {}).values()) - {VERSION}, set())
        self.assertEqual(must("dpkg-deb", "-f", the("*.deb"), "Version").strip(), VERSION)
        plugin = json.loads((ROOT / "integrations/claude-code/.claude-plugin/plugin.json").read_text())
        self.assertEqual(plugin["version"], VERSION)
        heading = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
        self.assertEqual(heading[1], VERSION)


class Wheel(Folder):
    def test_fits_any_linux_by_auditwheel_and_is_small(self):
        wheel = the("*.whl")
        self.assertLess(wheel.stat().st_size, 4_000_000)
        self.assertRegex(wheel.name, r"-py3-none-manylinux2014_\w+\.manylinux_2_17_\w+\.musllinux_1_1_\w+\.whl$")
        self.assertIn("requires no external shared libraries", must(PYTHON, "-m", "auditwheel", "show", wheel))

    def test_starts_no_python(self):
        with zipfile.ZipFile(the("*.whl")) as wheel:
            names = wheel.namelist()
            self.assertEqual(wheel.read(f"git_streams-{VERSION}.data/scripts/git-stream")[:4], b"\x7fELF")
        self.assertEqual([name for name in names if name.endswith(".py") or "entry_points" in name], [])


class Debian(unittest.TestCase):
    def test_is_clean_for_lintian_and_has_no_links(self):
        for line in must("dpkg-deb", "-c", the("*.deb")).splitlines():
            self.assertNotRegex(line, "^[lh]")
        lintian = ["lintian", "--allow-root", "--fail-on", "error,warning", the("*.deb")]
        self.assertEqual(must(*lintian), "")


class Tarball(Folder):
    def test_has_one_folder_that_is_nobody_s(self):
        members = self.unpack("git-stream-*.tar.gz")
        self.assertEqual({member.name.split("/")[0] for member in members}, {the("git-stream-*.tar.gz").name[:-len(".tar.gz")]})
        self.assertEqual({(member.uid, member.gid, member.isfile() or member.isdir()) for member in members}, {(0, 0, True)})


class Bill(Folder):
    def setUp(self):
        super().setUp()
        self.file = the("*.cdx.json")
        self.bill = json.loads(self.file.read_text())

    def test_is_cyclonedx(self):
        check = ("import sys; from cyclonedx.validation.json import JsonStrictValidator; from cyclonedx.schema import SchemaVersion; "
                 "sys.exit(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read()))")
        must(PYTHON, "-c", check, self.file)

    def test_names_what_is_linked_as_it_is_installed(self):
        self.assertIn({component["name"] for component in self.bill["components"]} - LIBRARIES, COMPILERS)
        for component in self.bill["components"]:
            if component["name"] == "ziglang" or component["purl"].endswith("?arch=source"):
                self.assertRegex((ROOT / "install/cross.sh").read_text(),
                                 rf"\b{component['name']}==?{re.escape(component['version'])}\b")
            elif component["purl"].startswith("pkg:deb/"):
                package = component["description"].rpartition(" ")[2]
                self.assertEqual(must("dpkg-query", "-W", "-f", "${Version}", package), component["version"])
            else:
                self.assertIn(f'"{component["name"]}-{component["version"]}"', (ROOT / "cmake/Grammar.cmake").read_text())

    def test_is_of_the_program(self):
        self.unpack("git-stream-*.tar.gz")
        digest = hashlib.sha256(next(self.folder.glob("*/bin/git-stream")).read_bytes()).hexdigest()
        self.assertEqual(self.bill["metadata"]["component"]["hashes"], [{"alg": "SHA-256", "content": digest}])

    def test_has_the_licence_of_everything_in_the_packages(self):
        self.unpack("git-stream-*.tar.gz")
        licences = next(self.folder.glob("*/share/doc/git-stream/copyright")).read_text()
        named = {name.rpartition("-")[0] if name.startswith("tree-sitter") else name.partition(" (")[0]
                 for names in re.findall(r"^==== (.+)$", licences, re.M) for name in names.split(", ")}
        packages = {component["description"].rpartition(" ")[2] if "description" in component else component["name"]
                    for component in self.bill["components"]}
        self.assertEqual(named, packages)


class Checksums(unittest.TestCase):
    def test_are_of_every_file(self):
        lines = (DIST / "SHA256SUMS").read_text().splitlines()
        self.assertEqual({line.split()[1] for line in lines}, {file.name for file in DIST.iterdir()} - {"SHA256SUMS"})
        must("sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS", cwd=DIST)


class Sources(Folder):
    def test_build_without_npm_and_network(self):
        self.unpack("git_streams-*.tar.gz")
        bare = self.folder / "bin"
        bare.mkdir()
        for tool in ("cmake", "ninja", "g++", "gcc", "cc", "c++", "ld", "ar", "ranlib", "gold", "ld.gold", "strip", "nm", "as"):
            if shutil.which(tool):
                (bare / tool).symlink_to(shutil.which(tool))
        sources = self.folder / f"git_streams-{VERSION}"
        must("cmake", "--preset", "release", cwd=sources, env={"PATH": str(bare)})
        if LONG:
            must(PYTHON, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", self.folder, sources)
            self.assertEqual(len(list(self.folder.glob("git_streams-*-py3-none-linux_*.whl"))), 1)


class Setup(Folder):
    """install/setup.sh --from."""

    def setup(self, file, **variables):
        must("git", "init", "-q", self.folder / "given")
        return run(ROOT / "install/setup.sh", "--from", file, self.folder / "given", env={**os.environ, **variables})

    def refused(self, file, why, **variables):
        said = self.setup(file, **variables)
        self.assertEqual((said.returncode, said.stdout), (2, ""))
        self.assertRegex(said.stderr, rf"^setup\.sh: .*{why}.*\n$")

    def test_refuses_what_is_no_package_of_ours_in_one_line(self):
        damaged = self.folder / "damaged.whl"
        damaged.write_bytes(the("*.whl").read_bytes()[:100_000])
        (self.folder / "empty").touch()
        others = [the("git_streams-*.tar.gz"), the("git-streams-linux-*.tgz"), ROOT / "README.md", damaged, self.folder / "empty"]
        for file in others:
            with self.subTest(file.name):
                self.refused(file, "is no wheel, .deb or tarball of git-stream", PREFIX=str(self.folder / "prefix"))
        self.refused(self.folder / "missing", "there is no file")
        self.refused(the("*.deb"), "leave PREFIX out", PREFIX=str(self.folder / "prefix"))
        self.assertFalse((self.folder / "prefix").exists())

    def test_recognises_by_content_and_not_by_name(self):
        shutil.copy(the("git-stream-*.tar.gz"), self.folder / "program.whl")
        self.setup(self.folder / "program.whl", PREFIX=str(self.folder / "prefix")).check_returncode()
        self.assertEqual(must(self.folder / "prefix/bin/git-stream", "--version")[:11], "git-stream ")

    def test_installs_a_wheel_into_a_virtual_environment_by_pip(self):
        must("python3", "-m", "venv", self.folder / "env")
        self.setup(the("*.whl"), PREFIX=str(self.folder / "env")).check_returncode()
        self.assertIn("git-streams", must(self.folder / "env/bin/pip", "list"))

    def test_leaves_what_is_there_where_the_program_does_not_run_here(self):
        with tarfile.open(self.folder / "foreign.tar.gz", "w:gz") as archive:
            (self.folder / "program").write_bytes(b"\x7fELF of another machine")
            archive.add(self.folder / "program", "git-stream-9-linux-other/bin/git-stream")
            archive.add(ROOT / "README.md", "git-stream-9-linux-other/share/README.md")
        said = self.setup(self.folder / "foreign.tar.gz", PREFIX=str(self.folder / "prefix"))
        self.assertNotEqual(said.returncode, 0)
        self.assertIn("does not run on this machine", said.stderr)
        self.assertFalse((self.folder / "prefix/bin/git-stream").exists())


class Release(Folder):
    """install/release.sh, of a clone in which there are tags."""

    def setUp(self):
        super().setUp()
        self.clone = self.folder / "clone"
        must("git", "clone", "-q", ROOT, self.clone)
        self.release = [self.clone / "install/release.sh"]

    def git(self, *arguments):
        return must("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments, cwd=self.clone)

    def date_changelog(self):
        file = self.clone / "CHANGELOG.md"
        file.write_text(re.sub(r"^## (\S+) \(.*\)$", r"## \1 (2025-12-06)", file.read_text(), count=1, flags=re.M))
        self.git("commit", "-qam", "Release")

    def refused(self, tag, why):
        said = run(*self.release, tag)
        self.assertEqual((said.returncode, said.stdout), (2, ""))
        self.assertRegex(said.stderr, rf"^release\.sh: .*{why}.*\n$")

    def test_is_of_a_tag_that_fits_the_version_and_of_a_changelog_with_its_date(self):
        self.date_changelog()
        for tag in ("v99.0.0", f"v{VERSION}-1", VERSION):
            self.git("tag", tag)
            self.refused(tag, f"the tag is to be v{VERSION}")
        self.refused("v99.9.9", "there is no tag")
        file = self.clone / "CHANGELOG.md"
        file.write_text(file.read_text().replace("(2025-12-06)", "(unreleased)"))
        self.git("commit", "-qam", "Not yet")
        self.git("tag", f"v{VERSION}")
        self.refused(f"v{VERSION}", "has no heading")

    @unittest.skipUnless(LONG, "two release builds take minutes")
    def test_gives_the_same_bytes_in_another_folder(self):
        self.date_changelog()
        self.git("tag", f"v{VERSION}")
        (self.clone / "build").mkdir()
        (self.clone / "build/tools").symlink_to(ROOT / "build/tools")
        environment = {name: value for name, value in os.environ.items() if not name.endswith("COMPILER_LAUNCHER")}
        made = []
        for name in ("one", "two-of-another-length"):
            (self.folder / name).mkdir()
            must(*self.release, f"v{VERSION}", env={**environment, "TMPDIR": str(self.folder / name)})
            made.append((self.clone / f"build/release-v{VERSION}/SHA256SUMS").read_text())
        self.assertEqual(*made)


if __name__ == "__main__":
    if not (DIST / "SHA256SUMS").exists():
        print(f"skipped: there is no {DIST}: install/package.sh makes it")
        sys.exit(77)
    unittest.main(verbosity=2)
