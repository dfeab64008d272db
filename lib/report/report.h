#pragma once
// Findings in the formats that people and tools read. Pure: values in, text out.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/finding.h"

namespace gs::report {

// A program that checked something: a step of the policy's validation.
struct StepRun {
  std::string name, outcome;  // "ok", "failed", "timed_out", "missing", "interrupted", "not_run"
  std::string text;           // for people: "FAILED (exit 1)"
  std::vector<std::string> command;
  std::int64_t milliseconds = 0;
  std::string log;                // file; may be empty
  std::vector<std::string> tail;  // its last lines

  bool ok() const { return outcome == "ok"; }
  bool failed() const { return outcome == "failed" || outcome == "timed_out"; }
};

// What a report is about besides its findings.
struct Subject {
  std::string what;     // "index", "commit 1a2b3c", "a1b2..c3d4"
  std::string version;  // of git-stream
  std::size_t files_checked = 0, imports_checked = 0;
  std::string notes;                // lines for the text report's end, may be empty
  std::vector<StepRun> steps = {};  // for junit and sarif
};

struct Entry {
  core::Finding finding;
  bool accepted = false;  // in the baseline: shown, but failing only with --strict
  std::string commit;     // 40 hex digits in a range; empty otherwise
};

// Each ends with a newline. Entries come as they are given, except for github: worst first.
std::string text(const Subject& subject, const std::vector<Entry>& entries);
std::string json(const Subject& subject, const std::vector<Entry>& entries);   // {"schema": 1, …}
std::string sarif(const Subject& subject, const std::vector<Entry>& entries);  // SARIF 2.1.0
std::string junit(const Subject& subject, const std::vector<Entry>& entries);  // JUnit XML
std::string github(const Subject& subject, const std::vector<Entry>& entries);  // ::error file=…

}  // namespace gs::report
