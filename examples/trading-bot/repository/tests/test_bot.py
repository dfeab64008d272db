from algorithms.news_trader import decide


def test_buys_on_good_news():
    assert decide() == 1
