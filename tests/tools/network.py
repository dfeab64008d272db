"""Machines for tests: network namespaces with a host name each, around the server, which is the test itself. Root's rights are not needed
where user namespaces are allowed; nothing of them is left when the test ends.

    enter()                     begins this program again, as the server; its address is SERVER
    first = Host("first")       a machine that reaches the server, and no other; /etc/hosts has its name
    first.command(["git", …])   what runs this there
    first.cut(), first.join()
"""
import itertools
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

SERVER = "198.51.100.1"  # of a network for documentation (RFC 5737)
ENTERED = "GS_OWN_NETWORK"
HOSTS = pathlib.Path("/etc/hosts")


class Unavailable(Exception):
    """No namespaces can be made here, and why."""


def run(*words):
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(map(str, words))}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def enter():
    """Comes back as the server, in namespaces for network, mounts and host name; throws Unavailable."""
    if os.environ.pop(ENTERED, None):
        become_server()
        return
    missing = [name for name in ("unshare", "nsenter", "ip", "mount", "hostname") if not found(name)]
    if missing:
        raise Unavailable(f"{', '.join(missing)} is not installed")
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    unshare = [found("unshare"), *user, "--net", "--uts", "--mount"]
    probe = "ip link set lo up && ip link add gs-probe type veth peer name gs-peer && mount --bind /etc/hosts /etc/hosts"
    run(*unshare, "env", f"PATH={path()}", "sh", "-c", probe)
    os.environ[ENTERED] = "yes"
    sys.stdout.flush()
    os.execv(unshare[0], [*unshare, sys.executable, *sys.orig_argv[1:]])


def path():
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def found(name):
    return shutil.which(name, path=path())


def become_server():
    os.environ["PATH"] = path()
    socket.sethostname("server")
    run("ip", "link", "set", "lo", "up")
    run("ip", "address", "add", f"{SERVER}/32", "dev", "lo")
    with tempfile.NamedTemporaryFile() as own:  # it stays where it is mounted
        os.chmod(own.name, 0o644)
        run("mount", "--bind", own.name, HOSTS)
    write_names()


def write_names():
    HOSTS.write_text(f"127.0.0.1 localhost\n{SERVER} server\n" + "".join(f"{one.address} {one.name}\n" for one in Host.all.values()))


class Host:
    """`ahead`: seconds by which its clocks that count from the machine's start (CLOCK_BOOTTIME, CLOCK_MONOTONIC) differ from the server's; not
    negative. Throws Unavailable."""
    numbers, all = itertools.count(2), {}

    def __init__(self, name, ahead=0):
        self.name, self.address, self.ahead = name, f"198.51.100.{next(Host.numbers)}", ahead
        self.link = f"to-{name}"[:15]
        self.process = self.start(["unshare", "--fork", "--net", "--uts", *self.clocks()])
        self.pid = self.process.stdout.readline().strip()  # of unshare's child; it ends with its stdin, when this program does
        if not self.pid:
            raise Unavailable(self.process.communicate()[1].strip())
        Host.all[name] = self
        write_names()
        self.connect()

    def clocks(self):
        return ["--time", "--boottime", str(self.ahead), "--monotonic", str(self.ahead)] if self.ahead else []

    def start(self, unshare):
        script = f"hostname {self.name} && ip link set lo up && echo $$ && exec cat"
        return subprocess.Popen([*unshare, "sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def connect(self):
        run("ip", "link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", self.pid)
        run("ip", "link", "set", self.link, "up")
        self.hear_answers()
        self.run("ip", "address", "add", f"{self.address}/24", "dev", "eth0")
        self.join()

    def command(self, words):
        time = ["--time"] if self.ahead else []
        return ["nsenter", "--target", self.pid, "--net", "--uts", *time, "--", *map(str, words)]

    def run(self, *words):
        return run(*self.command(words))

    def cut(self):
        """Whoever asks learns at once that there is no network; on connections that are open, both sides hear nothing more."""
        self.run("ip", "link", "set", "eth0", "down")

    def join(self):
        self.run("ip", "link", "set", "eth0", "up")

    def lose_answers(self):
        """What it sends arrives; what the server answers does not, and nobody is told. Until hear_answers()."""
        run("ip", "route", "replace", "blackhole", f"{self.address}/32")

    def hear_answers(self):
        run("ip", "route", "replace", f"{self.address}/32", "dev", self.link, "src", SERVER)

    def close(self):
        run("ip", "link", "del", self.link)
        del Host.all[self.name]
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def listening():
    """The server's TCP ports at which something waits for connections."""
    lines = [line.split() for name in ("tcp", "tcp6") for line in pathlib.Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {int(line[1].rpartition(":")[2], 16) for line in lines if line[3] == "0A"}
