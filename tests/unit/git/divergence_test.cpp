// How many commits two branches do not share, where they parted, what lies between commits, and
// which descends from which, against git's own answers.

#include <algorithm>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <random>
#include <set>

#include "lib/core/error.h"
#include "lib/git/merge/merge.h"
#include "lib/git/refs/history.h"
#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

using core::ObjectId;
using git::Divergence;

Divergence by_git(const TempRepo& repo, const std::string& branch, const std::string& base) {
  Divergence found;
  std::istringstream(repo.git({"rev-list", "--left-right", "--count", branch + "..." + base})) >>
      found.ahead >> found.behind;
  return found;
}

class DivergenceTest : public testing::Test {
 protected:
  git::Repository open() const { return git::Repository::discover(repo_.path()); }
  // A commit without content, at this second; returns its id.
  std::string commit(const std::vector<std::string>& parents, int second) const {
    const std::string when = fmt::format("{} +0000", 1700000000 + second);
    std::vector<std::string> words{"git", "commit-tree", "-m", fmt::format("{}", number_++), tree_};
    for (const std::string& parent : parents) words.insert(words.end(), {"-p", parent});
    return trimmed(
        repo_.run_in(repo_.path(), words, {"GIT_COMMITTER_DATE=" + when, "GIT_AUTHOR_DATE=" + when})
            .output);
  }
  void agrees(const git::Repository& repository, const std::vector<std::string>& branches,
              const std::string& base) const {
    git::Divergences divergences(repository, *ObjectId::from_hex(base));
    for (const std::string& branch : branches) {
      EXPECT_EQ(divergences.of(*ObjectId::from_hex(branch)), by_git(repo_, branch, base));
      const auto found = divergences.merge_base(*ObjectId::from_hex(branch));
      const std::string all = repo_.try_git({"merge-base", "--all", base, branch}).output;
      EXPECT_EQ(found.has_value(), !all.empty());
      EXPECT_NE(all.find(found ? found->hex() : ""), all.npos) << all;
    }
  }

  TempRepo repo_;
  std::string tree_ = trimmed(repo_.git({"mktree"}));
  mutable int number_ = 0;
};

TEST_F(DivergenceTest, TheSameBehindAheadAndUnrelated) {
  const std::string root = commit({}, 0), base = commit({root}, 1), ahead = commit({base}, 2),
                    other = commit({root}, 3), stranger = commit({}, 4);
  agrees(open(), {root, base, ahead, other, stranger}, base);
}

TEST_F(DivergenceTest, RandomHistories) {
  std::mt19937 random(7);
  const auto below = [&](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  for (int round = 0; round < 6; ++round) {
    std::vector<std::string> ids{commit({}, 0)};
    for (int i = 1; i < 40; ++i) {
      std::vector<std::string> parents{ids[below(ids.size())]};
      if (below(3) == 0) parents.push_back(ids[below(ids.size())]);
      if (parents.size() == 2 && parents[0] == parents[1]) parents.pop_back();
      ids.push_back(commit(parents, round < 3 ? i : 5));
    }
    agrees(open(), ids, ids[20 + below(20)]);
  }
}

TEST_F(DivergenceTest, RandomHistoriesAskedForAllElse) {
  std::mt19937 random(11);
  const auto below = [&](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  const auto sorted = [](std::vector<std::string> ids) {
    std::sort(ids.begin(), ids.end());
    return ids;
  };
  const auto hex_of = [](const std::vector<ObjectId>& ids) {
    std::vector<std::string> found;
    for (const ObjectId& id : ids) found.push_back(id.hex());
    return found;
  };
  for (int round = 0; round < 4; ++round) {
    // With two roots and octopuses; in the last round all at the same second.
    std::vector<std::string> ids{commit({}, 0), commit({}, 1)};
    for (int i = 2; i < 40; ++i) {
      std::set<std::string> parents;
      for (std::size_t count = below(3) + 1; count > 0; --count)
        parents.insert(ids[ids.size() - 1 - below(std::min<std::size_t>(ids.size(), 8))]);
      ids.push_back(commit({parents.begin(), parents.end()}, round < 3 ? i : 5));
    }
    const auto repository = open();
    for (int question = 0; question < 30; ++question) {
      const std::string a = ids[below(ids.size())], b = ids[below(ids.size())],
                        c = ids[below(ids.size())];
      const ObjectId one = *ObjectId::from_hex(a), other = *ObjectId::from_hex(b),
                     third = *ObjectId::from_hex(c);
      EXPECT_EQ(sorted(hex_of(git::merge_bases(repository, one, other))),
                sorted(split(repo_.try_git({"merge-base", "--all", a, b}).output, '\n')));
      EXPECT_EQ(repository.is_ancestor(one, other),
                repo_.try_git({"merge-base", "--is-ancestor", a, b}).status == 0);
      std::vector<ObjectId> between;
      for (const git::Commit& commit : git::commits_between(repository, {third}, {one, other}))
        between.push_back(commit.id);
      const auto listed =
          split(repo_.git({"rev-list", "--topo-order", "--reverse", a, b, "--not", c}), '\n');
      EXPECT_EQ(round < 3 ? hex_of(between) : sorted(hex_of(between)),
                round < 3 ? listed : sorted(listed));
    }
  }
}

TEST_F(DivergenceTest, AShallowHistoryEndsWhereItEnds) {
  std::string tip = commit({}, 0);
  for (int i = 1; i < 6; ++i) tip = commit({tip}, i);
  repo_.git({"update-ref", "refs/heads/develop", tip});
  repo_.git({"update-ref", "refs/heads/side", commit({tip + "~2"}, 9)});
  repo_.git({"clone", "-q", "--bare", "--depth", "2", "--no-single-branch",
             "file://" + repo_.path().string(), "../shallow.git"});
  const auto shallow = git::Repository::discover(repo_.folder() / "shallow.git");
  git::Divergences divergences(shallow, *shallow.resolve("refs/heads/develop"));
  EXPECT_EQ(divergences.of(*shallow.resolve("refs/heads/side")), (Divergence{2, 2}));
}

TEST_F(DivergenceTest, WhatIsMissingIsSaidAndHarmsNoOther) {
  const std::string base = commit({}, 0), next = commit({base}, 1);
  const auto repository = open();
  git::Divergences divergences(repository, *ObjectId::from_hex(base));
  EXPECT_THROW(divergences.of(*ObjectId::from_hex(std::string(id_digits(), '1'))), core::Error);
  EXPECT_THROW(divergences.of(*ObjectId::from_hex(tree_)), core::Error);
  EXPECT_EQ(divergences.of(*ObjectId::from_hex(next)), (Divergence{1, 0}));
}

}  // namespace
}  // namespace gs::test
