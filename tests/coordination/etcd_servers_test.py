#!/usr/bin/env python3
"""Clusters of etcd that lose members, are full, want a user or TLS: three servers on loopback, one line each, and nothing lost.

usage: GITSTREAM_BUILD=BUILD etcd_servers_test.py [TEST...]"""
import contextlib
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import refusals_test
import transports_test
from etcd_scene import Cluster, EtcdScene, Proxy, encoded, need_etcd


class Case(unittest.TestCase):
    life, logs = transports_test.Stores.life, transports_test.Stores.logs
    refused, known = refusals_test.Refusals.refused, refusals_test.Refusals.known

    def begin(self, *words, **options):
        self.cluster = Cluster(*words, **options)
        self.addCleanup(self.cluster.remove)
        self.scene = EtcdScene(self.cluster)
        self.addCleanup(self.scene.remove)
        self.a, self.b = self.scene.clone_of("a"), self.scene.clone_of("b")


class ThreeMembers(Case):
    def setUp(self):
        self.begin(3)
        self.cluster.wait()

    def stop(self, *numbers):
        for number in numbers:
            self.cluster.members[number].signal(signal.SIGSTOP)

    def go_on(self, *numbers):
        for number in numbers:
            self.cluster.members[number].signal(signal.SIGCONT)

    def test_life(self):
        self.life(self.a, self.b)

    def test_quorum_lost(self):
        self.a.acquire("a.py")
        self.stop(0, 1)
        begin = time.monotonic()
        said = self.a.error("acquire", "agent-F1", "60", "b.py", GS_LIMIT="1500", GS_PATIENCE="1000")
        self.assertIn("cannot ask etcd at http://127.0.0.1:", said)
        self.assertLess(time.monotonic() - begin, 10)
        self.assertEqual({lease["standing"] for lease in self.a.ask("local")["leases"]}, {"held"})
        self.go_on(0, 1)
        self.cluster.wait()
        self.assertEqual(len(self.a.ask("renew", GS_LIMIT="20000")["renewed"]), 1, "b.py was not acquired")

    def test_quorum_lost_between_reading_and_writing(self):
        """A change that no majority has seen may be made when it is back."""
        self.a.acquire("a.py")
        for number in (1, 2):
            self.cluster.members[number].signal(signal.SIGSTOP)
        # Straight to the change: the reading is answered from before.
        done = self.a.run("acquire", "agent-F1", "60", "b.py", GS_LIMIT="1000", GS_PATIENCE="0")
        self.assertEqual(done.returncode, 4)
        self.go_on(1, 2)
        self.cluster.wait()
        taken = self.b.ask("acquire", "agent-F2", 60, "b.py", GS_LIMIT="20000")["acquired"]
        standings = {lease["path"]: lease["standing"] for lease in self.a.ask("read", GS_LIMIT="20000")["leases"]}
        self.assertEqual(standings, {"a.py": "held", "b.py": "foreign"})
        self.assertEqual(len(taken), 1)

    def test_members_die_and_come_back(self):
        """One member after the other is killed and started again, while two hosts change leases: none is lost, none given twice."""
        running = [clone.start("churn", f"agent-F{number}", "60", GS_LIMIT="10000", GS_PATIENCE="60000")
                   for number, clone in enumerate((self.a, self.b))]
        for member in self.cluster.members:
            time.sleep(0.3)
            member.stop()
            time.sleep(0.3)
            member.start(self.cluster.names)
        for process in running:
            output, errors = process.communicate()
            self.assertEqual(process.returncode, 0, errors)
        self.cluster.wait()
        lines = [line for clone in (self.a, self.b) for line in clone.log()]
        taken = [line["generation"] for line in lines if line["action"] == "locked"]
        self.assertEqual((len(taken), len(set(taken))), (60, 60))
        self.assertEqual(len([line for line in lines if line["action"] == "released"]), 60)
        self.assertEqual(self.a.ask("read", GS_LIMIT="20000")["leases"], [])

    def test_the_first_endpoint_hangs(self):
        self.a.acquire("a.py")
        self.stop(0)
        self.a.acquire("b.py", GS_LIMIT="6000")
        self.go_on(0)
        self.assertEqual(len(self.b.ask("read")["leases"]), 2)


