"""Holds a report's page to what it promises: well-formed, alone, and readable by everybody.

usage: check_page.py <PAGE
Prints what is wrong, nothing when all is well.
"""

import html.parser
import re
import sys

VOID = {"meta", "link", "br", "hr", "img", "input"}
# SVG's own, which are closed as XML closes them.
SELF_CLOSED = {"path", "rect", "circle", "line", "use"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.faults, self.stack, self.ids, self.refs = [], [], set(), []
        self.headings, self.tables, self.pictures, self.text = [], [], [], []

    def fault(self, text):
        self.faults.append(f"line {self.getpos()[0]}: {text}")

    def handle_starttag(self, tag, attributes):
        self.look(tag, attributes)
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.look(tag, attributes)
        if tag not in SELF_CLOSED:
            self.fault(f"<{tag}/> is not closed in HTML")

    def look(self, tag, attributes):
        values = dict(attributes)
        if len(values) != len(attributes):
            self.fault(f"<{tag}> has an attribute twice")
        if tag in ("script", "iframe", "object", "embed", "form", "base", "link", "img"):
            self.fault(f"<{tag}> has no place here")
        for name, value in attributes:
            if name.startswith("on") or name in ("src", "srcset", "action"):
                self.fault(f"<{tag} {name}>")
            if name == "href" and not value.startswith("#"):
                self.fault(f"<{tag} href> leaves the page")
            if name == "id":
                if value in self.ids:
                    self.fault(f"id {value} twice")
                self.ids.add(value)
            if name in ("aria-labelledby",) or name == "href":
                self.refs.append(value.removeprefix("#"))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "table":
            self.tables.append(False)
        if tag == "caption" and self.tables:
            self.tables[-1] = True
        if tag == "th" and "scope" not in values:
            self.fault("<th> without scope")
        if tag == "svg":
            if values.get("role") != "img" and values.get("aria-hidden") != "true":
                self.fault("<svg> says nothing to those who do not see")

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.fault(f"</{tag}> closes nothing")

    def handle_data(self, data):
        self.text.append(data)


def contrast(a, b):
    def luminance(colour):
        colour = colour.lstrip("#")
        if len(colour) == 3:
            colour = "".join(c * 2 for c in colour)
        parts = [int(colour[i:i + 2], 16) / 255 for i in (0, 2, 4)]
        parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def colour_faults(page):
    """WCAG AA, 4.5 to 1, for what is text, in both schemes."""
    schemes = re.findall(r":root\{([^}]*)\}", page)
    if len(schemes) != 2:
        yield f"{len(schemes)} colour schemes, not a light and a dark one"
    for scheme in schemes:
        colour = dict(re.findall(r"--([a-z-]+):(#[0-9a-f]+)", scheme))
        pairs = [(ink, ground) for ink in ("ink", "soft", "accent") for ground in ("bg", "card", "faint")]
        pairs += [(name, name + "-bg") for name in ("good", "bad", "warn", "violet", "blue")]
        pairs += [(name, "card") for name in ("good", "bad", "warn")]
        for ink, ground in pairs:
            ratio = contrast(colour[ink], colour[ground])
            if ratio < 4.5:
                yield f"{ink} on {ground}: {ratio:.2f} to 1"


def main():
    data = sys.stdin.buffer.read()
    text = data.decode("utf-8")  # must be
    page = Page()
    page.feed(text)
    page.close()
    faults = page.faults + list(colour_faults(text))
    if page.stack:
        faults.append(f"not closed: {page.stack}")
    faults += [f"#{ref} leads nowhere" for ref in page.refs if ref not in page.ids]
    if page.headings.count(1) != 1:
        faults.append("not one h1")
    faults += [f"h{b} after h{a}" for a, b in zip(page.headings, page.headings[1:]) if b > a + 1]
    if not all(page.tables):
        faults.append("a table without a caption")
    for mark in ('<html lang="en">', "<main", "<header", "<footer", "<nav aria-label=", "<title>"):
        if text.count(mark) < 1:
            faults.append(f"no {mark}")
    if any(ord(c) < 32 and c not in "\n\r\t" or 0x7f <= ord(c) < 0xa0 for c in "".join(page.text)):
        faults.append("control characters")
    if re.search(r"url\(|@import|https?://", text):
        faults.append("something is fetched")
    print("\n".join(faults))


main()
