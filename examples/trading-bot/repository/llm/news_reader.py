"""Where headlines come from."""


def headlines():
    return ["Gains at a record", "Rain tomorrow"]
