# Observability: ask for a counter.
cat >>observability/metrics.py <<'END'


def counted(name):
    return COUNTS.get(name, 0)
END
commit 'Ask for a counter' observability
