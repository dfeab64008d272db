"""A bare repository, clones of it, and the servers by which clones reach it: what the tests beside this share."""
import contextlib
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("GITSTREAM_BUILD", "build/dev")).resolve()
TESTED = pathlib.Path(os.environ.get("GITSTREAM_TESTED_BUILD", BUILD)).resolve()  # whose command is tested
CLIENT = BUILD / "tests/coordination/coordination_client"
LONG = bool(os.environ.get("GITSTREAM_LONG"))
SKIPPED = 77


class Failure(Exception):
    pass


class Scene:
    """FOLDER with server.git, and clones beside it that know nothing of each other."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gs-coordination-")).resolve()
        self.server = self.folder / "server.git"
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("GIT_") or name.startswith("GIT_DEFAULT_")}
        self.environment = kept | {
            "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org", "GIT_TERMINAL_PROMPT": "0"}
        self.make_server()

    def make_server(self):
        self.git(self.folder, "init", "-q", "--bare", "-b", "develop", str(self.server))
        self.git(self.server, "config", "http.receivepack", "true")
        self.git(self.server, "config", "daemon.receivepack", "true")
        first = self.clone("first")
        (first / "a.py").write_text("a = 1\n")
        self.git(first, "add", "-A")
        self.git(first, "commit", "-qm", "Start")
        self.git(first, "push", "-q", "origin", "HEAD:refs/heads/develop")

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, argv, cwd=None, **variables):
        return subprocess.run([str(word) for word in argv], cwd=cwd or self.folder, env=self.environment | variables,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")

    def git(self, place, *words):
        done = self.run(["git", "-C", place, *words])
        if done.returncode != 0:
            raise Failure(f"git {' '.join(words)}: {done.stderr}")
        return done.stdout.strip()

    def clone(self, name):
        self.git(self.folder, "clone", "-q", str(self.server), str(self.folder / name))
        return self.folder / name

    def hook(self, name, script):
        hook = self.server / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{script}\n")
        hook.chmod(0o755)


class Clone:
    """A clone, and the address by which it asks the store."""

    def __init__(self, scene, name, address=None, **variables):
        self.scene, self.path = scene, scene.clone(name)
        self.address, self.variables = address or str(scene.server), variables

    def run(self, *words, **variables):
        return self.scene.run([CLIENT, self.path, self.address, *words], **(self.variables | variables))

    def start(self, *words, **variables):
        return subprocess.Popen([str(word) for word in (CLIENT, self.path, self.address, *words)], cwd=self.scene.folder,
                                env=self.scene.environment | self.variables | variables, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ask(self, *words, status=0, **variables):
        done = self.run(*words, **variables)
        if done.returncode != status:
            raise Failure(f"{' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout) if done.stdout else None

    def error(self, *words, **variables):
        """What a refused command says, in one line and a next step."""
        done = self.run(*words, **variables)
        lines = done.stderr.splitlines()
        if done.returncode not in (3, 4) or len(lines) != 2 or not lines[1].startswith("  next: ") or done.stdout:
            raise Failure(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stderr

    def acquire(self, *paths, agent="agent-F1", seconds=3600, status=0, **variables):
        return self.ask("acquire", agent, seconds, *paths, status=status, **variables)

    def log(self):
        log = self.path / ".git/agent_activity.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def names(leases):
    return [f"{lease['path']}@{lease['generation']}" for lease in leases]


# ---- Servers

def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process, host="127.0.0.1"):
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise Failure(f"the server does not answer: {process.args}")


@contextlib.contextmanager
def running(scene, argv, port, host="127.0.0.1"):
    with open(scene.folder / "server.log", "a", encoding="utf-8") as log:
        process = subprocess.Popen([str(word) for word in argv], env=scene.environment, stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for(port, process, host)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        process.wait()


def program(name):
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if not found:
        print(f"{name} is not installed", file=sys.stderr)
    return found


@contextlib.contextmanager
def by_file(scene):
    yield f"file://{scene.server}", {}


@contextlib.contextmanager
def by_daemon(scene, host="127.0.0.1", receives=True):
    port = free_port()
    # `git daemon` starts this one; its parent would go on when it is ended.
    daemon = pathlib.Path(scene.run(["git", "--exec-path"]).stdout.strip()) / "git-daemon"
    argv = [daemon, "--reuseaddr", f"--listen={host}", f"--port={port}", f"--base-path={scene.folder}",
            "--export-all", f"--{'enable' if receives else 'forbid-override'}=receive-pack", str(scene.folder)]
    with running(scene, argv, port, host):
        yield f"git://{host}:{port}/server.git", {}


HTTP = """server.document-root = "{folder}"
server.bind = "{host}"
server.port = {port}
server.modules = ("mod_alias", "mod_cgi", "mod_setenv")
alias.url = ("/git" => "{backend}")
setenv.add-environment = ("GIT_PROJECT_ROOT" => "{folder}", "GIT_HTTP_EXPORT_ALL" => "1", "REMOTE_USER" => "ada")
cgi.assign = ("" => "")
"""


@contextlib.contextmanager
def by_http(scene, host="127.0.0.1"):
    lighttpd = program("lighttpd")
    if not lighttpd:
        yield None, {}
        return
    port = free_port()
    backend = pathlib.Path(scene.run(["git", "--exec-path"]).stdout.strip()) / "git-http-backend"
    config = scene.folder / "lighttpd.conf"
    config.write_text(HTTP.format(folder=scene.folder, host=host, port=port, backend=backend))
    with running(scene, [lighttpd, "-D", "-f", config], port, host):
        yield f"http://{host}:{port}/git/server.git", {}


SSH = """Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/ssh/host
AuthorizedKeysFile {folder}/ssh/user.pub
PidFile {folder}/ssh/pid
StrictModes no
UsePAM no
PasswordAuthentication no
"""


@contextlib.contextmanager
def by_ssh(scene):
    sshd = program("sshd")
    if not sshd:
        yield None, {}
        return
    port, folder = free_port(), scene.folder / "ssh"
    folder.mkdir()
    for key in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)], check=True)
    (folder / "config").write_text(SSH.format(port=port, folder=scene.folder))
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)  # where it gives up its rights
    command = f"ssh -i {folder}/user -p {port} -F none -o UserKnownHostsFile={folder}/known -o StrictHostKeyChecking=accept-new " \
              "-o BatchMode=yes -o LogLevel=ERROR"
    with running(scene, [sshd, "-D", "-e", "-f", folder / "config"], port):
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        yield f"ssh://{user}@127.0.0.1{scene.server}", {"GIT_SSH_COMMAND": command}


TRANSPORTS = {"file": by_file, "daemon": by_daemon, "http": by_http, "ssh": by_ssh}


# ---- Commands that are killed

KILLER = BUILD / "tests/stress/kill_at"
CANNOT_TRACE = 77


class KillTrial:
    """A command that is killed (SIGKILL) before one of its steps, in clones and a server that are made anew each time. A test says
    what the scene is, keeps it, and has `command` (the words, and the arguments for Scene.run) and `check` (throws Failure)."""
    parts = ("a", "b", "server.git")
    ends = (0,)  # with what the command ends undisturbed

    def __init__(self, name, scene):
        self.name, self.scene, self.whom = name, scene, "all"
        self.kept = scene.folder.with_name(scene.folder.name + "-kept")

    def keep(self):
        shutil.copytree(self.scene.folder, self.kept, symlinks=True)

    def restore(self):
        for part in self.parts:
            shutil.rmtree(self.scene.folder / part)
            shutil.copytree(self.kept / part, self.scene.folder / part, symlinks=True)
            # A copied clone is another host; this one is to be the same.
            folder = self.scene.folder / part / ".git/stream/coordination"
            if (folder / "memory.json").exists():
                memory = json.loads((folder / "memory.json").read_text())
                (folder / "memory.json").write_text(json.dumps(memory | {"inode": (folder / "lock").stat().st_ino}))
                (folder / "leases").unlink(missing_ok=True)

    def remove(self):
        self.scene.remove()
        shutil.rmtree(self.kept, ignore_errors=True)

    def kill(self, moment, whom):
        """How many steps there were, before which it was killed, and how it has ended. Moment 0: it is not killed."""
        report, self.whom = self.scene.folder / "report", whom
        words, named = self.command()
        done = self.scene.run([KILLER, self.scene.folder, moment, whom, report, *words],
                              ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0", **named)
        if done.returncode == CANNOT_TRACE:
            print("processes cannot be traced here", file=sys.stderr)
            sys.exit(SKIPPED)
        steps, _, what = report.read_text().strip().partition(" ")
        return int(steps), what, done

    def at(self, moment, whom):
        self.restore()
        steps, what, killed = self.kill(moment, whom)
        try:
            if moment == 0 and killed.returncode not in self.ends:
                raise Failure(f"exit {killed.returncode}")
            self.check()
        except (Failure, ValueError, KeyError) as failure:
            raise Failure(f"{self.name} killed ({whom}) before step {moment}: {what}\n{killed.stderr}{failure}") from failure
        return steps

    def remove_locks(self, errors):
        """Whether a killed git may have left lock files, there are some, and a message says so."""
        locks = [lock for lock in self.scene.folder.rglob("*.lock") if lock.name != "sync.lock"]
        if self.whom != "all" or not locks or "lock" not in errors and "failed to update ref" not in errors:
            return False
        for lock in locks:
            lock.unlink()
        return True


def kill_each(trials, seconds):
    """Kills each trial's command at some moments, for so long; 0, or with GITSTREAM_LONG: at each. `trials` makes them one by one.
    Returns whether anything has failed, which is printed then."""
    seed = int(os.environ.get("GS_STRESS_SEED", 0)) or random.SystemRandom().randrange(1, 1 << 31)
    seconds = float(os.environ.get("GS_STRESS_SECONDS", 0 if LONG else seconds))
    chance, failed = random.Random(seed), False
    for trial in trials:
        with contextlib.ExitStack() as stack:
            stack.callback(trial.remove)
            trial.keep()
            steps = trial.at(0, "all")
            moments = [(moment, whom) for moment in range(1, steps + 1) for whom in ("all", "first")]
            if not LONG:
                chance.shuffle(moments)
            end, tried = time.monotonic() + seconds, 0
            for moment, whom in moments:
                if seconds and time.monotonic() > end:
                    break
                tried += 1
                try:
                    trial.at(moment, whom)
                except Failure as failure:
                    failed = True
                    print(failure, file=sys.stderr)
            print(f"{trial.name}: {steps} steps, killed {tried} times")
    print(f"seed {seed}")
    return failed