class OneMember(Case):
    def test_full(self):
        self.begin(1, options=("--quota-backend-bytes", "200000"))
        self.cluster.wait()
        self.a.acquire("a.py")
        filler = threading.Thread(target=self.fill)
        filler.start()
        filler.join()
        self.refused("database space exceeded", "acquire", "agent-F1", "60", "new.py")
        self.refused("database space exceeded", "renew")
        self.assertIn("alarm list", self.a.error("acquire", "agent-F1", "60", "new.py"))
        memory = json.loads((self.a.path / ".git/stream/coordination/memory.json").read_text())
        self.assertEqual(memory["unanswered"], [], "what etcd has refused is not remembered")
        self.assertEqual(len(self.a.ask("read")["leases"]), 1, "it can be read")
        self.cluster.delete("filler/")
        revision = self.cluster.post("/v3/kv/range", {"key": encoded("x")})["header"]["revision"]
        self.cluster.post("/v3/kv/compaction", {"revision": revision, "physical": True})
        self.cluster.post("/v3/maintenance/defragment", {})
        for alarm in self.cluster.post("/v3/maintenance/alarm", {"action": "GET"})["alarms"]:
            self.cluster.post("/v3/maintenance/alarm", {"action": "DEACTIVATE", **alarm})
        self.assertEqual(len(self.a.ask("renew")["renewed"]), 1, "and compaction takes nothing that is needed")
        self.b.acquire("b.py")

    def fill(self):
        """Until the member says that it is full: a put may fail for another reason, and the size is seen later."""
        end, number = time.monotonic() + 60, 0
        while time.monotonic() < end:
            number += 1
            with contextlib.suppress(OSError):
                self.cluster.put(f"filler/{number}", b"x" * 20_000)
            with contextlib.suppress(OSError):
                if self.cluster.post("/v3/maintenance/alarm", {"action": "GET"}).get("alarms"):
                    return

    def test_what_was_compacted(self):
        self.begin(1)
        self.cluster.wait()
        self.a.acquire("a.py")
        self.b.acquire("b.py")
        revision = self.cluster.post("/v3/kv/range", {"key": encoded("x")})["header"]["revision"]
        self.cluster.post("/v3/kv/compaction", {"revision": revision})
        self.assertEqual(len(self.a.ask("renew")["renewed"]), 1)

    # ---- Users

    def with_users(self):
        self.begin(1)
        self.cluster.wait()
        prefix = encoded(self.scene.prefix + "/")
        for name, password in (("root", "x"), ("ada", "secret"), ("eve", "other")):
            self.cluster.post("/v3/auth/user/add", {"name": name, "password": password})
        self.cluster.post("/v3/auth/role/add", {"name": "root"})
        self.cluster.post("/v3/auth/user/grant", {"user": "root", "role": "root"})
        self.cluster.post("/v3/auth/role/add", {"name": "team"})
        self.cluster.post("/v3/auth/role/grant", {"name": "team", "perm": {
            "permType": "READWRITE", "key": prefix, "range_end": encoded(self.scene.prefix + "0")}})
        self.cluster.post("/v3/auth/user/grant", {"user": "ada", "role": "team"})
        self.cluster.post("/v3/auth/enable", {})

    def test_users(self):
        self.with_users()
        self.refused("user name is empty")
        ada = {"GIT_STREAM_ETCD_USER": "ada", "GIT_STREAM_ETCD_PASSWORD": "secret"}
        self.a.variables = self.b.variables = ada
        self.life(self.a, self.b)
        said = self.a.error("read", GIT_STREAM_ETCD_PASSWORD="guess")
        self.assertIn("refuses the user ada: ", said)
        self.assertNotIn("guess", said)
        said = self.a.error("acquire", "agent-F1", "60", "x.py", GIT_STREAM_ETCD_USER="eve", GIT_STREAM_ETCD_PASSWORD="other")
        self.assertIn("permission denied", said)

    def test_where_the_password_comes_from(self):
        self.with_users()
        for clone in (self.a, self.b):
            self.scene.git(clone.path, "config", "stream.etcd.user", "ada")
        self.assertIn("there is no password for etcd's user ada", self.a.error("read"))
        store = self.scene.folder / "credentials"
        self.scene.git(self.a.path, "config", "credential.helper", f"store --file={store}")
        member = self.cluster.members[0]
        store.write_text(f"http://ada:secret@127.0.0.1%3a{member.port}\n")
        self.a.acquire("a.py")
        store.write_text(f"http://ada:wrong@127.0.0.1%3a{member.port}\n")
        self.assertIn("refuses the user ada", self.a.error("read"))
        self.assertEqual(store.read_text(), "", "the helper has forgotten it")

    def test_a_user_where_there_are_none(self):
        self.begin(1)
        self.cluster.wait()
        self.a.acquire("a.py", GIT_STREAM_ETCD_USER="ada", GIT_STREAM_ETCD_PASSWORD="secret")

    def test_tokens_end(self):
        """Those that a server has forgotten are asked for again."""
        self.with_users()
        self.a.variables = {"GIT_STREAM_ETCD_USER": "ada", "GIT_STREAM_ETCD_PASSWORD": "secret"}
        proxy = Proxy(self.cluster.members[0].url)
        self.addCleanup(proxy.remove)
        self.a.address = self.scene.address(proxy.url)
        forgotten = json.dumps({"error": "etcdserver: invalid auth token", "code": 16}).encode()
        proxy.before = lambda path, body: (401, forgotten) if len(proxy.seen) in (4, 9) else None
        self.a.ask("churn", "agent-F1", "10")
        self.assertEqual(proxy.seen.count("/v3/auth/authenticate"), 3)
        self.assertEqual(len(self.a.log()), 10)
        proxy.before = lambda path, body: (401, forgotten) if "auth" not in path else None
        self.assertIn("invalid auth token", self.a.error("read"))

    # ---- TLS

    def authority(self):
        folder = pathlib.Path(self.folder)

        def openssl(*words):
            subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        for name in ("ca", "other"):
            openssl("req", "-x509", *key, "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
        for name, use in (("server", "serverAuth,clientAuth"), ("client", "clientAuth")):
            # The gateway of a server asks the server with the server's certificate.
            (folder / "ext").write_text(f"subjectAltName=IP:127.0.0.1\nextendedKeyUsage={use}\n")
            openssl("req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                    "-extfile", "ext", "-out", f"{name}.pem")
        return folder

    def test_tls(self):
        with tempfile.TemporaryDirectory(prefix="gs-tls-") as self.folder:
            folder = self.authority()
            self.begin(1, tls=["--cert-file", folder / "server.pem", "--key-file", folder / "server.key", "--client-cert-auth",
                               "--trusted-ca-file", folder / "ca.pem"])
            for clone in (self.a, self.b):
                for name, file in (("ca", "ca.pem"), ("certificate", "client.pem"), ("key", "client.key")):
                    self.scene.git(clone.path, "config", f"stream.etcd.{name}", str(folder / file))
            for _ in range(200):
                if self.a.run("read").returncode == 0:
                    break
                time.sleep(0.05)
            self.life(self.a, self.b)
            begin = time.monotonic()
            self.refused_with("certificate", GIT_STREAM_ETCD_CA=str(folder / "other.pem"))
            self.refused_with("cannot ask etcd at https", GIT_STREAM_ETCD_CERTIFICATE="", GIT_STREAM_ETCD_KEY="")
            self.refused_with("cannot ask etcd at https", GIT_STREAM_ETCD_CA=str(folder / "missing.pem"))
            self.a.address = self.a.address.replace("https:", "http:")
            self.refused_with("cannot ask etcd at http:")
            self.assertLess(time.monotonic() - begin, 20)

    def refused_with(self, why, **variables):
        self.assertIn(why, self.a.error("read", **variables))


if __name__ == "__main__":
    need_etcd()
    unittest.main(verbosity=1)
