// Objects out of packs against `git cat-file`, and packs that were damaged.

#include <fstream>
#include <gmock/gmock.h>
#include <map>
#include <random>
#include <sstream>

#include "lib/git/objects/object_database.h"
#include "lib/git/objects/packs.h"
#include "tests/support/temp_repo.h"
#include "tests/unit/git/handmade_pack.h"

namespace gs::test {
namespace {

namespace fs = std::filesystem;
using git::Inflater;
using git::PackedObjects;
using git::PackFile;
using git::Packs;
using git::RawObject;
using Type = RawObject::Type;

class PackedTest : public testing::Test {
 protected:
  PackedTest() {
    // A history of trees and files that grow, so that git keeps most as deltas.
    for (int version = 0; version < 40; ++version) {
      for (int file = 0; file < 3; ++file) {
        std::string text;
        for (int line = 0; line < 100 + version; ++line)
          text += std::to_string(line * (line % 7 == version % 7 ? version : 1) + file) + "\n";
        repo.write("folder/file" + std::to_string(file) + ".py", text);
      }
      repo.commit_all("Version " + std::to_string(version));
    }
    repo.git({"tag", "-a", "-m", "Tagged", "v1"});
  }

  fs::path objects() const { return repo.path() / ".git/objects"; }

  // Every object, as git names it and knows it.
  std::map<std::string, RawObject> all() const {
    std::map<std::string, RawObject> found;
    std::istringstream lines(repo.git({"cat-file", "--batch-all-objects", "--batch-check"}));
    const std::map<std::string, Type> types{
        {"blob", Type::blob}, {"tree", Type::tree}, {"commit", Type::commit}, {"tag", Type::tag}};
    std::string id, type, size;
    while (lines >> id >> type >> size)
      found[id] = {types.at(type), repo.git({"cat-file", type, id})};
    return found;
  }

  static void expect_all(PackedObjects& packed, const std::map<std::string, RawObject>& expected) {
    Inflater inflater;
    for (int round = 0; round < 2; ++round) {  // the second time from kept bases
      for (const auto& [id, object] : expected) {
        const auto read = packed.read(*core::ObjectId::from_hex(id), inflater);
        ASSERT_TRUE(read) << id;
        EXPECT_EQ(read->type, object.type) << id;
        EXPECT_TRUE(read->content == object.content) << id;
      }
    }
  }

