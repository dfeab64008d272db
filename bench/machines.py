#!/usr/bin/env python3
"""Measures what leases of several clones cost, in a git remote and in etcd: so many hosts (processes with a clone each) acquire a path
and renew all of theirs again and again, all at once. Beside them, in the same run, a bare `git push` of one commit and
`etcdctl put`, by as many at once. The remote is a bare repository on this machine, the cluster has three servers on loopback.
Prints a Markdown table; without etcd that of git alone. Needs a build tree with tests."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import platform
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/ci", help="a build tree with tests")
    parser.add_argument("--hosts", type=int, nargs="+", default=[2, 10, 50])
    parser.add_argument("--changes", type=int, default=400, help="by all hosts together")
    parser.add_argument("--smoke", action="store_true", help="two hosts, a few changes")
    given = parser.parse_args()
    if given.smoke:
        given.hosts, given.changes = [2], 8
    return given


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def columns(values):
    return f"{statistics.median(values):,.1f} | {percentile(values, 0.95):,.1f}" if values else "– | –"


def measured(clones, times):
    """Milliseconds of all acquisitions and renewals, and changes a second."""
    begin = time.monotonic()
    running = [clone.start("measure", f"agent-F{number}", times, GS_PATIENCE="600000") for number, clone in enumerate(clones)]
    with concurrent.futures.ThreadPoolExecutor(len(running)) as pool:
        outputs = list(pool.map(lambda process: (process.communicate(), process.returncode), running))
    seconds = time.monotonic() - begin
    for (_, errors), status in outputs:
        if status != 0:
            raise SystemExit(f"exit {status}: {errors}")
    results = [json.loads(output) for (output, _), _ in outputs]
    acquired, renewed = ([value for result in results for value in result[name]] for name in ("acquire", "renew"))
    return acquired, renewed, (len(acquired) + len(renewed)) / seconds


def timed(one, hosts, times):
    """The same of a program that each host runs so often."""
    def many(host):
        values = []
        for number in range(times):
            begin = time.monotonic()
            one(host, number)
            values.append(1000 * (time.monotonic() - begin))
        return values
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(hosts) as pool:
        values = [value for each in pool.map(many, range(hosts)) for value in each]
    return values, len(values) / (time.monotonic() - begin)


def pushes(scene, clones):
    """Each pushes a commit more to a branch of its own."""
    def push(host, number):
        tree = scene.git(clones[host].path, "rev-parse", "HEAD^{tree}")
        commit = scene.git(clones[host].path, "commit-tree", "-m", str(number), tree)
        done = scene.run(["git", "-C", clones[host].path, "push", "-q", "--force", "origin", f"{commit}:refs/heads/bare-{host}"])
        if done.returncode != 0:
            raise SystemExit(done.stderr)
    return push


def row(name, hosts, acquired, renewed, rate):
    print(f"| {name} | {hosts} | {columns(acquired)} | {columns(renewed)} | {rate:,.1f} |", flush=True)


def rows(scene, clone, given, name):
    for hosts in given.hosts:
        times = max(1, given.changes // (2 * hosts))
        clones = [clone(scene, f"{name}-{hosts}-{number}") for number in range(hosts)]
        row(f"leases in {name}", hosts, *measured(clones, times))
        if name == "git":
            values, rate = timed(pushes(scene, clones), hosts, times)
            row("`git push` alone", hosts, values, [], rate)
        else:
            def put(host, number):
                done = scene.cluster.etcdctl("put", f"{scene.prefix}-bare/{host}", str(number))
                if done.returncode != 0:
                    raise SystemExit(done.stderr)
            values, rate = timed(put, hosts, times)
            row("`etcdctl put` alone", hosts, values, [], rate)


def main():
    given = arguments()
    os.environ["GITSTREAM_BUILD"] = str(given.build.resolve())
    sys.path.insert(0, str(ROOT / "tests/coordination"))
    from etcd_scene import PROGRAM, Cluster, EtcdScene
    from scene import Clone, Scene, program
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors; {given.changes} changes by all hosts together, "
          "milliseconds each\n")
    print("| what | hosts | acquire, median | 95 % | renew, median | 95 % | changes a second |\n| --- | ---: | ---: | ---: | ---: | ---: "
          "| ---: |")
    scene = Scene()
    try:
        rows(scene, Clone, given, "git")
    finally:
        scene.remove()
    if not PROGRAM.exists() or not program("etcd") or not program("etcdctl"):
        return 0
    cluster = Cluster(3).wait()
    scene = EtcdScene(cluster)
    try:
        rows(scene, lambda scene, name: scene.clone_of(name), given, "etcd")
    finally:
        scene.remove()
        cluster.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
