// Where the state is: one folder in the common git directory, a link to it in each worktree, and
// what becomes of state that is elsewhere, of parts that are not as they must be, and of those who
// wait for somebody who does not go on.

#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kFolder[] = ".git/stream/state";

bool is_link_to_state(const StreamRepo& repo, const Place& place) {
  const auto link = place.path() / ".claude/state";
  return std::filesystem::is_symlink(link) &&
         std::filesystem::equivalent(link, repo.path() / kFolder);
}

TEST(StatePlace, EachWorktreeHasALinkThatGitDoesNotSee) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), owner = repo.owner();
  EXPECT_TRUE(is_link_to_state(repo, owner));
  EXPECT_TRUE(is_link_to_state(repo, f1));
  owner.must("git stream start E");
  EXPECT_TRUE(is_link_to_state(repo, owner.in("../repo-stream-E")));
  for (const Place& place : {owner, f1}) {
    EXPECT_EQ(place.must("git status --porcelain -uall"), "");
    EXPECT_EQ(place.must("git add -A; git diff --cached --name-only"), "");
    EXPECT_EQ(place.must("git stash -q -u 2>&1; git stash list"), "");
  }
  f1.must(
      "cd ..; git -C repo worktree remove repo-stream-E 2>/dev/null || git -C repo worktree "
      "remove ../repo-stream-E");
  EXPECT_TRUE(owner.has(std::string(kFolder) + "/file_locks.json")) << "a link was taken, no state";
}

// Gates make no link, and need none.
TEST(StatePlace, AHookMakesNoLink) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), plain = repo.worktree("plain", "feature/stream-F-x");
  f1.must("rm -r .claude");
  EXPECT_THAT(f1.commit("setup.py"), Commits());
  EXPECT_THAT(plain.commit("llm/news.py"), Commits());
  EXPECT_FALSE(f1.has(".claude"));
  EXPECT_FALSE(plain.has(".claude"));
  EXPECT_THAT(f1.must("git stream install"), HasSubstr("everything is in place"));
  EXPECT_TRUE(is_link_to_state(repo, f1));
  EXPECT_TRUE(is_link_to_state(repo, plain));
}

TEST(StatePlace, AMovedRepositoryKeepsItsState) {
  const StreamRepo repo;
  const Place folder(repo, repo.folder()), f1 = repo.agent("F1");
  f1.must("git stream lock docs/guide.md");
  folder.must(
      "mkdir elsewhere; mv repo F1 elsewhere; cd elsewhere; git -C repo worktree repair ../F1");
  const Place moved = folder.in("elsewhere/F1"), main = folder.in("elsewhere/repo");
  EXPECT_TRUE(main.has(".claude/state/file_locks.json")) << "the main worktree's link goes along";
  EXPECT_THAT(moved.must("git stream locks"), HasSubstr("docs/guide.md  agent-F1"));
  EXPECT_THAT(moved.sh("git stream doctor").output,
              HasSubstr("leads to where the state was before"));
  moved.must("git stream install");
  EXPECT_TRUE(moved.has(".claude/state/file_locks.json"));
}

// As `git stream init` left a repository before, and as the reference design's set-up makes it.
void make_former(const Place& owner) {
  owner.must(
      "rm .claude/state; mv .git/stream/state .claude/state; rm -f .git/stream/state.made;"
      "touch .claude/state/.lock");
}

TEST(StatePlace, AFormerVersionsStateIsFoundAndMoved) {
  const StreamRepo repo;
  const Place owner = repo.owner(), f1 = repo.agent("F1"), f2 = repo.agent("F2");
  f1.must("git stream lock docs/guide.md; rm -r .claude");
  make_former(owner);
  EXPECT_THAT(f2.commit("docs/guide.md"),
              Blocks(kF2, Findings{"docs/guide.md: lock: held by agent-F1 until TIME"}))
      << "gates find it where it is";
  f2.must("git restore --staged docs/guide.md");
  EXPECT_THAT(f2.commit("setup.py"), Commits());
  EXPECT_THAT(f2.sh("git stream doctor").output,
              HasSubstr("is where a former version had the state"));
  EXPECT_THAT(f2.must("git stream install"), HasSubstr("moved the state from "));
  EXPECT_TRUE(is_link_to_state(repo, owner));
  EXPECT_TRUE(is_link_to_state(repo, f1));
  EXPECT_THAT(repo.locks(), testing::AllOf(HasSubstr("docs/guide.md  agent-F1"),
                                           HasSubstr("setup.py       agent-F2")));
  EXPECT_THAT(repo.log(), HasSubstr("committed"));
  EXPECT_FALSE(owner.has(std::string(kFolder) + "/.lock"));
  EXPECT_EQ(f2.must("git stream install"), "everything is in place\n");
}

