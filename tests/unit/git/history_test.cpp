// Commits, branches and what they change, against git's own answers.

#include "lib/git/refs/history.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

using core::ObjectId;
using git::Repository;
using testing::ElementsAre;
using testing::IsEmpty;

class HistoryTest : public testing::Test {
 protected:
  Repository open() const { return Repository::discover(repo_.path()); }
  ObjectId rev(const std::string& name) const {
    return *ObjectId::from_hex(trimmed(repo_.git({"rev-parse", name})));
  }
  void commit(const std::string& file, const std::string& content, const std::string& message) {
    repo_.write(file, content);
    repo_.commit_all(message);
  }
  // Two lines that were merged once and have gone on since.
  void branch_and_merge() {
    commit("a/x.py", "1\n", "root");
    commit("a/y.py", "1\n", "second");
    repo_.git({"checkout", "-q", "-b", "feature/one"});
    commit("b/z.py", "2\n", "on one");
    repo_.git({"checkout", "-q", "develop"});
    commit("a/x.py", "3\n", "on develop");
    repo_.git({"merge", "-q", "--no-ff", "-m", "Merge one", "feature/one"});
    repo_.git({"checkout", "-q", "feature/one"});
    commit("b/z.py", "4\n", "on one again");
  }
  std::string listed(const std::string& tip, const std::vector<std::string>& hidden) const {
    std::vector<ObjectId> ids;
    for (const std::string& name : hidden) ids.push_back(rev(name));
    std::string out;
    for (const git::Commit& commit : git::commits_between(open(), ids, rev(tip)))
      out += commit.id.hex() + "\n";
    return out;
  }
  std::string git_lists(const std::string& tip, const std::vector<std::string>& hidden) const {
    std::vector<std::string> arguments{"rev-list", "--topo-order", "--reverse", tip, "--not"};
    arguments.insert(arguments.end(), hidden.begin(), hidden.end());
    return repo_.git(arguments);
  }

  TempRepo repo_;
};

TEST_F(HistoryTest, BranchesLooseAndPacked) {
  commit("f", "1", "one");
  repo_.git({"branch", "feature/stream-F-llm"});
  repo_.git({"branch", "zz"});
  repo_.git({"pack-refs", "--all"});
  repo_.git({"branch", "feature/stream-A-x"});
  repo_.git({"tag", "no-branch"});
  commit("f", "2", "two");
  std::string found;
  for (const auto& [name, id] : git::branches(open())) found += name.str() + " " + id.hex() + "\n";
  EXPECT_EQ(found, repo_.git({"for-each-ref", "--format=%(refname:lstrip=2) %(objectname)",
                              "refs/heads/"}));
}

TEST_F(HistoryTest, CommitsBetween) {
  branch_and_merge();
  for (const auto& [tip, hidden] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"develop", {}},
           {"feature/one", {"develop"}},
           {"develop", {"feature/one"}},
           {"develop", {"develop~1", "feature/one~1"}},
           {"develop", {"develop"}}}) {
    EXPECT_EQ(listed(tip, hidden), git_lists(tip, hidden)) << tip;
  }
}

TEST_F(HistoryTest, CommitsOfAShallowClone) {
  branch_and_merge();
  repo_.git_in(repo_.folder(), {"clone", "-q", "--depth=2", "--branch=feature/one",
                                "file://" + repo_.path().string(), "shallow"});
  const Repository shallow = Repository::discover(repo_.folder() / "shallow");
  EXPECT_EQ(git::commits_between(shallow, {}, *shallow.head()).size(), 2U);
}

TEST_F(HistoryTest, SubjectAndParents) {
  branch_and_merge();
  const git::Commit merge = git::commit(open(), rev("develop"));
  EXPECT_EQ(merge.subject, "Merge one");
  EXPECT_THAT(merge.parents, ElementsAre(rev("develop^1"), rev("develop^2")));
  EXPECT_THAT(git::commit(open(), rev("develop~2~1")).parents, IsEmpty());
}

TEST_F(HistoryTest, WhereLinesParted) {
  branch_and_merge();
  repo_.git({"checkout", "-q", "--orphan", "other"});
  repo_.commit_all("another root");
  const Repository repository = open();
  EXPECT_EQ(git::merge_base(repository, rev("develop"), rev("feature/one")), rev("feature/one~1"));
  EXPECT_EQ(git::merge_base(repository, rev("develop"), rev("develop")), rev("develop"));
  EXPECT_EQ(git::merge_base(repository, rev("develop"), rev("other")), std::nullopt);
}

TEST_F(HistoryTest, ChangesOfCommitsAndMerges) {
  branch_and_merge();
  repo_.git({"checkout", "-q", "develop"});
  repo_.git({"merge", "-q", "--no-commit", "--no-ff", "feature/one"});
  commit("smuggled.py", "5\n", "An evil merge");
  const Repository repository = open();
  const auto paths = [&](const std::string& name) {
    std::vector<std::string> found;
    for (const core::Change& change :
         git::changes_of(repository, git::commit(repository, rev(name))))
      found.push_back(change.path);
    return found;
  };
  EXPECT_THAT(paths("develop"), ElementsAre("smuggled.py"));
  EXPECT_THAT(paths("develop~1"), IsEmpty()) << "a clean merge differs from no parent alone";
  EXPECT_THAT(paths("feature/one"), ElementsAre("b/z.py"));
  EXPECT_THAT(paths("feature/one~3"), ElementsAre("a/x.py")) << "the root, against nothing";
  EXPECT_EQ(git::changes_between(repository, rev("feature/one~1"), rev("develop")).size(), 3U);
}

TEST_F(HistoryTest, DifferingPaths) {
  branch_and_merge();
  const std::vector<std::string> asked{"a/x.py", "a/y.py",         "b/z.py",
                                       "b",      "none/at/all.py", "a/x.py/c"};
  EXPECT_THAT(git::differing(open(), rev("feature/one"), rev("develop"), asked),
              ElementsAre("a/x.py", "b/z.py", "b"));
  EXPECT_THAT(git::differing(open(), rev("develop"), rev("develop"), asked), IsEmpty());
}

TEST_F(HistoryTest, NamesOfCommits) {
  commit("f", "1", "one");
  repo_.git({"tag", "-a", "-m", "x", "heavy"});
  const Repository repository = open();
  for (const char* name : {"HEAD", "develop", "heavy", "refs/heads/develop", "HEAD^0"})
    EXPECT_EQ(git::find_commit(repository, name), rev("HEAD")) << name;
  for (const char* name : {"none", "HEAD:f", "--all", "", "a..b", "HEAD^"})
    EXPECT_EQ(git::find_commit(repository, name), std::nullopt) << name;
}

TEST_F(HistoryTest, DamageIsSaid) {
  commit("f", "1", "one");
  const Repository repository = open();
  EXPECT_THROW(git::commit(repository, ObjectId{}), core::Error);
  EXPECT_THROW(git::merge_base(repository, ObjectId{}, rev("HEAD")), core::Error);
  EXPECT_THROW(git::commits_between(repository, {ObjectId{}}, rev("HEAD")), core::Error);
}

}  // namespace
}  // namespace gs::test
