// What can happen to a path, and what a path can be called.

#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;

std::string risk(const std::string& path) {
  return path + ": scope: belongs to agent-E1 (stream E)";
}

TEST(Paths, ARenameOutOfTheScopeCountsAtItsNewName) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git mv llm/sentiment.py models/sentiment.py");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Blocks(kF1, Findings{risk("models/sentiment.py")}));
}

TEST(Paths, ARenameIntoTheScopeCountsAtItsOldName) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git mv models/risk.py llm/sentiment_risk.py");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Blocks(kF1, Findings{risk("models/risk.py")}));
}

TEST(Paths, ARenameWithinTheScopePasses) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git mv llm/sentiment.py llm/agents/sentiment.py");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits());
}

TEST(Paths, ACopyCountsAtItsNewNameOnly) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("cp models/risk.py llm/sentiment_copy.py; git add -A");
  EXPECT_THAT(f1.sh("git -c diff.renames=copies commit -q -m m"), Commits());
  f1.must("cp llm/sentiment.py models/copy.py; git add -A");
  EXPECT_THAT(f1.sh("git -c diff.renames=copies commit -q -m m"),
              Blocks(kF1, Findings{risk("models/copy.py")}));
}

TEST(Paths, Deletions) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git rm -q llm/sentiment.py");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits());
  f1.must("git rm -q models/risk.py");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Blocks(kF1, Findings{risk("models/risk.py")}));
}

TEST(Paths, ModeChanges) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git update-index --chmod=+x llm/sentiment.py");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits());
  f1.must("git update-index --chmod=+x models/risk.py");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Blocks(kF1, Findings{risk("models/risk.py")}));
}

TEST(Paths, AFileThatBecomesASymlink) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("ln -sf news.py llm/sentiment.py; git add -A");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits()) << "the link is in scope, wherever it points";
  f1.must("ln -sf ../llm/sentiment.py models/risk.py; git add -A");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Blocks(kF1, Findings{risk("models/risk.py")}));
}

TEST(Paths, ASubmoduleLink) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  const std::string commit = f1.must("git rev-parse HEAD").substr(0, 40);
  f1.must("git update-index --add --cacheinfo 160000," + commit + ",llm/agents/sub");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits());
  f1.must("git update-index --add --cacheinfo 160000," + commit + ",models/sub");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Blocks(kF1, Findings{risk("models/sub")}));
  f1.must("git rm -q --cached models/sub");
  f1.must("git update-index --cacheinfo 160000," + std::string(40, '1') + ",llm/agents/sub");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits()) << "a moved link whose commit is not here";
}

TEST(Paths, AFolderInThePlaceOfAFile) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must(
      "git rm -q models/risk.py; mkdir -p models/risk.py; echo 1 >models/risk.py/a; git add -A");
  EXPECT_THAT(f1.sh("git commit -q -m m"),
              Blocks(kF1, Findings{risk("models/risk.py"), risk("models/risk.py/a")}));
}

// What a block says to do next, for the shell.
std::string next_step(const std::string& errors) {
  const std::string mark = "    next: ";
  const std::size_t at = errors.find(mark) + mark.size();
  return errors.substr(at, errors.find('\n', at) - at);
}

// A name in E1's scope: E1 may commit it, F1 may not, the path is shown as git shows it, and the
// next step that is named takes it, and only it, out of the index.
void in_and_out_of_scope(const std::string& path, const std::string& shown) {
  const StreamRepo repo;
  EXPECT_THAT(repo.agent("E1").commit(path), Commits());
  const Place f1 = repo.agent("F1");
  const Said said = f1.commit(path);
  EXPECT_THAT(said, Blocks(kF1, Findings{risk(shown)}));
  EXPECT_EQ(said.errors.find('\x1b'), std::string::npos) << "no terminal is written to";
  f1.write("models/bystander.py", "1\n");
  f1.must("git add models/bystander.py; bash -c " + word(next_step(said.errors)));
  EXPECT_EQ(f1.must("git diff --cached --name-only"), "models/bystander.py\n");
  const Place e1(repo, repo.folder() / "E1");
  e1.must("git stream lock --ttl 2h -- models/");
  EXPECT_THAT(e1.commit(path, "again\n"), Commits()) << "a held name like this too";
}

