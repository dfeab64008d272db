"""Settings of the bot."""
