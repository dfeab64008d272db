// Many blobs at once against `git cat-file --batch`, from every kind of pack that git writes.

#include "lib/git/objects/bulk_reader.h"

#include <gmock/gmock.h>

#include "tests/unit/git/batches.h"
#include "tests/unit/git/handmade_pack.h"

namespace gs::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

class Batch : public testing::Test {
 protected:
  git::Repository open() const { return git::Repository::discover(repo.path()); }

  // Each blob is git's, each came once, and where `packs_only` none was asked for by itself.
  void expect_gits(const Ids& ids, bool packs_only = true) const {
    const Contents expected = git_contents(repo, ids);
    ASSERT_EQ(expected.size(), ids.size());
    EXPECT_THAT(differing(batch_contents(open(), ids, packs_only), expected), IsEmpty());
  }

  std::string verified(const std::string& pack) const {
    return repo.git({"verify-pack", "-v", pack + ".idx"});
  }

  TempRepo repo;
  std::mt19937 random{20260211};
};

TEST_F(Batch, OfNothingHasNoParts) {
  write_loose(repo, {"a"});
  EXPECT_EQ(git::BlobBatch(open(), {}).parts(), 0U);
  expect_gits({});
}

TEST_F(Batch, ReadsDeltasByOffset) {
  const Ids ids = write_loose(repo, versions(random, 120, 60));
  EXPECT_THAT(verified(pack(repo, ids, {"--delta-base-offset"})), HasSubstr("chain length = 3"));
  drop_loose(repo);
  expect_gits(ids);
}

TEST_F(Batch, ReadsDeltasById) {
  const Ids ids = write_loose(repo, versions(random, 120, 60));
  EXPECT_THAT(verified(pack(repo, ids)), HasSubstr("chain length = 3"));
  drop_loose(repo);
  expect_gits(ids);
}

TEST_F(Batch, ReadsSeveralPacksWithSharedObjectsAndLooseOnes) {
  Contents contents = versions(random, 200, 40);
  contents.insert(contents.end(), {"", "x", "\n"});
  Ids ids = write_loose(repo, contents);
  for (int round = 0; round < 6; ++round) {
    std::shuffle(ids.begin(), ids.end(), random);
    pack(repo, Ids(ids.begin(), ids.begin() + 60), {"--delta-base-offset"});
  }
  drop_loose(repo);
  expect_gits(ids, false);
  repo.git({"multi-pack-index", "write"});
  expect_gits(ids, false);
  ids.insert(ids.end(), ids.begin(), ids.begin() + 50);  // asked for twice
  std::shuffle(ids.begin(), ids.end(), random);
  expect_gits(ids, false);
  pack(repo, ids);
  expect_gits(ids);
}

TEST_F(Batch, ReadsAnyPartOfAPack) {
  const Ids ids = import_chain(repo, versions(random, 150, 40), 50);
  for (int round = 0; round < 20; ++round) {
    Ids some = ids;
    std::shuffle(some.begin(), some.end(), random);
    some.resize(random() % 20);
    expect_gits(some);
  }
}

TEST_F(Batch, ReadsEmptyLargeAndIncompressibleBlobs) {
  std::string large = versions(random, 1, 60000).front();  // some megabytes
  Contents contents{"", large, random_bytes(random, 3 << 20), std::string(5 << 20, 'a')};
  for (std::size_t size : {1U << 20U, (1U << 20U) + 1, (1U << 20U) - 1, 2U << 20U})
    contents.push_back(random_bytes(random, size));
  large.insert(large.size() / 2, "a line in its middle\n");  // the rest is copied, 64 KiB a piece
  contents.push_back(large);
  const Ids ids = write_loose(repo, contents);
  EXPECT_THAT(verified(pack(repo, ids)), HasSubstr("chain length = 1"));
  drop_loose(repo);
  expect_gits(ids);
}

