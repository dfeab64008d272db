"""Orders on their way."""
