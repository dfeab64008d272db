#!/usr/bin/env python3
"""Measures what leases of several clones cost, in a git remote and in etcd: so many hosts (processes with a clone each) acquire a path
and renew all of theirs again and again, all at once. Beside them, taking turns with them, a bare `git push` of one commit and
`etcdctl put`, by as many at once. The remote is a bare repository on this machine, the cluster has three servers on loopback: there is
no network between them, which costs a round trip for each connection and request besides. Then pre_commit.py measures a commit's gate with
another clone's leases and without.

Prints Markdown; without etcd what concerns git alone. Needs a build tree with tests, and a release for pre_commit.py."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/ci", help="a build tree with tests")
    parser.add_argument("--release", type=pathlib.Path, default=ROOT / "build/release", help="whose pre-commit is measured")
    parser.add_argument("--hosts", type=int, nargs="+", default=[2, 10, 50])
    parser.add_argument("--changes", type=int, default=100, help="by all hosts together, in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--smoke", action="store_true", help="two hosts, a few changes, and no commits")
    given = parser.parse_args()
    if given.smoke:
        given.hosts, given.changes, given.rounds = [2], 8, 1
    return given


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def columns(values):
    return f"{statistics.median(values):,.1f} | {percentile(values, 0.95):,.1f}" if values else "– | –"


def measured(clones, times, first):
    """Milliseconds of all acquisitions and renewals, and seconds. The agents are those from `first` on: a path is acquired once."""
    begin = time.monotonic()
    running = [clone.start("measure", f"agent-F{first + number}", times, GS_PATIENCE="600000") for number, clone in enumerate(clones)]
    with concurrent.futures.ThreadPoolExecutor(len(running)) as pool:
        outputs = list(pool.map(lambda process: (process.communicate(), process.returncode), running))
    seconds = time.monotonic() - begin
    for (_, errors), status in outputs:
        if status != 0:
            raise SystemExit(f"exit {status}: {errors}")
    results = [json.loads(output) for (output, _), _ in outputs]
    return {name: [value for result in results for value in result[name]] for name in ("acquire", "renew")}, seconds


def timed(one, hosts, times, first):
    """The same of a program that each host runs so often."""
    def many(host):
        values = []
        for number in range(times):
            begin = time.monotonic()
            one(host, first + number)
            values.append(1000 * (time.monotonic() - begin))
        return values
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(hosts) as pool:
        values = [value for each in pool.map(many, range(hosts)) for value in each]
    return {"acquire": values}, time.monotonic() - begin


def pushes(scene, clones, most):
    """Each pushes a commit more to a branch of its own; the commits are there before."""
    tree = scene.git(clones[0].path, "rev-parse", "HEAD^{tree}")
    commits = [[scene.git(clone.path, "commit-tree", "-m", f"{host} {number}", tree) for number in range(most)]
               for host, clone in enumerate(clones)]

    def push(host, number):
        done = scene.run(["git", "-C", clones[host].path, "push", "-q", "--force", "origin", f"{commits[host][number]}:refs/heads/bare-{host}"])
        if done.returncode != 0:
            raise SystemExit(done.stderr)
    return push


def puts(scene):
    def put(host, number):
        done = scene.cluster.etcdctl("put", f"{scene.prefix}-bare/{host}", str(number))
        if done.returncode != 0:
            raise SystemExit(done.stderr)
    return put


class Row:
    """Rounds of the same."""

    def __init__(self, name, hosts):
        self.name, self.hosts, self.values, self.seconds = name, hosts, {"acquire": [], "renew": []}, 0

    def add(self, values, seconds):
        for name, more in values.items():
            self.values[name] += more
        self.seconds += seconds

    def rate(self):
        return sum(map(len, self.values.values())) / self.seconds

    def print(self):
        print(f"| {self.name} | {self.hosts} | {columns(self.values['acquire'])} | {columns(self.values['renew'])} | {self.rate():,.1f} |", flush=True)


def rows(scene, clone, given, store, bare_name, bare_of):
    for hosts in given.hosts:
        times = max(1, given.changes // (2 * hosts))
        clones = [clone(f"{store}-{hosts}-{number}") for number in range(hosts)]
        bare, leases, alone = bare_of(clones, 2 * times * given.rounds), Row(f"leases in {store}", hosts), Row(bare_name, hosts)
        for number in range(given.rounds):
            leases.add(*measured(clones, times, 1 + number * hosts))
            alone.add(*timed(bare, hosts, 2 * times, 2 * times * number))
        leases.print()
        alone.print()


def in_git(given, Scene, Clone):
    scene = Scene()
    try:
        rows(scene, lambda name: Clone(scene, name), given, "git", "`git push` alone", lambda clones, most: pushes(scene, clones, most))
    finally:
        scene.remove()


def in_etcd(given, Cluster, EtcdScene):
    cluster = Cluster(3).wait()
    scene = EtcdScene(cluster)
    try:
        rows(scene, scene.clone_of, given, "etcd", "`etcdctl put` alone", lambda clones, most: puts(scene))
    finally:
        scene.remove()
        cluster.remove()


def pre_commit(given):
    print("\n**Before a commit**\n", flush=True)
    subprocess.run([sys.executable, "-B", ROOT / "bench/pre_commit.py", "--build", given.release, "--sizes", "1000", "--stores", "files,git",
                    "--rounds", str(given.rounds), "--runs", "40", "--slow-runs", "0"], check=True)


def load():
    return f"{os.getloadavg()[0]:.1f}"


def main():
    given = arguments()
    os.environ["GITSTREAM_BUILD"] = str(given.build.resolve())
    sys.path.insert(0, str(ROOT / "tests/coordination"))
    from etcd_scene import PROGRAM, Cluster, EtcdScene
    from scene import Clone, Scene, program
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load before {load()}; {given.rounds} × {given.changes} changes "
          "by all hosts together\n")
    print("| milliseconds each | hosts | acquire, median | 95 % | renew, median | 95 % | changes a second |\n"
          "| --- | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    in_git(given, Scene, Clone)
    if PROGRAM.exists() and program("etcd") and program("etcdctl"):
        in_etcd(given, Cluster, EtcdScene)
    print(f"\nLoad after {load()}.", flush=True)
    if not given.smoke:
        pre_commit(given)
    return 0


if __name__ == "__main__":
    sys.exit(main())
