// A stream of several branches, whoever made them: every command knows all of them, and nothing is
// called merged or complete while one is not in.

#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Branches : public testing::Test {
 protected:
  Branches() : repo(), owner(repo.owner()) {
    for (const auto& [path, content] :
         {std::pair("llm/sentiment.py", "one = 1\ntwo = 2\nthree = 3\nfour = 4\nfive = 5\n"),
          std::pair("llm/news.py", "first = 1\n")})
      owner.write(path, content);
    owner.must("git add -A");
    owner.unjudged("commit -m base");
  }

  // A worktree of its own on a new branch, made with git alone, with these files committed.
  Place branch(const std::string& name,
               const std::vector<std::pair<std::string, std::string>>& files,
               const std::string& agent = {}) const {
    const Place place = repo.worktree(name, "feature/stream-F-" + name);
    if (!agent.empty()) place.must("git stream install --agent " + agent);
    if (!files.empty()) work(place, files);
    return place;
  }
  static void work(const Place& place,
                   const std::vector<std::pair<std::string, std::string>>& files) {
    for (const auto& [path, content] : files) place.write(path, content);
    place.must("git add -A");
    place.unjudged("commit -m work");
  }
  std::string status(const std::string& expression) const {
    return json_of(owner, "status", "[s for s in d['streams'] if s['id'] == 'F'][0]" + expression);
  }
  std::string in_develop(const std::string& path) const {
    return owner.must("git show develop:" + path);
  }

  StreamRepo repo;
  Place owner;
};

TEST_F(Branches, AllOfThemAreMerged) {
  const Place one = branch("sentiment", {{"llm/sentiment.py", "one = 2\n"}}, "F1");
  const Place two = branch("news", {{"llm/news.py", "import llm.sentiment\n"}}, "F2");
  EXPECT_EQ(status("['state']"), "in_progress\n") << "nobody has started it";
  EXPECT_EQ(status("['branches'][0]['name']"), "feature/stream-F-news\n");
  EXPECT_EQ(status("['branches'][1]['agent']"), "agent-F1\n");
  EXPECT_THAT(owner.must("git stream status"), HasSubstr("feature/stream-F-news  F2  +1"));
  EXPECT_THAT(owner.sh("git stream order").output,
              HasSubstr("- feature/stream-F-sentiment (F1), 1 file\n"
                        "       - feature/stream-F-news (F2), 1 file: llm/news.py:1 imports "
                        "llm.sentiment, changed by feature/stream-F-sentiment\n"));
  EXPECT_THAT(owner.sh("git stream merge F"), Complains(1, "it is not completed"));
  EXPECT_THAT(owner.must("git stream complete F"), HasSubstr("  feature/stream-F-news at "));
  const std::string said = owner.must("git stream merge F");
  EXPECT_THAT(said, HasSubstr("  feature/stream-F-sentiment: merged ("));
  EXPECT_THAT(said, HasSubstr("  removed branch feature/stream-F-news\n"));
  EXPECT_EQ(in_develop("llm/news.py"), "import llm.sentiment\n");
  EXPECT_EQ(in_develop("llm/sentiment.py"), "one = 2\n");
  EXPECT_EQ(status("['state']"), "merged\n");
  EXPECT_FALSE(one.has("llm") || two.has("llm"));
}

TEST_F(Branches, TheClashBetweenThemIsFoundAndHoldsTheStreamBack) {
  const Place one = branch("sentiment", {{"tests/test_f.py", "x = 1\n"}}, "F1");
  const Place two = branch("news", {{"tests/test_f.py", "x = 2\n"}}, "F2");
  two.must("git stream lock tests/test_f.py");
  EXPECT_EQ(json_of(owner, "conflicts",
                    "[(f['first']['side'], f['second']['side'])"
                    " for f in d['findings'] if f['severity'] == 'block']"),
            "[('F1', 'F2')]\n");
  owner.must("git stream complete F");
  const Said said = owner.sh("git stream merge F");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.output, HasSubstr("feature/stream-F-news: not merged"));
  EXPECT_THAT(said.errors, HasSubstr("git -C " + two.path().string() + " merge develop"));
  EXPECT_TRUE(one.has("tests")) << "nothing is removed while one is not in";
  EXPECT_EQ(status("['state']"), "completed\n");
  two.sh(
      "git merge -q develop || true; git checkout -q --ours . ; git add -A; git -c core.hooksPath= "
      "commit "
      "-qm mended");
  EXPECT_THAT(owner.sh("git stream merge F"), Complains(1, "has moved since it was completed"));
  owner.must("git stream complete F");
  EXPECT_THAT(owner.must("git stream merge F"), HasSubstr("feature/stream-F-sentiment: was in ("));
  EXPECT_EQ(owner.must("git branch --no-merged develop"), "");
  EXPECT_EQ(status("['state']"), "merged\n");
}

