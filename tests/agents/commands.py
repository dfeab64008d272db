#!/usr/bin/env python3
"""Puts the lines of commands.txt to agent-hook, as Claude Code would, and compares what it answers.

  commands.py --build BUILD-FOLDER [FILE]

No line is run. What no line of the file writes takes no lock."""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import replay

# Files in nobody's scope that a line which passes writes.
LOCKED = {"docs/guide.md"}


def entries(file):
    """(number of the line, verdict, command)"""
    found = []
    for number, text in enumerate(file.read_text().splitlines(), 1):
        if text.startswith("   | "):
            found[-1][2] += "\n" + text[5:]
        elif text and text[0] not in "# ":
            verdict, command = text.split(" ", 1)
            found.append([number, verdict, command])
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("file", type=pathlib.Path, nargs="?", default=pathlib.Path(__file__).parent / "commands.txt")
    given = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gs-commands-")).resolve()
    wrong, passed = 0, 0
    try:
        scene = replay.Scene(folder, given.build.resolve())
        scene.sh("git stream install --agent F2 --agents claude", scene.top)
        program = [scene.build / "libexec/git-stream/agent-hook", "--dialect", "claude"]
        all_entries = entries(given.file)
        for number, verdict, command in all_entries:
            line = scene.filled(command.encode()).decode()
            call = {"session_id": "s", "cwd": str(scene.top), "hook_event_name": "PreToolUse", "tool_name": "Bash",
                    "tool_input": {"command": line}}
            done = subprocess.run(program, input=json.dumps(call), cwd=scene.top, env=scene.clean, capture_output=True, text=True)
            said = next((word for word in ("deny", "ask") if f'"permissionDecision": "{word}"' in done.stdout), "pass")
            if done.returncode or done.stderr:
                said = f"exit {done.returncode} {done.stderr}"
            passed += said == "pass"
            if said != verdict:
                wrong += 1
                print(f"{given.file.name}:{number}: {said} instead of {verdict}: {command}\n{done.stdout}")
        locks = json.loads((scene.main / ".claude/state/file_locks.json").read_text())["locks"]
        odd = sorted(set(locks) - LOCKED)
        if odd:
            print(f"locks on what no line writes: {odd}")
        print(f"{len(all_entries)} lines, {passed} pass, {wrong} wrong, {len(odd)} odd locks")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(wrong > 0 or bool(odd))


if __name__ == "__main__":
    main()
