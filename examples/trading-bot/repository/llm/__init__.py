"""What language models make of the news."""
