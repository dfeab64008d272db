// The record of judged commits on any bytes, under many writers, and on a disk that says no.

#include "lib/state/judged_record.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <set>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/state/state_test_support.h"

namespace gs::state {
namespace {

namespace fs = std::filesystem;
using Kind = JudgedCommit::Kind;

core::ObjectFormat format = core::ObjectFormat::sha1;  // of the test that is run

JudgedCommit entry_of(std::uint32_t number, const std::string& who = "agent-F1",
                      Kind kind = Kind::judged) {
  JudgedCommit entry;
  for (std::size_t i = 0; i < 4; ++i)
    entry.commit.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  entry.commit.bytes[19] = 1;
  entry.commit.format = format;
  entry.policy = core::ObjectId::from_raw(std::string(32, 7), core::ObjectFormat::sha1);
  entry.time = core::Instant(core::Seconds(1'700'000'000 + number));
  entry.kind = kind;
  entry.who = who;
  return entry;
}

std::uint32_t number_of(const JudgedCommit& entry) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;) number = (number << 8U) | entry.commit.bytes[i];
  return number;
}

std::set<std::uint32_t> numbers_in(const fs::path& file) {
  std::set<std::uint32_t> numbers;
  for (const JudgedCommit& entry : read_judged(file).entries) numbers.insert(number_of(entry));
  return numbers;
}

struct JudgedRecordTest : testing::TestWithParam<core::ObjectFormat> {
  const std::size_t record_size = (format = GetParam()) == core::ObjectFormat::sha1 ? 136 : 160;

  test::TempRepo repo;
  fs::path file = repo.folder() / "judged";
  std::vector<JudgedCommit> known;  // elsewhere
  JudgedSource source{format, [this] { return known; },
                      [] { return [](const JudgedCommit&) { return true; }; }};