TEST_F(Branches, OneThatComesLaterIsLeftOutWithItsName) {
  branch("sentiment", {{"llm/sentiment.py", "one = 2\n"}});
  owner.must("git stream complete F");
  const Place late = branch("late", {{"llm/news.py", "late = 1\n"}});
  EXPECT_THAT(owner.sh("git stream merge F"),
              Complains(1, "feature/stream-F-late was not there when it was completed"));
  late.write("llm/other.py", "open = 1\n");
  EXPECT_THAT(owner.sh("git stream complete F").errors, HasSubstr("1 path not committed"));
  late.must("rm llm/other.py");
  owner.must("git stream complete F");
  owner.must("git stream merge F");
  EXPECT_EQ(in_develop("llm/news.py"), "late = 1\n");
  // And one after the merge: the stream is not merged any more.
  const Place again = branch("again", {{"llm/news.py", "again = 1\n"}});
  EXPECT_EQ(status("['state']"), "in_progress\n");
  EXPECT_THAT(owner.sh("git stream merge F"), Complains(1, "feature/stream-F-again has commits"));
  EXPECT_TRUE(again.has("llm/news.py"));
}

TEST_F(Branches, AnAgentCompletesItsOwn) {
  const Place one = branch("sentiment", {{"llm/sentiment.py", "one = 2\n"}}, "F1");
  const Place two = branch("news", {{"llm/news.py", "two = 2\n"}}, "F2");
  two.write("llm/news.py", "open = 1\n");
  const std::string tip = one.must("git rev-parse --short=10 HEAD");
  EXPECT_THAT(owner.must("git stream complete F1"), HasSubstr("agent-F1 is complete at " + tip));
  EXPECT_THAT(owner.sh("git stream complete F2").errors, HasSubstr("1 path not committed"));
  EXPECT_THAT(owner.sh("git stream complete F").errors, HasSubstr("1 path not committed"));
  EXPECT_EQ(status("['state']"), "in_progress\n");
}

TEST_F(Branches, OneThatLeavesTheRuleIsNamedWithTheWayBack) {
  owner.must("git stream start F");
  const Place place = Place(repo, repo.folder() / "repo-stream-F");
  work(place, {{"llm/news.py", "one = 1\n"}});
  place.must("git branch -m claude/frosty-name");
  const std::string next = "git -C " + place.path().string() +
                           " branch -m claude/frosty-name feature/stream-F-frosty-name";
  EXPECT_THAT(owner.must("git stream status"), HasSubstr(next));
  EXPECT_EQ(status("['outside'][0]['next']"), next + "\n");
  for (const char* command : {"git stream complete F", "git stream merge F"})
    EXPECT_EQ(owner.sh(command).status, 1) << command;
  EXPECT_THAT(owner.sh("git stream complete F").errors, HasSubstr("next: " + next));
  owner.must(next);
  owner.must("git stream complete F; git stream merge F");
  EXPECT_EQ(in_develop("llm/news.py"), "one = 1\n");
}

TEST_F(Branches, RenamedWithoutAWorktreeItIsFound) {
  const Place place = branch("news", {{"llm/news.py", "one = 1\n"}});
  owner.must("git worktree remove ../news; git branch -m feature/stream-F-news wip/news");
  EXPECT_THAT(
      owner.must("git stream status"),
      HasSubstr("branch wip/news has commits of it, and no name of it (git branch -m wip/news "
                "feature/stream-F-news)"));
  EXPECT_EQ(owner.sh("git stream complete F").status, 1);
}

