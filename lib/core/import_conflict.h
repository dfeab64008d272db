#pragma once
// A new import of what somebody else is working on (contract, section 9).

#include <cstdint>
#include <string>
#include <string_view>

namespace gs::core {

enum class ConflictKind { locked, changed, after, gone };
enum class ConflictLevel { low, medium, high };

std::string_view conflict_kind_name(ConflictKind kind);     // "locked", …
std::string_view conflict_level_name(ConflictLevel level);  // "low", "medium", "high"

struct ImportConflict {
  ConflictKind kind = ConflictKind::locked;
  ConflictLevel level = ConflictLevel::medium;
  std::string path;  // the importing file
  std::uint32_t line = 0;
  std::string module;       // that is imported
  std::string target_path;  // its file
  std::string other_agent;  // "agent-F1", "stream-F"
  std::string text;  // "llm/news_analyzer.py imports from llm/sentiment.py - agent-F1 has lock …"
  std::string hint;  // the next command, may be empty

  bool operator==(const ImportConflict&) const = default;
};

}  // namespace gs::core
