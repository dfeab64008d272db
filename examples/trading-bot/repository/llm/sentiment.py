"""Is it good news?"""

from llm.sentiment_words import GOOD


def score(text):
    return sum(word in GOOD for word in text.lower().split())
