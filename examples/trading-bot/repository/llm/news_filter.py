"""Which headlines matter."""

from llm.news_reader import headlines
from llm.sentiment import score


def good_news():
    return [line for line in headlines() if score(line) > 0]
