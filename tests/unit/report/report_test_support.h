#pragma once
// What the tests of this room share: a report with everything in it, and Python to read it with.

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "lib/process/process.h"
#include "lib/report/findings.h"

namespace gs::report {

using core::Rule;
using core::Severity;

// A name that is trouble in every format.
inline const std::string kHostile = "a \"b\"'<&>,:%20\n\x1b\xff]]>{0}#;\\`/ü.py";

inline Subject subject() {
  return {"index", "0.1.0", 30000, 240123, ""};
}

inline std::vector<Entry> entries() {
  return {
      {{Rule::import_conflict, Severity::warn, "llm/news.py", 2, "imports what is locked", "wait"},
       false,
       ""},
      {{Rule::layer, Severity::block, "models/a.py", 7, "models is in layer 2, llm in layer 3", ""},
       true,
       ""},
      {{Rule::layer, Severity::block, kHostile, 9, "message of " + kHostile, "rm " + kHostile},
       false,
       std::string(40, 'a')},
      {{Rule::branch_name, Severity::block, "", 0, "branch x is no stream's", "git branch -m"},
       false,
       ""},
  };
}

inline process::Result python(std::vector<std::string> arguments, std::string input) {
  process::Command command;
  command.argv = {"/usr/bin/python3"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.input = std::move(input);
  return process::run(command);
}

// Runs Python on text (as `data`, bytes) and gives what it prints.
inline std::string ask_python(const std::string& code, const std::string& text) {
  const process::Result result =
      python({"-c", "import sys; data = sys.stdin.buffer.read()\n" + code}, text);
  EXPECT_EQ(result.status, 0) << result.errors << text;
  return result.output;
}

}  // namespace gs::report
