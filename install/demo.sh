#!/usr/bin/env bash
# A small trading bot with two agents in two worktrees: an allowed commit and two blocked ones. README.md shows it.
# Built anew in build/demo (or the folder given) each time.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
demo=${1:-$here/build/demo}
policy=$here/config/trading-bot.yaml
[ -f "$policy" ] || policy=$here/share/git-stream/trading-bot.yaml

rm -rf "$demo"
mkdir -p "$demo"
cd "$demo"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.org
unset GIT_STREAM_AGENT GIT_STREAM_BYPASS

# Prints a command as one would type it, runs it, and goes on whatever it answers.
run() {
  printf '$ %s\n' "$*"
  eval "$*" 2>&1 || true
}

git init -q -b develop trading-bot
cd trading-bot
cp "$policy" .streams.yaml
for module in config utils data infrastructure observability models compliance llm execution algorithms api; do
  mkdir -p "$module"
  echo "\"\"\"The $module package.\"\"\"" >"$module/__init__.py"
done
echo 'def score(text): return 0.0' >llm/sentiment.py
echo 'def headlines(): return []' >llm/news_reader.py
echo 'class Runner: pass' >algorithms/runner.py
git add -A
git commit -q -m 'Start the trading bot'
git stream init >/dev/null
git worktree add -q ../bot-F1 -b feature/stream-F-llm-sentiment
git worktree add -q ../bot-F2 -b feature/stream-F-llm-news

run "cd ../bot-F1 && git stream install --agent F1"
run "git stream lock --task 'Consolidate sentiment' llm/sentiment.py"
echo 'def score(text): return 1.0' >llm/sentiment.py
run "git commit -qam 'Score sentiment'          # in the scope of F1: nothing is printed"
run "cd ../bot-F2 && git stream install --agent F2"
echo 'from llm.sentiment import score' >>llm/sentiment.py
run "git commit -qam 'Use the score'            # a file of F1, and locked"
git restore -q --staged --worktree llm/sentiment.py
echo 'from algorithms.runner import Runner' >>llm/news_reader.py
run "git commit -qam 'Run on the news'          # llm is a lower layer than algorithms"
