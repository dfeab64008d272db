// Loose objects against what git says of them, and files that git would not write.

#include "lib/git/objects/loose_objects.h"

#include <gmock/gmock.h>
#include <random>

#include "tests/support/temp_repo.h"
#include "tests/unit/git/handmade_pack.h"

namespace gs::test {
namespace {

using git::Inflater;
using git::parse_loose;
using git::RawObject;
using git::read_loose;
using testing::Optional;
using Type = RawObject::Type;

core::ObjectId id_from(const std::string& output) {
  return *core::ObjectId::from_hex(output.substr(0, id_digits()));
}

class Loose : public testing::Test {
 protected:
  std::filesystem::path objects() const { return repo.path() / ".git/objects"; }
  core::ObjectId written(const std::string& content) const {
    repo.write("content", content);
    return id_from(repo.git({"hash-object", "-w", "content"}));
  }

  TempRepo repo;
  Inflater inflater;
};

TEST_F(Loose, IsWhatGitSaysOfAnySize) {
  std::mt19937 random{20261129};
  for (const std::size_t size : {0U, 1U, 31U, 32U, 500U, 65536U, 3000000U}) {
    std::string noise(size, '\0'), even(size, 'a');
    for (char& byte : noise) byte = static_cast<char>(random());
    for (const std::string& content : {noise, even}) {
      const auto id = written(content);
      const auto object = read_loose(objects(), id, inflater);
      ASSERT_TRUE(object) << size;
      EXPECT_EQ(object->type, Type::blob);
      EXPECT_TRUE(object->content == content) << size;
    }
  }
}

TEST_F(Loose, MayBeATreeACommitOrATag) {
  repo.write("folder/file.py", "import os\n");
  repo.commit_all("Subject");
  repo.git({"tag", "-a", "-m", "Tagged", "v1"});
  const std::vector<std::pair<std::string, Type>> kinds{
      {"HEAD", Type::commit}, {"HEAD^{tree}", Type::tree}, {"v1", Type::tag}};
  for (const auto& [name, type] : kinds) {
    const auto object = read_loose(objects(), id_from(repo.git({"rev-parse", name})), inflater);
    ASSERT_TRUE(object) << name;
    EXPECT_EQ(object->type, type);
    if (type != Type::tree) {
      EXPECT_EQ(object->content, repo.git({"cat-file", "-p", name}));
    }
  }
}

TEST_F(Loose, IsNotReadWhereItIsPackedOrDamaged) {
  const auto id = written("content\n");
  const std::string name = id.hex();
  const auto file = objects() / name.substr(0, 2) / name.substr(2);
  std::filesystem::permissions(file, std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::add);
  for (const std::uintmax_t length : {10U, 1U, 0U}) {
    std::filesystem::resize_file(file, length);
    EXPECT_FALSE(read_loose(objects(), id, inflater)) << length;
  }
  std::filesystem::remove(file);
  EXPECT_FALSE(read_loose(objects(), id, inflater));
}

std::string parsed(const std::string& text) {
  Inflater inflater;
  const auto object = parse_loose(deflated(text), inflater);
  return object ? object->content : "nothing";
}

TEST(ParsedLoose, HasATypeAndItsSize) {
  const std::string nul(1, '\0');
  EXPECT_EQ(parsed("blob 3" + nul + "abc"), "abc");
  EXPECT_EQ(parsed("tag 0" + nul), "");
  for (const std::string& text :
       {std::string("blob 3abc"), "blob 4" + nul + "abc", "blob 2" + nul + "abc",
        "blob" + nul + "abc", "blob " + nul, "blob +3" + nul + "abc", "blob 3 " + nul + "abc",
        "blobs 3" + nul + "abc", " 3" + nul + "abc", "Blob 3" + nul + "abc", std::string(),
        "blob 18446744073709551619" + nul + "abc", std::string(100, 'x') + nul})
    EXPECT_EQ(parsed(text), "nothing") << text;
}

// A few bytes that would become a gigabyte: what is not wanted takes no room.
TEST(ParsedLoose, MayBeTooLarge) {
  Inflater inflater;
  std::string out;
  const std::string bomb = deflated(std::string(std::size_t{8} << 20U, 'a'));
  EXPECT_FALSE(inflater.inflate_all(bomb, std::uint64_t{1} << 20U, out));
  EXPECT_LT(out.capacity(), std::size_t{2} << 20U);
  EXPECT_TRUE(inflater.inflate_all(bomb, std::uint64_t{8} << 20U, out));
}

}  // namespace
}  // namespace gs::test
