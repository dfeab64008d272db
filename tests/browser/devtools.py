"""Chromium without a window, told what to do through a pipe (the DevTools protocol), with the standard library alone."""

import base64
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time


class Failed(Exception):
    """The browser would not."""


class Browser:
    """A browser of its own: its profile, its home and whatever it writes are in a folder that is removed with it.

    Every name resolves to nothing: a page that asks the network for something gets no answer, and is found out.
    """

    def __init__(self, program, patience=60):
        self.patience = patience
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="git-stream-browser-"))
        self.log = open(self.folder / "log", "wb+")
        self.waiting, self.events, self.number = b"", [], 0
        reads, self.commands = os.pipe()
        self.answers, writes = os.pipe()
        # Bash, because dash redirects one-digit descriptors only.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{reads} 4>&{writes}', "bash", program, "--headless", "--no-sandbox",
             "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--no-first-run",
             "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--host-resolver-rules=MAP * ~NOTFOUND", "--lang=en", "--force-color-profile=srgb",
             f"--user-data-dir={self.folder / 'profile'}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, pass_fds=(reads, writes),
            start_new_session=True, env={**os.environ, "HOME": str(self.folder)})
        os.close(reads)
        os.close(writes)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self.process.wait(timeout=10)
        except (Failed, OSError, subprocess.TimeoutExpired):
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for descriptor in (self.commands, self.answers):
            os.close(descriptor)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def receive(self, until):
        """The next message; it is one as soon as its NUL has come."""
        while b"\0" not in self.waiting:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.answers], [], [], left)[0]:
                raise Failed(f"no answer within {self.patience} s")
            piece = os.read(self.answers, 1 << 20)
            if not piece:
                self.log.seek(0)
                raise Failed("it ended: " + self.log.read()[-2000:].decode(errors="replace"))
            self.waiting += piece
        message, _, self.waiting = self.waiting.partition(b"\0")
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        """What the browser answers; events that come in between are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.commands, data):]
        until = time.monotonic() + self.patience
        while True:
            message = self.receive(until)
            if message.get("id") == self.number:
                if "error" in message:
                    raise Failed(f"{method}: {message['error']['message']}")
                return message["result"]
            self.events.append(message)

    def page(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        return Page(self, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])


class Page:
    """One tab, and all that it said and asked for since the last `open`."""

    def __init__(self, browser, session):
        self.browser, self.session = browser, session
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def open(self, file, scripts=True):
        """Whole: parsed, laid out, and with all that it asks for come or refused."""
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.browser.events.clear()
        self.call("Page.navigate", url=pathlib.Path(file).resolve().as_uri())
        until = time.monotonic() + self.browser.patience
        while not self.said("Page.loadEventFired"):
            self.browser.events.append(self.browser.receive(until))

    def said(self, *methods):
        return [event["params"] for event in self.browser.events
                if event.get("sessionId") == self.session and event["method"] in methods]

    def look(self, width, height, scheme):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def ask(self, expression):
        """The value of some JavaScript, ours, in the page: it runs whether or not the page's own may."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise Failed(answer["exceptionDetails"]["exception"].get("description", "an exception"))
        return answer["result"].get("value")

    def press(self, key, code):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def picture(self, file):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True,
                         clip={"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1})["data"]
        pathlib.Path(file).write_bytes(base64.b64decode(data))
