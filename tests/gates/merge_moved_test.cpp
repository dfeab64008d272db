// git stream merge while the integration branch moves, or cannot be moved: what comes in meanwhile
// stays, the worktree is where the branch is, and the report begins where the merge began.

#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Moving : public testing::Test {
 protected:
  Moving() {
    owner.must("echo '*.slow filter=trap' >.gitattributes; git add -A");
    owner.unjudged("commit -m attributes");
    owner.must("git stream start E,F");
    for (const auto& [id, file] : {std::pair{"E", "models/x.slow"}, {"F", "llm/news.py"}}) {
      const Place place = owner.in(std::string("../repo-stream-") + id);
      EXPECT_THAT(place.commit(file, "mine = 1\n"), Commits());
      owner.must(std::string("git stream complete ") + id);
    }
  }
  std::string tip(const std::string& name = "develop") const {
    return owner.must("git rev-parse " + name);
  }
  // What git runs, once, while it writes models/x.slow where develop is checked out.
  void trap(const std::string& script) const {
    owner.must("printf '%s\\n' '#!/bin/sh' 'if rm ../trap 2>&-; then' '" + script +
               "' 'fi >&2 </dev/null; cat' >../smudge; chmod +x ../smudge; touch ../trap; git "
               "config filter.trap.smudge \"$PWD/../smudge\"");
  }
  std::string last_report() const {
    return json_of(owner, "report --last", "d['merged']['before'], d['commit'], d['occasion']");
  }
  void expect_both_in() const {
    EXPECT_EQ(owner.must("git status --porcelain"), "");
    EXPECT_EQ(owner.must("cat models/x.slow other.txt"), "mine = 1\nother\n");
  }

  const StreamRepo repo;
  const Place owner = repo.owner();
};

TEST_F(Moving, BetweenCompletionAndMerge) {
  owner.write("other.txt", "other\n");
  owner.must("git add -A");
  owner.unjudged("commit -m meanwhile");
  const std::string before = tip();
  EXPECT_EQ(json_of(owner, "merge E", "d['merges'][0]['from']"), before);
  EXPECT_EQ(tip("develop^1"), before);
  EXPECT_EQ(last_report(), before.substr(0, id_digits()) + " " + tip().substr(0, id_digits()) +
                               " git stream merge E\n");
  expect_both_in();
}

TEST_F(Moving, WhileItsFilesAreWritten) {
  const std::string before = tip();
  trap(
      "export GIT_INDEX_FILE=../index; unset GIT_DIR; git read-tree develop; blob=$(echo other | "
      "git hash-object -w --stdin); git update-index --add --cacheinfo 100644,$blob,other.txt; "
      "commit=$(git commit-tree -p develop -m meanwhile $(git write-tree)); git -c "
      "core.hooksPath=/dev/null update-ref refs/heads/develop $commit; echo $commit >../came");
  owner.must("git stream merge E 2>&1");
  EXPECT_EQ(tip("develop^1"), owner.must("cat ../came"));
  EXPECT_EQ(tip("develop^1^"), before);
  EXPECT_EQ(last_report().substr(0, id_digits()), owner.must("cat ../came").substr(0, id_digits()));
  expect_both_in();
}

TEST_F(Moving, ACommitInItsWorktreeWhileTheMergeIsMade) {
  const std::string before = tip();
  owner.write("models/both.txt", "one\n");
  owner.must("echo 'both.txt merge=slow' >>.gitattributes; git add -A");
  owner.unjudged("commit -m both");
  const Place e = owner.in("../repo-stream-E");
  e.unjudged("merge develop");
  e.commit("models/both.txt", "two\n");
  owner.must("git stream complete E");
  owner.write("models/both.txt", "three\n");
  owner.must("git add -A");
  owner.unjudged("commit -m three");
  owner.must(
      "printf '%s\\n' '#!/bin/sh' 'cd \"$TOP\"; export GIT_DIR=.git' 'if mkdir ../once "
      "2>&-; then echo other >other.txt; git -c core.hooksPath=/dev/null add other.txt && git -c "
      "core.hooksPath=/dev/null commit -qm meanwhile; fi' 'exit 0' >../driver; chmod +x "
      "../driver; git config merge.slow.driver \"TOP='$PWD' '$PWD/../driver'\"");
  owner.must("git stream merge E 2>&1");
  EXPECT_EQ(owner.must("git log -1 --format=%s develop^1"), "meanwhile\n");
  expect_both_in();
}

TEST_F(Moving, TwoMergesAtOnceEachReportTheirOwn) {
  const std::string before = tip();
  owner.must("git stream merge E >../e 2>&1 & git stream merge F >../f 2>&1; wait");
  const std::string ranges = owner.must(
      "cat .git/stream/state/reports/*/report.json | python3 -c 'import json, sys\n"
      "text = sys.stdin.read(); read = json.JSONDecoder()\n"
      "while text.strip():\n"
      "  d, end = read.raw_decode(text.lstrip()); text = text.lstrip()[end:]\n"
      "  print(d[\"merged\"][\"before\"], d[\"commit\"])' | sort");
  const std::string first = tip("develop^1").substr(0, id_digits()),
                    last = tip().substr(0, id_digits());
  std::vector<std::string> expected{before.substr(0, id_digits()) + " " + first + "\n",
                                    first + " " + last + "\n"};
  std::ranges::sort(expected);
  EXPECT_EQ(ranges, expected[0] + expected[1]);
}

TEST_F(Moving, WhereItCannotMoveTheFilesGoBack) {
  const std::string before = owner.must("git for-each-ref; git ls-files -s; ls -A; git status -s");
  // Refs in tables have one lock, for which git waits as long as it is told to.
  const std::string lock = std::filesystem::exists(repo.path() / ".git/reftable")
                               ? ".git/reftable/tables.list.lock"
                               : ".git/refs/heads/develop.lock";
  owner.must("git config reftable.lockTimeout 50; touch " + lock);
  const Said said = owner.sh("git stream merge E");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.errors, HasSubstr("git did not move develop"));
  owner.must("rm " + lock);
  EXPECT_EQ(owner.must("git for-each-ref; git ls-files -s; ls -A; git status -s"), before);
  owner.must("git stream merge E,F");
  EXPECT_EQ(owner.must("git status -s; git worktree list | wc -l"), "1\n");
}

// What a merge leaves that was killed once the branch had moved.
TEST_F(Moving, WhatAnInterruptedMergeMovedIsLookedAfter) {
  const std::string before = tip().substr(0, id_digits());
  owner.with("GIT_STREAM_MERGING=1")
      .unjudged("merge --no-ff -m 'Merge stream E: Models' feature/stream-E-models");
  const std::string after = tip().substr(0, id_digits());
  EXPECT_THAT(owner.sh("git stream report --last").output, Not(HasSubstr(after.substr(0, 10))));
  owner.must("git stream merge E");
  EXPECT_EQ(last_report(), before + " " + after + " git stream merge E\n");
  owner.must("git stream merge E");
  EXPECT_EQ(owner.must("ls .git/stream/state/reports | wc -l"), "1\n") << "and once only";
}

}  // namespace
}  // namespace gs::test
