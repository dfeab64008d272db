#pragma once
// A repository with a policy of two streams and three agents, git-stream initialised in it, and
// linked worktrees that are enrolled when a test asks for them. Shell lines run the real git with
// this build tree's command and hooks.

#include <filesystem>
#include <gmock/gmock.h>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temp_repo.h"

namespace gs::test {

// E1: models/**; F1: llm/sentiment*.py, llm/agents/; F2: llm/news*.py; shared: tests/**, docs/**;
// protected: .streams.yaml; no validate steps. `more` is added at the end (`rules: {scope: warn}`).
std::string two_streams(const std::string& more = {});

// What a shell line said, and whether HEAD is another commit after it.
struct Said : process::Result {
  bool moved = false;
};
void PrintTo(const Said& said, std::ostream* out);

// A worktree (or any folder) in which a test works.
class Place {
 public:
  Place(const TempRepo& repo, std::filesystem::path path) : repo_(&repo), path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  Place in(const std::filesystem::path& folder) const;  // relative to this one
  Place with(const std::string& variable) const;        // "NAME=value" added to its environment

  // sh -e: made to fail by what fails. wait_for CONDITION waits until that shell line succeeds.
  Said sh(const std::string& script) const;
  std::string must(const std::string& script) const;  // its output; throws when it fails
  void unjudged(const std::string& command) const;    // git COMMAND -q, without any hook
  void write(std::string_view relative, std::string_view content) const;
  std::string read(std::string_view relative) const;
  bool has(std::string_view relative) const;

  // Writes the file, adds it, and commits what is staged.
  Said commit(std::string_view relative, std::string_view content = "changed = True\n") const;

 private:
  const TempRepo* repo_;
  std::filesystem::path path_;
  std::vector<std::string> variables_;
};

class StreamRepo : public TempRepo {
 public:
  explicit StreamRepo(const std::string& policy);
  StreamRepo() : StreamRepo(two_streams()) {}

  Place owner() const { return Place(*this, path()); }  // the main worktree, on develop
  // FOLDER/F1 on the new branch work-F1, enrolled as F1; the branch's name says no stream.
  Place agent(const std::string& name) const;
  // FOLDER/NAME on the new branch `branch`, not enrolled.
  Place worktree(const std::string& name, const std::string& branch) const;
  // Commits this policy on develop, unjudged.
  void set_policy(const std::string& policy) const;

  std::string state(std::string_view file) const;  // its content
  void write_state(std::string_view file, std::string_view content) const;
  std::string log(const std::string& arguments = {}) const;  // git stream log, without its times
  std::string locks() const;                                 // git stream locks, without its times

 private:
  class Original;

  enum class Unmade {};
  explicit StreamRepo(Unmade /*tag*/) {}
  StreamRepo(Unmade /*tag*/, const std::filesystem::path& original)
      : TempRepo(Copy::of, original) {}
  void make(const std::string& policy) const;
  Place make_agent(const std::string& name) const;

  const Original* original_ = nullptr;
};

// What `git stream COMMAND --json` answers, as a Python expression on it (`d`) prints it.
std::string json_of(const Place& place, const std::string& command, const std::string& expression);
// A path as a word of the shell.
std::string word(std::string_view path);
// Clock times, durations and object ids made the same everywhere.
std::string without_times(std::string text);

// Exit 0, and not a byte on stdout or stderr.
MATCHER(Silent, "goes through silently") {
  return arg.status == 0 && arg.output.empty() && arg.errors.empty();
}
// The same, and a commit was made.
MATCHER(Commits, "makes a commit silently") {
  return arg.status == 0 && arg.output.empty() && arg.errors.empty() && arg.moved;
}
using Findings = std::vector<std::string>;
// The findings of a block said for `who`; what is not of the exact format is among them, marked.
// `what` is blocked: "ref update".
Findings findings_said(const std::string& errors, const std::string& who,
                       const std::string& what = "commit");
// No commit, nothing on stdout, and on stderr exactly this block (contract, section 8): who, then
// these findings, each with its next command.
MATCHER_P2(Blocks, who, findings, "blocks the commit") {
  return arg.status == 1 && !arg.moved && arg.output.empty() &&
         testing::ExplainMatchResult(findings, findings_said(arg.errors, who), result_listener);
}

// Git was stopped by this gate, with exactly these findings; HEAD is where it was.
Findings findings_among(const std::string& errors, const std::string& who, const std::string& what);
MATCHER_P3(Stops, what, who, findings, "stops git") {
  return arg.status != 0 && !arg.moved &&
         testing::ExplainMatchResult(findings, findings_among(arg.errors, who, what),
                                     result_listener);
}

bool is_one_complaint(const std::string& errors);
// Exit code `status`, nothing on stdout, and one complaint on stderr that has `part` in it: a line
// that begins with "git-stream: ", and at most one more with the next step.
MATCHER_P2(Complains, status, part, "complains in one line") {
  return arg.status == status && arg.output.empty() && is_one_complaint(arg.errors) &&
         testing::ExplainMatchResult(testing::HasSubstr(part), arg.errors, result_listener);
}
inline constexpr char kF1[] = "agent-F1 (stream F)";
inline constexpr char kF2[] = "agent-F2 (stream F)";
inline constexpr char kOwner[] = "Ada Lovelace (owner)";
inline constexpr char kE1[] = "agent-E1 (stream E)";

}  // namespace gs::test
