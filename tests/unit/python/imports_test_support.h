#pragma once
// The imports of a source as lines of text, and what could not be read.

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/import_facts.h"
#include "lib/python/imports/imports.h"

namespace gs::test {

// "3 import os.path as p", "4 from ..a: b, c as d (function, guarded, type_checking)",
// "5 star a", "6 dynamic .a from __package__", "7! a string without its end"
inline std::string line_of(const core::Import& import) {
  std::string line = std::to_string(import.line) + ' ';
  line += core::kind_name(import.kind);
  line += ' ' + std::string(import.level, '.') + std::string(import.module);
  if (!import.alias.empty()) line += " as " + std::string(import.alias);
  if (!import.anchor.empty()) line += " from " + std::string(import.anchor);
  const char* sign = ": ";
  for (const core::ImportedName& name : import.names) {
    line += sign + std::string(name.name);
    if (!name.alias.empty()) line += " as " + std::string(name.alias);
    sign = ", ";
  }
  std::string marks;
  if (import.scope != core::ImportScope::module) marks += core::scope_name(import.scope);
  if (import.guarded) marks += marks.empty() ? "guarded" : ", guarded";
  if (import.type_checking) marks += marks.empty() ? "type_checking" : ", type_checking";
  return marks.empty() ? line : line + " (" + marks + ')';
}

using Facts = std::vector<std::string>;  // lines

inline Facts facts_of(std::string_view source) {
  const std::string bytes = python::imports_of(source);
  core::ImportReader reader(bytes);
  Facts lines;
  for (core::Import import; reader.next(import);) lines.push_back(line_of(import));
  EXPECT_FALSE(reader.damaged());
  for (const core::Partial& partial : reader.partials()) {
    lines.push_back(std::to_string(partial.line) + "! " +
                    std::string(core::trouble_text(partial.trouble)));
  }
  return lines;
}

struct Case {
  std::string source;
  Facts facts;
};

inline void expect_facts(const std::vector<Case>& cases) {
  for (const Case& each : cases) EXPECT_EQ(facts_of(each.source), each.facts) << each.source;
}

}  // namespace gs::test