TEST_F(Batch, ReadsDeepChains) {
  for (const unsigned depth : {250U, 4095U}) {
    const Contents contents = versions(random, depth + 5, 12);
    const Ids ids = import_chain(repo, contents, depth);
    EXPECT_THAT(differing(batch_contents(open(), ids, true), contents), IsEmpty());
    EXPECT_EQ(batch_contents(open(), {ids[depth]}, true), Contents{contents[depth]});
    EXPECT_EQ(batch_contents(open(), {ids[depth - 1], ids[0], ids[depth / 2]}, true),
              (Contents{contents[depth - 1], contents[0], contents[depth / 2]}));
  }
}

TEST_F(Batch, ReadsIndexesWithLargeOffsetsAndThoseOfVersion1) {
  const Ids ids = write_loose(repo, versions(random, 60, 40));
  const std::string name = pack(repo, ids, {"--index-version=2,0x40"});
  drop_loose(repo);
  // 59 of the offsets stand in the table of large ones, 8 bytes each.
  EXPECT_EQ(repo.read(name + ".idx").size(),
            8 + 1024 + 60 * (id_size() + 8) + 2 * id_size() + 59 * 8);
  expect_gits(ids);
  fs::remove(repo.path() / (name + ".idx"));
  repo.git({"index-pack", "--index-version=1", name + ".pack"});
  expect_gits(ids, false);
}

TEST_F(Batch, ReadsWhatOthersLend) {
  const TempRepo lender;
  const Ids lent = import_chain(lender, versions(random, 50, 30), 50);
  Ids ids = import_chain(repo, versions(random, 50, 30), 50);
  repo.write(".git/objects/info/alternates", (lender.path() / ".git/objects").string() + '\n');
  ids.insert(ids.end(), lent.begin(), lent.end());
  expect_gits(ids, false);
}

TEST_F(Batch, ReadsWhereGitSaysTheObjectsAre) {
  const TempRepo quarantine;
  const Ids ids = import_chain(quarantine, versions(random, 80, 30), 50);
  repo.write("../ids", lines_of(ids));
  const std::string list = (repo.folder() / "ids").string();
  EXPECT_THAT(ask(repo, repo.path(), {"blobs", list}), HasSubstr("failed: object "));
  std::string expected;
  for (const std::string& content : git_contents(quarantine, ids)) expected += content;
  const std::string folder = (quarantine.path() / ".git/objects").string();
  EXPECT_EQ(ask(repo, repo.path(), {"blobs", list}, {"GIT_OBJECT_DIRECTORY=" + folder, kNoGit}),
            expected);
}

std::string failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const core::Error& error) {
    return fmt::format("{} {} {}", static_cast<int>(error.code()), error.what(), error.hint());
  }
  return "none";
}

TEST_F(Batch, SaysOfMissingOnesAndOfOtherObjectsWhatTheRepositorySays) {
  Ids ids = import_chain(repo, versions(random, 40, 30), 50);
  repo.commit_all("base");
  repo.git({"repack", "-adkq"});
  const git::Repository repository = open();
  for (const std::string& other :
       {std::string(id_digits(), '1'), trimmed(repo.git({"rev-parse", "HEAD"}))}) {
    const auto id = core::ObjectId::from_hex(other).value();
    ids.push_back(id);
    const std::string failure = failure_of([&] { batch_contents(repository, ids, false); });
    EXPECT_EQ(failure, failure_of([&] { repository.blob(id); }));
    EXPECT_NE(failure, "none");
    ids.pop_back();
  }
  expect_gits(ids);
}

// Puts a file in the place of another: packs are read-only.
void replace(const TempRepo& repo, const std::string& name, std::string_view content) {
  fs::remove(repo.path() / name);
  repo.write(name, content);
}

