#pragma once
// One line of the activity log, for people or as the JSON it is.

#include "lib/store/journal.h"

namespace gs::command {

// "2025-12-06 11:00:00  agent-F1   locked     llm/sentiment.py: Consolidate sentiment until 12:00"
std::string line_text(const store::LogLine& line);

void print_line(const store::LogLine& line, bool as_json);

}  // namespace gs::command