TEST(StatePlace, ItIsMovedUnderItsOwnLock) {
  const StreamRepo repo;
  const Place owner = repo.owner();
  make_former(owner);
  const Said said = owner.sh(
      "flock .claude/state/file_locks.json sh -c 'touch ../held; sleep 2; touch ../done' &"
      "wait_for '[ -e ../held ]'; git stream install; [ -e ../done ]; wait");
  EXPECT_EQ(said.status, 0) << said.errors;
  EXPECT_THAT(said.errors, HasSubstr("git-stream: waiting for "));
  EXPECT_TRUE(is_link_to_state(repo, owner));
}

TEST(StatePlace, TheReferenceDesignsSetUpIsTakenIn) {
  const TempRepo repo;
  const Place owner(repo, repo.path());
  owner.must(
      "mkdir -p .claude/state/logs; cd .claude/state;"
      "echo '{\"locks\": {\"a.py\": {\"agent\": \"agent-F1\", \"stream\": \"F\", \"acquired\": "
      "\"2025-12-06T10:00:00Z\", \"expires\": \"2099-12-06T10:00:00Z\", \"task\": \"t\"}}, "
      "\"version\": 1}' > file_locks.json; touch agent_activity.jsonl");
  owner.write(".streams.yaml", two_streams());
  owner.must("git add .streams.yaml; git commit -qm Start");
  EXPECT_THAT(owner.must("git stream init"), HasSubstr("moved the state from "));
  EXPECT_THAT(owner.must("git stream locks"), HasSubstr("a.py  agent-F1"));
  EXPECT_TRUE(owner.has(".claude/state/handoffs.json"));
  EXPECT_EQ(owner.must("git status --porcelain"), "");
}

// What stands in the link's place later is nobody's to merge or replace.
TEST(StatePlace, WhatStandsInTheLinksPlaceIsAFinding) {
  struct Row {
    const char* made;
    const char* said;
    const char* kept;
  };
  for (const Row& row :
       {Row{"rm .claude/state; mkdir .claude/state; echo mine >.claude/state/file_locks.json",
            "is no link to the state", "grep -q mine .claude/state/file_locks.json"},
        Row{"rm .claude/state; mkdir ../other; ln -s ../../other .claude/state",
            "leads elsewhere, to ", "[ $(readlink .claude/state) = ../../other ]"},
        Row{"rm -r .claude; mkdir ../out; ln -s ../out .claude", "leads out of the worktree",
            "[ ! -e ../out/state ]"},
        Row{"rm .claude/state; mkdir .claude/state; echo t >.claude/state/file_locks.json;"
            "git add -f .claude/state; git -c core.hooksPath=/dev/null commit -qm tracked",
            "is tracked by git", "grep -q t .claude/state/file_locks.json"}}) {
    const StreamRepo repo;
    const Place f1 = repo.agent("F1");
    f1.must(row.made);
    const Said doctor = f1.sh("git stream doctor");
    EXPECT_EQ(doctor.status, 1) << row.made;
    EXPECT_THAT(doctor.output, HasSubstr(row.said)) << row.made;
    f1.must("git stream install");
    repo.owner().must("git stream init");
    f1.must(row.kept);
    EXPECT_THAT(f1.commit("setup.py"), Commits()) << "the state is where it was";
    EXPECT_THAT(repo.locks(), HasSubstr("setup.py  agent-F1"));
  }
}

TEST(StatePlace, UninstallTakesItsLinksAndLeavesTheState) {
  const StreamRepo repo;
  const Place owner = repo.owner(), f1 = repo.agent("F1");
  owner.must("git stream uninstall --all");
  EXPECT_FALSE(owner.has(".claude"));
  EXPECT_FALSE(f1.has(".claude"));
  EXPECT_TRUE(owner.has(std::string(kFolder) + "/file_locks.json"));
}

// Every part of the state, as everything that it must not be.
struct Odd {
  const char* name;
  const char* make;  // of $f
};

