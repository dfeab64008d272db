// What follows a merge, however it was made: by git merge, git pull, git stream merge, or by a
// commit that concludes it.

#include <algorithm>
#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr char kTwoLayers[] =
    "layers: [{name: models, modules: [models]}, {name: llm, modules: [llm]}]\n";

std::string steps(const std::string& list) {
  return two_streams(std::string(kTwoLayers) + "validate:\n" + list);
}

class PostMerge : public testing::Test {
 protected:
  explicit PostMerge(const std::string& policy = two_streams(kTwoLayers)) : repo(policy) {
    owner.write("models/risk.py", "def limit(): return 1\n");
    owner.write("llm/news.py", "HEADLINES = []\n");
    owner.must("git add -A; git commit -qm Modules");
  }

  // A branch on which these lines were run and all was committed.
  void branch(const std::string& name, const std::string& lines) const {
    owner.must("git switch -qc " + name + "; " + lines + "; git add -A; git commit -qm '" + name +
               "'; git switch -q develop");
  }
  void diverge() const { owner.must("echo x >notes.txt; git add -A; git commit -qm Notes"); }
  std::string reports() const {
    return owner.must("ls .claude/state/reports 2>/dev/null | grep -c Z- || true");
  }
  std::string last(const std::string& expression) const {
    return json_of(owner, "report --last", "(" + expression + ")");
  }

  StreamRepo repo;
  Place owner = repo.owner();
};

constexpr char kClean[] = "echo 'def score(): return 1' >llm/score.py";
// Sound on either side alone.
constexpr char kRenames[] = "echo 'def cap(): return 1' >models/risk.py";
constexpr char kImports[] = "echo 'from models.risk import limit' >llm/use.py";

TEST_F(PostMerge, ACleanMergeIsSilentAndHasItsReport) {
  branch("a", kClean);
  diverge();
  EXPECT_THAT(owner.sh("git merge -q a"), Silent());
  EXPECT_EQ(reports(), "1\n");
  EXPECT_EQ(last("d['occasion'], d['sound'], d['branch'], d['steps_note']"),
            "('git merge', True, 'develop', 'the policy has no validate steps')\n");
  EXPECT_EQ(last("[c['subject'] for c in d['merged']['commits'] if not c['merge']], "
                 "d['merged']['file_count']"),
            "(['a'], 1)\n");
}

TEST_F(PostMerge, WhatOnlyTheMergeBreaksIsNamed) {
  branch("a", kRenames);
  branch("b", kImports);
  owner.must("git -c core.hooksPath=/dev/null merge -q a");
  const Said said = owner.sh("git merge -q b");
  EXPECT_EQ(said.status, 0) << "git has made it";
  EXPECT_THAT(said.errors, StartsWith("git-stream: the merge into develop brings 1 violation\n"
                                      "  llm/use.py:1: imports: "));
  EXPECT_EQ(last("d['verdict'], d['findings'][0]['excerpt']['lines']"),
            "('1 violation', ['from models.risk import limit'])\n");
}

TEST_F(PostMerge, AFastForwardIsJudgedAgainstWhereItBegan) {
  branch("a", "echo 'import llm.news' >models/up.py; git add -A; git commit -qm one; " +
                  std::string(kClean));
  const Said said = owner.sh("git merge -q --ff-only a");
  EXPECT_THAT(said.errors, HasSubstr("models/up.py:1: layer: imports llm.news"));
  EXPECT_EQ(last("d['merged']['commit_count']"), "2\n");
}

TEST_F(PostMerge, APullIsAMerge) {
  owner.must("git clone -q . ../other; cd ../other; " + std::string(kClean) +
             "; git add -A; git commit -qm theirs --author 'Bo <bo@example.org>'");
  EXPECT_THAT(owner.sh("git pull -q --ff-only ../other develop"), Silent());
  EXPECT_EQ(last("d['occasion'], d['merged']['commits'][0]['author']"), "('git pull', 'Bo')\n");
}

TEST_F(PostMerge, AConflictThatACommitConcludesIsAMerge) {
  branch("a", kRenames);
  owner.must("echo 'def other(): return 2' >models/risk.py; git commit -qam Other");
  EXPECT_NE(owner.sh("git merge -q a").status, 0);
  EXPECT_EQ(reports(), "0\n");
  owner.must("echo 'def cap(): return 2' >models/risk.py; git add -A");
  EXPECT_THAT(owner.sh("git commit -qm Concluded"), Commits());
  EXPECT_EQ(last("d['occasion'], d['sound']"), "('git commit', True)\n");
  // Other commits are none.
  EXPECT_THAT(owner.commit("notes.txt", "y\n"), Commits());
  EXPECT_EQ(reports(), "1\n");
}

