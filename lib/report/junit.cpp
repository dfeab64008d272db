#include <algorithm>
#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/core/utf8.h"
#include "lib/report/finding_text.h"
#include "lib/report/report.h"

namespace gs::report {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Bytes and characters that XML 1.0 has no way to say are replaced.
std::string_view character(std::string_view text, std::size_t length) {
  if (length == 0) return kReplacement;
  const std::string_view whole = text.substr(0, length);
  const bool not_a_character = whole == "\xef\xbf\xbe" || whole == "\xef\xbf\xbf";
  return not_a_character || core::starts_with_control(text) ? kReplacement : whole;
}

// For attributes and for text alike.
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
  if (!entry.commit.empty()) name += " (in " + entry.commit.substr(0, 10) + ")";
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
  if (entries.empty()) {
    all.tests = 1;
    suites = clean_suite(subject, all);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"git-stream\" {}>\n{}</testsuites>\n",
      all.attributes(), suites);
}

}  // namespace gs::report
