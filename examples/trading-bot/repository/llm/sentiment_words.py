"""Words that mean something."""

GOOD = {"gain", "gains", "up", "record"}
