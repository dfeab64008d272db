"""Prices that cannot be right."""


def price_anomaly(price, mean):
    return abs(price - mean) > 3 * mean
