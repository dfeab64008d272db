#!/usr/bin/env python3
"""Takes the picture of a page that a document's commands make, for that document.

  picture.py --build BUILD-FOLDER --chromium PROGRAM [--pause SECONDS] DOCUMENT.md PAGE.html PICTURE.png

PAGE.html is where the commands leave it, below their home. They run at today's time, with a pause after each commit:
a timeline of which all is within a second tells nothing.
"""

import argparse
import pathlib
import re
import shutil
import sys
import tempfile
import time

from devtools import Browser

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import transcript  # noqa: E402

WIDTH = 1080  # the page at its widest


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--chromium", required=True)
    parser.add_argument("--pause", type=float, default=3)
    parser.add_argument("document", type=pathlib.Path)
    parser.add_argument("page")
    parser.add_argument("picture", type=pathlib.Path)
    arguments = parser.parse_args()
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        del transcript.CLEAN[name]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="git-stream-picture-")).resolve()
    shell = transcript.Shell(folder, (arguments.build / "bin").resolve())
    try:
        for block in re.findall(r"^```console\n(.*?)^```$", arguments.document.read_text(), re.S | re.M):
            for _, command in transcript.commands_of(block):
                shell.run(command)
                if re.search(r"git (commit|merge|stream (start|complete|merge))", command):
                    time.sleep(arguments.pause)
        with Browser(arguments.chromium) as browser:
            page = browser.page()
            page.look(WIDTH, 900, "light")
            page.open(folder / arguments.page)
            page.picture(arguments.picture)
    finally:
        shell.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