TEST_F(Branches, DeletedAfterCompletionItIsMissed) {
  branch("sentiment", {{"llm/sentiment.py", "one = 2\n"}});
  const Place two = branch("news", {{"llm/news.py", "two = 2\n"}});
  owner.must("git stream complete F");
  const std::string tip = two.must("git rev-parse --short=10 HEAD");
  owner.must("git worktree remove ../news; git branch -q -D feature/stream-F-news");
  const Said said = owner.sh("git stream merge F");
  EXPECT_THAT(said, Complains(1, "its branch feature/stream-F-news does not exist"));
  EXPECT_THAT(said.errors, HasSubstr("next: git branch feature/stream-F-news " + tip));
}

// ---- Merged means merged, whoever did it and how

struct HostMerge {
  const char* name;
  const char* script;  // in the owner's worktree, on develop; $B: the branch
  const char* how;     // as status says it; empty: it is not in
};
void PrintTo(const HostMerge& merge, std::ostream* out) {
  *out << merge.name;
}

class ByHost : public Branches, public testing::WithParamInterface<HostMerge> {};

TEST_P(ByHost, CountsAsMerged) {
  const Place place = branch("sentiment", {{"llm/sentiment.py",
                                            "one = 1\ntwo = 20\nthree = 3\nfour "
                                            "= 4\nfive = 5\n"}});
  work(place, {{"llm/news.py", "first = 40\n"}, {"llm/extra.py", "extra = 1\n"}});
  owner.must(
      "B=feature/stream-F-sentiment; export GIT_EDITOR=true; git config core.hooksPath "
      "/dev/null\n" +
      std::string(GetParam().script) + "\ngit config --unset core.hooksPath");
  const std::string how = GetParam().how;
  const std::string said = owner.must("git stream status");
  if (how.empty()) {
    EXPECT_THAT(said, Not(HasSubstr("merged by")));
    EXPECT_EQ(status("['branches'][0]['in']"), "False\n");
    return;
  }
  EXPECT_EQ(status("['branches'][0]['merged']['how']"), how + "\n");
  EXPECT_THAT(said, HasSubstr("merged by " + owner
                                                 .must("git log -1 --format=%h --abbrev=10 "
                                                       "--grep='^landed'")
                                                 .substr(0, 10)));
  const std::string before = owner.must("git rev-parse develop");
  owner.must("git stream complete F");
  EXPECT_THAT(owner.must("git stream merge F"), HasSubstr("removed branch feature/stream-F-sent"));
  EXPECT_EQ(owner.must("git rev-parse develop"), before) << "there was nothing to merge";
  EXPECT_FALSE(place.has("llm"));
}

INSTANTIATE_TEST_SUITE_P(
    Ways, ByHost,
    testing::Values(
        HostMerge{"merge", "git merge -q --no-ff -m landed $B", "merged"},
        HostMerge{"squash", "git merge -q --squash $B; git commit -qm landed",
                  "nothing left of it"},
        HostMerge{"squash into a develop that has moved",
                  "echo 'six = 6' >>llm/sentiment.py; git commit -qam other; git merge -q --squash "
                  "$B; git commit -qm landed",
                  "nothing left of it"},
        HostMerge{"squash, and develop goes on in the same lines",
                  "git merge -q --squash $B; git commit -qm landed; sed -i 's/20/21/' "
                  "llm/sentiment.py; git commit -qam more; rm llm/extra.py; git commit -qam less",
                  "nothing left of it"},
        HostMerge{"rebase",
                  "echo o >o; git add o; git commit -qm other; git checkout -q --detach $B; "
                  "git rebase -q develop; "
                  "git commit -q --amend -m landed; git checkout -q -B develop",
                  "nothing left of it"},
        HostMerge{"cherry-picks with a change of the same lines between them",
                  "git cherry-pick $B^ >/dev/null; sed -i 's/20/30/' llm/sentiment.py; git commit "
                  "-qam between; git cherry-pick $B >/dev/null; git commit -q --amend -m landed; "
                  "sed -i 's/40/50/' llm/news.py; git commit -qam more",
                  "nothing left of it"},
        HostMerge{"cherry-picks in another order, with a change of the same lines between them",
                  "git cherry-pick $B >/dev/null; sed -i 's/40/50/' llm/news.py; git commit -qam "
                  "between; git cherry-pick $B^ >/dev/null; git commit -q --amend -m landed",
                  "same patches"},
        HostMerge{"squash and revert",
                  "git merge -q --squash $B; git commit -qm landed; git revert "
                  "--no-edit HEAD >/dev/null",
                  "nothing left of it"},
        HostMerge{"another change of the same files",
                  "echo 'six = 6' >>llm/sentiment.py; echo 'extra = 2' >llm/extra.py; echo "
                  "'first = 2' >llm/news.py; git add -A; "
                  "git commit -qm other",
                  ""},
        HostMerge{"a part of it by hand", "git checkout $B llm/sentiment.py; git commit -qm part",
                  ""},
        HostMerge{"nothing at all", "git commit -q --allow-empty -m other", ""}));

