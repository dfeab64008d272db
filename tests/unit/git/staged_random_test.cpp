// The staged diff against git's own, in random repositories.

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <random>

#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

// One repository that is changed through its index alone, with names that sort in odd ways.
class RandomRepo {
 public:
  explicit RandomRepo(unsigned seed) : random_(seed) {
    for (int i = 0; i < 4; ++i) {
      repo_.write(fmt::format("blob{}", i), fmt::format("content {}\n", i));
      blobs_.push_back(trimmed(repo_.git({"hash-object", "-w", fmt::format("blob{}", i)})));
    }
    files_ = below(4) == 0 ? 400 : 12;  // many: skipping goes over several marks
  }

  const TempRepo& repo() const { return repo_; }
  bool split_index() const { return split_index_; }
  std::string tree() const { return born_ ? "HEAD" : kEmptyTree; }

  // Any of the things that people and tools do to an index or a repository.
  void step() {
    switch (below(11)) {
      case 0:
        return commit();
      case 1:
        return static_cast<void>(repo_.try_git({"write-tree"}));  // fails with unmerged paths
      case 2:
        return static_cast<void>(repo_.git({"repack", "-adq"}));
      case 3:
        return static_cast<void>(
            repo_.git({"update-index", "--index-version", std::to_string(2 + below(3))}));
      case 4:
        return intend_to_add();
      case 5:
        return flag();
      case 6:
        return toggle_split_index();
      default:
        return edit(static_cast<int>(1 + below(files_)));
    }
  }

  std::vector<std::string> alternate_index() {
    const auto from = repo_.path() / ".git/index", to = repo_.path() / ".git/next-index-1.lock";
    if (!std::filesystem::exists(from)) return {};
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
    edit(2);  // so that the default index is another
    return {"GIT_INDEX_FILE=" + to.string()};
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::string path() {
    static const std::vector<std::string> kNames{"a", "a.b",      "a-b",        "a0",   "ab",  "b",
                                                 "B", "\xc3\xbc", "with space", "x\ny", "a\"", "-"};
    std::string result = kNames[below(kNames.size())];
    for (std::size_t depth = below(4); depth > 0; --depth)
      result += '/' + kNames[below(kNames.size())];
    if (files_ > 100) result += fmt::format("/{}/file{}", below(7), below(200));
    if (below(40) == 0) {
      for (int i = 0; i < 16; ++i) result += '/' + std::string(249, static_cast<char>('c' + i));
    }
    return result;
  }

  std::string line() {
    const std::string name = path();
    const std::string& blob = blobs_[below(blobs_.size())];
    switch (below(12)) {
      case 0:
        return fmt::format("120000 {}\t{}", blob, name);
      case 1:
        return fmt::format("160000 {}\t{}", std::string(id_digits(), 'c'), name);
      case 2:
        return fmt::format("100755 {}\t{}", blob, name);
      case 3:
        return unmerged(name);
      case 4:
      case 5:
        return fmt::format("0 {}\t{}", std::string(id_digits(), '0'), name);
      default:
        return fmt::format("100644 {}\t{}", blob, name);
    }
  }

  std::string unmerged(const std::string& name) {
    if (below(4) != 0) return fmt::format("100644 {}\t{}", blobs_[0], name);
    std::string lines = fmt::format("0 {}\t{}", std::string(id_digits(), '0'), name);
    for (std::size_t stage = 1; stage <= 3; ++stage) {
      if (below(3) != 0) {
        lines += '\0';
        lines += fmt::format("100644 {} {}\t{}", blobs_[stage], stage, name);
      }
    }
    return lines;
  }

  void edit(int count) {
    process::Command command;
    command.argv = {"git", "update-index", "--add", "--replace", "-z", "--index-info"};
    command.directory = repo_.path().string();
    command.unset = process::local_git_variables();
    command.set = clean_git_environment(repo_.folder());
    command.input = "";
    for (; count > 0; --count) {
      *command.input += line();
      *command.input += '\0';
    }
    process::run(command);
  }

  void commit() {
    for (const std::string& entry : split(repo_.git({"ls-files", "-u", "-z"}), '\0'))
      repo_.git({"update-index", "--force-remove", "--", entry.substr(entry.find('\t') + 1)});
    repo_.git({"commit", "-q", "--no-verify", "--allow-empty", "-m", "step"});
    born_ = true;
  }

  void intend_to_add() {
    const std::string name = fmt::format("dir{}/new{}", below(3), below(1000));
    repo_.write(name, "new\n");
    repo_.git({"add", "-N", "--", name});
  }

  void flag() {
    const auto names = split(repo_.git({"ls-files", "-z"}), '\0');
    if (names.empty()) return;
    repo_.try_git({"update-index", below(2) == 0 ? "--skip-worktree" : "--assume-unchanged", "--",
                   names[below(names.size())]});
  }

  void toggle_split_index() {
    if (!split_index_ && below(3) != 0) return;  // mostly the own reader is meant
    split_index_ = !split_index_;
    repo_.git({"update-index", split_index_ ? "--split-index" : "--no-split-index"});
  }

  std::mt19937 random_;
  TempRepo repo_;
  std::vector<std::string> blobs_;
  std::size_t files_ = 0;
  bool born_ = false, split_index_ = false;
};

class StagedRandom : public testing::TestWithParam<unsigned> {};

TEST_P(StagedRandom, EqualsGitsDiffAtEveryStep) {
  RandomRepo random(GetParam());
  const TempRepo& repo = random.repo();
  std::size_t seen = 0;
  for (int step = 0; step < 24; ++step) {
    random.step();
    std::vector<std::string> set;
    if (step % 6 == 5) set = random.alternate_index();
    const auto expected = git_staged(repo, repo.path(), random.tree(), set);
    if (!random.split_index()) set.push_back(kNoGit);
    ASSERT_EQ(own_staged(repo, repo.path(), set), expected) << "step " << step;
    seen += expected.size();
  }
  EXPECT_GT(seen, 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, StagedRandom, testing::Range(1U, 21U));

}  // namespace
}  // namespace gs::test