TEST(Paths, WithSpaces) {
  in_and_out_of_scope("models/a  b .py", "models/a  b .py");
}

TEST(Paths, WithQuotes) {
  in_and_out_of_scope("models/it's \"so\".py", R"("models/it's \"so\".py")");
}

TEST(Paths, WithLineBreaks) {
  in_and_out_of_scope("models/a\nb\tc\\.py", R"("models/a\nb\tc\\.py")");
}

TEST(Paths, WithControlCharacters) {
  in_and_out_of_scope("models/\x1b[31mred\x01.py", R"("models/\033[31mred\001.py")");
}

TEST(Paths, WithControlCharactersBeyondAscii) {
  in_and_out_of_scope(
      "models/\xc2\x9b"
      "31m.py",
      R"("models/\302\23331m.py")");
}

TEST(Paths, InOtherScripts) {
  in_and_out_of_scope("models/größe-模型-🦀.py", "models/größe-模型-🦀.py");
}

TEST(Paths, ThatAreNoUtf8) {
  in_and_out_of_scope("models/caf\xe9-\xff\xfe.py", R"("models/caf\351-\377\376.py")");
}

TEST(Paths, ThatLookLikeOptionsAndPatterns) {
  in_and_out_of_scope("models/-rf *[a]?{b}!#$(x)`.py", "models/-rf *[a]?{b}!#$(x)`.py");
}

TEST(Paths, ThatAreAllPattern) {
  in_and_out_of_scope("models/*", "models/*");
}

TEST(Paths, OfFourThousandCharacters) {
  // Longer than what a process can open beside its worktree's own path: only git's index has it.
  std::string path = "models";
  while (path.size() < 3800) path += "/" + std::string(200, 'd');
  path += "/" + std::string(4000 - path.size() - 4, 'f') + ".py";
  ASSERT_EQ(path.size(), 4000U);
  const StreamRepo repo;
  const auto stage = [&](const Place& place) {
    const std::string blob = place.must("echo 1 | git hash-object -w --stdin").substr(0, 40);
    place.must("git update-index --add --cacheinfo 100644," + blob + "," + path);
    return place.sh("git commit -q -m m");
  };
  EXPECT_THAT(stage(repo.agent("E1")), Commits());
  EXPECT_THAT(stage(repo.agent("F1")), Blocks(kF1, Findings{risk(path)}));
}

TEST(Paths, ThatNobodyOwnsAreLockedWhateverTheyAreCalled) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  for (const std::string name :
       {"a b", "it's \"so\"", "two\nlines", "caf\xe9", "[a]*?", "-x", "größe"}) {
    EXPECT_THAT(f1.commit("misc/" + name), Commits()) << name;
  }
  const Place f2 = repo.agent("F2");
  for (const std::string name :
       {"a b", "it's \"so\"", "two\nlines", "caf\xe9", "[a]*?", "-x", "größe"}) {
    const Said said = f2.commit("misc/" + name, "mine\n");
    EXPECT_FALSE(said.moved) << name;
    EXPECT_THAT(said.errors, HasSubstr("lock: held by agent-F1 until ")) << name;
    f2.must("git rm -q --cached -- " + word("misc/" + name));
  }
}

TEST(Paths, ALockOnANameFullOfStarsIsNoPattern) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  ASSERT_THAT(f1.commit("misc/*.py"), Commits());
  EXPECT_THAT(f2.commit("misc/b.py"), Commits());
  EXPECT_THAT(f2.commit("misc/*.py", "mine\n"),
              Blocks(kF2, Findings{"misc/*.py: lock: held by agent-F1 until TIME"}));
  EXPECT_THAT(f1.commit("misc/*.py", "again\n"), Commits()) << "its holder goes on";
  f1.must("git stream unlock 'misc/\\*.py'");
  EXPECT_THAT(f2.sh("git commit -q -m mine"), Commits());
}

}  // namespace
}  // namespace gs::test