TEST_F(Branches, WhatIsLeftAfterASquashIsWhatRemains) {
  const Place place = branch("sentiment", {{"llm/sentiment.py", "one = 10\ntwo = 2\n"}});
  owner.must("git merge -q --squash feature/stream-F-sentiment");
  owner.unjudged("commit -m squashed");
  const std::string squash = owner.must("git rev-parse --short=10 HEAD").substr(0, 10);
  work(place, {{"llm/sentiment.py", "one = 100\ntwo = 2\n"}});
  EXPECT_THAT(owner.must("git stream status"),
              HasSubstr(" by " + squash + " (nothing left of it)"));
  EXPECT_EQ(status("['branches'][0]['in']"), "False\n");
  EXPECT_EQ(owner.sh("git stream conflicts").status, 0) << owner.sh("git stream conflicts").output;
  EXPECT_THAT(owner.sh("git stream order").output, HasSubstr("feature/stream-F-sentiment  1 file"));
  owner.must("git stream complete F; git stream merge F");
  EXPECT_EQ(in_develop("llm/sentiment.py"), "one = 100\ntwo = 2\n");
  EXPECT_EQ(owner.must("git branch"), "* develop\n");
}

TEST_F(Branches, NothingIsCompleteThatHasNoCommits) {
  owner.must("git stream start F");
  EXPECT_THAT(owner.sh("git stream complete F"),
              Complains(1, "stream F has no commits: nothing was done on feature/stream-F-llm"));
  EXPECT_EQ(status("['state']"), "in_progress\n");
  owner.must("git stream complete F --empty");
  EXPECT_EQ(status("['state']"), "completed\n");
  EXPECT_THAT(owner.must("git stream merge F"), HasSubstr("removed branch feature/stream-F-llm"));
}

// ---- One branch an agent

std::string agents(const std::string& more = {}) {
  return "version: 1\nstreams:\n  F:\n    name: LLM\n    agents:\n      F1: {scope: Sentiment, "
         "files: "
         "[\"llm/sentiment*.py\"]}\n      F2: {scope: News desk, files: [\"llm/news*.py\"], after: "
         "[F1]}\nvalidate: []\n" +
         more;
}