TEST(OddParts, AreNamedWithTheRepairAndMended) {
  for (const Odd& odd :
       {Odd{"a folder", "mkdir $f"}, Odd{"a fifo", "mkfifo $f"},
        Odd{"a link", "ln -s ../../../precious $f"}, Odd{"a dangling link", "ln -s nowhere $f"},
        Odd{"a link to a device", "ln -s /dev/zero $f"},
        Odd{"a socket",
            "python3 -c 'import os, socket, sys; os.chdir(os.path.dirname(sys.argv[1]));"
            "socket.socket(socket.AF_UNIX).bind(os.path.basename(sys.argv[1]))' $f"}}) {
    const StreamRepo repo;
    const Place owner = repo.owner(), f1 = repo.agent("F1");
    owner.must(
        "echo precious >precious; git add precious; git -c core.hooksPath=/dev/null commit -qm p");
    f1.must("git stream lock docs/guide.md");
    const std::string parts =
        owner.must("cd .git/stream/state; ls -A | grep -v '^logs$\\|^reports$'");
    std::istringstream names(parts);
    for (std::string name; std::getline(names, name);) {
      const std::string f = "f=.git/stream/state/" + name + "; ";
      owner.must(f + "mv $f ../kept; " + odd.make);
      const std::string what = name + " is " + odd.name;
      const Said lock = f1.sh("timeout 9 git stream lock docs/a.md tests/a.py");
      if (lock.status != 0) {
        EXPECT_EQ(lock.status, 3) << what;
        EXPECT_THAT(lock.errors, HasSubstr("next: git stream init --repair")) << what;
      }
      const Said doctor = f1.sh("timeout 9 git stream doctor");
      EXPECT_EQ(doctor.status, 3) << what;
      EXPECT_THAT(doctor.output, testing::AllOf(HasSubstr(name + ": "),
                                                HasSubstr("next: git stream init --repair")))
          << what;
      f1.must("timeout 9 git stream init --repair");
      EXPECT_EQ(f1.sh("git stream doctor").status, 0) << what;
      EXPECT_THAT(f1.sh("git stream lock docs/a.md; git stream unlock docs/a.md").status, 0)
          << what;
      EXPECT_EQ(repo.read("precious"), "precious\n") << what;
      owner.must(f + "rm -rf $f $f.bad-*; mv ../kept $f");
      EXPECT_THAT(repo.locks(), HasSubstr("docs/guide.md  agent-F1")) << what;
    }
  }
}

TEST(OddParts, TheFolderItself) {
  for (const char* made : {"touch state", "mkfifo state", "ln -s elsewhere state",
                           "mkdir ../../kept; ln -s ../../kept state"}) {
    const StreamRepo repo;
    const Place f1 = repo.agent("F1");
    repo.owner().must(std::string("cd .git/stream; mv state ../../../moved; ") + made);
    const Said said = f1.commit("setup.py");
    EXPECT_FALSE(said.moved) << made;
    EXPECT_THAT(said.errors, testing::EndsWith("next: git stream init --repair\n")) << made;
    EXPECT_THAT(f1.sh("git stream doctor").output, HasSubstr("next: git stream init --repair"));
    f1.must("git stream init --repair");
    EXPECT_THAT(f1.sh("git commit -q -m m"), Commits()) << made;
  }
}

// ---- Nobody waits silently, or for ever.

// A process that holds the lock file's lock and does not go on, as after ctrl-Z.
class Stopped {
 public:
  Stopped(const Place& place, const std::string& file) : place_(place) {
    place.must(
        "python3 -c '\nimport fcntl, os, signal, sys\nf = open(sys.argv[1], \"a\")\n"
        "fcntl.flock(f, fcntl.LOCK_EX)\nopen(\"../held\", \"w\").write(str(os.getpid()))\n"
        "os.kill(os.getpid(), signal.SIGSTOP)' " +
        file + " >/dev/null 2>&1 & wait_for '[ -s ../held ]'");
    pid_ = place.must("cat ../held; rm ../held");
  }
  ~Stopped() { place_.sh("kill -KILL " + pid_); }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;
  const std::string& pid() const { return pid_; }

 private:
  Place place_;
  std::string pid_;
};

TEST(StoppedHolder, IsNamedAndNotWaitedForForEver) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  const Stopped holder(repo.owner(), std::string(kFolder) + "/file_locks.json");
  const Said said = f1.sh("timeout 20 git stream lock docs/guide.md");
  EXPECT_EQ(said.status, 3);
  EXPECT_THAT(said.errors, testing::AllOf(HasSubstr("git-stream: waiting for "),
                                          HasSubstr("process " + holder.pid() + " (python3"),
                                          HasSubstr("which is stopped"),
                                          HasSubstr("next: kill -CONT " + holder.pid())));
}

std::string call_of(const Place& place, const std::string& path) {
  return R"({"hook_event_name": "PreToolUse", "tool_name": "Write", "session_id": "s", "cwd": ")" +
         place.path().string() + R"(", "tool_input": {"file_path": ")" + path + "\"}}";
}

// The gate before an edit answers before an agent's program goes on without it.
TEST(StoppedHolder, TheEditTimeGateAnswersInTime) {
  constexpr char kHook[] =
      "timeout 6 " GS_BUILD_DIR "/libexec/git-stream/agent-hook --dialect claude";
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  {
    const Stopped holder(repo.owner(), std::string(kFolder) + "/file_locks.json");
    const Said said = f1.sh("printf '%s' " + word(call_of(f1, "setup.py")) + " | " + kHook);
    EXPECT_EQ(said.status, 2) << said.errors;
    EXPECT_THAT(said.errors, HasSubstr("which is stopped"));
  }
  // A call that never ends, and a log that nobody lets go.
  const Said endless = f1.sh("mkfifo ../call; sleep 30 >../call & p=$!; s=0; " +
                             std::string(kHook) + " <../call || s=$?; kill $p; exit $s");
  EXPECT_EQ(endless.status, 2) << endless.errors;
  EXPECT_THAT(endless.errors, HasSubstr("agent-hook cannot judge: it took longer than 4 s"));
}

}  // namespace
}  // namespace gs::test
