#pragma once
// A repository with streams as they are while agents work: branches, worktrees and records.

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>
#include <optional>
#include <regex>
#include <string>

#include "lib/core/error.h"
#include "lib/session/session.h"
#include "lib/state/clock.h"
#include "lib/state/streams.h"
#include "tests/support/temp_repo.h"

namespace gs::streams {

inline constexpr char kFourStreams[] = R"(version: 1
streams:
  A: {name: Foundation, agents: {A1: {files: ["config/**"]}}}
  E:
    name: Models
    depends_on: [A]
    agents:
      E1: {files: ["models/risk*.py"]}
      E2: {files: ["models/anomaly*.py"], after: [E1]}
  F: {name: LLM, agents: {F1: {files: ["llm/**"]}}}
  G: {name: Execution, depends_on: [E, F], agents: {G1: {files: ["execution/**"]}}}
shared: ["tests/**"]
tasks:
  - {title: Risk chain, agent: E1}
  - {title: Anomalies, agent: E2}
)";

inline core::AgentId agent_id(const char* name) {
  return core::AgentId::parse(name).value();
}

class StreamFixture : public testing::Test {
 protected:
  StreamFixture() {
    repo.write(".streams.yaml", kFourStreams);
    repo.write(".gitignore", ".claude/\n");
    repo.write("models/risk_manager.py", "class RiskManager:\n  def validate(self, order): ...\n");
    repo.write("models/anomaly.py", "def detect(series): ...\n");
    repo.commit_all("base");
    open().state().create();
  }

  session::Session open() const { return session::Session(git::Repository::discover(repo.path())); }
  state::StateDir state() const { return open().state(); }

  static std::string branch(const std::string& stream) { return "feature/stream-" + stream + "-x"; }
  std::filesystem::path tree(const std::string& stream) const { return repo.folder() / stream; }

  void start(const std::string& stream) const {
    repo.git(
        {"worktree", "add", "-q", "--no-track", "-b", branch(stream), tree(stream), "develop"});
    record(stream, core::StreamStatus::in_progress);
  }
  void record(const std::string& stream, core::StreamStatus status) const {
    state::change_streams(state(), [&](state::Streams& streams) {
      const core::StreamId id(stream);
      if (streams.find(id) == nullptr) streams.records.emplace_back().id = id;
      state::StreamRecord& found = *streams.find(id);
      found.status = status;
      found.worktree = tree(stream);
      found.branch = core::BranchName(branch(stream));
    });
  }
  void write_in(const std::string& stream, const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((tree(stream) / path).parent_path());
    std::ofstream(tree(stream) / path) << text;
  }
  // Commits it and returns the commit.
  std::string commit_in(const std::string& stream, const std::string& path,
                        const std::string& text) const {
    write_in(stream, path, text);
    repo.git_in(tree(stream), {"add", path});
    repo.git_in(tree(stream), {"commit", "-q", "--no-verify", "-m", "change " + path});
    std::string id = repo.git_in(tree(stream), {"rev-parse", "HEAD"});
    id.pop_back();
    return id;
  }

  // All of the state but its times and generations.
  std::string all_state() const {
    std::string all;
    for (const char* file : {"orchestrator_state.json", "handoffs.json", "file_locks.json",
                             "tasks.json", "agent_activity.jsonl"}) {
      std::ifstream stream(state().root() / file);
      all += std::string("== ") + file + "\n" +
             std::string(std::istreambuf_iterator<char>(stream), {});
    }
    return std::regex_replace(all, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"), "TIME");
  }

  test::TempRepo repo;
};

}  // namespace gs::streams
