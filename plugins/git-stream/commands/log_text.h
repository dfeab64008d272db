#pragma once
// One line of a log, for people.

#include "lib/state/journal.h"

namespace gs::command {

// "2025-12-06 11:00:00  agent-F1   locked     llm/sentiment.py: Consolidate sentiment until 12:00"
std::string line_text(const state::LogLine& line);

// "2025-12-06 11:00:00  agent-F2   medium     llm/news.py:3 imports from llm/sentiment.py - …"
std::string warning_text(const state::LogLine& line);

}  // namespace gs::command
