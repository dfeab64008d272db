#include "lib/gates/reporting.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "lib/core/json_writer.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"
#include "lib/state/clock.h"

namespace gs::gates {

namespace {

std::string findings_json(const core::Verdict& verdict) {
  constexpr std::size_t kNamed = 20;  // a log line is for reading
  core::JsonWriter json;
  json.begin_array();
  std::size_t named = 0;
  for (const core::Finding& finding : verdict.findings) {
    if (finding.severity != core::Severity::block || ++named > kNamed) continue;
    json.begin_object().member("rule", core::rule_name(finding.rule));
    json.member("file", core::json_path(finding.path));
    if (finding.line > 0) json.member("line", finding.line);
    json.member("message", finding.message).end_object();
  }
  return json.end_array().take();
}

// As much of a commit's subject as a log line has room for, cut between characters.
std::string short_line(std::string subject) {
  constexpr std::size_t kLongest = 200;
  if (subject.size() <= kLongest) return subject;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(subject[end]) & 0xc0U) == 0x80U) --end;
  return subject.substr(0, end) + "…";
}

}  // namespace

std::optional<std::string> bypass_reason() {
  const char* value = std::getenv(session::kBypassVariable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

void log_verdict(session::Session& session, const std::string& action, const std::string& gate,
                 const core::Verdict& verdict, const std::string& reason, std::string_view commits,
                 const std::string& tool) {
  std::vector<std::pair<std::string, std::string>> fields{{"gate", session::json_text(gate)}};
  if (!tool.empty()) fields.emplace_back("tool", session::json_text(tool));
  if (!reason.empty()) fields.emplace_back("reason", session::json_text(reason));
  if (!commits.empty()) fields.emplace_back("commits", commits);
  const auto count =
      std::count_if(verdict.findings.begin(), verdict.findings.end(),
                    [](const auto& finding) { return finding.severity == core::Severity::block; });
  fields.emplace_back("count", std::to_string(count));
  fields.emplace_back("findings", findings_json(verdict));
  session.log(action, std::move(fields));
}

void log_locks(session::Session& session, const state::LockOutcome& outcome) {
  for (const core::Lock& lock : outcome.expired) {
    session.log("expired",
                {{"file", session::json_path_text(lock.path)}, {"holder", session::json_text(lock.agent)}});
  }
  const auto note = [&](const char* action, const core::Lock& lock) {
    std::vector<std::pair<std::string, std::string>> fields{{"file", session::json_path_text(lock.path)}};
    if (!lock.task.empty()) fields.emplace_back("task", session::json_text(lock.task));
    fields.emplace_back("expires", session::json_text(core::format_utc(lock.expires)));
    fields.emplace_back("generation", std::to_string(lock.generation));
    if (lock.automatic) fields.emplace_back("automatic", "true");
    session.log(action, std::move(fields));
  };
  for (const core::Lock& lock : outcome.taken) note("locked", lock);
  for (const core::Lock& lock : outcome.renewed) note("renewed", lock);
}

void log_commit(session::Session& session) {
  const core::Identity& who = session.identity();
  const git::Repository& repository = session.repository();
  std::vector<std::pair<std::string, std::string>> fields;
  if (const auto head = repository.head()) {
    fields.emplace_back("commit", session::json_text(head->hex()));
    const std::string subject = short_line(git::commit(repository, *head).subject);
    if (!subject.empty()) fields.emplace_back("subject", session::json_text(subject));
  }
  if (const auto branch = repository.current_branch()) {
    fields.emplace_back("branch", session::json_path_text(branch->str()));
  }
  const auto renewed =
      state::renew(session.state(), who.name(), session.policy().lock_ttl, session.now());
  if (!renewed.empty()) fields.emplace_back("locks_renewed", std::to_string(renewed.size()));
  if (const auto reason = bypass_reason()) fields.emplace_back("bypass", session::json_text(*reason));
  session.log("committed", std::move(fields));
}

}  // namespace gs::gates
