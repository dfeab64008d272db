"""Counters."""

COUNTS: dict[str, int] = {}


def count(name):
    COUNTS[name] = COUNTS.get(name, 0) + 1
