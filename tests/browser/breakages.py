"""Ways to break the page, and the kind of fault that each must be found as: (what is there, what is put in its place, kind)."""

END = "</main>"

BREAKAGES = (
    (END, '<p><img src="http://example.org/spy.png" alt=""></p>' + END, "markup"),
    ("<meta http-equiv=", '<link rel="stylesheet" href="http://example.org/a.css"><meta http-equiv=', "requests"),
    (END, "<p>a</p><script>document.body.append('b')</script>" + END, "console"),
    (END, '<p onclick="x()">a</p>' + END, "markup"),
    (END, '<div style="width:2000px">wide</div>' + END, "width"),
    (END, '<section><p style="margin-right:-40px">a</p></section>' + END, "width"),
    ('class="wide" role="group" aria-label="Timeline" tabindex="0"', 'class="wide" role="group" aria-label="Timeline"',
     "width"),
    ("--ink:#e4e7ea", "--ink:#55595e", "contrast"),
    (".d-other{fill:var(--soft);opacity:.7}", ".d-other{fill:var(--soft);opacity:.3}", "contrast"),
    ("@media(prefers-color-scheme:dark)", "@media(max-width:1px)", "scheme"),
    ('<text x="8"', '<text x="1200"', "pictures"),
    ("in progress</text>", "in progress, and so much more that it is outside of it</text>", "pictures"),
    ("<bdi>develop</bdi> is sound", "\u05e9\u05dc\u05d5\u05dd \u202e!", "order"),
    ("desk", "chair", "names"),
    ('<nav aria-label="On this page">', "<nav>", "speech"),
    ("<main id", "<div id", "speech"),
    ('<a class="skip" href="#content">To the content</a>', "", "keyboard"),
    (":focus-visible{outline:2px", ":focus-visible{outline:0px", "keyboard"),
    ("</body>", "<noscript>Please turn scripts on.</noscript></body>", "scripts"),
)
