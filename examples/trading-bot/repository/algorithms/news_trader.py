"""Buys on good news."""

from execution.orders import may_trade
from llm.news_filter import good_news


def decide():
    return len(good_news()) if may_trade() else 0