TEST(PerAgent, EachHasABranchAWorktreeAndAnIndex) {
  const StreamRepo repo{agents()};
  const Place owner = repo.owner();
  EXPECT_EQ(owner.must("git stream start F --per-agent | grep -v '^ '"),
            "started agent-F1 of stream F (LLM) in ../repo-stream-F-sentiment on "
            "feature/stream-F-sentiment\nstarted agent-F2 of stream F (LLM) in "
            "../repo-stream-F-news-desk on feature/stream-F-news-desk\n");
  const Place one = owner.in("../repo-stream-F-sentiment"),
              two = owner.in("../repo-stream-F-news-desk");
  one.write("llm/sentiment.py", "one = 1\n");
  two.write("llm/news.py", "import llm.sentiment\n");
  one.must("git add -A");
  EXPECT_EQ(two.must("git diff --cached --name-only"), "") << "an index of their own";
  one.must("git commit -qm one");
  EXPECT_EQ(two.sh("echo x >>llm/sentiment.py; git add -A; git commit -qm two").status, 1)
      << "it is enrolled as F2";
  two.must("git checkout -q HEAD -- llm/sentiment.py; git commit -qm two");
  EXPECT_THAT(owner.sh("git stream complete F2"), Complains(1, "agent-F2 comes after agent-F1"));
  owner.must("git stream complete F1; git stream complete F2; git stream complete F");
  EXPECT_EQ(json_of(owner, "merge F", "[b['name'] for m in d['merges'] for b in m['branches']]"),
            "['feature/stream-F-sentiment', 'feature/stream-F-news-desk']\n");
  EXPECT_EQ(owner.must("git branch; git worktree list | wc -l"), "* develop\n1\n");
}

TEST(PerAgent, ByThePolicyAndMadeAgain) {
  const StreamRepo repo{agents("worktrees: agent\n")};
  const Place owner = repo.owner();
  owner.must("git stream start F");
  EXPECT_EQ(owner.must("git worktree list | wc -l"), "3\n");
  EXPECT_THAT(owner.must("git stream start F"),
              HasSubstr("agent-F2 of stream F is started already: ../repo-stream-F-news-desk\n"));
  owner.must("rm -rf ../repo-stream-F-news-desk; git stream start F");
  EXPECT_TRUE(owner.in("../repo-stream-F-news-desk").has(".git"));
  owner.must("git stream spawn F1 -- sh -c 'pwd >../pwd'");
  EXPECT_THAT(owner.must("cat ../pwd"), testing::EndsWith("repo-stream-F-sentiment\n"));
}

TEST(PerAgent, AWorktreeAtWorkIsLockedForOthers) {
  const StreamRepo repo{agents("worktrees: agent\n")};
  const Place owner = repo.owner();
  owner.must("git stream start F");
  owner.must("git stream spawn F1 -- sh -c 'git worktree list --porcelain >../list; touch ../ran'");
  EXPECT_THAT(owner.must("cat ../list"), HasSubstr("locked an agent is at work here"));
  EXPECT_THAT(owner.must("git worktree list --porcelain"), Not(HasSubstr("locked")));
  owner.must("git worktree lock --reason mine ../repo-stream-F-news-desk");
  owner.must("git stream spawn F2 --anyway -- true");
  EXPECT_THAT(owner.must("git worktree list --porcelain"), HasSubstr("locked mine\n"));
  // A run that was killed leaves its lock; nobody is held up by it.
  const Place one = owner.in("../repo-stream-F-sentiment");
  owner.must(
      "git worktree unlock ../repo-stream-F-news-desk; echo 'an agent is at work here (git "
      "stream spawn)' >.git/worktrees/repo-stream-F-sentiment/locked");
  one.write("llm/sentiment.py", "one = 1\n");
  one.must("git add -A; git commit -qm one");
  owner.must("git stream complete F; git stream merge F");
  EXPECT_EQ(owner.must("git worktree list | wc -l"), "1\n");
}

TEST(PerAgent, TwoInOneWorktreeOnlyWhereTheyAskForIt) {
  const StreamRepo repo;
  const Place owner = repo.owner();
  owner.must(
      "git stream start F; git stream spawn F1 --detach -- sh -c 'while [ ! -e ../end ]; do "
      "sleep 0.05; done'");
  const Said said = owner.sh("git stream spawn F2 -- true");
  EXPECT_THAT(said, Complains(1, "agent-F1 runs in the same worktree"));
  EXPECT_THAT(said.errors, HasSubstr("next: git stream start F --per-agent, or --anyway"));
  owner.must("git stream spawn F2 --anyway -- true");
  owner.must("git stream start F --per-agent; git stream spawn F2 -- true");
  owner.must("touch ../end; wait_for '! git worktree list --porcelain | grep -q ^locked'");
}

