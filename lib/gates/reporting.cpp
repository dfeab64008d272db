#include "lib/gates/reporting.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fmt/core.h>
#include <numeric>

#include "analyzers/import_conflicts.h"
#include "lib/core/json.h"
#include "lib/core/pattern.h"
#include "lib/core/text.h"
#include "lib/gates/judged_elsewhere.h"
#include "lib/git/refs/history.h"
#include "lib/report/findings.h"
#include "lib/session/shared_logs.h"
#include "lib/session/unseen_move.h"
#include "lib/state/clock.h"
#include "lib/state/warnings.h"

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

constexpr std::size_t kLongestSubject = 200;  // bytes, in a log line

}  // namespace

std::optional<std::string> bypass_reason() {
  const char* value = std::getenv(session::kBypassVariable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

bool is_bypassing(session::Session& session) {
  return bypass_reason() && session.policy().rules.bypass == core::Bypass::allow;
}

void log_verdict(session::Session& session, const std::string& action, const std::string& gate,
                 const core::Verdict& verdict, const std::string& reason, std::string_view commits,
                 const std::string& tool) {
  std::vector<std::pair<std::string, std::string>> fields{{"gate", state::json_text(gate)}};
  if (!tool.empty()) fields.emplace_back("tool", state::json_text(tool));
  if (!reason.empty()) fields.emplace_back("reason", state::json_text(reason));
  if (!commits.empty()) fields.emplace_back("commits", commits);
  const auto count =
      std::count_if(verdict.findings.begin(), verdict.findings.end(),
                    [](const auto& finding) { return finding.severity == core::Severity::block; });
  fields.emplace_back("count", std::to_string(count));
  fields.emplace_back("findings", findings_json(verdict));
  session.log(action, std::move(fields));
}

void log_locks(session::Session& session, const state::LockOutcome& outcome) {
  const core::Identity& who = session.named();
  std::vector<state::Activity> lines;
  const auto add = [&](const char* action,
                       std::vector<std::pair<std::string, std::string>> fields) {
    lines.push_back(
        {state::now(), who.name(), who.stream ? who.stream->str() : "", action, std::move(fields)});
  };
  for (const core::Lock& lock : outcome.expired) {
    add("expired",
        {{"file", state::json_path_text(lock.path)}, {"holder", state::json_text(lock.agent)}});
  }
  const auto note = [&](const char* action, const core::Lock& lock) {
    std::vector<std::pair<std::string, std::string>> fields{
        {"file", state::json_path_text(lock.path)}};
    if (!lock.task.empty()) fields.emplace_back("task", state::json_text(lock.task));
    fields.emplace_back("expires", state::json_text(core::format_utc(lock.expires)));
    fields.emplace_back("generation", std::to_string(lock.generation));
    if (lock.automatic) fields.emplace_back("automatic", "true");
    add(action, std::move(fields));
  };
  for (const core::Lock& lock : outcome.taken) note("locked", lock);
  for (const core::Lock& lock : outcome.renewed) note("renewed", lock);
  if (!lines.empty()) state::LogWriter(session.state().activity()).add(lines);
}

void log_commit(session::Session& session) {
  const core::Identity& who = session.identity();
  const git::Repository& repository = session.repository();
  std::vector<std::pair<std::string, std::string>> fields;
  if (const auto head = repository.head()) {
    fields.emplace_back("commit", state::json_text(head->hex()));
    const std::string subject =
        core::cut_text(git::commit(repository, *head).subject, kLongestSubject);
    if (!subject.empty()) fields.emplace_back("subject", state::json_text(subject));
  }
  if (const auto branch = repository.current_branch()) {
    fields.emplace_back("branch", state::json_path_text(branch->str()));
  }
  const auto renewed =
      state::renew(session.state(), who.name(), session.policy().lock_ttl, session.now());
  if (!renewed.empty()) fields.emplace_back("locks_renewed", std::to_string(renewed.size()));
  if (const auto reason = bypass_reason()) fields.emplace_back("bypass", state::json_text(*reason));
  if (judged_by_name(session)) fields.emplace_back("by_name", "true");
  session.log("committed", std::move(fields));
}

bool pass(session::Session& session, const core::Verdict& verdict, const GateName& gate,
          const std::vector<std::string>& remarks) {
  if (verdict.findings.empty()) return true;
  if (!verdict.blocks()) {
    std::fputs(verdict_text(verdict, session.named(), gate.what, remarks).c_str(), stderr);
    return true;
  }
  if (const auto reason = bypass_reason()) {
    if (session.policy().rules.bypass == core::Bypass::allow) {
      if (gate.logs) log_verdict(session, "bypassed", gate.hook, verdict, *reason, gate.commits);
      std::fprintf(stderr, "git-stream: bypassed for %s: %s\n",
                   session::describe(session.named()).c_str(), core::printable(*reason).c_str());
      return true;
    }
    std::fprintf(stderr, "git-stream: the policy allows no bypass\n");
  }
  std::fputs(verdict_text(verdict, session.named(), gate.what, remarks).c_str(), stderr);
  say_unseen_move(session);
  if (gate.logs) log_verdict(session, "blocked", gate.hook, verdict, "", gate.commits);
  return false;
}

void say_unseen_move(session::Session& session) {
  const auto move = session::unseen_move(session);
  if (!move) return;
  std::fprintf(stderr, "git-stream: warning: %s\n  next: %s\n", move->what.c_str(),
               move->repair.c_str());
}

bool bypasses_damage(session::Session& session, const core::Error& error) {
  const auto reason = bypass_reason();
  if (!reason || session.policy().rules.bypass != core::Bypass::allow) return false;
  std::fprintf(stderr, "git-stream: bypassed (%s), not judged: %s\n",
               core::printable(*reason).c_str(), error.what());
  return true;
}

using core::Finding;
using core::Severity;

std::string verdict_text(const core::Verdict& verdict, const core::Identity& identity,
                         std::string_view what, const std::vector<std::string>& remarks,
                         std::size_t most) {
  const std::vector<Finding>& findings = verdict.findings;
  std::vector<std::size_t> order(findings.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return findings[a].severity == Severity::block && findings[b].severity != Severity::block;
  });
  std::string text =
      verdict.blocks()
          ? fmt::format("git-stream: {} blocked for {}\n", what, session::describe(identity))
          : fmt::format("git-stream: warnings for {}\n", session::describe(identity));
  for (std::size_t i = 0; i < order.size() && i < most; ++i) {
    const std::size_t at = order[i];
    text += report::finding_text(findings[at], at < remarks.size() ? remarks[at] : "");
  }
  if (findings.size() > most) text += fmt::format("  … and {} more\n", findings.size() - most);
  return text;
}

// Where clones share their logs, the others are told.
void log_warnings(session::Session& session, const std::vector<state::WarningLine>& lines,
                  const std::vector<bool>& fresh) {
  if (!session::shares_logs(session.policy())) return;
  std::vector<state::Activity> warned;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (fresh[i]) warned.push_back(state::warned_line(lines[i]));
  }
  if (!warned.empty()) state::LogWriter(session.state().activity()).add(warned);
}

