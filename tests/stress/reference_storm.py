#!/usr/bin/env python3
"""The reference design's lock protocol (an exclusive flock on file_locks.json itself, read, change, write in place)
and `git stream lock` at once, on the same few paths, while processes of ours are killed at random.

No lock vanishes, none is held twice, nobody of ours ever reads a text that is no JSON, and nothing is left over. A kill
can leave a file half written, and a line of the log torn (the kernel ends a write() between two pages for it), one a kill
at most. usage: reference_storm.py BUILD"""
import datetime as dt
import fcntl
import json
import multiprocessing as mp
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LONG = bool(os.environ.get("GITSTREAM_LONG"))
PROCESSES = int(os.environ.get("GS_STRESS_PROCESSES", 64 if LONG else 16))
SECONDS = int(os.environ.get("GS_STRESS_SECONDS", 60 if LONG else 5))
FILE = ".claude/state/file_locks.json"
PATHS = [f"files/f{i}.py" for i in range(4 * PROCESSES)]
ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org"}


def now():
    return dt.datetime.now(dt.timezone.utc)


def text_of(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Script:
    """The reference design's functions."""

    def __init__(self, agent):
        self.agent = agent

    half_made = 0

    def read(self, mode, lock):
        """The open file, locked, and what is in it. A writer of ours that was killed between two pages of a long text
        leaves that to the next of ours."""
        while True:
            file = open(FILE, mode, encoding="utf-8")
            fcntl.flock(file.fileno(), lock)
            try:
                return file, json.load(file)
            except ValueError:
                file.close()
                self.half_made += 1
                subprocess.run(["git-stream", "unlock", "no/such"], capture_output=True, check=True)

    def changed(self, change):
        file, state = self.read("r+", fcntl.LOCK_EX)
        with file:
            result = change(state["locks"])
            if result:
                file.seek(0)
                json.dump(state, file, indent=2)
                file.truncate()
            return result

    def lock(self, path):
        def change(locks):
            held = locks.get(path)
            if held and dt.datetime.fromisoformat(held["expires"].replace("Z", "+00:00")) > now():
                return False
            locks[path] = {"agent": self.agent, "stream": "F", "acquired": text_of(now()),
                           "expires": text_of(now() + dt.timedelta(hours=1)), "task": "t"}
            return True
        return self.changed(change)

    def unlock(self, path):
        return self.changed(lambda locks: path in locks and locks[path]["agent"] == self.agent and bool(locks.pop(path)))

    def holds(self, path):
        file, state = self.read("r", fcntl.LOCK_SH)
        file.close()
        held = state["locks"].get(path)
        return bool(held) and held["agent"] == self.agent


class Ours(Script):
    """git stream, killed now and then: whether it got what it wanted is then read from the file."""

    def __init__(self, agent, seed):
        super().__init__(agent)
        self.random = random.Random(seed)
        self.kills = 0

    def run(self, verb, path):
        environment = dict(os.environ, GIT_STREAM_AGENT=self.agent)
        process = subprocess.Popen(["git-stream", verb, path], env=environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        if self.random.random() < 0.3:
            time.sleep(self.random.random() * 0.006)
            process.kill()
        errors = process.communicate()[1].decode()
        if process.returncode == -signal.SIGKILL:
            self.kills += 1
            return self.holds(path) == (verb == "lock")
        if process.returncode not in (0, 1):
            raise RuntimeError(f"{verb} {path}: {process.returncode}: {errors}")
        return process.returncode == 0

    def lock(self, path):
        return self.run("lock", path)

    def unlock(self, path):
        while self.holds(path):
            if self.run("unlock", path):
                return True
        return False


def worker(number, end, out):
    agent = f"agent-F{number}"
    holder = Ours(agent, number) if number % 2 else Script(agent)
    choice, bad, got = random.Random(1000 + number), [], 0
    try:
        while time.time() < end:
            path = choice.choice(PATHS)
            if not holder.lock(path):
                continue
            got += 1
            mark = "held/" + path.replace("/", "_")
            try:
                os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
                time.sleep(choice.random() * 0.01)
                os.unlink(mark)
            except FileExistsError:
                bad.append(f"{path} is held twice")
            if not holder.unlock(path):
                bad.append(f"{path} vanished")
    except Exception as error:  # an invalid read is the worst
        bad.append(f"{agent}: {error!r}")
    out.put((got, getattr(holder, "kills", 0), holder.half_made, bad))


def set_up():
    subprocess.run(["git", "init", "-q", "-b", "develop", "."], check=True)
    agents = ", ".join(f"F{n}: {{files: ['F{n}/**']}}" for n in range(PROCESSES))
    with open(".streams.yaml", "w", encoding="utf-8") as policy:
        policy.write(f"version: 1\nstreams:\n  F: {{agents: {{{agents}}}}}\n")
    subprocess.run(["git", "add", "-A"], check=True)
    subprocess.run(["git", "commit", "-qm", "Start"], check=True)
    subprocess.run(["git-stream", "init"], check=True, stdout=subprocess.DEVNULL)
    os.mkdir("held")


def main():
    folder = tempfile.mkdtemp(prefix="git-stream-storm.")
    try:
        os.chdir(folder)
        for name in ("GIT_STREAM_AGENT", "CLAUDE_CODE_SESSION_ID"):
            os.environ.pop(name, None)
        os.environ.update(ENVIRONMENT, PATH=f"{sys.argv[1]}/bin:{os.environ['PATH']}")
        set_up()
        out, end = mp.Queue(), time.time() + SECONDS
        workers = [mp.Process(target=worker, args=(number, end, out)) for number in range(PROCESSES)]
        for process in workers:
            process.start()
        results = [out.get() for _ in workers]
        for process in workers:
            process.join()
        bad = [one for result in results for one in result[3]]
        half_made = sum(result[2] for result in results)
        with open(FILE, encoding="utf-8") as file:
            left = json.load(file)["locks"]
        torn = 0
        with open(".claude/state/agent_activity.jsonl", encoding="utf-8") as log:
            for line in log:
                try:
                    json.loads(line)
                except ValueError:
                    torn += 1
        doctor = subprocess.run(["git-stream", "doctor"], capture_output=True, check=False)
        if b"FAILED   state" in doctor.stdout:
            bad.append(doctor.stdout.decode())
        taken, kills = sum(result[0] for result in results), sum(result[1] for result in results)
        print(f"{PROCESSES} processes: {taken / SECONDS:.0f} acquisitions a second, {kills} kills ({half_made} half made), {len(bad)} "
              f"faults, {len(left)} left over, {torn} torn lines")
        for one in bad[:10]:
            print(one)
        return 0 if not bad and not left and half_made + torn <= kills > 0 else 1
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
