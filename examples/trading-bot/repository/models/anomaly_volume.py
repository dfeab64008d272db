"""Volumes that cannot be right."""


def volume_anomaly(volume, mean):
    return volume > 10 * mean
