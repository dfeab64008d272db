"""Sends orders that pass the risk check."""

from models.circuit_breaker import CircuitBreaker


def may_trade():
    return not CircuitBreaker().open()
