// git stream lock, unlock, locks.

#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;

TEST(LockCommand, TakesRenewsAndLists) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  EXPECT_EQ(
      without_times(f1.must("git stream lock docs/guide.md 'tests/*.py' --task 'Two things'")),
      "locked docs/guide.md until TIME\nlocked tests/*.py until TIME\n");
  EXPECT_EQ(without_times(f1.must("git stream lock docs/guide.md --ttl 2h")),
            "renewed docs/guide.md until TIME\n");
  EXPECT_EQ(repo.locks(),
            "docs/guide.md  agent-F1  until TIME  Two things\n"
            "tests/*.py     agent-F1  until TIME  Two things\n");
  EXPECT_EQ(f1.must("git stream unlock docs/guide.md"), "unlocked docs/guide.md\n");
  EXPECT_EQ(f1.must("git stream unlock --all"), "unlocked tests/*.py\n");
  EXPECT_EQ(repo.locks(), "");
  const std::string log = repo.log();
  for (const char* action : {"locked ", "renewed ", "released "})
    EXPECT_THAT(log, HasSubstr(action));
}

TEST(LockCommand, IsAllOrNothing) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  f1.must("git stream lock docs/guide.md");
  const Said said = f2.sh("git stream lock tests/a.py docs/ setup.py");
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(said.output, "");
  EXPECT_THAT(without_times(said.errors),
              HasSubstr("git-stream: not locked: docs/: held by agent-F1 until TIME\n"));
  EXPECT_EQ(repo.locks(), "docs/guide.md  agent-F1  until TIME\n");
}

TEST(LockCommand, RefusesWhatIsNoPathOfTheRepository) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  for (const char* path : {"../x", "/etc/passwd", "''", "'['", ".", "a/../..", "'!a'",
                           "'[[:nope:]]'", "'a\\'", "llm/../../repo"}) {
    EXPECT_THAT(f1.sh(std::string("git stream lock -- ") + path), Complains(2, "git-stream: "))
        << path;
    EXPECT_THAT(f1.sh(std::string("git stream unlock -- ") + path), Complains(2, "git-stream: "))
        << path;
  }
  EXPECT_THAT(f1.sh("git stream lock " + std::string(5000, 'x')), Complains(2, "longer than"));
  EXPECT_EQ(repo.locks(), "");
}

TEST(LockCommand, APatternOfBracketsIsNoList) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git stream lock --task '[T]' '[ab,cd]' '[x]*[y]'");
  EXPECT_EQ(repo.locks(),
            "[ab,cd]  agent-F1  until TIME  [T]\n"
            "[x]*[y]  agent-F1  until TIME  [T]\n");
  EXPECT_EQ(f1.must("git stream unlock '[ab,cd]'"), "unlocked [ab,cd]\n");
}

TEST(LockCommand, PathsAreRelativeToTheWorkingDirectory) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("cd llm/agents; git stream lock base.py ../sentiment.py ./x/../y.py");
  EXPECT_EQ(repo.locks(),
            "llm/agents/base.py  agent-F1  until TIME\n"
            "llm/agents/y.py     agent-F1  until TIME\n"
            "llm/sentiment.py    agent-F1  until TIME\n");
}

TEST(LockCommand, WaitsOnlySoLong) {
  const StreamRepo repo;
  repo.agent("F1").must("git stream lock docs/guide.md");
  const Said said = repo.agent("F2").sh("git stream lock --wait 1s docs/guide.md");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.errors, HasSubstr("not locked: docs/guide.md: held by agent-F1"));
}

TEST(LockCommand, AWaitThatClosesACycleFailsAtOnce) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  f1.must("git stream lock docs/a.md");
  f2.must("git stream lock docs/b.md");
  const Said said = f2.sh(
      "(cd ../F1; git stream lock --wait 20s docs/b.md >/dev/null) & "
      "wait_for 'grep -q agent-F1 ../repo/.claude/state/lock_waits.json 2>/dev/null';"
      "git stream lock --wait 20s docs/a.md && exit 9;"
      " code=$?; git stream unlock --all >/dev/null; wait; exit $code");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.errors, HasSubstr("agent-F1"));
  EXPECT_THAT(said.errors, HasSubstr("would never end"));
  EXPECT_THAT(repo.locks(), HasSubstr("docs/b.md  agent-F1")) << "the other wait went on";
}