// Delivers what git wrote or throws, whatever is changed in a file; returns how often it threw.
class DamagedBatch : public Batch {
 protected:
  DamagedBatch() : contents(versions(random, 24, 12)) {
    contents.push_back(random_bytes(random, 300));
    std::string other = contents[3];
    other[5] = '!';  // of the same size
    contents.push_back(other);
    ids = import_chain(repo, contents, 50);
    for (const auto& entry : fs::directory_iterator(repo.path() / ".git/objects/pack"))
      if (entry.path().extension() == ".idx")
        name = ".git/objects/pack/" + entry.path().stem().string();
  }

  bool throws() {
    try {
      const Contents read = batch_contents(open(), ids, false, 1);
      EXPECT_THAT(differing(read, contents), IsEmpty());
      return false;
    } catch (const core::Error&) {
      return true;
    }
  }

  std::size_t failures_with_flips(const std::string& ending, std::size_t step) {
    const std::string whole = repo.read(name + ending);
    std::size_t failures = 0;
    for (std::size_t at = 0; at < whole.size(); at += step) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 1 << random() % 8);
      replace(repo, name + ending, flipped);
      failures += throws() ? 1U : 0U;
      if (HasFailure()) ADD_FAILURE() << "byte " << at << " of " << whole.size();
      if (HasFailure()) break;
    }
    replace(repo, name + ending, whole);
    EXPECT_FALSE(throws());
    return failures;
  }

  Contents contents;
  Ids ids;
  std::string name;
};

TEST_F(DamagedBatch, NeverDeliversWrongBytesOfAPack) {
  EXPECT_GT(failures_with_flips(".pack", 3), 100U);
}

TEST_F(DamagedBatch, NeverDeliversWrongBytesByAWrongIndex) {
  EXPECT_GT(failures_with_flips(".idx", 3), 50U);
}

TEST_F(DamagedBatch, NeverDeliversWrongBytesBesideAnotherCopy) {
  EXPECT_NE(pack(repo, ids, {"--window=0"}), name);
  failures_with_flips(".pack", 17);
  failures_with_flips(".idx", 17);
}

TEST_F(DamagedBatch, SurvivesFilesThatWereCut) {
  for (const std::string ending : {".idx", ".pack"}) {
    const std::string whole = repo.read(name + ending);
    for (std::size_t i = 0; i < 40; ++i) {
      replace(repo, name + ending, std::string_view(whole).substr(0, whole.size() * i / 40));
      EXPECT_TRUE(throws()) << ending << ' ' << i;
    }
    replace(repo, name + ending, whole);
  }
  EXPECT_FALSE(throws());
}

// Every offset of the index in turn is made that of the next object.
TEST_F(DamagedBatch, FindsMisplacedObjects) {
  const std::string whole = repo.read(name + ".idx");
  const std::size_t offsets = 8 + 1024 + ids.size() * (id_size() + 4);
  for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
    std::string moved = whole;
    moved.replace(offsets + i * 4, 4, whole, offsets + (i + 1) * 4, 4);
    replace(repo, name + ".idx", moved);
    EXPECT_TRUE(throws()) << i;
    moved.replace(offsets + (i + 1) * 4, 4, whole, offsets + i * 4, 4);
    replace(repo, name + ".idx", moved);
    EXPECT_TRUE(throws()) << i;
  }
}

TEST_F(DamagedBatch, DoesNotFollowDeltasInCircles) {
  for (const std::size_t length : {1U, 2U, 5U}) {
    Ids circle;
    std::string packed;
    std::vector<PackedEntry> entries;
    for (std::size_t i = 0; i < length; ++i) {
      circle.push_back(id_of(i));
      entries.push_back({circle[i], by_id(id_of((i + 1) % length), kNoChange)});
    }
    const Packed made = packed_of(entries);
    repo.write(".git/objects/pack/pack-circle.pack", made.pack);
    repo.write(".git/objects/pack/pack-circle.idx", made.index);
    EXPECT_THROW(git::BlobBatch(open(), circle), core::Error);
    expect_gits(ids);
  }
}

}  // namespace
}  // namespace gs::test
