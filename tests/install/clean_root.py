"""A Debian with git and python3 alone (install/test.sh makes it), as a machine that has never seen git-stream."""

import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLEAN = pathlib.Path(os.environ.get("GITSTREAM_CLEAN_ROOT", ROOT / "build" / "suites" / "clean"))
DIST = pathlib.Path(os.environ.get("GITSTREAM_DIST", ROOT / "build" / "dist"))

# Mounts CLEAN with what was changed in this copy over it, /dist and /src of this machine, and NODE where there is one.
ENTER = """
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/changes,workdir=$2/overlay" "$2/root"
cd "$2/root"
mkdir -p dist src opt/node opt/npm
mount --bind -o ro "$3" dist && mount --bind -o ro "$4" src && mount -t proc proc proc && mount --rbind /dev dev
[ -z "$5" ] || { touch opt/node/node; mount --bind "$5" opt/node/node; mount --bind "$6" opt/npm; }
exec chroot . env -i HOME=/root PATH="$7" LC_ALL=C.UTF-8 PIP_DISABLE_PIP_VERSION_CHECK=1 sh -ec "cd /root
$8"
"""
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def npm_of_this_machine():
    """node and npm's folder, which run in the clean root as they are; two empty words where there is none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return "", ""
    return os.path.realpath(node), str(pathlib.Path(os.path.realpath(npm)).parents[1])


def why_not():
    """Why no clean root can be entered here, or an empty text."""
    if not CLEAN.with_suffix(".made").exists():
        return f"there is no {CLEAN}: install/test.sh makes it"
    if os.geteuid() != 0:
        return "only root can enter a clean root"
    with CleanRoot() as root:
        entered = root.run("true")
    return "" if entered.returncode == 0 else f"a clean root cannot be entered: {entered.stderr.strip()}"


class CleanRoot:
    """A copy of its own, without copying: /root is empty. Everything is gone with close()."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="git-stream-root-"))
        self.path = SYSTEM_PATH
        for name in ("changes", "overlay", "root"):
            (self.folder / name).mkdir()

    def close(self):
        shutil.rmtree(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, script):
        """Runs the lines there, with sh -e."""
        words = [str(word) for word in (CLEAN, self.folder, DIST, ROOT)]
        return subprocess.run(["unshare", "--mount", "sh", "-ec", ENTER, "sh", *words, *npm_of_this_machine(), self.path, script],
                              capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)

    def must(self, script):
        result = self.run(script)
        if result.returncode != 0:
            raise AssertionError(f"{script}\nexited with {result.returncode}: {result.stdout}{result.stderr}")
        return result.stdout
