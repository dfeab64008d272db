#include "lib/report/findings.h"

#include <algorithm>
#include <fmt/core.h>
#include <map>

#include "lib/core/change.h"
#include "lib/core/json.h"
#include "lib/core/policy.h"
#include "lib/core/text.h"

namespace gs::report {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

std::string_view character(std::string_view text, std::size_t length) {
  if (length == 0) return kReplacement;
  const std::string_view whole = text.substr(0, length);
  const bool not_a_character = whole == "\xef\xbf\xbe" || whole == "\xef\xbf\xbf";
  const bool control = core::starts_with_control(text) && (length == 1 || whole < "\u00a0");
  return not_a_character || control ? kReplacement : whole;
}

}  // namespace

std::string xml(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t length = core::utf8_length(text);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\n' || c == '\r' || c == '\t') {  // attributes would make them spaces
      out += fmt::format("&#{};", static_cast<int>(c));
    } else {
      out += character(text, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string place_text(const core::Finding& finding) {
  std::string place = core::quote_path(finding.path);
  if (!place.empty() && finding.line > 0) place += fmt::format(":{}", finding.line);
  return place;
}

std::string finding_text(const core::Finding& finding, std::string_view remark) {
  std::string text = "  " + place_text(finding);
  if (!finding.path.empty()) text += ": ";
  if (finding.severity == core::Severity::warn) text += "warning: ";
  // Messages may quote what somebody wrote into a source file.
  text += fmt::format("{}: {}", core::rule_name(finding.rule), core::printable(finding.message));
  if (!remark.empty()) text += fmt::format(" ({})", remark);
  text += '\n';
  if (!finding.hint.empty()) text += fmt::format("    next: {}\n", core::printable(finding.hint));
  return text;
}

std::string_view grade_text(const Entry& entry) {
  if (entry.accepted) return "accepted";
  return entry.finding.severity == core::Severity::block ? "violation" : "warning";
}

Counts count(const std::vector<Entry>& entries) {
  Counts counts;
  for (const Entry& entry : entries) {
    const bool blocks = entry.finding.severity == core::Severity::block;
    ++(entry.accepted ? counts.accepted : blocks ? counts.violations : counts.warnings);
  }
  return counts;
}

// FNV-1a, 64 bits.
std::string fingerprint(const core::Finding& finding, std::map<std::string, int>& seen) {
  std::string text(core::rule_name(finding.rule));
  text += '\0' + finding.path + '\0' + finding.message;
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  const std::string digits = fmt::format("{:016x}", hash);
  return fmt::format("{}:{}", digits, ++seen[digits]);
}

namespace {

std::string with_commas(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string counted(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", with_commas(number), noun, number == 1 ? "" : "s");
}

}  // namespace

std::string summary_text(const Subject& subject, const std::vector<Entry>& entries) {
  const Counts counts = count(entries);
  std::string text =
      counts.violations == 0 ? "no violations" : counted(counts.violations, "violation");
  if (counts.warnings > 0) text += ", " + counted(counts.warnings, "warning");
  if (counts.accepted > 0) text += ", " + with_commas(counts.accepted) + " accepted";
  if (subject.files_checked + subject.imports_checked == 0) return text;
  text += ", " + counted(subject.files_checked, "file");
  if (subject.imports_checked > 0) text += ", " + counted(subject.imports_checked, "import");
  return text + " checked";
}

std::string text(const Subject& subject, const std::vector<Entry>& entries) {
  std::string out;
  for (const Entry& entry : entries) {
    std::string remark = entry.accepted ? "accepted" : "";
    if (!entry.commit.empty()) {
      remark += fmt::format("{}in {}", remark.empty() ? "" : ", ",
                            core::printable(core::short_id(entry.commit)));
    }
    out += finding_text(entry.finding, remark);
  }
  out += summary_text(subject, entries) + '\n';
  if (!subject.notes.empty()) out += subject.notes;
  if (out.back() != '\n') out += '\n';
  return out;
}

// JSON.

namespace {

void write_entry(core::JsonWriter& json, const Entry& entry) {
  const core::Finding& finding = entry.finding;
  const bool blocks = finding.severity == core::Severity::block;
  json.begin_object().member("rule", core::rule_name(finding.rule));
  json.member("severity", blocks ? "block" : "warn");
  json.member("file", core::json_path(finding.path)).member("line", finding.line);
  json.member("message", finding.message).member("hint", finding.hint);
  json.member("accepted", entry.accepted);
  if (!entry.commit.empty()) json.member("commit", entry.commit);
  json.end_object();
}

void write_notes(core::JsonWriter& json, std::string_view notes) {
  json.key("notes").begin_array();
  while (!notes.empty()) {
    const std::string_view line = core::take_line(notes);
    if (!line.empty()) json.value(line);
  }
  json.end_array();
}

}  // namespace

std::string json(const Subject& subject, const std::vector<Entry>& entries) {
  core::JsonWriter json;
  json.begin_object().member("schema", 1).member("subject", subject.what);
  json.key("findings").begin_array();
  for (const Entry& entry : entries) write_entry(json, entry);
  json.end_array();
  const Counts counts = count(entries);
  json.key("summary").begin_object();
  json.member("violations", counts.violations).member("warnings", counts.warnings);
  json.member("accepted", counts.accepted).member("files", subject.files_checked);
  json.member("imports", subject.imports_checked).end_object();
  write_notes(json, subject.notes);
  json.member("version", subject.version);
  return json.end_object().take() + '\n';
}

// Annotations of GitHub Actions ("workflow commands").

namespace {

// GitHub shows the first ten of each kind and step only: the worst come first.
int rank(const Entry& entry) {
  if (entry.accepted) return 2;
  return entry.finding.severity == core::Severity::block ? 0 : 1;
}

std::string percent_escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) == special.npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string message_data(std::string_view text) {
  return percent_escaped(text, "%\r\n");
}

std::string property_value(std::string_view text) {
  return percent_escaped(text, "%\r\n:,");
}

// As it is where the log of a run can hold it: only then can GitHub find the file.
std::string file_name(const std::string& path) {
  for (std::string_view rest = path; !rest.empty();) {
    const std::size_t length = core::utf8_length(rest);
    const bool line_break = rest.front() == '\n' || rest.front() == '\r';
    if (length == 0 || (core::starts_with_control(rest) && !line_break)) {
      return core::quote_path(path);
    }
    rest.remove_prefix(length);
  }
  return path;
}

std::string annotation(const Entry& entry) {
  constexpr std::string_view kCommands[] = {"error", "warning", "notice"};
  const core::Finding& finding = entry.finding;
  std::string text = fmt::format("::{} ", kCommands[rank(entry)]);
  if (!finding.path.empty()) text += "file=" + property_value(file_name(finding.path)) + ",";
  if (!finding.path.empty() && finding.line > 0) text += fmt::format("line={},", finding.line);
  text += "title=" + property_value(fmt::format("git-stream: {}", core::rule_name(finding.rule)));
  text += "::" + message_data(core::printable(finding.message));
  if (entry.accepted) text += " (accepted)";
  if (!entry.commit.empty()) text += " (in " + message_data(core::short_id(entry.commit)) + ")";
  if (!finding.hint.empty()) text += message_data("\nnext: " + core::printable(finding.hint));
  return text + '\n';
}

}  // namespace

std::string github(const Subject& subject, const std::vector<Entry>& entries) {
  std::vector<const Entry*> worst_first;
  for (const Entry& entry : entries) worst_first.push_back(&entry);
  std::stable_sort(worst_first.begin(), worst_first.end(),
                   [](const Entry* a, const Entry* b) { return rank(*a) < rank(*b); });
  std::string out;
  for (const Entry* entry : worst_first) out += annotation(*entry);
  return out + "git-stream: " + summary_text(subject, entries) + '\n';
}

// GitLab's code quality report: what of Code Climate's issues it reads.

namespace {

std::string_view gitlab_severity(const Entry& entry) {
  constexpr std::string_view kSeverities[] = {"major", "minor", "info"};
  return kSeverities[rank(entry)];
}

// GitLab shows an issue at a file's line only: one of no file is at the policy, by which it is one.
void write_issue(core::JsonWriter& json, const Entry& entry, std::map<std::string, int>& seen) {
  const core::Finding& finding = entry.finding;
  std::string description = finding.message;
  if (entry.accepted) description += " (accepted)";
  if (!entry.commit.empty()) description += " (in " + core::short_id(entry.commit) + ")";
  if (!finding.hint.empty()) description += "; next: " + finding.hint;
  json.begin_object().member("description", core::printable(description));
  json.member("check_name", core::rule_name(finding.rule));
  json.member("fingerprint", fingerprint(finding, seen));
  json.member("severity", gitlab_severity(entry)).key("location").begin_object();
  json.member("path", finding.path.empty() ? std::string(core::kPolicyFile)
                                           : core::json_path(finding.path));
  json.key("lines").begin_object().member("begin", std::max(finding.line, 1U)).end_object();
  json.end_object().end_object();
}

}  // namespace

std::string gitlab(const Subject&, const std::vector<Entry>& entries) {
  core::JsonWriter json;
  std::map<std::string, int> seen;
  json.begin_array();
  for (const Entry& entry : entries) write_issue(json, entry, seen);
  return json.end_array().take() + '\n';
}

// JUnit's XML, as CI servers read it: a suite a rule, a test case a finding.

namespace {

struct Tally {
  std::size_t tests = 0, failures = 0, skipped = 0;

  void add(const Entry& entry) {
    ++tests;
    if (entry.accepted) {
      ++skipped;
    } else if (entry.finding.severity == core::Severity::block) {
      ++failures;
    }
  }
  void add(const Tally& other) {
    tests += other.tests;
    failures += other.failures;
    skipped += other.skipped;
  }
  std::string attributes() const {
    return fmt::format(R"(tests="{}" failures="{}" errors="0" skipped="{}" time="0")", tests,
                       failures, skipped);
  }
};

// The line is not in the name: tools follow a test by its name from one run to the next.
std::string test_case(const Entry& entry) {
  const core::Finding& finding = entry.finding;
  const std::string rule(core::rule_name(finding.rule)), message = core::printable(finding.message);
  std::string name = core::quote_path(finding.path);
  name += (name.empty() ? "" : ": ") + message;
  if (!entry.commit.empty()) name += " (in " + core::short_id(entry.commit) + ")";
  std::string text = fmt::format(
      "    <testcase classname=\"git-stream.{}\" name=\"{}\" time=\"0\">\n      ", rule, xml(name));
  const std::string details = xml(finding_text(finding));
  if (entry.accepted) {
    text += fmt::format("<skipped message=\"accepted: {}\"/>", xml(message));
  } else if (finding.severity == core::Severity::block) {
    text += fmt::format("<failure type=\"{}\" message=\"{}\">{}</failure>", rule, xml(message),
                        details);
  } else {
    text += fmt::format("<system-out>{}</system-out>", details);
  }
  return text + "\n    </testcase>\n";
}

std::string suite(std::string_view name, const Tally& tally, std::string_view cases) {
  return fmt::format("  <testsuite name=\"git-stream.{}\" {}>\n{}  </testsuite>\n", name,
                     tally.attributes(), cases);
}

// All of one rule's entries, in their order.
std::string suite_of(core::Rule rule, const std::vector<Entry>& entries) {
  Tally tally;
  std::string cases;
  for (const Entry& entry : entries) {
    if (entry.finding.rule != rule) continue;
    tally.add(entry);
    cases += test_case(entry);
  }
  return suite(core::rule_name(rule), tally, cases);
}

// The steps of the validation, each a test that may fail. What could not be run was skipped.
std::string step_suite(const std::vector<StepRun>& steps, Tally& tally) {
  std::string cases;
  for (const StepRun& step : steps) {
    ++tally.tests;
    cases += fmt::format(
        "    <testcase classname=\"git-stream.validate\" name=\"{}\" time=\"{}.{:03}\">\n",
        xml(core::printable(step.name)), step.milliseconds / 1000, step.milliseconds % 1000);
    std::string output;
    for (const std::string& line : step.tail) output += core::printable(line) + "\n";
    const std::string said = xml(core::printable(step.text));
    if (step.failed()) {
      ++tally.failures;
      cases += fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
                           xml(step.outcome), said, xml(output));
    } else if (!step.ok()) {
      ++tally.skipped;
      cases += fmt::format("      <skipped message=\"{}\"/>\n", said);
    }
    cases += "    </testcase>\n";
  }
  return suite("validate", tally, cases);
}

// Without any test at all many a tool takes the report for a failed one.
std::string clean_suite(const Subject& subject, const Tally& tally) {
  return suite("check", tally,
               fmt::format("    <testcase classname=\"git-stream.check\" name=\"{}\" "
                           "time=\"0\"/>\n",
                           xml(subject.what)));
}

}  // namespace

std::string junit(const Subject& subject, const std::vector<Entry>& entries) {
  Tally all;
  std::vector<core::Rule> rules;  // in order of appearance
  for (const Entry& entry : entries) {
    all.add(entry);
    const core::Rule rule = entry.finding.rule;
    if (std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.push_back(rule);
  }
  std::string suites;
  for (const core::Rule rule : rules) suites += suite_of(rule, entries);
  if (!subject.steps.empty()) {
    Tally steps;
    suites += step_suite(subject.steps, steps);
    all.add(steps);
  } else if (entries.empty()) {
    all.tests = 1;
    suites = clean_suite(subject, all);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"git-stream\" {}>\n{}</testsuites>\n",
      all.attributes(), suites);
}

}  // namespace gs::report
