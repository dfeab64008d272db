"""A cluster of etcd on loopback, and clones that share leases in it: what the tests of that store share."""
import base64
import contextlib
import http.server
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from scene import BUILD, SKIPPED, Clone, Failure, Scene, free_port, program

PROGRAM = BUILD / "bin/git-stream-etcd"


def need_etcd():
    """Ends the test as skipped where there is no server, or no program that asks it."""
    for what, there in (("etcd", program("etcd")), (str(PROGRAM), PROGRAM.exists())):
        if not there:
            print(f"without {what} there is nothing to be tried", file=sys.stderr)
            sys.exit(SKIPPED)


def text(encoded):
    return base64.b64decode(encoded).decode(errors="replace")


def encoded(words):
    return base64.b64encode(words.encode() if isinstance(words, str) else words).decode()


class Member:
    """One server of a cluster."""

    def __init__(self, folder, name, tls=None, address="127.0.0.1"):
        self.name, self.folder, self.scheme = name, folder / name, "https" if tls else "http"
        self.port, self.peer, self.tls, self.process = free_port(), free_port(), tls or [], None
        self.url = f"{self.scheme}://{address}:{self.port}"

    def start(self, cluster, *options):
        argv = ["etcd", "--name", self.name, "--data-dir", self.folder, "--listen-client-urls", self.url, "--advertise-client-urls",
                self.url, "--listen-peer-urls", f"http://127.0.0.1:{self.peer}", "--initial-advertise-peer-urls",
                f"http://127.0.0.1:{self.peer}", "--initial-cluster", cluster, "--heartbeat-interval", "50", "--election-timeout",
                "500", "--log-level", "error", *self.tls, *options]
        with open(self.folder.parent / f"{self.name}.log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()


class Cluster:
    def __init__(self, members=1, tls=None, options=(), address="127.0.0.1"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gs-etcd-")).resolve()
        self.members = [Member(self.folder, f"m{number}", tls, address) for number in range(members)]
        self.names = ",".join(f"{member.name}=http://127.0.0.1:{member.peer}" for member in self.members)
        for member in self.members:
            member.start(self.names, *options)
        self.endpoints = ",".join(member.url for member in self.members)

    def remove(self):
        for member in self.members:
            member.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def post(self, path, body, number=0, timeout=5, **headers):
        request = urllib.request.Request(self.members[number].url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.load(answer)

    def wait(self):
        """Until a leader answers."""
        for _ in range(400):
            with contextlib.suppress(OSError, ValueError):
                if self.post("/v3/kv/range", {"key": encoded("x")}, timeout=2):
                    return self
            time.sleep(0.05)
        logs = "".join(log.read_text()[-1500:] for log in self.folder.glob("*.log"))
        raise Failure(f"etcd does not answer: {logs}")

    def get(self, prefix, **options):
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        found = self.post("/v3/kv/range", {"key": encoded(prefix), "range_end": encoded(end), **options})
        return {text(pair["key"]): base64.b64decode(pair.get("value", "")) for pair in found.get("kvs", [])}

    def put(self, key, value):
        return int(self.post("/v3/kv/put", {"key": encoded(key), "value": encoded(value)})["header"]["revision"])

    def delete(self, prefix):
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        self.post("/v3/kv/deleterange", {"key": encoded(prefix), "range_end": encoded(end)})

    def etcdctl(self, *words, endpoints=None):
        return subprocess.run(["etcdctl", f"--endpoints={endpoints or self.endpoints}", *words], capture_output=True, text=True,
                              check=False, env=os.environ | {"ETCDCTL_API": "3"})


class EtcdScene(Scene):
    """As a Scene, without a remote; the store is in a cluster, below a prefix of this scene's own."""
    count = 0

    def __init__(self, cluster):
        super().__init__()
        EtcdScene.count += 1
        self.cluster, self.prefix = cluster, f"git-stream/{self.folder.name}-{EtcdScene.count}"
        self.environment = {name: value for name, value in self.environment.items() if not name.startswith("GIT_STREAM_")}

    def make_server(self):
        pass

    def clone(self, name):
        self.git(self.folder, "init", "-q", str(self.folder / name))
        return self.folder / name

    def address(self, endpoints=None):
        return f"etcd:{self.prefix}@{endpoints or self.cluster.endpoints}"

    def clone_of(self, name, endpoints=None, **variables):
        return Clone(self, name, self.address(endpoints), **variables)

    def keys(self, below=""):
        return self.cluster.get(f"{self.prefix}/{below}")

    def change(self):
        """PREFIX/change, as JSON."""
        return json.loads(self.keys("change")[f"{self.prefix}/change"])


class Proxy:
    """Stands before a member: hands on what comes, but for what `before` (of path and body, a JSON value) answers itself, a status
    and bytes, and `after` (of path, body and the member's answer) makes of it; None: the connection ends without an answer."""

    def __init__(self, target, address="127.0.0.1"):
        self.target, self.before, self.after, self.seen = target, lambda path, body: None, lambda path, body, answer: answer, []
        self.server = http.server.ThreadingHTTPServer((address, 0), self.handler())
        self.server.daemon_threads = True
        self.url = f"http://{address}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def remove(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path, body, headers):
        self.seen.append(path)
        own = self.before(path, body)
        if own:
            return own
        try:
            with urllib.request.urlopen(urllib.request.Request(self.target + path, json.dumps(body).encode(), headers), timeout=20) as got:
                answer = got.status, got.read()
        except urllib.error.HTTPError as error:
            answer = error.code, error.read()
        return self.after(path, body, answer)

    def handler(proxy):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                token = self.headers["Authorization"]
                answer = proxy.answer(self.path, body, {"Authorization": token} if token else {})
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer[0])
                self.send_header("Content-Length", str(len(answer[1])))
                self.end_headers()
                with contextlib.suppress(OSError):  # who does not wait for it
                    self.wfile.write(answer[1])

            def log_message(self, *_):
                pass

        return Handler


def writes(path, body):
    """Whether a call changes the leases."""
    return path == "/v3/kv/txn" and any("request_put" in one and text(one["request_put"]["key"]).endswith("/change")
                                        for one in body["success"])