TEST(LockCommand, Json) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  EXPECT_EQ(json_of(f1, "lock docs/guide.md --task T",
                    "[(l[\"path\"], l[\"agent\"], l[\"stream\"], l[\"task\"], "
                    "l[\"automatic\"]) for l in d[\"taken\"]], d[\"renewed\"], d[\"held\"]"),
            "[('docs/guide.md', 'agent-F1', 'F', 'T', False)] [] []\n");
  const Said held = f2.sh("git stream lock docs/guide.md --json");
  EXPECT_EQ(held.status, 1);
  EXPECT_THAT(held.output, testing::StartsWith("{\"schema\":"));
  EXPECT_THAT(held.output, HasSubstr("agent-F1"));
  EXPECT_EQ(held.errors, "");
  EXPECT_EQ(json_of(f2, "locks", "[(l[\"path\"], l[\"generation\"]) for l in d[\"locks\"]]"),
            "[('docs/guide.md', 1)]\n");
  EXPECT_EQ(json_of(f1, "unlock --all", "len(d[\"released\"])"), "1\n");
}

TEST(Unlock, OnlyTheHolderReleases) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  f1.must("git stream lock docs/guide.md");
  const Said said = f2.sh("git stream unlock docs/guide.md");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.errors, HasSubstr("git-stream: not unlocked: docs/guide.md: held by agent-F1"));
  EXPECT_THAT(f2.sh("git stream unlock --all"), Silent()) << "its own: none";
  EXPECT_THAT(repo.locks(), HasSubstr("agent-F1"));
  EXPECT_EQ(f2.sh("git stream unlock docs/other.md").errors,
            "git-stream: docs/other.md is not locked\n");
}

TEST(Unlock, ForceIsForPeopleWithAReason) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git stream lock docs/guide.md");
  EXPECT_THAT(repo.owner().sh("git stream unlock --force docs/guide.md"), Complains(2, "--reason"));
  EXPECT_THAT(repo.owner().sh("git stream unlock --force --all --reason x"), Complains(2, "--all"));
  EXPECT_THAT(repo.agent("F2").sh("git stream unlock --force --reason mine docs/guide.md"),
              Complains(2, "--force is for people, not for agent-F2"));
  EXPECT_THAT(repo.locks(), HasSubstr("agent-F1"));
  EXPECT_EQ(repo.owner().must("git stream unlock --force --reason 'agent died' docs/guide.md"),
            "unlocked docs/guide.md\n");
  EXPECT_EQ(repo.log("--action stolen"),
            "TIME  Ada Lovelace (owner) stolen     docs/guide.md holder=agent-F1: agent died\n");
}

TEST(Unlock, AnExpiredLockCanBeReleasedByAnyone) {
  const StreamRepo repo;
  const Place f2 = repo.agent("F2");
  repo.agent("F1").must("git stream lock --ttl 1s docs/guide.md; sleep 1.1");
  EXPECT_EQ(f2.must("git stream locks"), "docs/guide.md  agent-F1  expired\n");
  EXPECT_EQ(f2.must("git stream unlock docs/guide.md"), "unlocked docs/guide.md\n");
  EXPECT_THAT(repo.log("--action expired"), HasSubstr("docs/guide.md holder=agent-F1"));
}

// ---- What may be locked by whom, and for how long.

Said refused(const Place& place, const std::string& path) {
  Said said = place.sh("git stream lock " + path);
  EXPECT_EQ(said.status, 1) << path;
  EXPECT_EQ(said.output, "") << path;
  return said;
}

TEST(LockLimits, AnothersScopeIsItsOwnersToLock) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  EXPECT_THAT(
      refused(f1, "models/risk.py").errors,
      testing::AllOf(HasSubstr("not locked: models/risk.py: belongs to agent-E1 (stream E)"),
                     HasSubstr("next: git stream ask E1 ")));
  EXPECT_THAT(refused(f1, "models/new.py").errors, HasSubstr("belongs to agent-E1"));
  for (const char* path : {"models", "models/", "'models/*.py'", "'*/risk.py'", "llm", "llm/",
                           "'llm/n*'", "'**'", "'**/*.py'", "'models/later/*.py'"})
    EXPECT_THAT(refused(f1, path).errors,
                testing::AnyOf(HasSubstr("belongs to agent-"), HasSubstr("nobody in a stream may")))
        << path;
  EXPECT_THAT(refused(f1, ".streams.yaml").errors, HasSubstr("nobody in a stream may change it"));
  EXPECT_THAT(refused(f1, "docs/a.md models/risk.py").errors, HasSubstr("models/risk.py"));
  EXPECT_EQ(repo.locks(), "") << "all or nothing";
  // The hint can be run.
  f1.must("git stream ask E1 'What I need in models/risk.py'");
}

