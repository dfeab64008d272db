#include <array>
#include <fmt/core.h>
#include <map>

#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/report/findings.h"

namespace gs::report {

namespace {

using core::JsonWriter;
using core::Rule;

struct RuleText {
  Rule rule;
  const char* level;  // when the policy says nothing
  const char* what;
  const char* help;
};

// Every rule that a finding can have. Results refer to rows by number.
constexpr std::array kRules{
    RuleText{Rule::protected_path, "error", "A protected path was changed.",
             "Nobody in a stream may change what the policy lists under protected. Ask the owner "
             "of the repository to make this change on the integration branch."},
    RuleText{Rule::scope, "error", "A path in another agent's scope was changed.",
             "Leave the path to its owner, or have the policy's scopes changed on the integration "
             "branch."},
    RuleText{Rule::unowned, "error", "A path in nobody's scope was changed without its lock.",
             "Lock the path first: git stream lock PATH."},
    RuleText{Rule::lock, "error", "A path that another agent has locked was changed.",
             "Wait for the lock with git stream lock --wait, or agree with its holder."},
    RuleText{Rule::outsider, "error", "A worktree that belongs to no stream changed a path.",
             "Enrol the worktree: git stream install --agent AGENT."},
    RuleText{Rule::policy, "error", "The policy was changed where it may not be.",
             "Policies and baselines are changed on the integration branch."},
    RuleText{Rule::layer, "error", "A module imports from a higher layer.",
             "Imports go to the same or a lower layer. Move what is needed down, or hand it in as "
             "an argument. What is accepted for now is listed by git stream baseline."},
    RuleText{Rule::import_conflict, "warning", "A new import of what another agent works on.",
             "What is imported is locked, changed or gone on another stream's branch. Agree with "
             "its agent before relying on it."},
    RuleText{Rule::branch_name, "error", "A branch's name breaks the naming rule.",
             "Name the branch as the policy's branch rule says."},
    RuleText{Rule::imports, "warning", "Imports that cannot be read or that lead nowhere.",
             "Part of the file could not be parsed, or a relative import goes beyond the top "
             "level: what is imported there was not checked."},
    RuleText{Rule::stale, "warning", "What other clones have locked is not known any more.",
             "Ask the store that the clones share: git stream sync."},
};

std::size_t row_of(Rule rule) {
  std::size_t row = 0;
  while (row + 1 < kRules.size() && kRules[row].rule != rule) ++row;
  return row;
}

// RFC 3986, byte by byte; ':' too, before which a relative reference would have a scheme.
std::string uri(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// SARIF's messages have placeholders in braces; a brace that is none is doubled.
std::string braced(std::string_view text) {
  std::string out;
  for (const char c : text) out.append(c == '{' || c == '}' ? 2 : 1, c);
  return out;
}

std::string message(const core::Finding& finding) {
  std::string text = finding.message;
  if (!finding.hint.empty()) text += "\nNext: " + finding.hint;
  return braced(text);
}

void write_text(JsonWriter& json, std::string_view name, std::string_view text) {
  json.key(name).begin_object().member("text", text).end_object();
}

void write_driver(JsonWriter& json, const Subject& subject) {
  json.key("driver").begin_object().member("name", "git-stream");
  json.member("version", subject.version);
  json.key("rules").begin_array();
  for (const RuleText& row : kRules) {
    json.begin_object().member("id", core::rule_name(row.rule));
    write_text(json, "shortDescription", row.what);
    write_text(json, "fullDescription", row.what);
    write_text(json, "help", row.help);
    json.key("defaultConfiguration").begin_object().member("level", row.level).end_object();
    json.end_object();
  }
  json.end_array().end_object();
}

void write_location(JsonWriter& json, const core::Finding& finding) {
  json.key("locations").begin_array();
  if (!finding.path.empty()) {
    json.begin_object().key("physicalLocation").begin_object();
    json.key("artifactLocation").begin_object().member("uri", uri(finding.path));
    json.member("uriBaseId", "%SRCROOT%").end_object();
    if (finding.line > 0) {
      json.key("region").begin_object().member("startLine", finding.line).end_object();
    }
    json.end_object().end_object();
  }
  json.end_array();
}

// What the validation's steps ended with, where it was not well. Placeholders' braces are doubled.
void write_notifications(JsonWriter& json, const Subject& subject) {
  if (subject.steps.empty()) return;
  json.key("toolExecutionNotifications").begin_array();
  for (const StepRun& step : subject.steps) {
    if (step.ok()) continue;
    json.begin_object().member("level", step.failed() ? "error" : "warning");
    write_text(json, "message",
               braced("validate step " + core::printable(step.name) + ": " + step.text));
    json.end_object();
  }
  json.end_array();
}

void write_result(JsonWriter& json, const Entry& entry, std::map<std::string, int>& seen) {
  const core::Finding& finding = entry.finding;
  json.begin_object().member("ruleId", core::rule_name(finding.rule));
  json.member("ruleIndex", row_of(finding.rule));
  json.member("level", finding.severity == core::Severity::block ? "error" : "warning");
  write_text(json, "message", message(finding));
  write_location(json, finding);
  json.key("partialFingerprints").begin_object();
  json.member("gitStream/v1", fingerprint(finding, seen)).end_object();
  // Either all results of a run say how they are suppressed, or none does.
  json.key("suppressions").begin_array();
  if (entry.accepted) {
    json.begin_object().member("kind", "external").member("status", "accepted");
    json.member("justification", "accepted in the baseline").end_object();
  }
  json.end_array();
  if (!entry.commit.empty()) {
    json.key("properties").begin_object().member("commit", entry.commit).end_object();
  }
  json.end_object();
}

}  // namespace

std::string sarif(const Subject& subject, const std::vector<Entry>& entries) {
  JsonWriter json;
  json.begin_object();
  json.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
  json.member("version", "2.1.0").key("runs").begin_array().begin_object();
  json.key("tool").begin_object();
  write_driver(json, subject);
  json.end_object().key("invocations").begin_array();
  json.begin_object().member("executionSuccessful", true);
  write_notifications(json, subject);
  json.end_object().end_array();
  // Where the root is, the reader knows.
  json.key("originalUriBaseIds").begin_object().key("%SRCROOT%").begin_object();
  write_text(json, "description", "The top of the repository's worktree.");
  json.end_object().end_object().member("columnKind", "utf16CodeUnits");
  json.key("results").begin_array();
  std::map<std::string, int> seen;
  for (const Entry& entry : entries) write_result(json, entry, seen);
  json.end_array().end_object().end_array();
  return json.end_object().take() + '\n';
}

}  // namespace gs::report
