#include "lib/git/refs/refs.h"

#include <cstdlib>
#include <fmt/core.h>
#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

using git::find_packed;
using git::Refs;

core::ObjectId id(int number) {
  return *core::ObjectId::from_hex(fmt::format("{:0{}x}", number, id_digits()));
}

TEST(PackedRefsTest, FindsEveryRefAndNoOther) {
  for (const bool sorted : {true, false}) {
    for (int count = 0; count < 40; ++count) {
      std::string file = "# pack-refs with: peeled fully-peeled ";
      file += sorted ? "sorted \n" : "\n";
      for (int i = 0; i < count; ++i) {
        file += fmt::format("{} refs/tags/v{:03}\n", id(i).hex(), 2 * i);
        if (i % 3 == 0) file += fmt::format("^{}\n", id(1000 + i).hex());
      }
      for (int i = -1; i <= count; ++i) {
        EXPECT_EQ(find_packed(file, fmt::format("refs/tags/v{:03}", 2 * i + 1)), std::nullopt);
        const auto expected = i >= 0 && i < count ? std::optional(id(i)) : std::nullopt;
        EXPECT_EQ(find_packed(file, fmt::format("refs/tags/v{:03}", 2 * i)), expected);
      }
    }
  }
}

TEST(PackedRefsTest, DamageFindsNothing) {
  EXPECT_EQ(find_packed("", "refs/heads/a"), std::nullopt);
  EXPECT_EQ(find_packed("# sorted", "refs/heads/a"), std::nullopt);
  EXPECT_EQ(find_packed("^^^\n^\n", "refs/heads/a"), std::nullopt);
  EXPECT_EQ(find_packed("# x sorted \n^\n\n\n1\n", "refs/heads/a"), std::nullopt);
}

TEST(RefNameTest, AsGitChecksThem) {
  const TempRepo repo;
  for (const char* name :
       {"refs/heads/a", "refs/heads/feature/stream-A-x", "refs/heads/a..b", "refs/heads/.a",
        "refs/heads/a.lock", "refs/heads/a b", "refs/heads/a~1", "refs/heads/a/", "refs//heads",
        "refs/heads/a.", "refs/heads/a@{1}", "refs/heads/\xc3\xbc", "refs/heads/a*", "/refs/heads",
        "refs/heads/../../HEAD"}) {
    const bool valid = repo.try_git({"check-ref-format", name}).status == 0;
    EXPECT_EQ(git::valid_ref_name(name), valid) << name;
  }
  EXPECT_TRUE(git::valid_ref_name("HEAD"));
  EXPECT_FALSE(git::valid_ref_name(""));
}

// Refs in files, whatever is git's default.
TempRepo in_files() {
  const char* const format =
      std::getenv("GIT_DEFAULT_REF_FORMAT");  // else git may not know the option
  return TempRepo(format ? std::vector<std::string>{"--ref-format=files"}
                         : std::vector<std::string>{});
}

TEST(RefsTest, LooseBeforePackedAndSymbolic) {
  const TempRepo repo = in_files();
  repo.commit_all("one");
  const std::filesystem::path git = repo.path() / ".git";
  const Refs refs({git, git, {}, {}, {}});
  const auto rev = [&](const std::string& name) {
    return core::ObjectId::from_hex(trimmed(repo.git({"rev-parse", name})));
  };
  repo.git({"pack-refs", "--all"});
  EXPECT_FALSE(std::filesystem::exists(git / "refs/heads/develop"));
  EXPECT_EQ(refs.follow("HEAD"), rev("develop"));
  repo.commit_all("two");
  EXPECT_EQ(refs.follow("refs/heads/develop"), rev("develop"));
  EXPECT_NE(rev("develop"), rev("develop~1"));
  repo.git({"symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/develop"});
  EXPECT_EQ(refs.follow("refs/remotes/origin/HEAD"), rev("develop"));
  EXPECT_EQ(refs.follow("refs/heads/none"), std::nullopt);
  EXPECT_EQ(refs.follow("refs/heads"), std::nullopt);
  EXPECT_EQ(refs.follow("../../etc/passwd"), std::nullopt);
  std::filesystem::remove(git / "HEAD");
  std::filesystem::create_symlink("refs/heads/develop", git / "HEAD");
  EXPECT_EQ(refs.read("HEAD")->target, "refs/heads/develop");
}

TEST(RefsTest, LoopsAndDamageAreErrors) {
  const TempRepo repo = in_files();
  const std::filesystem::path git = repo.path() / ".git";
  const Refs refs({git, git, {}, {}, {}});
  repo.write(".git/refs/heads/loop", "ref: refs/heads/loop\n");
  repo.write(".git/refs/heads/bad", "not a ref\n");
  repo.write(".git/refs/heads/long", std::string(41, 'a') + "\n");
  for (const char* name : {"refs/heads/loop", "refs/heads/bad", "refs/heads/long"})
    EXPECT_THROW(refs.follow(name), core::Error) << name;
}

}  // namespace
}  // namespace gs::test