TEST(PerAgent, BesideTheStreamsOwn) {
  const StreamRepo repo{agents()};
  const Place owner = repo.owner();
  owner.must("git stream start F; git stream start F --per-agent");
  EXPECT_EQ(owner.must("git worktree list | wc -l"), "4\n");
  EXPECT_EQ(
      json_of(owner, "status", "[b['name'] for b in d['streams'][0]['branches']]"),
      "['feature/stream-F-llm', 'feature/stream-F-news-desk', 'feature/stream-F-sentiment']\n");
}

TEST(PerAgent, NotWhereTheRuleCannotTellThemApart) {
  const StreamRepo repo{agents("branch: \"work/{stream}\"\n")};
  EXPECT_THAT(repo.owner().sh("git stream start F --per-agent").errors,
              HasSubstr("the policy's naming rule has no {slug}"));
}

// ---- Work that nobody has committed

class Dirty : public Branches {
 protected:
  Dirty() { owner.must("git stream start F,E"); }
  Place f{repo, repo.folder() / "repo-stream-F"}, e{repo, repo.folder() / "repo-stream-E"};
};

TEST_F(Dirty, IsSeenInStartedWorktrees) {
  f.write("tests/new.py", "x = 1\n");
  e.write("tests/new.py", "x = 2\n");
  EXPECT_EQ(owner.sh("git stream conflicts").status, 0);
  const Said said = owner.sh("git stream conflicts --dirty");
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(said.errors, "");
  EXPECT_EQ(owner.sh("git stream conflicts --staged").status, 0);
  f.must("git add -A");
  e.must("git add -A");
  EXPECT_EQ(owner.sh("git stream conflicts --staged").status, 1);
  EXPECT_EQ(json_of(owner, "conflicts --dirty", "[s['uncommitted'] for s in d['streams']]"),
            "[1, 1]\n")
      << "without .aiignore";
  EXPECT_EQ(f.must("git status --porcelain"), "A  tests/new.py\n");
}

TEST_F(Dirty, NeedsNoLockOnAnIndex) {
  f.write("tests/new.py", "x = 1\n");
  e.write("tests/new.py", "x = 2\n");
  for (const Place& place : {f, e}) place.must("touch $(git rev-parse --git-dir)/index.lock");
  EXPECT_EQ(owner.sh("git stream conflicts --dirty").status, 1);
}

TEST_F(Dirty, WhatCannotBeLookedAtIsNoAgreement) {
  f.must("git config filter.broken.clean false; git config filter.broken.required true");
  f.must("echo '*.bin filter=broken' >../repo/.git/info/attributes; echo x >a.bin");
  const Said said = owner.sh("git stream conflicts --dirty");
  EXPECT_EQ(said.status, 3) << said.output;
  EXPECT_THAT(said.errors, HasSubstr("stream F: not all that is in " + f.path().string()));
  EXPECT_THAT(said.output, Not(HasSubstr("no two of them conflict")));
  EXPECT_EQ(
      json_of(owner, "conflicts --dirty", "[s['stream'] for s in d['streams'] if s['trouble']]"),
      "['F']\n");
  f.must("rm a.bin");
  EXPECT_EQ(owner.sh("git stream conflicts --dirty").status, 0);
}

TEST_F(Dirty, ARepositoryInsideIsNamedAndTheRestIsSeen) {
  f.must("git init -q tool; echo x >tool/x");
  const Said empty = owner.sh("git stream conflicts --dirty");
  EXPECT_EQ(empty.status, 3) << empty.output;
  EXPECT_THAT(empty.errors, HasSubstr("tool"));
  f.must("cd tool; git add -A; git commit -qm x");
  const Said said = owner.sh("git stream conflicts --dirty");
  EXPECT_EQ(said.status, 3);
  EXPECT_THAT(said.errors, HasSubstr("a repository of its own is in it: tool"));
  f.write("tests/new.py", "x = 1\n");
  e.write("tests/new.py", "x = 2\n");
  EXPECT_EQ(owner.sh("git stream conflicts --dirty").status, 1) << "a conflict is one all the same";
}

}  // namespace
}  // namespace gs::test
