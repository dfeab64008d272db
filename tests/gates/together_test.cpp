// Ten streams in ten worktrees, and everything that their agents and their owner do at the same
// time.

#include <gtest/gtest.h>
#include <map>
#include <sstream>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

constexpr char kTenStreams[] = "A B C D E F G H I J";

std::string lower(const std::string& text) {
  return {static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())))};
}

std::vector<std::string> streams() {
  std::istringstream words(kTenStreams);
  return {std::istream_iterator<std::string>(words), {}};
}

std::string policy_of_ten() {
  std::string text = "version: 1\nintegration_branch: develop\nvalidate: []\nstreams:\n",
              tasks = "tasks:\n";
  for (const std::string& id : streams()) {
    text += "  " + id + ": {name: Part " + id + ", agents: {" + id + "1: {files: [" + lower(id) +
            "/one*.py]}, " + id + "2: {files: [" + lower(id) + "/two*.py], after: [" + id +
            "1]}}}\n";
    tasks += "  - {title: First of " + id + ", agent: " + id + "1}\n";
  }
  return text + tasks;
}

// `command` for all ten at once, with $s the stream and $w its folder in lower case; all succeed.
std::string at_once(const std::string& command) {
  return std::string("pids=; for s in ") + kTenStreams +
         "; do w=$(echo $s | tr A-J a-j); ( set -e; " + command +
         ") > ../$s.out 2>&1 & pids=\"$pids $!\"; done; for p in $pids; do wait $p || { cat "
         "../?.out; "
         "exit 1; }; done";
}

// How often each stream has a line of this action, of these senders only where they are given.
std::map<std::string, int> count(const StreamRepo& repo, const std::string& action,
                                 const std::string& agent = {}) {
  std::istringstream lines(repo.owner().must(
      "python3 -c '\nimport json, sys\nfor line in open(\".claude/state/agent_activity.jsonl\"):\n"
      "    entry = json.loads(line)\n    if entry[\"action\"] == sys.argv[1] and "
      "entry[\"agent\"].startswith(sys.argv[2]): print(entry[\"stream\"])' " +
      action + " '" + agent + "'"));
  std::map<std::string, int> found;
  for (std::string line; std::getline(lines, line);) ++found[line];
  return found;
}

class TenAtOnce : public testing::Test {
 protected:
  void start() const { repo.owner().must(at_once("git stream start $s")); }

  // What one agent does in its worktree, all the while that nine others do it in theirs.
  void work() const {
    repo.owner().must(at_once(R"(
cd ../repo-stream-$s
export GIT_STREAM_AGENT=${s}1
mkdir -p $w
git stream lock --task "First of $s" $w/one.py
git stream tasks set "First of $s" doing
git stream lock --wait 60s common.txt
test ! -e ../in-hand
touch ../in-hand
echo "by = '$s'" > $w/one.py
git add $w/one.py
git commit -q -m "First of $s"
rm ../in-hand
git stream unlock common.txt
git stream status > ../$s.status
git stream status --json > ../$s.json
git stream tasks add "Later in $s" --agent ${s}2
git stream complete ${s}1 --tests "1 passing"
git stream tasks > ../$s.tasks
)"));
  }

  StreamRepo repo{policy_of_ten()};
};

TEST_F(TenAtOnce, AllAreStarted) {
  start();
  start();  // and again, all at once
  for (const std::string& id : streams()) {
    const Place tree(repo, repo.folder() / ("repo-stream-" + id));
    EXPECT_TRUE(tree.has(".aiignore"));
    EXPECT_EQ(tree.must("git branch --show-current"),
              "feature/stream-" + id + "-part-" + lower(id) + "\n");
    EXPECT_EQ(tree.must("git status --porcelain"), "");
    EXPECT_EQ(json_of(tree, "status", "d[\"identity\"][\"stream\"]"), id + "\n");
  }
  const auto started = count(repo, "started");
  EXPECT_THAT(started, SizeIs(10));
  EXPECT_THAT(started, Each(Pair(testing::_, 1)));
  EXPECT_EQ(json_of(repo.owner(), "status", "{s[\"state\"] for s in d[\"streams\"]}"),
            "{'in_progress'}\n");
  EXPECT_EQ(repo.owner().must("ls .git/stream | grep -c '^start-' || true"), "0\n");
}

TEST_F(TenAtOnce, TheirWorkIsAllThereInTheEnd) {
  start();
  work();
  for (const char* action : {"committed", "completed", "handoff"}) {
    EXPECT_THAT(count(repo, action), SizeIs(10)) << action;
    EXPECT_THAT(count(repo, action), Each(Pair(testing::_, 1))) << action;
  }
  EXPECT_EQ(repo.owner().must("git stream locks"), "");
  EXPECT_EQ(repo.owner().must("git stream tasks | tail -1"), "20 tasks: 10 todo, 10 done\n");
  EXPECT_EQ(repo.owner().must("ls .git/worktrees/*/index.lock 2>/dev/null || true"), "");

  repo.owner().must(at_once("git stream complete $s"));
  EXPECT_THAT(count(repo, "completed", "stream-"), SizeIs(10));
  EXPECT_THAT(count(repo, "completed"), Each(Pair(testing::_, 3)));  // two agents and the stream
  EXPECT_EQ(repo.owner().must("git stream tasks | tail -1"), "20 tasks: 20 done\n");

  repo.owner().must(at_once("git stream merge $s"));
  EXPECT_THAT(count(repo, "merged"), SizeIs(10));
  EXPECT_THAT(count(repo, "merged"), Each(Pair(testing::_, 1)));
  EXPECT_EQ(repo.owner().must("git log --first-parent --format=%s develop | grep -c '^Merge'"),
            "10\n");
  EXPECT_EQ(repo.owner().must("cat ?/one.py | sort"),
            "by = 'A'\nby = 'B'\nby = 'C'\nby = 'D'\nby = 'E'\nby = 'F'\nby = 'G'\nby = 'H'\n"
            "by = 'I'\nby = 'J'\n");
  EXPECT_EQ(repo.owner().must("git status --porcelain; git worktree list | wc -l; git branch"),
            "1\n* develop\n");
  EXPECT_EQ(json_of(repo.owner(), "status", "{s[\"state\"] for s in d[\"streams\"]}"),
            "{'merged'}\n");
  EXPECT_EQ(repo.owner().sh("git fsck --connectivity-only --no-dangling 2>&1").output, "");
  EXPECT_EQ(repo.owner().must("git stream doctor > /dev/null; ls -A .claude/state/ | grep -v "
                              "'\\.redo$'"),
            "agent_activity.jsonl\nconflict_warnings.jsonl\nfile_locks.json\nhandoffs.json\n"
            "lock_waits.json\nlogs\norchestrator_state.json\nreports\ntasks.json\n");
}

}  // namespace
}  // namespace gs::test
