# Sentiment consolidation: llm/sentiment*.py become the package llm/sentiment.
mkdir llm/sentiment
cat llm/sentiment_words.py >llm/sentiment/words.py
sed 's/llm.sentiment_words/llm.sentiment.words/' llm/sentiment.py >llm/sentiment/__init__.py
cat >>llm/sentiment/__init__.py <<'END'


def is_good(text, least=1):
    return score(text) >= least
END
rm llm/sentiment.py llm/sentiment_words.py
commit 'Consolidate sentiment to a package' llm/sentiment llm/sentiment.py llm/sentiment_words.py
