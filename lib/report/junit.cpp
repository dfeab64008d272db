#include <algorithm>
#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/report/finding_text.h"
#include "lib/report/markup.h"
#include "lib/report/report.h"

namespace gs::report {

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
