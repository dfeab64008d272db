#include "lib/proof/proof.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>

#include "lib/app/git_command.h"
#include "lib/core/error.h"
#include "lib/streams/worktree_git.h"

namespace gs::proof {

namespace {

using core::Error;
using core::ExitCode;

// What was said while a way was gone.
struct Said {
  std::string text;
  bool finished = true;  // every step went well
};

void hear(Said& said, const process::Result& result) {
  said.text += result.errors;
  said.finished = said.finished && result.status == 0;
}

Said go(Stage& stage, const Way& way) {
  Said said;
  if (way.before) way.before(stage);
  for (const Step& step : way.steps) {
    hear(said, stage.git(step));
    if (!said.finished) break;
  }
  return said;
}

std::string_view without_remote(std::string_view line) {
  constexpr std::string_view kRemote = "remote: ";
  if (line.starts_with(kRemote)) line.remove_prefix(kRemote.size());
  while (line.ends_with(' ') || line.ends_with('\x1b')) line.remove_suffix(1);
  return line;
}

// The first finding of a block, or the complaint of a gate that could not judge (then its name,
// too).
void read_block(const std::string& text, Row& row) {
  constexpr std::string_view kOurs = "git-stream: ", kCannot = " cannot judge: ";
  std::istringstream lines(text);
  std::string whole;
  bool ours = false;
  while (std::getline(lines, whole)) {
    const std::string_view line = without_remote(whole);
    const std::size_t cannot = line.find(kCannot);
    if (line.starts_with(kOurs) && cannot != line.npos) {
      if (row.gate.empty()) row.gate = line.substr(kOurs.size(), cannot - kOurs.size());
      row.finding = line.substr(cannot + kCannot.size());
      return;
    }
    if (ours && line.starts_with("  ") && line.size() > 2) {
      row.finding = line.substr(2);
      return;
    }
    ours = ours || line.starts_with(kOurs);
  }
}

// The branches that are not where they were.
std::vector<std::string> moved_branches(const Stage& stage) {
  constexpr std::string_view kHeads = "refs/heads/";
  std::vector<std::string> names;
  const Refs& first = stage.first_refs(false);
  for (const auto& [name, id] : stage.refs(false)) {
    const auto before = first.find(name);
    if (name.starts_with(kHeads) && (before == first.end() || before->second != id))
      names.push_back(name);
  }
  return names;
}

bool reached(Stage& stage, const Way& way) {
  if (!way.path.empty()) return stage.landed(way.server, way.path, way.ref);
  return stage.refs(way.server) != stage.first_refs(way.server);
}

// Sends on what was not stopped, as the same agent would: first with the hooks that are there, then
// without; and asks what CI asks.
void follow(Stage& stage, Row& row) {
  if (row.way.server) return;
  const std::vector<std::string> branches = moved_branches(stage);
  const auto note = [&](std::string gate) {
    if (std::find(row.later.begin(), row.later.end(), gate) == row.later.end())
      row.later.push_back(std::move(gate));
  };
  const std::size_t known = stage.blocked().size();
  const auto folder = row.way.steps.empty() ? std::filesystem::path() : row.way.steps.back().folder;
  if (branches.empty()) return;
  for (const bool hooks : {true, false}) {
    Step push{{"push", "-q", "--force", "origin"}, {}, {}, folder};
    if (!hooks) push.arguments.insert(push.arguments.begin() + 1, "--no-verify");
    push.arguments.insert(push.arguments.end(), branches.begin(), branches.end());
    const process::Result result = stage.git(push);
    const std::vector<std::string> gates = stage.blocked();
    for (std::size_t i = known; i < gates.size(); ++i) note(gates[i]);
    if (result.status == 0) break;
  }
  for (const std::string& branch : branches) {
    const std::string range = stage.first_refs(false).at("refs/heads/" + stage.scene().trunk);
    const process::Result result =
        stage.stream({{"check", "--range", range + ".." + branch}, {}, {}, stage.scene().repo});
    if (result.status == 1) note(std::string(gate_name(Gate::check_range)));
  }
}

Row try_way(Stage& stage, Way way) {
  Row row{std::move(way), Outcome::pointless, {}, {}, {}};
  if (!row.way.pointless.empty()) return row;
  stage.reset();
  const Said said = go(stage, row.way);
  const std::vector<std::string> gates = stage.blocked();
  if (!gates.empty()) row.gate = gates.front();
  read_block(said.text, row);
  if (row.way.innocent) {
    row.outcome = row.gate.empty() && said.finished ? Outcome::passed : Outcome::refused;
  } else if (reached(stage, row.way)) {
    row.outcome = Outcome::not_stopped;
    row.gate.clear();
    follow(stage, row);
  } else {
    row.outcome = row.gate.empty() ? Outcome::broken : Outcome::stopped;
  }
  if (row.finding.empty() && !said.finished) row.finding = app::in_one_line({1, {}, said.text});
  if (row.way.after) row.way.after(stage);
  return row;
}

bool wanted(const Way& way, const std::string& only) {
  const std::string whole = way.group + ": " + way.name;
  if (only.starts_with(way.group + ": ")) return only == whole;
  return only.empty() || only == way.group || way.name.find(only) != std::string::npos;
}

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  constexpr std::array<std::string_view, 6> kNames{"stopped", "not stopped", "goes through",
                                                   "refused", "broken",      "pointless"};
  return kNames.at(static_cast<std::size_t>(outcome));
}

bool Row::fails() const {
  if (outcome == Outcome::refused || outcome == Outcome::broken) return true;
  return outcome == Outcome::not_stopped && way.gate != Gate::none;
}

std::size_t Proof::count(Outcome outcome) const {
  return static_cast<std::size_t>(std::count_if(
      rows.begin(), rows.end(), [&](const Row& row) { return row.outcome == outcome; }));
}

bool Proof::holds() const {
  return std::none_of(rows.begin(), rows.end(), [](const Row& row) { return row.fails(); });
}

Proof prove(app::Session& session, const std::string& only,
            const std::function<void(std::size_t, std::size_t)>& done) {
  const auto begin = std::chrono::steady_clock::now();
  Stage stage(session);
  std::vector<Way> ways;
  for (Way& way : all_ways(stage.scene()))
    if (wanted(way, only)) ways.push_back(std::move(way));
  if (ways.empty())
    throw Error(ExitCode::usage, "no way has '" + only + "' in its name",
                "git stream doctor --prove");
  Proof proof{stage.scene().cast, stage.scene().branch, {}, 0};
  for (Way& way : ways) {
    done(proof.rows.size(), ways.size());
    proof.rows.push_back(try_way(stage, std::move(way)));
  }
  const auto took = std::chrono::steady_clock::now() - begin;
  proof.seconds = static_cast<std::size_t>(std::chrono::ceil<std::chrono::seconds>(took).count());
  return proof;
}

}  // namespace gs::proof
