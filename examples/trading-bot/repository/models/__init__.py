"""Risk and anomalies."""
