// Packs made by hand: what git never writes, byte by byte.

#include <gmock/gmock.h>

#include "lib/git/objects/loose_objects.h"
#include "lib/git/objects/packs.h"
#include "tests/unit/git/handmade_pack.h"

namespace gs::test {
namespace {

using git::apply_delta;
using git::Inflater;
using git::PackFile;
using Kind = PackFile::Entry::Kind;

const std::string kText = "import os\nimport sys\n";

std::string inflated(const PackFile& pack, std::uint64_t offset) {
  const auto entry = pack.entry(offset);
  std::string out;
  Inflater inflater;
  if (!entry || !pack.unpack(offset, *entry, std::nullopt, inflater, out)) return "damaged";
  return out;
}

TEST(PackFile, FindsObjectsAndTheirChecksums) {
  std::vector<PackedEntry> entries;
  for (std::size_t i = 0; i < 500; ++i)
    entries.push_back({id_of(i), plain(3, "blob " + std::to_string(i))});
  const Packed made = packed_of(entries);
  const auto pack = PackFile::over(made.index, made.pack, default_format());
  ASSERT_TRUE(pack);
  for (std::size_t i = 0; i < 500; ++i) {
    const auto place = pack->find(id_of(i));
    ASSERT_TRUE(place);
    EXPECT_EQ(place->offset, made.offsets[i]);
    EXPECT_EQ(inflated(*pack, place->offset), "blob " + std::to_string(i));
    const auto entry = pack->entry(place->offset).value();
    Inflater inflater;
    std::string out;
    EXPECT_TRUE(pack->unpack(place->offset, entry, place->checksum, inflater, out));
    EXPECT_FALSE(pack->unpack(place->offset, entry, place->checksum + 1, inflater, out));
  }
  EXPECT_FALSE(pack->find(id_of(500)));
  EXPECT_FALSE(pack->find(core::ObjectId{{1}}));
}

TEST(PackFile, TellsEntriesApart) {
  const std::string near = entry_header(6, 4) + '\x20', far = entry_header(6, 4) + "\x80\x7f";
  const Packed made = packed_of({{id_of(0), plain(3, "ab")},
                                 {id_of(1), plain(1, "commit")},
                                 {id_of(2), by_id(id_of(0), kNoChange)},
                                 {id_of(3), by_id(id_of(99), kNoChange)},
                                 {id_of(4), near + deflated(kNoChange)},
                                 {id_of(5), plain(0, "x")},
                                 {id_of(6), plain(5, "x")},
                                 {id_of(7), by_id(id_of(7), kNoChange)},
                                 {id_of(8), plain(3, "")},
                                 {id_of(9), far + deflated(kNoChange)}});
  const auto pack = PackFile::over(made.index, made.pack, default_format()).value();
  const auto entry = [&](std::size_t i) { return pack.entry(made.offsets[i]); };
  EXPECT_EQ(entry(0)->kind, Kind::blob);
  EXPECT_EQ(entry(1)->kind, Kind::commit);
  EXPECT_EQ(entry(2)->kind, Kind::delta);
  EXPECT_EQ(entry(2)->base, made.offsets[0]);
  EXPECT_FALSE(entry(3)) << "its base is in no pack";
  EXPECT_EQ(entry(4)->base, made.offsets[4] - 32);
  EXPECT_FALSE(entry(5));
  EXPECT_FALSE(entry(6));
  EXPECT_EQ(entry(7)->base, made.offsets[7]);
  EXPECT_EQ(inflated(pack, made.offsets[8]), "");
  EXPECT_EQ(entry(9).has_value(), made.offsets[9] > 255);
  for (const std::uint64_t offset :
       {std::uint64_t{0}, std::uint64_t{11}, made.pack.size() - id_size(), made.pack.size(),
        ~std::uint64_t{0}})
    EXPECT_FALSE(pack.entry(offset)) << offset;
}

TEST(PackFile, IsOnlyUnderstoodWhole) {
  const Packed made = packed_of({{id_of(0), plain(3, "ab")}, {id_of(1), plain(3, "cd")}});
  EXPECT_TRUE(PackFile::over(made.index, made.pack, default_format()));
  for (std::size_t size = 0; size < made.index.size(); ++size)
    EXPECT_FALSE(
        PackFile::over(std::string_view(made.index).substr(0, size), made.pack, default_format()))
        << size;
  for (std::size_t size = 0; size < made.pack.size(); ++size)
    EXPECT_FALSE(
        PackFile::over(made.index, std::string_view(made.pack).substr(0, size), default_format()))
        << size;
  std::string other = made.pack;
  other.back() = '?';
  EXPECT_FALSE(PackFile::over(made.index, other, default_format()));
  other = made.pack;
  other[7] = 4;  // a version
  EXPECT_FALSE(PackFile::over(made.index, other, default_format()));
  other = made.pack;
  other[11] = 3;  // a count
  EXPECT_FALSE(PackFile::over(made.index, other, default_format()));
}

TEST(PackFile, HoldsAWrongIndexToItsBounds) {
  const Packed made = packed_of({{id_of(0), plain(3, "ab")}, {id_of(1), plain(3, "cd")}});
  std::string index = made.index;
  for (const std::size_t at : {8U, 8U + 36 * 4U, 8U + 37 * 4U}) {  // of the fan-out
    index = made.index;
    index.replace(at, 4, word(0xffffffffU));
    const auto pack = PackFile::over(index, made.pack, default_format()).value();
    for (std::size_t i = 0; i < 300; ++i) pack.find(id_of(i));
  }
  for (const std::uint64_t offset : {0xffffffffU, 0x80000000U, 0x7fffffffU}) {
    index = made.index;
    index.replace(index.size() - 2 * id_size() - 8, 4, word(offset));
    const auto pack = PackFile::over(index, made.pack, default_format()).value();
    const auto place = pack.find(id_of(0));
    EXPECT_FALSE(place && pack.entry(place->offset)) << offset;
  }
}

TEST(Inflater, TakesExactlyTheSize) {
  Inflater inflater;
  std::string out;
  for (const std::size_t size : {0U, 1U, 1000U, 1U << 20U, (1U << 20U) + 1, 5U << 20U}) {
    std::string content(size, 'a');
    for (std::size_t i = 0; i < size; i += 7) content[i] = static_cast<char>(i * i >> 3U);
    const std::string packed = deflated(content);
    EXPECT_TRUE(inflater.inflate(packed + "more", size, out));
    EXPECT_TRUE(out == content) << size;
    EXPECT_EQ(inflater.used(), packed.size());
    EXPECT_FALSE(inflater.inflate(packed, size + 1, out)) << size;
    EXPECT_FALSE(size > 0 && inflater.inflate(packed, size - 1, out)) << size;
    EXPECT_FALSE(inflater.inflate(packed.substr(0, packed.size() - 1), size, out)) << size;
  }
}

TEST(Inflater, MakesNoRoomForWhatIsOnlyClaimed) {
  Inflater inflater;
  std::string out;
  const std::string packed = deflated(kText);
  for (const std::uint64_t size : {std::uint64_t{1} << 30U, ~std::uint64_t{0}})
    EXPECT_FALSE(inflater.inflate(packed, size, out));
  EXPECT_LT(out.capacity(), 4U << 20U);
  std::string delta = "\x02\x80\x80\x80\x80\x04\x90\x02";  // two bytes of which 1 GB is to be made
  EXPECT_FALSE(apply_delta("ab", delta, out));
  EXPECT_LT(out.capacity(), 4U << 20U);
}

std::string made_of(std::string_view base, std::string_view delta) {
  std::string out;
  return apply_delta(base, delta, out) ? out : "no delta";
}

TEST(Delta, CopiesAndInserts) {
  EXPECT_EQ(made_of("ab", kNoChange), "ab");
  EXPECT_EQ(made_of("abcd", std::string("\x04\x05\x91\x01\x02\x03xyz")), "bcxyz");
  EXPECT_EQ(made_of("", std::string("\0\0", 2)), "");
  EXPECT_EQ(made_of("", std::string("\0\x01\x01z", 4)), "z");
  EXPECT_EQ(made_of("abc", std::string("\x03\x00", 2)), "");
}

TEST(Delta, CopiesMoreThan64KiBAtOnce) {
  const std::string base(0x30000, 'b'), sizes = "\x80\x80\x0c";
  EXPECT_EQ(made_of(base, sizes + "\x80\x80\x04\x80"), std::string(0x10000, 'b'));
  EXPECT_EQ(made_of(base, sizes + "\x80\x80\x08\xc0\x02"), std::string(0x20000, 'b'));
  EXPECT_EQ(made_of(base, sizes + "\x83\x80\x08\xf1\xff\x03\x00\x02"), "no delta");
  EXPECT_EQ(made_of(base, sizes + std::string("\x83\x80\x08\xf1\xff\x03\0\x02", 8)),
            std::string(0x20003, 'b'));
}

TEST(Delta, RefusesWhatIsNone) {
  for (const std::string& delta :
       {std::string(), std::string("\x02"), std::string("\x03\x02\x90\x02"),   // another base
        std::string("\x02\x03\x90\x02"), std::string("\x02\x01\x90\x02"),      // another size
        std::string("\x02\x02\x90\x03"), std::string("\x02\x02\x91\x01\x02"),  // beyond its base
        std::string("\x02\x02\x90"), std::string("\x02\x02\x02x"),             // cut short
        std::string("\x02\x02\0\x90\x02", 5),                                  // a reserved code
        std::string("\x82"), std::string(12, '\xff')})
    EXPECT_EQ(made_of("ab", delta), "no delta") << testing::PrintToString(delta);
}

}  // namespace
}  // namespace gs::test
