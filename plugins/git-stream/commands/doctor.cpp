#include "lib/install/doctor.h"

#include <algorithm>
#include <cstdio>
#include <fmt/core.h>
#include <string>
#include <unistd.h>

#include "lib/core/text.h"
#include "lib/gates/idle_policy.h"
#include "lib/install/installation.h"
#include "lib/proof/proof.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/progress.h"
#include "plugins/git-stream/output/status_report.h"
#include "plugins/git-stream/output/styled_text.h"

namespace gs::command {

namespace {

using core::ExitCode;
using proof::Outcome;
using proof::Proof;
using ProofRow = proof::Row;

// The gates that the scratch clone has and this repository has not.
std::vector<std::string> absent_gates(session::Session& session) {
  std::vector<std::string> names;
  for (const install::HookReport& hook : install::inspect_hooks(session.repository().layout()))
    if (!in_place(hook)) names.push_back(hook.name);
  return names;
}

std::string result_of(const ProofRow& row) {
  if (row.outcome == Outcome::stopped) return row.gate;
  if (row.outcome == Outcome::pointless) return "-";
  return std::string(row.fails() && row.outcome == Outcome::not_stopped
                         ? "NOT STOPPED"
                         : outcome_name(row.outcome));
}

Style style_of(const ProofRow& row) {
  if (row.fails()) return Style::bad;
  return row.outcome == Outcome::not_stopped ? Style::strong : Style::plain;
}

// What there is to say of a row besides: why it was not stopped, and what stops it later.
std::vector<std::string> notes_of(const ProofRow& row) {
  std::vector<std::string> notes;
  if (row.outcome == Outcome::pointless) notes.push_back(row.reason);
  if (row.outcome == Outcome::not_stopped) {
    if (!row.reason.empty()) notes.push_back(row.reason);
    if (!row.on_server)
      notes.push_back(row.later.empty() ? "nothing stops it later"
                                        : "later: " + core::joined(row.later));
  }
  if ((row.outcome == Outcome::broken || row.outcome == Outcome::refused))
    notes.push_back((row.gate.empty() ? "" : row.gate + ": ") + core::printable(row.finding));
  return notes;
}

void print_lines(std::vector<Line> lines) {
  const bool colour = wants_colour(STDOUT_FILENO);
  for (const Line& line : lines) std::printf("%s\n", render(line, 0, colour).c_str());
}

std::vector<Line> table_of(const Proof& proof) {
  std::vector<Line> table;
  std::string group;
  std::size_t widest = 0;
  for (const ProofRow& row : proof.rows) widest = std::max(widest, core::display_width(row.name));
  for (const ProofRow& row : proof.rows) {
    if (row.group != group) {
      group = row.group;
      table.push_back({});
      table.push_back({{group, Style::faint}});
    }
    const std::string blanks(widest - core::display_width(row.name), ' ');
    table.push_back({{"  " + row.name + blanks + "  "}, {result_of(row), style_of(row)}});
    for (const std::string& note : notes_of(row))
      table.push_back({{"      " + note, Style::faint}});
  }
  return table;
}

std::string summary_of(const Proof& proof) {
  const std::size_t innocent = proof.count(Outcome::passed) + proof.count(Outcome::refused);
  const std::size_t open = proof.count(Outcome::not_stopped);
  const auto held = std::count_if(proof.rows.begin(), proof.rows.end(), [](const ProofRow& row) {
    return row.outcome == Outcome::not_stopped && !row.later.empty();
  });
  std::string text = fmt::format("{} stopped", core::counted(proof.count(Outcome::stopped), "way"));
  if (open > 0)
    text +=
        fmt::format(", {} not stopped here ({} of them later, where they are sent)", open, held);
  if (proof.count(Outcome::broken) > 0)
    text += fmt::format(", {} that could not be tried", proof.count(Outcome::broken));
  if (innocent > 0)
    text +=
        fmt::format("; {} of {} innocent ones go through", proof.count(Outcome::passed), innocent);
  return text + fmt::format(" ({} s)", proof.seconds);
}

void print_text(const Proof& proof, const std::vector<std::string>& absent) {
  const proof::Attacker& attacker = proof.attacker;
  std::vector<Line> lines;
  const std::string who = attacker.agent.full() + " (stream " + attacker.stream.str() + ")";
  lines.push_back({{who + " works on " + core::quote_path(attacker.mine)}});
  if (!attacker.theirs.empty())
    lines.push_back(
        {{"and tries to change " + core::quote_path(attacker.theirs) + ": " + attacker.why}});
  for (Line& line : table_of(proof)) lines.push_back(std::move(line));
  lines.push_back({});
  lines.push_back({{summary_of(proof)}});
  print_lines(std::move(lines));
  if (!absent.empty()) {
    std::printf("NOT IN PLACE in this repository: %s; what only they stop is not stopped\n",
                core::joined(absent).c_str());
    std::printf("  next: git stream install\n");
  }
}

void write_row(core::JsonWriter& json, const ProofRow& row) {
  const auto text_or_null = [&](const char* name, std::string_view text) {
    json.key(name);
    text.empty() ? json.null() : json.value(text);
  };
  json.begin_object().member("group", row.group).member("way", row.name);
  json.member("innocent", row.innocent).member("outcome", proof::outcome_name(row.outcome));
  text_or_null("expected", proof::gate_name(row.expected));
  text_or_null("stopped_by", row.gate);
  text_or_null("finding", row.finding);
  text_or_null("reason", row.reason);
  json.key("later").begin_array();
  for (const std::string& gate : row.later) json.value(gate);
  json.end_array().member("fails", row.fails()).end_object();
}

void print_json(const Proof& proof, const std::vector<std::string>& absent) {
  core::JsonWriter json = Context::begin_json();
  json.key("attacker").begin_object().member("agent", proof.attacker.agent.full());
  json.member("stream", proof.attacker.stream.str())
      .member("branch", core::json_path(proof.branch));
  json.member("own", core::json_path(proof.attacker.mine)).key("forbidden");
  proof.attacker.theirs.empty() ? json.null() : json.value(core::json_path(proof.attacker.theirs));
  json.member("why", proof.attacker.why).end_object().key("rows").begin_array();
  for (const ProofRow& row : proof.rows) write_row(json, row);
  json.end_array().key("not_in_place").begin_array();
  for (const std::string& gate : absent) json.value(gate);
  json.end_array().member("holds", proof.holds()).member("seconds", proof.seconds);
  Context::print_json(json);
}

}  // namespace

// git stream doctor --prove: the ways around, tried.
// Those whose name has `only` in it; all for an empty one.
ExitCode prove(const std::string& only, Context& context) {
  session::Session& session = context.session();
  ProgressLine progress("trying", "ways");
  const Proof proof = proof::prove(session, only, progress.callback());
  const std::vector<std::string> absent = absent_gates(session);
  context.json ? print_json(proof, absent) : print_text(proof, absent);
  return proof.holds() && absent.empty() ? ExitCode::clean : ExitCode::findings;
}

// git stream doctor: is everything in place?

namespace {

using install::Diagnosis;

const char* word(Diagnosis::Level level) {
  switch (level) {
    case Diagnosis::Level::ok:
      return "ok";
    case Diagnosis::Level::warning:
      return "warning";
    case Diagnosis::Level::failure:
      return "FAILED";
  }
  return "";
}

void print_text(const std::vector<Diagnosis>& found) {
  for (const Diagnosis& diagnosis : found) {
    std::printf("%s\n", fmt::format("{:<8} {:<10} {}", word(diagnosis.level), diagnosis.subject,
                                    core::printable_lines(diagnosis.message))
                            .c_str());
    if (!diagnosis.next.empty())
      std::printf("                      next: %s\n",
                  core::printable_lines(diagnosis.next).c_str());
  }
}

void print_json(const std::vector<Diagnosis>& found) {
  core::JsonWriter json = Context::begin_json();
  json.key("checks").begin_array();
  for (const Diagnosis& diagnosis : found) {
    json.begin_object().member(
        "level", diagnosis.level == Diagnosis::Level::failure ? "failed" : word(diagnosis.level));
    json.member("subject", diagnosis.subject)
        .member("message", diagnosis.message)
        .member("next", diagnosis.next);
    json.end_object();
  }
  json.end_array();
  Context::print_json(json);
}

// What the policy says of nothing that is here. What is broken besides is said by examine().
void add_idle(Context& context, std::vector<Diagnosis>& found) {
  try {
    for (core::Finding& idle : gates::idle_policy(context.session()))
      found.push_back(
          {Diagnosis::Level::warning, "policy", std::move(idle.message), std::move(idle.hint)});
  } catch (const core::Error&) {
    return;
  }
}

ExitCode doctor(Context& context) {
  auto found = install::examine(context.any_repository());
  add_idle(context, found);
  if (context.json) {
    print_json(found);
  } else {
    print_text(found);
  }
  if (std::ranges::any_of(found, &Diagnosis::damaged)) return ExitCode::broken;
  const bool failed = std::ranges::any_of(found, [](const Diagnosis& diagnosis) {
    return diagnosis.level == Diagnosis::Level::failure;
  });
  return failed ? ExitCode::findings : ExitCode::clean;
}

}  // namespace

Action declare_doctor(CommandLine& app) {
  struct Options {
    bool proving = false;
    std::string only;
  };
  auto options = std::make_shared<Options>();
  Option proving =
      app.flag("--prove", options->proving, "try every way around the gates in a scratch clone");
  app.option("--way", options->only, "with --prove: only ways whose name has this in it")
      .needs(proving)
      .called("TEXT");
  return [options](Context& context) {
    return options->proving ? prove(options->only, context) : doctor(context);
  };
}

}  // namespace gs::command
