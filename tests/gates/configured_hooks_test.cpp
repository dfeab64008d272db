// git stream install --config: the hooks in git's configuration, where git has such (2.54).

#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ConfiguredHooks : public testing::Test {
 protected:
  // Whether this git has them; where not, that is what install says.
  bool configure() {
    const Said said = owner.sh("git stream install --config");
    if (said.status == 0) return true;
    EXPECT_THAT(said, Complains(2, "this git runs no hooks from its configuration"));
    EXPECT_THAT(said.errors, HasSubstr("\n  next: git stream install\n"));
    EXPECT_THAT(owner.must("git stream doctor"), HasSubstr("ok       hooks      pre-commit: "));
    EXPECT_EQ(owner.sh("test $(git version | sed 's/[^0-9]*[0-9]*.//; s/\\..*//') -ge 54").status,
              1);
    return false;
  }

  StreamRepo repo;
  Place owner = repo.owner(), f1 = repo.agent("F1");
};

TEST_F(ConfiguredHooks, JudgeWhateverTheHooksFolderIs) {
  if (!configure()) return;
  EXPECT_EQ(owner.must("ls .git/hooks | grep -v sample ||:"), "");
  EXPECT_THAT(owner.must("git stream doctor"),
              HasSubstr("pre-commit: hook.git-stream-pre-commit in "));
  EXPECT_THAT(owner.must("git stream status"), Not(HasSubstr("NOT IN PLACE")));
  for (const char* path : {"/dev/null", "../elsewhere", ".husky/_"}) {
    owner.must("git config core.hooksPath " + std::string(path));
    EXPECT_EQ(f1.commit("llm/sentiment.py", path).status, 0) << path;
    EXPECT_EQ(f1.commit("models/risk.py", path).status, 1) << path;
    const Said past = f1.sh("git commit -qnm evil");
    EXPECT_THAT(past.errors, HasSubstr("ref update blocked for agent-F1")) << path;
    EXPECT_NE(past.status, 0) << path;
    f1.must("git reset -q --hard");
  }
}

TEST_F(ConfiguredHooks, LetTheOthersRunAndAreNotMadeTwice) {
  owner.must(
      "printf '#!/bin/sh\\necho theirs >>../ran\\n' >.git/hooks/pre-commit"
      "; chmod +x .git/hooks/pre-commit; git stream install");
  if (!configure()) return;
  EXPECT_EQ(owner.must("ls .git/hooks | grep -v sample"), "pre-commit\n");
  EXPECT_THAT(owner.must("git stream install"), HasSubstr("everything is in place"));
  EXPECT_EQ(f1.commit("llm/sentiment.py").status, 0);
  EXPECT_EQ(owner.must("cat ../ran"), "theirs\n");
  EXPECT_EQ(owner.must("git stream log --action committed | grep -c committed"), "1\n");
  EXPECT_EQ(owner.must("git push -q . HEAD:refs/heads/x 2>&1"), "");
}

TEST_F(ConfiguredHooks, SwitchedOffIsNamedAndMended) {
  if (!configure()) return;
  for (const char* setting : {"hook.pre-commit.enabled", "hook.git-stream-pre-commit.enabled"}) {
    owner.must("git config " + std::string(setting) + " no");
    const Said said = owner.sh("git stream doctor");
    EXPECT_EQ(said.status, 1);
    EXPECT_THAT(said.output, HasSubstr("pre-commit: is switched off by " + std::string(setting)));
    EXPECT_THAT(owner.must("git stream status"), HasSubstr("NOT IN PLACE: pre-commit "));
    owner.must("git stream install");
    EXPECT_EQ(owner.sh("git stream doctor").status, 0);
    EXPECT_EQ(f1.commit("models/risk.py", setting).status, 1);
    f1.must("git reset -q --hard");
  }
}

TEST_F(ConfiguredHooks, AreTakenOut) {
  // What `init` has set for refs in tables is taken out too.
  const std::string list = "git config --list --local | grep -v reftable.locktimeout";
  const std::string before = owner.must(list);
  if (!configure()) return;
  owner.must("git stream uninstall --all");
  EXPECT_EQ(owner.must(list), before);
  EXPECT_EQ(owner.must("git config reftable.lockTimeout ||:"), "");
  EXPECT_EQ(owner.must("git config --get-regexp '^hook' ||:"), "");
}

}  // namespace
}  // namespace gs::test
