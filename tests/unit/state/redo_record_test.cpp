// Writing file_locks.json in place: wherever a writer is killed, the old or the new text is there.

#include "lib/state/redo_record.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include "lib/state/lock_store.h"
#include "tests/unit/state/state_test_support.h"

namespace gs::state {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;
using testing::SizeIs;

struct Texts {
  const char* name;
  std::string before, after;
};

std::vector<Texts> changes() {
  return {{"grows at the end", "{\"a\": 1}\n", "{\"a\": 1, \"b\": 2}\n"},
          {"becomes shorter", "{\"a\": 1, \"b\": 2}\n", "{\"b\": 2}\n"},
          {"stays as long", "{\"time\": 10, \"x\": 1}\n", "{\"time\": 27, \"x\": 1}\n"},
          {"in two places", "aXbbbbYc", "aZbbbbWc"},
          {"becomes empty", "abc", ""},
          {"begins empty", "", "abc"},
          {"repeats itself", "aaaaaaaa", "aaaa"},
          {"repeats itself and grows", "aaaa", "aaaaaaaaa"}};
}

// What the file holds when `count` bytes were written, and whether it was cut.
std::string written(const Texts& texts, const TextChange& change, std::size_t count, bool cut) {
  std::string text = texts.before;
  const std::string bytes = written_bytes(change).substr(0, count);
  if (text.size() < change.prefix + bytes.size()) text.resize(change.prefix + bytes.size());
  text.replace(change.prefix, bytes.size(), bytes);
  if (cut && change.before.size() != change.after.size())
    text.resize(change.prefix + change.after.size());
  return text;
}

TEST(RedoRecord, WhereverAWriterStopsTheOldOrTheNewTextIsThere) {
  for (const Texts& texts : changes()) {
    const TextChange change = change_between(texts.before, texts.after);
    const std::size_t whole = written_bytes(change).size();
    for (std::size_t count = 0; count <= whole; ++count) {
      const std::string text = written(texts, change, count, false);
      const auto made = finished(change, text);
      if (text == texts.before || text == texts.after) {
        EXPECT_EQ(made, std::nullopt) << texts.name << ", " << count << " bytes";
      } else {
        EXPECT_EQ(made, texts.after) << texts.name << ", " << count << " bytes";
      }
    }
    EXPECT_EQ(written(texts, change, whole, true), texts.after) << texts.name;
  }
}

TEST(RedoRecord, WhatSomebodyElseWroteSinceIsLeftAlone) {
  for (const Texts& texts : changes()) {
    const TextChange change = change_between(texts.before, texts.after);
    for (const std::string& text :
         {texts.before, texts.after, std::string("{\"c\": 3}\n"), texts.before + "more",
          texts.after + "more", "x" + texts.before}) {
      if (text == written(texts, change, written_bytes(change).size(), false)) continue;
      EXPECT_EQ(finished(change, text), std::nullopt) << texts.name << ": " << text;
    }
  }
}

// A file whose record says that this change was begun.
class HalfMade : public StateTest {
 protected:
  void begin(const std::string& before, const std::string& after, const std::string& now) {
    spill(state.locks(), now);
    const platform::FileStamp mark = *platform::file_stamp(state.locks());
    write_redo(record(), mark, change_between(before, after));
  }
  fs::path record() const { return state.root() / kRedoFile; }
};

TEST_F(HalfMade, ReadersAndTheNextWriterSeeTheNewText) {
  acquire(state, request("agent-F1", {"a.py"}), ten);
  const std::string before = slurp(state.locks());
  acquire(state, request("agent-F2", {"b.py"}), ten);
  const std::string after = slurp(state.locks());
  const TextChange change = change_between(before, after);
  const Texts texts{"", before, after};
  for (std::size_t count = 1; count < written_bytes(change).size(); count += 7) {
    begin(before, after, written(texts, change, count, false));
    EXPECT_EQ(read_lock_text(state)->bytes(), after);
    EXPECT_THAT(state.check(), IsEmpty());
    { const ExclusiveState turn(state); }
    EXPECT_EQ(slurp(state.locks()), after);
    RedoRecord left;
    read_redo(record(), left);
    EXPECT_EQ(left.kind, RedoKind::none);
  }
}

TEST_F(HalfMade, ARecordOfAnotherFileOrADamagedOneIsNone) {
  acquire(state, request("agent-F1", {"a.py"}), ten);
  const std::string before = slurp(state.locks());
  acquire(state, request("agent-F2", {"b.py"}), ten);
  const std::string after = slurp(state.locks());
  const std::string half = before.substr(0, before.size() - 20);
  begin(before, after, half);
  const std::string whole = slurp(record());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    spill(record(), changed);
    RedoRecord read;
    read_redo(record(), read);
    ASSERT_EQ(read.kind, RedoKind::none) << "byte " << i;
    spill(record(), whole.substr(0, i));
    RedoRecord cut;
    read_redo(record(), cut);
    ASSERT_EQ(cut.kind, RedoKind::none) << "cut at " << i;
  }
  begin(before, after, before);
  fs::copy_file(state.locks(), folder.path() / "copy");
  fs::rename(folder.path() / "copy", state.locks());  // as an editor does
  { const ExclusiveState turn(state); }
  EXPECT_EQ(slurp(state.locks()), before);
}

// The change was made, a script of the reference design's undid it, and the record still stands.
TEST_F(HalfMade, AFinishedChangeIsNotMadeAgain) {
  acquire(state, request("agent-F1", {"a.py"}), ten);
  const std::string before = slurp(state.locks());
  acquire(state, request("agent-F2", {"b.py"}), ten);
  begin(before, slurp(state.locks()), before);
  EXPECT_THAT(read_locks(state), SizeIs(1));
  acquire(state, request("agent-F3", {"c.py"}), ten);
  EXPECT_THAT(read_locks(state), SizeIs(2)) << "no ghost of agent-F2's";
}

}  // namespace
}  // namespace gs::state