  TempRepo repo;
};

TEST_F(PackedTest, AreWhatGitSaysByOffsetAndById) {
  const auto expected = all();
  for (const char* by_offset : {"true", "false"}) {
    repo.git({"-c", std::string("repack.useDeltaBaseOffset=") + by_offset, "repack", "-adfq",
              "--depth=30"});
    repo.git({"prune-packed"});
    PackedObjects packed{Packs({objects()}, default_format())};
    expect_all(packed, expected);
  }
}

TEST_F(PackedTest, MayStandInSeveralPacks) {
  repo.git({"repack", "-dq"});
  repo.write("more.py", "import os\n");
  repo.commit_all("More");
  repo.git({"repack", "-dq"});
  PackedObjects packed{Packs({objects()}, default_format())};
  expect_all(packed, all());
  repo.write("loose.py", "import sys\n");
  repo.commit_all("Loose");
  Inflater inflater;
  const std::string head = repo.git({"rev-parse", "HEAD"});
  EXPECT_FALSE(packed.read(*core::ObjectId::from_hex(head.substr(0, id_digits())), inflater));
}

// A multi-pack index beside them, or in place of most of them; unreachable ones in a pack of their
// own; others' packs.
TEST_F(PackedTest, AreFoundWhateverIndexesThemBesides) {
  repo.git({"repack", "-dq"});
  for (int more = 0; more < 3; ++more) {
    repo.write("more.py", std::to_string(more) + "\n");
    repo.commit_all("More");
    repo.git({"repack", "-dq"});
  }
  const auto expected = all();
  const std::vector<std::vector<std::string>> ways{
      {"multi-pack-index", "write"},
      {"repack", "-q", "-d", "--geometric=2", "--write-midx"},
      {"multi-pack-index", "repack", "--batch-size=0"},
      {"multi-pack-index", "expire"},
      {"reset", "-q", "--hard", "HEAD~2"},
      {"reflog", "expire", "--expire=all", "--all"},
      {"repack", "-q", "-d", "--cruft", "--write-midx", "--write-bitmap-index"}};
  for (const std::vector<std::string>& way : ways) {
    repo.git(way);
    PackedObjects packed{Packs({objects()}, default_format())};
    expect_all(packed, expected);
  }
  const TempRepo borrower;
  borrower.write(".git/objects/info/alternates", objects().string() + "\n");
  const git::Objects lent(borrower.path() / ".git", default_format());
  for (const auto& [id, object] : expected)
    EXPECT_TRUE(lent.read(*core::ObjectId::from_hex(id)).content == object.content) << id;
}

// git reads no pack that has lost its index, whatever a multi-pack index says of it.
TEST_F(PackedTest, AreNoneWithoutTheirIndexAsForGit) {
  repo.git({"repack", "-adq"});
  repo.git({"multi-pack-index", "write"});
  const std::string head = repo.git({"rev-parse", "HEAD"}).substr(0, id_digits());
  for (const auto& file : fs::directory_iterator(objects() / "pack"))
    if (file.path().extension() == ".idx") fs::remove(file.path());
  EXPECT_NE(repo.try_git({"cat-file", "commit", head}).status, 0);
  PackedObjects packed{Packs({objects()}, default_format())};
  Inflater inflater;
  EXPECT_FALSE(packed.read(*core::ObjectId::from_hex(head), inflater));
}

// Whatever byte is another: an object is what it was, or nothing.
TEST_F(PackedTest, AreNothingWhereTheyAreDamaged) {
  repo.git({"repack", "-adfq"});
  const auto expected = all();
  std::string bytes[2];
  for (const auto& file : fs::directory_iterator(objects() / "pack")) {
    if (file.path().extension() != ".pack" && file.path().extension() != ".idx") continue;
    std::ostringstream text;
    text << std::ifstream(file.path(), std::ios::binary).rdbuf();
    bytes[file.path().extension() == ".pack"] = text.str();
  }
  std::mt19937 random{20261129};
  std::size_t missing = 0;
  for (int round = 0; round < 40; ++round) {
    std::string pack = bytes[1];
    for (int flips = 0; flips < 3; ++flips)
      pack[12 + random() % (pack.size() - 32)] ^= static_cast<char>(1U << random() % 8);
    std::vector<PackFile> packs;
    packs.push_back(PackFile::over(bytes[0], pack, default_format()).value());
    PackedObjects packed{Packs(std::move(packs))};
    Inflater inflater;
    for (const auto& [id, object] : expected) {
      const auto read = packed.read(*core::ObjectId::from_hex(id), inflater);
      if (!read) ++missing;
      EXPECT_TRUE(!read || (read->type == object.type && read->content == object.content)) << id;
    }
  }
  EXPECT_GT(missing, 40U);
}

TEST(PackedByHand, AreTakenFromAnotherPackWhereOneIsDamaged) {
  const Packed made = packed_of({{id_of(0), plain(3, "text")}});
  std::string damaged = made.pack;
  damaged[made.offsets[0] + 4] ^= 1;
  std::vector<PackFile> packs;
  packs.push_back(PackFile::over(made.index, damaged, default_format()).value());
  Inflater inflater;
  EXPECT_FALSE(PackedObjects{Packs(std::move(packs))}.read(id_of(0), inflater));
  packs.clear();
  packs.push_back(PackFile::over(made.index, damaged, default_format()).value());
  packs.push_back(PackFile::over(made.index, made.pack, default_format()).value());
  const auto object = PackedObjects{Packs(std::move(packs))}.read(id_of(0), inflater);
  EXPECT_TRUE(object && object->content == "text");
}

TEST(PackedByHand, EndsWhereDeltasGoInACircle) {
  const Packed made = packed_of({{id_of(0), by_id(id_of(1), std::string("\x02\x02\x02"
                                                                        "ab"))},
                                 {id_of(1), by_id(id_of(0), std::string("\x02\x02\x02"
                                                                        "ab"))}});
  std::vector<PackFile> packs;
  packs.push_back(PackFile::over(made.index, made.pack, default_format()).value());
  PackedObjects packed{Packs(std::move(packs))};
  Inflater inflater;
  EXPECT_FALSE(packed.read(id_of(0), inflater));
  EXPECT_FALSE(packed.read(id_of(1), inflater));
  EXPECT_FALSE(packed.read(id_of(2), inflater));
}

}  // namespace
}  // namespace gs::test
