#pragma once
// A repository whose streams are started in this process, and all that a start leaves as one text.

#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <regex>
#include <sstream>

#include "lib/core/error.h"
#include "lib/state/journal.h"
#include "lib/state/streams.h"
#include "lib/streams/lifecycle/start.h"
#include "tests/support/interrupted.h"
#include "tests/support/temp_repo.h"

namespace gs::streams {

inline std::string slurp(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

// A and B; F after both.
inline constexpr char kPolicy[] = R"(version: 1
streams:
  A: {name: Foundation, agents: {A1: {files: ["config/"]}, A2: {files: ["utils/*.py"]}}}
  B: {name: Observability, agents: {B1: {files: ["observability/**"]}}}
  F: {name: LLM, depends_on: [A, B], agents: {F1: {files: ["llm/sentiment*.py"]}}}
shared: ["tests/**"]
protected: [".streams.yaml"]
)";

class Repo : public test::TempRepo {
 public:
  Repo() {
    for (const std::string& variable : test::clean_git_environment(folder()))
      setenv(variable.substr(0, variable.find('=')).c_str(),
             variable.substr(variable.find('=') + 1).c_str(), 1);
    write(".streams.yaml", kPolicy);
    write("config/settings.py", "one = 1\n");
    write("llm/sentiment.py", "two = 2\n");
    commit_all("Start");
  }

  std::filesystem::path worktree(const std::string& stream) const {
    return folder() / ("repo-stream-" + stream);
  }
  std::filesystem::path git_dir(const std::string& stream) const {
    return path() / ".git/worktrees" / ("repo-stream-" + stream);
  }
  std::filesystem::path mark(const std::string& stream) const {
    return path() / ".git/stream" / ("start-" + stream + ".lock");
  }

  StartReport start(const StartRequest& request, const StepWatch& watch = {}) const {
    session::Session session(git::Repository::discover(path()));
    return start_streams(session, request, {}, watch);
  }
  StartReport start(const std::string& stream) const {
    return start(StartRequest{{core::StreamId(stream)}, false, false});
  }

  // Sets a stream's status in the state by hand.
  void set_status(const std::string& stream, core::StreamStatus status) const {
    state().create();
    state::change_streams(state(), [&](state::Streams& streams) {
      state::StreamRecord* record = streams.find(core::StreamId(stream));
      if (record == nullptr) {
        streams.records.emplace_back();
        record = &streams.records.back();
        record->id = core::StreamId(stream);
      }
      record->status = status;
      if (core::is_done(status)) record->completed_at = core::Instant{core::Seconds(1)};
      if (status == core::StreamStatus::merged) record->merged_at = record->completed_at;
    });
  }
  state::StateDir state() const { return state::StateDir(path() / ".git/stream/state"); }

  std::size_t lines(const std::string& stream) const {
    state::LogFilter filter;
    filter.action = "started";
    filter.stream = stream;
    return state::read_log(state().activity(), filter).lines.size();
  }

  // Everything that counts, the same wherever and whenever it was made.
  std::string all() const {
    std::ostringstream text;
    text << git({"for-each-ref", "refs/heads"}) << git({"worktree", "list", "--porcelain"})
         << git({"status", "--porcelain"}) << slurp(path() / ".git/info/exclude")
         << slurp(state().streams()) << slurp(path() / ".git/stream/integration");
    for (const char* stream : {"A", "B", "F"}) {
      text << "== " << stream << ": " << lines(stream) << " lines in the log\n";
      if (!std::filesystem::exists(worktree(stream))) continue;
      text << git_in(worktree(stream), {"status", "--porcelain", "-b"})
           << slurp(git_dir(stream) / "stream/identity") << slurp(worktree(stream) / ".aiignore");
    }
    for (const char* folder : {".git/stream", ".git/hooks", ".git/worktrees"}) {
      std::vector<std::string> names;
      std::error_code none;
      for (const auto& entry : std::filesystem::directory_iterator(path() / folder, none))
        names.push_back(entry.path().filename());
      std::sort(names.begin(), names.end());
      for (const std::string& name : names)
        if (!name.ends_with(".sample")) text << folder << '/' << name << '\n';
    }
    static const std::regex kTime(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)");
    return std::regex_replace(replaced(text.str(), folder(), "FOLDER"), kTime, "TIME");
  }
};

inline StartRequest again(const std::string& stream) {
  return {{core::StreamId(stream)}, false, true};
}

// "WHY | NEXT" of the one stream that cannot start.
inline std::string refusal_of(const Repo& repo, const std::string& stream) {
  const StartReport report = repo.start(stream);
  if (report.refused.size() != 1 || !report.started.empty()) return "not refused";
  return report.refused[0].why + " | " + report.refused[0].next;
}

}  // namespace gs::streams