TEST_F(PostMerge, ASquashAndAMergeOfNothingAreNone) {
  branch("a", kClean);
  owner.must("git merge -q --squash a 2>&1");
  EXPECT_EQ(reports(), "0\n");
  owner.must("git commit -qm Squashed; git merge -q HEAD~1");
  EXPECT_EQ(reports(), "0\n");
}

TEST_F(PostMerge, ElsewhereTheTreeIsJudgedAndNoMore) {
  const Place agent = repo.worktree("F", "feature/stream-F-llm");
  owner.write("models/up.py", "import llm.news\n");
  owner.must("git add -A; git -c core.hooksPath=/dev/null commit -qm Up");
  const Said said = agent.sh("git merge -q develop");
  EXPECT_THAT(said.errors, StartsWith("git-stream: the merge into feature/stream-F-llm brings 1 "));
  EXPECT_EQ(reports(), "0\n");
}

TEST_F(PostMerge, TheUsersOwnHookRunsFirst) {
  branch("a", kClean);
  owner.must(
      "printf '#!/bin/sh\\necho own >>own\\n' >.git/hooks/post-merge.before-git-stream; "
      "chmod +x .git/hooks/post-merge.before-git-stream");
  EXPECT_THAT(owner.sh("git merge -q a"), Silent());
  EXPECT_EQ(owner.read("own"), "own\n");
}

class PostMergeSteps : public PostMerge {
 protected:
  PostMergeSteps()
      : PostMerge(
            steps("  - {name: types, run: [test, -f, llm/score.py]}\n"
                  "  - {name: again, run: [sh, -c, \"git merge -q --no-ff -m x b; git reset -q "
                  "--hard HEAD^\"]}\n"
                  "  - {name: none, run: [no-such-program]}\n")) {}
};

TEST_F(PostMergeSteps, RunInOrderAndAreToldInOneLine) {
  branch("a", kClean);
  branch("b", "echo b >b");
  const Said said = owner.sh("git merge -q a");
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(
      said.errors,
      ContainsRegex("^git-stream: develop at [0-9a-f]{10} is not wholly validated: types ok, again "
                    "ok, none not run: [^\n]*no-such-program[^\n]*\n$"));
  EXPECT_EQ(reports(), "1\n") << "what the steps merge is not validated in turn";
  EXPECT_EQ(last("[(s['name'], s['outcome']) for s in d['steps']]"),
            "[('types', 'ok'), ('again', 'ok'), ('none', 'missing')]\n");
  EXPECT_THAT(repo.log("--action validated"), HasSubstr("types ok, again ok, none missing"));
}

TEST_F(PostMergeSteps, AFailureNamesTheLogAndTheReport) {
  branch("a", "echo a >a");
  branch("b", "echo b >b");
  const Said said = owner.sh("git merge -q a");
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.errors, ContainsRegex("^git-stream: develop at [0-9a-f]{10} does not pass its "
                                         "validation\n  types: FAILED \\(exit 1\\)"));
  EXPECT_THAT(said.errors, HasSubstr("/validate-types.log\n"));
  EXPECT_THAT(said.errors, HasSubstr("    next: git stream report --last --open\n"));
  EXPECT_EQ(last("d['sound'], d['verdict']"), "(False, 'types failed')\n");
}

TEST_F(PostMerge, OffRunsNothing) {
  repo.set_policy(two_streams("validate: {mode: off, steps: [{name: x, run: [touch, ran]}]}\n"));
  branch("a", kClean);
  EXPECT_THAT(owner.sh("git merge -q a"), Silent());
  EXPECT_FALSE(owner.has("ran"));
  EXPECT_EQ(last("d['steps_note']"), "validate.mode is off\n");
}

TEST_F(PostMerge, InTheBackgroundGitDoesNotWait) {
  repo.set_policy(
      two_streams("validate: {mode: background, steps: [{name: x, run: [sh, -c, \"while ! [ -e "
                  "../go ]; do sleep "
                  "0.02; done\"]}]}\n"));
  branch("a", kClean);
  const Said said = owner.sh("git merge -q a");  // comes back, though the step waits
  EXPECT_THAT(said.errors, ContainsRegex("^git-stream: develop at [0-9a-f]{10} is validated in the "
                                         "background\n  next: git stream report --last\n$"));
  owner.must("touch ../go; wait_for 'ls .claude/state/reports/*/report.json >/dev/null 2>&1'");
  EXPECT_EQ(last("d['sound'], d['steps'][0]['outcome'], d['merged']['file_count']"),
            "(True, 'ok', 1)\n");
}

