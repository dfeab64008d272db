// What can happen to a path, and what a path can be called.

#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;

std::string risk(const std::string& path) {
  return path + ": scope: belongs to agent-E1 (stream E)";
}

// What F1 stages in a fresh worktree, and the paths that its commit is blocked for.
struct Change {
  const char* what;
  const char* script;
  std::vector<std::string> blocked;
};

const Change kChanges[] = {
    {"a rename out of the scope counts at its new name",
     "git mv llm/sentiment.py models/sentiment.py",
     {"models/sentiment.py"}},
    {"a rename into the scope counts at its old name",
     "git mv models/risk.py llm/sentiment_risk.py",
     {"models/risk.py"}},
    {"a rename within the scope", "git mv llm/sentiment.py llm/agents/sentiment.py", {}},
    {"a copy counts at its new name only",
     "cp models/risk.py llm/sentiment_copy.py; git add -A",
     {}},
    {"a copy out of the scope",
     "cp llm/sentiment.py models/copy.py; git add -A",
     {"models/copy.py"}},
    {"a deletion", "git rm -q llm/sentiment.py", {}},
    {"a deletion out of the scope", "git rm -q models/risk.py", {"models/risk.py"}},
    {"another mode", "git update-index --chmod=+x llm/sentiment.py", {}},
    {"another mode out of the scope",
     "git update-index --chmod=+x models/risk.py",
     {"models/risk.py"}},
    {"a link in the place of a file, wherever it points",
     "ln -sf news.py llm/sentiment.py; git add -A",
     {}},
    {"a link out of the scope, wherever it points",
     "ln -sf ../llm/sentiment.py models/risk.py; git add -A",
     {"models/risk.py"}},
    {"a submodule",
     "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),llm/agents/sub",
     {}},
    {"a submodule out of the scope",
     "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),models/sub",
     {"models/sub"}},
    {"a submodule whose commit is not here",
     "git update-index --add --cacheinfo "
     "160000,$(git rev-parse HEAD | tr 0-9a-f 1),llm/agents/sub",
     {}},
    {"a folder in the place of a file",
     "git rm -q models/risk.py; mkdir -p models/risk.py; echo 1 >models/risk.py/a; git add -A",
     {"models/risk.py", "models/risk.py/a"}},
};

TEST(Paths, ThatChange) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("git config diff.renames copies");
  for (const Change& change : kChanges) {
    SCOPED_TRACE(change.what);
    f1.must(change.script);
    const Said said = f1.sh("git commit -q -m m");
    Findings findings;
    for (const std::string& path : change.blocked) findings.push_back(risk(path));
    if (findings.empty())
      EXPECT_THAT(said, Commits());
    else
      EXPECT_THAT(said, Blocks(kF1, findings));
    f1.unjudged("reset --hard develop");
    f1.must("git clean -q -ffdx llm models");
  }
}

// What a block says to do next, for the shell.
std::string next_step(const std::string& errors) {
  const std::string mark = "    next: ";
  const std::size_t at = errors.find(mark) + mark.size();
  return errors.substr(at, errors.find('\n', at) - at);
}

struct Name {
  std::string path;   // in E1's scope
  const char* shown;  // as git shows it
};

const Name kNames[] = {
    {"models/a  b .py", "models/a  b .py"},
    {"models/it's \"so\".py", R"("models/it's \"so\".py")"},
    {"models/a\nb\tc\\.py", R"("models/a\nb\tc\\.py")"},
    {"models/\x1b[31mred\x01.py", R"("models/\033[31mred\001.py")"},
    {"models/\xc2\x9b"
     "31m.py",
     R"("models/\302\23331m.py")"},
    {"models/größe-模型-🦀.py", "models/größe-模型-🦀.py"},
    {"models/caf\xe9-\xff\xfe.py", R"("models/caf\351-\377\376.py")"},
    {"models/-rf *[a]?{b}!#$(x)`.py", "models/-rf *[a]?{b}!#$(x)`.py"},
    {"models/*", "models/*"},
};

// E1 may commit it, F1 may not, the path is shown as git shows it, and the next step that is named
// takes it, and only it, out of the index.
TEST(Paths, OfAnyNameInAndOutOfScope) {
  const StreamRepo repo;
  const Place e1 = repo.agent("E1"), f1 = repo.agent("F1");
  for (const auto& [path, shown] : kNames) {
    SCOPED_TRACE(shown);
    EXPECT_THAT(e1.commit(path), Commits());
    const Said said = f1.commit(path, "of F1\n");
    EXPECT_THAT(said, Blocks(kF1, Findings{risk(shown)}));
    EXPECT_EQ(said.errors.find('\x1b'), std::string::npos) << "no terminal is written to";
    f1.write("models/bystander.py", "1\n");
    f1.must("git add models/bystander.py; bash -c " + word(next_step(said.errors)));
    EXPECT_EQ(f1.must("git diff --cached --name-only"), "models/bystander.py\n");
    e1.must("git stream lock --ttl 2h -- models/");
    EXPECT_THAT(e1.commit(path, "again\n"), Commits()) << "a held name like this too";
    e1.must("git stream unlock models/");
    f1.must("git reset -q; git clean -q -ffdx models");
  }
}

TEST(Paths, OfFourThousandCharacters) {
  // Longer than what a process can open beside its worktree's own path: only git's index has it.
  std::string path = "models";
  while (path.size() < 3800) path += "/" + std::string(200, 'd');
  path += "/" + std::string(4000 - path.size() - 4, 'f') + ".py";
  ASSERT_EQ(path.size(), 4000U);
  const StreamRepo repo;
  const auto stage = [&](const Place& place) {
    const std::string blob = place.must("pwd | git hash-object -w --stdin").substr(0, id_digits());
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
