"""Stops trading after too many losses."""


class CircuitBreaker:
    def __init__(self):
        self.losses = 0

    def open(self):
        return self.losses >= 3