  bool add(const std::vector<JudgedCommit>& entries) const {
    return append_judged(file, entries, source);
  }
};

TEST_P(JudgedRecordTest, KeepsWhatItIsGiven) {
  EXPECT_TRUE(read_judged(file).missing);
  const std::vector<JudgedCommit> entries{entry_of(1), entry_of(2, "stream-F", Kind::bypassed),
                                          entry_of(3, "", Kind::by_name),
                                          entry_of(4, std::string(kLongestWho, 'x'), Kind::held)};
  EXPECT_FALSE(add({entries[0]}));
  EXPECT_FALSE(add({entries.begin() + 1, entries.end()}));
  const JudgedRecord record = read_judged(file);
  EXPECT_FALSE(record.missing);
  EXPECT_EQ(record.damaged, 0U);
  ASSERT_EQ(record.entries.size(), entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(record.entries[i].commit, entries[i].commit);
    EXPECT_EQ(record.entries[i].policy, entries[i].policy);
    EXPECT_EQ(record.entries[i].time, entries[i].time);
    EXPECT_EQ(record.entries[i].kind, entries[i].kind);
    EXPECT_EQ(record.entries[i].who, entries[i].who);
  }
}

TEST_P(JudgedRecordTest, AMissingOneIsRebuiltFromWhatIsKnownElsewhere) {
  known = {entry_of(1), entry_of(2)};
  EXPECT_FALSE(add({entry_of(3)}));
  EXPECT_EQ(numbers_in(file), (std::set<std::uint32_t>{1, 2, 3}));
  fs::remove(file);
  EXPECT_FALSE(mend_judged(file, source));
  EXPECT_EQ(numbers_in(file), (std::set<std::uint32_t>{1, 2}));
}

// No byte that is changed gives an entry that was not written; nor does it cost another entry.
TEST_P(JudgedRecordTest, EveryByteThatIsChangedIsSeen) {
  add({entry_of(1), entry_of(2), entry_of(3)});
  const std::string whole = slurp(file);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string bytes = whole;
    bytes[i] = static_cast<char>(bytes[i] ^ 0x20);
    spill(file, bytes);
    const JudgedRecord record = read_judged(file);
    EXPECT_TRUE(record.damaged > 0) << i;
    const bool in_header = i < 64;
    EXPECT_EQ(record.entries.size(), in_header ? 0U : 2U) << i;
    EXPECT_EQ(record.missing, in_header) << i;
  }
}

TEST_P(JudgedRecordTest, CutAnywhereItLosesOnlyWhatIsCut) {
  add({entry_of(1), entry_of(2)});
  const std::string whole = slurp(file);
  known = {entry_of(9)};
  for (std::size_t size = 0; size < whole.size(); ++size) {
    spill(file, whole.substr(0, size));
    EXPECT_LE(read_judged(file).entries.size(), 1U) << size;
    add({entry_of(3)});
    const std::set<std::uint32_t> numbers = numbers_in(file);
    EXPECT_TRUE(numbers.contains(3)) << size;
    EXPECT_EQ(numbers.contains(1), size >= 64 + record_size) << size;
    EXPECT_EQ(read_judged(file).damaged, 0U) << size;
    const bool on_border = size >= 64 && (size - 64) % record_size == 0;
    EXPECT_EQ(numbers.contains(9), !on_border) << size << ": rebuilt where something is missing";
    fs::remove(file.string() + ".damaged");
  }
}

// In a repository that was converted, what the record says of its old commits is of no use.
TEST_P(JudgedRecordTest, OfAnotherFormatItIsBegunAnew) {
  add({entry_of(1)});
  format = source.format =
      format == core::ObjectFormat::sha1 ? core::ObjectFormat::sha256 : core::ObjectFormat::sha1;
  known = {entry_of(2)};
  EXPECT_FALSE(add({entry_of(3)}));
  EXPECT_EQ(numbers_in(file), (std::set<std::uint32_t>{2, 3}));
  EXPECT_EQ(read_judged(file).format, source.format);
  EXPECT_EQ(read_judged(file).entries.front().commit.format, source.format);
}

TEST_P(JudgedRecordTest, ADamagedOneIsKeptBesideTheMendedOne) {
  add({entry_of(1), entry_of(2)});
  std::string bytes = slurp(file);
  bytes[70] = 'x';
  spill(file, bytes);
  known = {entry_of(1)};
  EXPECT_TRUE(mend_judged(file, source));
  EXPECT_EQ(numbers_in(file), (std::set<std::uint32_t>{1, 2}));
  EXPECT_EQ(slurp(file.string() + ".damaged"), bytes);
}

TEST_P(JudgedRecordTest, RandomBytesAreNoRecord) {
  for (const std::string& bytes : {std::string(), std::string(1000, '\0'), std::string(64, 'x'),
                                   std::string("GSJUDGED"), std::string(5000, '\xff')}) {
    spill(file, bytes);
    EXPECT_TRUE(read_judged(file).missing);
    EXPECT_EQ(add({entry_of(1)}), !bytes.empty());
    EXPECT_EQ(numbers_in(file), (std::set<std::uint32_t>{1}));
  }
}

TEST_P(JudgedRecordTest, ALinkIsNotFollowedAndAFolderIsNamed) {
  const fs::path other = repo.folder() / "other";
  spill(other, "mine");
  fs::create_symlink(other, file);
  EXPECT_NE(std::string(error_of([&] { add({entry_of(1)}); }).what()).find("judged"),
            std::string::npos);
  EXPECT_EQ(slurp(other), "mine");
  fs::remove(file);
  fs::create_directory(file);
  EXPECT_NE(std::string(error_of([&] { add({entry_of(1)}); }).what()).find("judged"),
            std::string::npos);
}

TEST_P(JudgedRecordTest, IsBounded) {
  std::vector<JudgedCommit> entries;
  for (std::uint32_t i = 0; i < 1000; ++i) entries.push_back(entry_of(i));
  source.keeps = [] {
    return [](const JudgedCommit& entry) { return number_of(entry) % 10 == 0; };
  };
  for (int round = 0; round < 20; ++round) add(entries);
  EXPECT_LT(fs::file_size(file), 2 * 4200 * record_size);
  const std::set<std::uint32_t> left = numbers_in(file);
  for (std::uint32_t i = 0; i < 1000; i += 10) EXPECT_TRUE(left.contains(i)) << i;
}

TEST_P(JudgedRecordTest, AFullDiskLosesNothing) {
  add({entry_of(1)});
  const std::string before = slurp(file);
  const pid_t child = fork();
  if (child == 0) {
    survive_file_limits();
    const rlimit limit{before.size() + 100, before.size() + 100};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      add({entry_of(2), entry_of(3)});
      _exit(0);
    } catch (const core::Error& error) {
      _exit(std::string(error.what()).find("judged") != std::string::npos ? 3 : 1);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 3);
  EXPECT_EQ(slurp(file), before);
}

// Writers that are killed at any moment, while the record is mended and pruned under them.
TEST_P(JudgedRecordTest, ManyWritersLoseNothingThatWasWritten) {
  constexpr std::uint32_t kWriters = 64, kEach = 200;
  source.keeps = [] { return [](const JudgedCommit& entry) { return entry.who != "gone"; }; };
  const fs::path told = repo.folder() / "told";
  spill(told, "");
  std::vector<pid_t> children;
  for (std::uint32_t writer = 0; writer < kWriters; ++writer) {
    const pid_t child = fork();
    if (child != 0) {
      children.push_back(child);
      continue;
    }
    const Descriptor log = open_file(told, O_WRONLY | O_APPEND);
    for (std::uint32_t i = 0; i < kEach; ++i) {
      const std::uint32_t number = writer * 1000 + i;
      try {
        add({entry_of(number), entry_of(500'000 + number, "gone")});
      } catch (...) {
        _exit(1);
      }
      const std::string line = std::to_string(number) + "\n";
      write_all(log.get(), line);
    }
    _exit(0);
  }
  for (std::size_t i = 0; i < children.size(); i += 2) {
    while (numbers_in(file).size() < 100 * (i + 1) / 2) usleep(1000);
    kill(children[i], SIGKILL);
  }
  for (std::size_t i = 0; i < children.size(); ++i) {
    int status = 0;
    waitpid(children[i], &status, 0);
    if (i % 2 == 1) {
      EXPECT_EQ(status, 0);
    }
  }
  const std::set<std::uint32_t> left = numbers_in(file);
  std::ifstream lines(told);
  std::size_t written = 0;
  for (std::uint32_t number = 0; lines >> number; ++written) EXPECT_TRUE(left.contains(number));
  EXPECT_GE(written, kWriters / 2 * kEach);
  EXPECT_EQ(read_judged(file).damaged, 0U);
}

INSTANTIATE_TEST_SUITE_P(BothFormats, JudgedRecordTest,
                         testing::Values(core::ObjectFormat::sha1, core::ObjectFormat::sha256));

}  // namespace
}  // namespace gs::state
