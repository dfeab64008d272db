#pragma once
// A repository with streams whose worktrees are there, and their agents' runs.

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/session/session.h"
#include "lib/state/clock.h"
#include "lib/state/streams.h"
#include "tests/support/comes_true.h"
#include "tests/support/temp_repo.h"

namespace gs::streams {

// E: E2 after E1; F: F1, F2; G: G1, G2, one at a time. More is added at the end.
inline std::string agents_policy(const std::string& more = {}) {
  return R"(version: 1
streams:
  E: {name: Models, agents: {E1: {files: ["models/risk*.py"]}, E2: {files: ["models/vol*.py"], after: [E1]}}}
  F: {name: LLM, agents: {F1: {scope: Sentiment, files: ["llm/sentiment*.py"]}, F2: {files: ["llm/news*.py"]}}}
  G: {name: Execution, parallel: none, agents: {G1: {files: ["a/**"]}, G2: {files: ["b/**"]}}}
  H: {name: Waiting, agents: {H1: {files: ["h/**"]}}}
)" + more;
}

// The error that this throws; fails the test when it throws none.
template <class Action>
core::Error error_of(const Action& action) {
  try {
    action();
  } catch (const core::Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {core::ExitCode::clean, ""};
}

using test::comes_true;

class AgentRepo : public testing::Test {
 protected:
  explicit AgentRepo(const std::string& policy = agents_policy()) {
    repo.write(".streams.yaml", policy);
    repo.commit_all("Start");
    session().state().create();
    for (const char* stream : {"E", "F", "G"}) {
      const std::string branch = std::string("feature/stream-") + stream + "-x";
      repo.git({"worktree", "add", "-q", "-b", branch, worktree(stream).string()});
      change(stream, [&](state::StreamRecord& record) {
        record.worktree = worktree(stream).string();
        record.branch = core::BranchName(branch);
      });
    }
  }

  session::Session session() const {
    return session::Session(git::Repository::discover(repo.path()));
  }
  state::StateDir state() const { return session().state(); }
  std::filesystem::path worktree(const std::string& stream) const {
    return repo.folder() / ("repo-stream-" + stream);
  }
  void change(const std::string& stream,
              const std::function<void(state::StreamRecord&)>& how) const {
    state::change_streams(state(), [&](state::Streams& streams) {
      const core::StreamId id(stream);
      if (streams.find(id) == nullptr) {
        streams.records.emplace_back();
        streams.records.back().id = id;
      }
      how(*streams.find(id));
    });
  }
  std::optional<state::AgentRun> run_of(const std::string& stream, const std::string& agent) const {
    const state::Streams streams = state::read_streams(state());
    for (const state::AgentRun& run : streams.find(core::StreamId(stream))->runs) {
      if (run.agent.short_name() == agent) return run;
    }
    return std::nullopt;
  }
  std::string state_text(const std::string& file) const {
    std::ifstream in(state().root() / file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // "agent-F1 started", "agent-F1 ended"
  std::vector<std::string> actions() const {
    std::vector<std::string> found;
    for (const auto& line : state::read_log(state().activity(), {}).lines)
      found.push_back(line.activity.agent + " " + line.activity.action);
    return found;
  }
  std::string logged(const std::string& action, const std::string& field) const {
    state::LogFilter filter;
    filter.action = action;
    const auto lines = state::read_log(state().activity(), filter).lines;
    return lines.empty() ? "" : state::log_field(lines.back().activity, field);
  }

  test::TempRepo repo;
};

inline core::AgentId agent(const std::string& name) {
  return *core::AgentId::parse(name);
}

}  // namespace gs::streams