void add_conflicts(session::Session& session, core::Verdict& verdict) {
  const core::Action action = session.policy().rules.import_conflict;
  if (action == core::Action::off) return;
  const core::Identity& who = session.identity();
  if (verdict.conflicts.empty()) return;
  const core::Instant now = state::now();
  std::vector<state::WarningLine> lines;
  for (const core::ImportConflict& conflict : verdict.conflicts)
    lines.push_back({conflict, who.name(), who.stream ? who.stream->str() : "", now, {}});
  const std::vector<bool> fresh = state::append_warnings_once(session.state().warnings(), lines);
  log_warnings(session, lines, fresh);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!fresh[i] && action != core::Action::block) continue;
    if (auto finding = analyzers::as_finding(lines[i].conflict, action))
      verdict.findings.push_back(std::move(*finding));
  }
  std::stable_sort(verdict.findings.begin(), verdict.findings.end(),
                   [](const auto& a, const auto& b) { return a.path < b.path; });
}

using core::Rule;

std::string_view top_prefix() {
  const char* prefix = std::getenv("GIT_PREFIX");
  return prefix != nullptr && *prefix != '\0' ? ":/" : "";
}

std::string path_word(const std::string& path) {
  // A name that looks like a pattern is meant literally.
  const bool magic = path.starts_with(':') || core::is_pattern(path);
  if (magic)
    return core::quote_shell((top_prefix().empty() ? ":(literal)" : ":(top,literal)") + path);
  return core::quote_shell(std::string(top_prefix()) + path);
}

std::string unstage_command(const std::string& path) {
  return "git restore --staged -- " + path_word(path);
}

bool is_about_content(Rule rule) {
  return rule == Rule::policy || rule == Rule::layer || rule == Rule::import_conflict ||
         rule == Rule::imports;
}

}  // namespace gs::gates