TEST(LockLimits, OnesOwnWhatIsSharedAndWhatIsNobodysIsFree) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  for (const char* path :
       {"llm/sentiment.py", "llm/agents/", "'llm/agents/*.py'", "llm/agents/base.py",
        "'llm/sentiment*.py'", "docs/guide.md", "tests/", "'docs/**'", "setup.py"}) {
    EXPECT_EQ(f1.sh("git stream lock " + std::string(path)).status, 0) << path;
    EXPECT_EQ(f1.sh("git stream lock " + std::string(path)).errors, "") << path;
    f1.must("git stream unlock --all");
  }
  const Place stream = repo.worktree("F", "work-F");
  stream.must("git stream install --stream F; git stream lock llm/news.py llm/sentiment.py");
  EXPECT_EQ(repo.owner().sh("git stream lock models/risk.py").status, 0) << "people may";
}

TEST(LockLimits, NoLockIsForEver) {
  const StreamRepo repo(two_streams("locks: {max_ttl: 2h}\n"));
  const Place f1 = repo.agent("F1");
  EXPECT_THAT(f1.sh("git stream lock --ttl 30d docs/guide.md"),
              Complains(2, "--ttl: no lock lasts longer than "));
  f1.must("git stream lock --ttl 2h docs/guide.md");
  const StreamRepo other;
  EXPECT_THAT(other.agent("F1").sh("git stream lock --ttl 25h docs/guide.md"),
              Complains(2, "24 h"));
}

TEST(LockLimits, WhatIsNotHereIsLockedWithAWarning) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  for (const char* path : {"docs/nowhere.md", "docs/nowhere/", "'docs/nowhere*.md'"}) {
    const Said said = f1.sh("git stream lock " + std::string(path));
    EXPECT_EQ(said.status, 0) << path;
    EXPECT_THAT(said.errors,
                HasSubstr("git-stream: locked, but not in this worktree: docs/nowhere"))
        << path;
  }
  f1.must("git stream unlock --all");
  f1.write("docs/new.md", "new\n");
  f1.must("rm docs/guide.md; git rm -q tests/test_llm.py");
  for (const char* path :
       {"docs/new.md", "docs/guide.md", "tests/test_llm.py", "docs/", "'docs/*.md'"})
    EXPECT_EQ(f1.sh("git stream lock " + std::string(path)).errors, "") << path;
}

TEST(LockLimits, ANameThatReversesTextIsShownAsItIs) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("docs/a\xe2\x80\xaemd.py", "1\n");
  f1.must("git stream lock docs/a*");
  f1.must("git stream lock $(ls docs/a*)");
  for (const char* command : {"git stream locks", "git stream log", "git stream locks --json"})
    EXPECT_EQ(f1.must(command).find("\xe2\x80\xae"), std::string::npos) << command;
  EXPECT_THAT(f1.must("git stream locks"), HasSubstr("\"docs/a\\342\\200\\256md.py\""));
}

// As an import of somebody else's code: names with every character that a pattern has a use for.
TEST(LockLimits, ALargeCommitOfWhatNobodyOwnsIsLockedAsAWhole) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must(
      "python3 -c '\nimport os\nfor d in range(40):\n os.makedirs(f\"vendor/[{d}]\")\n"
      " for i in range(100): open(f\"vendor/[{d}]/m*{i}?.py\", \"w\").close()'; git add -A");
  EXPECT_THAT(f1.sh("git commit -q -m Vendor"), Commits());
  EXPECT_EQ(json_of(f1, "locks", "len(d[\"locks\"])"), "4000\n");
  EXPECT_THAT(f1.sh("git rm -q --cached -r vendor; git commit -q -m Back"), Commits());
}

}  // namespace
}  // namespace gs::test