TEST_F(PostMerge, WithoutStepsInThePolicyThoseThatTheTreeCallsForAreRun) {
  std::string policy = two_streams(kTwoLayers);
  policy.erase(policy.find("validate: []\n"));
  repo.set_policy(policy);
  owner.must(
      "mkdir ../bin; for p in mypy pytest; do printf '#!/bin/sh\\necho \"$0 $*\"\\n' >../bin/$p; "
      "chmod +x ../bin/$p; done");
  const Place with_programs = owner.with("PATH=" + (repo.folder() / "bin").string() +
                                         ":" GS_BUILD_DIR "/bin:/usr/bin:/bin");
  owner.must("mkdir -p tests; echo >tests/test_a.py; git add -A; git commit -qm Tests");
  branch("a", kClean);
  const Said said = with_programs.sh("git merge -q a");
  EXPECT_THAT(said.errors, HasSubstr("types ok, tests ok, imports ok, layers ok"));
  EXPECT_EQ(last("[s['command'][:2] for s in d['steps']][:2] + [d['steps'][3]['command']]"),
            "[['mypy', '.'], ['pytest', 'tests/'], ['git', 'stream', 'check', '--all']]\n");
}

// What nobody validated is not called sound, and an empty commit makes nothing sound.
TEST_F(PostMerge, AReportSaysWhatWasNotValidated) {
  repo.set_policy(two_streams(
      "validate: [{name: one, run: [test, '!', -e, bad]}, {name: two, run: [\"true\"]}]\n"));
  const auto status = [&] {
    return json_of(owner, "status", "(d['validation']['state'], d['validation']['steps'])");
  };
  const auto verdict = [&] {
    return json_of(owner, "report", "(d['sound'], d['verdict'], d['not_validated'])");
  };
  EXPECT_EQ(verdict(), "(False, 'not validated', ['one', 'two'])\n");
  owner.must("git stream validate --step two");
  EXPECT_EQ(verdict(), "(False, 'not validated: one', ['one'])\n");
  EXPECT_EQ(status(), "('not_validated', ['one'])\n");
  owner.must("git stream validate --step one");
  EXPECT_EQ(verdict(), "(True, 'sound', [])\n") << "each step by the last run of it";
  owner.must("git commit -q --allow-empty -m empty");
  EXPECT_EQ(verdict(), "(True, 'sound', [])\n") << "the tree is the same";
  EXPECT_EQ(owner.sh("touch bad; git add bad; git commit -q -m bad; git stream validate").status,
            1);
  EXPECT_EQ(verdict(), "(False, 'one failed', [])\n");
  EXPECT_EQ(status(), "('failed', ['one'])\n");
  EXPECT_THAT(owner.must("git stream status"),
              ContainsRegex("branch   develop at [0-9a-f]+: FAILED one "));
  owner.must("git commit -q --allow-empty -m more");
  EXPECT_EQ(verdict(), "(False, 'one failed', [])\n");
  owner.must("git rm -q bad; touch other; git add other; git commit -q -m mended");
  EXPECT_EQ(verdict(), "(False, 'not validated', ['one', 'two'])\n");
}

TEST_F(PostMerge, CompletionsSayWhetherTheTestsPassed) {
  repo.set_policy(two_streams("validate: [{name: one, run: [test, '!', -e, tests/bad]}]\n"));
  owner.must("git stream start E,F >/dev/null 2>&1");
  const Place e = owner.in("../repo-stream-E"), f = owner.in("../repo-stream-F");
  const auto passed = [&](const std::string& stream) {
    return json_of(owner, "log --action completed --stream " + stream,
                   "[l['tests_passed'] for l in d['lines']]");
  };
  f.must("echo 1 >llm/sentiment.py; git commit -q -a -m one; git stream complete F >/dev/null");
  EXPECT_THAT(passed("F"), Not(HasSubstr("True")));
  EXPECT_THAT(passed("F"), HasSubstr("None")) << "nobody validated it";
  f.must(
      "echo 2 >llm/sentiment.py; git commit -q -a -m two; git stream validate >/dev/null; git "
      "stream complete F >/dev/null");
  EXPECT_THAT(passed("F"), HasSubstr("True"));
  e.must(
      "echo 1 >models/risk.py; touch tests/bad; git add -A; git commit -q -m one; git stream "
      "validate >/dev/null || true; git stream complete E >/dev/null");
  EXPECT_THAT(passed("E"), HasSubstr("False"));
}

