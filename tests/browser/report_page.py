#!/usr/bin/env python3
"""Opens the pages of real reports in Chromium, and holds them to what docs/reports.md says of them.

  report_page.py --build BUILD-FOLDER --chromium PROGRAM [--keep FOLDER]

See README.md beside this file. Prints what is wrong, and what of a broken page it would have overlooked; --keep leaves the pages and a screenshot of every look there.
"""

import argparse
import json
import pathlib
import shutil
import sys
import tempfile

from breakages import BREAKAGES
from devtools import Browser
from scenes import SCENES

HERE = pathlib.Path(__file__).resolve().parent
WIDTHS, SCHEMES = (380, 1280), ("light", "dark")
ELEMENTS = """html head meta title style body a header p h1 h2 h3 span bdi time ul li b nav main section div article code
  pre i mark table caption thead tbody tr th td details summary footer
  svg title defs g path rect circle line text tspan use""".split()
TAB = ("Tab", 9)


class Report:
    """One page under test."""

    def __init__(self, page, file, names, widths=WIDTHS, schemes=SCHEMES):
        self.page, self.file, self.names, self.faults = page, file, names, []
        self.widths, self.schemes = widths, schemes

    def look(self, what, *arguments):
        listed = ", ".join(json.dumps(argument) for argument in arguments)
        return self.page.ask(f"looks.{what}({listed})")

    def fault(self, where, faults):
        """The first few of a kind: a mark that is too pale is there a thousand times."""
        different = list(dict.fromkeys(faults))
        self.faults += [f"{self.file.stem}, {where}: {fault}" for fault in different[:5]]
        if len(different) > 5:
            self.faults.append(f"{self.file.stem}, {where}: and {len(different) - 5} more")

    def open(self, scripts):
        self.page.open(self.file, scripts)
        self.page.ask((HERE / "looks.js").read_text())

    def alone(self):
        """Nothing was asked for but the file, and the browser has nothing to say of it."""
        asked = [event["request"]["url"] for event in self.page.said("Network.requestWillBeSent")]
        self.fault("requests", [url for url in asked if url != self.file.as_uri()])
        if not asked:
            self.fault("requests", ["not even the page was asked for: this test sees nothing"])
        self.fault("console", map(json.dumps, self.page.said(
            "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening")))

    def sizes(self, looks, keep=None):
        for width in self.widths:
            for scheme in self.schemes:
                self.page.look(width, 900, scheme)
                for what in looks:
                    self.fault(f"{width} px, {scheme}, {what}", self.look(what))
                if keep:
                    self.page.picture(keep / f"{self.file.stem}-{width}-{scheme}.png")

    def keyboard(self):
        """The first stop leads to the content; every stop can be seen, and there is a way out again."""
        self.page.look(self.widths[0], 900, self.schemes[0])
        stops = self.page.ask(
            "[...document.querySelectorAll('a, summary, [tabindex]')].filter((stop) => stop.checkVisibility()).length")
        seen = set()
        for stop in range(stops):
            self.page.press(*TAB)
            where = self.page.ask("""(() => {
              const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
              return {body: at === document.body, name: at.className || at.localName,
                number: [...document.querySelectorAll('*')].indexOf(at),
                seen: box.right > 0 && box.bottom > 0 && box.top < innerHeight && box.left < innerWidth,
                ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0}; })()""")
            if where["body"]:
                break
            seen.add(where["number"])
            if stop == 0 and where["name"] != "skip":
                self.fault("keyboard", [f"the first stop is {where['name']}"])
            if not where["seen"] or not where["ring"]:
                self.fault("keyboard", [f"stop {stop + 1}, {where['name']}, cannot be seen"])
        self.fault("keyboard", [f"{len(seen)} of {stops} can be reached"] if len(seen) < stops else [])

    def spoken(self):
        """What a screen reader is given: one heading above all, landmarks, and a name for whatever is drawn or tabled."""
        nodes = [node for node in self.page.call("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
        roles = {}
        for node in nodes:
            roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))
        for role in ("banner", "main", "contentinfo", "navigation"):
            self.fault("speech", [] if len(roles.get(role, [])) == 1 else [f"{len(roles.get(role, []))} {role}"])
        for role in ("image", "img", "table", "region", "navigation"):
            self.fault("speech", [f"a {role} without one" for name in roles.get(role, []) if not name])
        folds = self.page.ask("document.querySelectorAll('details').length")  # groups too, named by their summaries
        if roles.get("group", []).count("") > folds:
            self.fault("speech", ["a group without one"])
        if not roles.get("region") or not roles.get("table"):
            self.fault("speech", ["no sections or no tables are spoken of"])

    def hold(self, keep=None):
        self.open(scripts=False)
        without = self.look("words")
        self.look("unfold")
        unfolded = self.look("words")
        self.open(scripts=True)
        self.fault("scripts", [] if self.look("words") == without else ["it says something else without them"])
        self.keyboard()
        self.sizes(("width", "contrast", "scheme", "pictures", "order"), keep)
        self.look("unfold")
        self.fault("folds", [] if self.look("words") == unfolded else ["they open onto something else without scripts"])
        self.sizes(("width", "contrast", "order"))
        self.spoken()
        self.fault("markup", self.look("markup", ELEMENTS))
        self.fault("names", self.look("names", self.names))
        self.alone()
        return self.faults


def overlooked(page, file, names):
    """Breaks a page that is well in one way after the other: what is not noticed."""
    text = file.read_text()
    for number, (old, new, kind) in enumerate(BREAKAGES):
        broken = file.with_name(f"broken-{number}.html")
        if old not in text:
            yield f"cannot be broken: there is no {old}"
            continue
        broken.write_text(text.replace(old, new))
        found = Report(page, broken, names, WIDTHS[:1], SCHEMES[1:]).hold()
        if not any(f"{kind}: " in fault for fault in found):
            yield f"not noticed, {kind}: {new}; but {found}"


def main():
    sys.stdout.reconfigure(errors="backslashreplace")  # halves of characters that a page cut
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--chromium", required=True)
    parser.add_argument("--keep", type=pathlib.Path)
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="git-stream-pages-")).resolve()
    build = pathlib.Path(arguments.build).resolve()
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    faults = []
    try:
        with Browser(arguments.chromium) as browser:
            page = browser.page()
            for scene in SCENES:
                for file, names in scene(folder / scene.__name__, build):
                    if arguments.keep:
                        shutil.copy(file, arguments.keep)
                    faults += Report(page, file, names).hold(arguments.keep)
            faults += overlooked(page, file, names)  # of the last, which is the smallest
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
