"""What the bot may do."""

MAX_POSITION = 100
