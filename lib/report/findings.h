#pragma once
// Findings in the formats that people and tools read. Pure: values in, text out.

#include <cstdint>
#include <map>
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
  bool interrupted() const { return outcome == "interrupted"; }
};

// What findings are of.
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
std::string gitlab(const Subject& subject, const std::vector<Entry>& entries);  // code quality

// By which a finding is known again in another run: of all but its line. Those that are alike but
// for it are numbered; `seen` counts.
std::string fingerprint(const core::Finding& finding, std::map<std::string, int>& seen);

// One finding: "  PATH:LINE: rule: message" and, where there is one, "    next: hint". `remark`
// follows the message in parentheses.
std::string finding_text(const core::Finding& finding, std::string_view remark = {});

// "PATH:LINE", "PATH", or nothing at all when the finding is about no path.
std::string place_text(const core::Finding& finding);

// "violation", "warning", "accepted"
std::string_view grade_text(const Entry& entry);

struct Counts {
  std::size_t violations = 0, warnings = 0, accepted = 0;  // an accepted one is neither of the two
};
Counts count(const std::vector<Entry>& entries);

// "2 violations, 1 accepted, 30,000 files, 240,123 imports checked", without a line break.
std::string summary_text(const Subject& subject, const std::vector<Entry>& entries);

// Text for attributes in double quotes and for content alike, in XML and in HTML. Bytes and
// characters that XML 1.0 has no way to say are replaced by U+FFFD.
std::string xml(std::string_view text);

}  // namespace gs::report
