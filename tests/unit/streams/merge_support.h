#pragma once
// A repository with streams that were started and completed: their state is written as the commands
// would write it, their work is real.

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

#include "lib/session/session.h"
#include "lib/state/streams.h"
#include "tests/support/temp_repo.h"

namespace gs::test {

using Files = std::map<std::string, std::string>;  // path → content; "-": deleted

class MergeScene {
 public:
  explicit MergeScene(const std::string& policy, const std::vector<std::string>& init = {})
      : repo(init) {
    for (const std::string& variable : clean_git_environment(repo.folder())) {
      const std::size_t at = variable.find('=');
      setenv(variable.substr(0, at).c_str(), variable.substr(at + 1).c_str(), 1);
    }
    unsetenv("GIT_STREAM_AGENT");
    unsetenv("GIT_STREAM_BYPASS");
    repo.write(".streams.yaml", policy);
    repo.commit_all("Policy");
    repo.write(".git/info/exclude", "/.claude/state/\n.aiignore\n");
    session().state().create();
  }

  session::Session session() const {
    return session::Session(git::Repository::discover(repo.path()));
  }

  std::string rev(const std::string& name) const {
    std::string id = repo.git({"rev-parse", name});
    return id.substr(0, id.find('\n'));
  }

  // Writes and commits in the main worktree, or another one.
  void commit(const Files& files, const std::filesystem::path& where = {}) const {
    const std::filesystem::path top = where.empty() ? repo.path() : where;
    for (const auto& [path, content] : files) {
      if (content == "-") {
        repo.git_in(top, {"rm", "-q", "-r", "--", path});
      } else {
        repo.write((top / path).lexically_relative(repo.path()).string(), content);
        repo.git_in(top, {"add", "--", path});
      }
    }
    repo.git_in(top, {"commit", "-q", "--allow-empty", "-m", "Change"});
  }

  std::filesystem::path worktree(const std::string& stream) const {
    return repo.folder() / ("stream-" + stream);
  }

  // Branch and worktree, with these files committed, and the record of a completed stream.
  void complete(const std::string& stream, const Files& files) const {
    const std::string branch = "feature/stream-" + stream;
    repo.git({"worktree", "add", "-q", "--no-track", "-b", branch, worktree(stream).string()});
    repo.git({"config", "branch." + branch + ".description", "A stream"});
    commit(files, worktree(stream));
    repo.write("../stream-" + stream + "/.aiignore", "others/\n");
    record(stream, core::StreamStatus::completed);
  }

  void record(const std::string& stream, core::StreamStatus status) const {
    const std::string branch = "feature/stream-" + stream;
    state::change_streams(session().state(), [&](state::Streams& streams) {
      if (streams.find(core::StreamId(stream)) == nullptr)
        streams.records.push_back(
            {core::StreamId(stream), status, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}});
      state::StreamRecord& record = *streams.find(core::StreamId(stream));
      record.status = status;
      record.worktree = "../stream-" + stream;
      record.branch = core::BranchName(branch);
      record.completed_tip = core::ObjectId::from_hex(rev(branch));
    });
  }

  TempRepo repo;
};

}  // namespace gs::test
