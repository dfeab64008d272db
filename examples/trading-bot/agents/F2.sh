# News consolidation: llm/news*.py become the package llm/news.
mkdir llm/news
cat llm/news_reader.py >llm/news/reader.py
sed 's/llm.news_reader/llm.news.reader/' llm/news_filter.py >llm/news/__init__.py
rm llm/news_reader.py
printf '"""Moved to llm.news."""\n\nfrom llm.news import good_news\n\n__all__ = ["good_news"]\n' >llm/news_filter.py
commit 'Consolidate news to a package' llm/news llm/news_reader.py llm/news_filter.py