// Every step sees the commit, whatever lies in the worktree.
TEST_F(PostMerge, StepsJudgeTheCommitAlone) {
  repo.set_policy(
      two_streams("validate:\n  - {name: changed, run: [grep, -q, 'third = 3', setup.py]}\n"
                  "  - {name: untracked, run: [test, '!', -e, new.py]}\n"
                  "  - {name: index, run: [sh, -c, 'test -z \"$(git status --porcelain)\"']}\n"));
  for (const char* change :
       {"echo changed >setup.py", "echo new >new.py", "echo changed >setup.py; git add setup.py",
        "git rm -q --cached setup.py", "rm setup.py"}) {
    owner.must(change);
    const std::string before = owner.must("git status --porcelain");
    const Said said = owner.sh("git stream validate");
    EXPECT_EQ(said.status, 0) << change << said.output;
    EXPECT_THAT(said.errors, HasSubstr("validated in a scratch worktree")) << change;
    EXPECT_EQ(owner.must("git status --porcelain"), before) << change;
    EXPECT_EQ(json_of(owner, "report", "d['sound']"), "True\n") << change;
    owner.must("git reset -q --hard; rm -f new.py");
  }
  EXPECT_EQ(owner.sh("echo notes >notes.txt; git stream validate").errors, "") << "in its place";
  EXPECT_EQ(owner.must("git worktree list | wc -l"), "1\n");
}

TEST_F(PostMerge, NoMoreThanFiftyReportsAreKept) {
  owner.must(
      "mkdir -p .claude/state/reports; cd .claude/state/reports; for i in $(seq 10 70); do mkdir "
      "20200101T0000${i}Z-1111111111; done; touch validate-x.log mine.txt");
  branch("a", kClean);
  EXPECT_THAT(owner.sh("git merge -q a"), Silent());
  EXPECT_EQ(reports(), "50\n");
  EXPECT_TRUE(owner.has(".claude/state/reports/mine.txt"));
}

TEST_F(PostMerge, ReportIsMadeAtAnyTime) {
  const Said said = owner.sh("git stream report --html ../page.html");
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.output, StartsWith("develop at "));
  EXPECT_THAT(owner.read("../page.html"), AllOf(StartsWith("<!DOCTYPE html>"), HasSubstr("E")));
  EXPECT_EQ(reports(), "0\n");
  EXPECT_EQ(
      json_of(owner, "report", "(d['schema'], d['occasion'], [s['stream'] for s in d['streams']])"),
      "(1, 'git stream report', ['E', 'F'])\n");
  EXPECT_THAT(owner.sh("git stream report"), testing::Field(&Said::output, HasSubstr("page: ")));
  EXPECT_EQ(reports(), "1\n");
  EXPECT_THAT(owner.must("git stream report --list"), HasSubstr("git stream report: sound\n"));
  EXPECT_THAT(owner.must("git stream report --last --format junit"), StartsWith("<?xml"));
  EXPECT_THAT(owner.must("git stream report --format markdown"), StartsWith("# "));
  EXPECT_THAT(owner.sh("git stream report --format pdf"), Complains(2, "there is no 'pdf'"));
}

TEST_F(PostMerge, WithoutOneTheLastCannotBeShown) {
  EXPECT_THAT(owner.sh("git stream report --last"), Complains(2, "there is no report yet"));
}

// The whole of it for a page under 2 MB, whatever the log's length.
TEST_F(PostMerge, AHundredThousandLogLinesFitOnAPage) {
  owner.must(
      "python3 - <<'E'\n"
      "import datetime\n"
      "t = datetime.datetime(2025, 12, 6, 10)\n"
      "with open('.claude/state/agent_activity.jsonl', 'a') as f:\n"
      "    for i in range(100000):\n"
      "        t += datetime.timedelta(seconds=7)\n"
      "        a = ['committed', 'locked', 'released', 'blocked', 'validated'][i % 5]\n"
      "        f.write('{\"timestamp\": \"%sZ\", \"agent\": \"agent-X%d\", \"stream\": \"E\", "
      "\"action\": \"%s\", \"file\": \"f%d.py\", \"expires\": \"2026-01-01T00:00:00Z\"}\\n' % "
      "(t.isoformat(), i % 300, a, i % 17))\n"
      "E");
  owner.must("git stream report --html ../page.html");
  const std::string page = owner.read("../page.html");
  constexpr std::size_t kMost = 2'000'000;
  EXPECT_LT(page.size(), kMost);
  EXPECT_THAT(page, HasSubstr("lines of the log"));
  EXPECT_THAT(page, HasSubstr("269 agents who did less"));
}

}  // namespace
}  // namespace gs::test
