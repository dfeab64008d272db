#include "lib/facts/fact_cache.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "lib/facts/fact_table.h"

namespace gs::facts {

// The folder holds tables (fact_table.h), each with what one put() kept or several of them
// together:
//
//   facts-2-VERSION-SEQUENCE-RANDOM   hexadecimal, of fixed length: the names sort by age
//   .facts-2-RANDOM                   a table that is being written; flock(2) tells it from a
//   leftover
//
// Tables never change. A writer makes a new one under another name and renames it; what readers
// have open stays theirs when it is deleted. Newer tables are looked into first.
//
// So that they stay few, a writer takes those before it into its own table as long as they are not
// much larger than what it has already: each table is then some times as large as all newer ones
// together, and what is put is rewritten a few times in all. That, and deleting, is done under a
// flock(2) on the folder. Who does not get it at once only adds a table; and nothing goes wrong
// without it (where a file system has none), since two who take in the same tables only do it
// twice.

namespace {

constexpr std::string_view kPrefix = "facts-", kTemporaryPrefix = ".facts-", kFormat = "2-";
constexpr std::size_t kSequenceDigits = 16, kRandomDigits = 16;
constexpr std::size_t kMostTables = 64;
constexpr std::uint64_t kLargestCache = std::uint64_t{4} << 30U;
constexpr std::uint64_t kRecordOverhead = 8;       // bytes, somewhat more than it is
constexpr std::uint64_t kSmallTable = 16U << 10U;  // is taken in by any
constexpr std::uint64_t kFactor = 4;               // others: up to so many times what there is
constexpr std::time_t kUnused = 3600;              // seconds
constexpr int kFileFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

struct CacheFile {
  std::string name;
  std::uint64_t size = 0;
  std::time_t written = 0;
};

// By age, the youngest first.
struct CacheFiles {
  std::vector<CacheFile> tables;  // of our format and version
  std::vector<CacheFile> others;  // temporary files, and those of other versions
  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const auto* files : {&tables, &others}) {
      for (const CacheFile& file : *files) sum += file.size;
    }
    return sum;
  }
};

class CacheFolder {
 public:
  explicit CacheFolder(const std::filesystem::path& path)
      : path_(path), folder_(opendir(path.c_str())) {}

  explicit operator bool() const { return folder_ != nullptr; }
  int descriptor() const { return dirfd(folder_.get()); }

  template <class Take>
  void each_name(const Take& take) const {
    rewinddir(folder_.get());
    while (const dirent* entry = readdir(folder_.get())) {
      const std::string_view name = entry->d_name;
      if (name.starts_with(kPrefix) || name.starts_with(kTemporaryPrefix)) take(name);
    }
  }

  platform::Descriptor open(const std::string& name, int flags = kFileFlags) const {
    return platform::Descriptor(openat(descriptor(), name.c_str(), flags, 0666));
  }
  bool rename(const std::string& from, const std::string& to) const {
    return renameat(descriptor(), from.c_str(), descriptor(), to.c_str()) == 0;
  }
  bool remove(const std::string& name) const {
    return unlinkat(descriptor(), name.c_str(), 0) == 0 || errno == ENOENT;
  }
  // With what is in it, if it is a folder.
  bool remove_all(const std::string& name) const {
    std::error_code failed;
    std::filesystem::remove_all(path_ / name, failed);
    return !failed;
  }

 private:
  std::filesystem::path path_;
  std::unique_ptr<DIR, CloseFolder> folder_;
};

std::string table_prefix(std::uint32_t version) {
  return fmt::format("{}{}{:08x}-", kPrefix, kFormat, version);
}

bool is_table(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) &&
         name.size() == prefix.size() + kSequenceDigits + 1 + kRandomDigits;
}

CacheFiles list_files(const CacheFolder& folder, std::uint32_t version) {
  const std::string prefix = table_prefix(version);
  CacheFiles files;
  folder.each_name([&](std::string_view name) {
    struct stat status {};
    CacheFile file{std::string(name)};
    if (fstatat(folder.descriptor(), file.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (S_ISREG(status.st_mode)) file.size = static_cast<std::uint64_t>(status.st_size);
    file.written = status.st_mtime;
    (is_table(name, prefix) ? files.tables : files.others).push_back(std::move(file));
  });
  std::ranges::sort(files.tables, std::greater(), &CacheFile::name);
  std::ranges::sort(files.others, std::greater(), &CacheFile::written);
  return files;
}

std::uint64_t random_number() {
  std::random_device random;
  return std::uint64_t{random()} << 32U | random();
}

// The name of a table that is younger than the youngest.
std::string next_table(const CacheFiles& files, std::uint32_t version) {
  const std::string prefix = table_prefix(version);
  std::uint64_t sequence = 0;
  if (!files.tables.empty()) {
    const char* begin = files.tables.front().name.data() + prefix.size();
    std::from_chars(begin, begin + kSequenceDigits, sequence, 16);
  }
  return fmt::format("{}{:016x}-{:016x}", prefix, sequence + 1, random_number());
}

// Of a SHA-256 as much as a SHA-1 has.
constexpr std::size_t kIdSize = core::raw_size(core::ObjectFormat::sha1), kKeySize = 1 + kIdSize;
using Key = std::array<char, kKeySize>;

Key key_of(FactKind kind, const core::ObjectId& blob) {
  Key key;
  key[0] = static_cast<char>(kind);
  std::copy_n(blob.bytes.begin(), kIdSize, key.begin() + 1);
  return key;
}

std::string_view text_of(const Key& key) {
  return {key.data(), key.size()};
}

}  // namespace

FactCache::FactCache(std::filesystem::path folder, std::uint32_t version, const CacheLimits& limits)
    : folder_(std::move(folder)),
      version_(version),
      largest_(std::min(limits.largest, kLargestCache)) {}

struct FactCache::Reader::Impl {
  std::vector<FactTable> tables;

  // Whether all that were listed were there: a writer may have taken them into another one.
  bool open(const CacheFolder& folder, std::uint32_t version, std::uint64_t largest) {
    std::vector<std::string> names;
    const std::string prefix = table_prefix(version);
    folder.each_name([&](std::string_view name) {
      if (is_table(name, prefix)) names.emplace_back(name);
    });
    std::ranges::sort(names, std::greater());
    if (names.size() > kMostTables) names.resize(kMostTables);
    tables.clear();
    bool complete = true;
    for (const std::string& name : names) {
      platform::Descriptor file = folder.open(name);
      if (!file && errno == ENOENT) complete = false;
      auto table = file ? FactTable::open(std::move(file), version, largest) : std::nullopt;
      if (table) tables.push_back(std::move(*table));
    }
    return complete;
  }
};

FactCache::Reader::Reader(const FactCache& cache) : impl_(std::make_unique<Impl>()) {
  constexpr int kAttempts = 5;
  const CacheFolder folder(cache.folder_);
  for (int i = 0; i < kAttempts && folder; ++i) {
    if (impl_->open(folder, cache.version_, cache.largest_)) return;
  }
}

FactCache::Reader::~Reader() = default;

std::optional<std::string_view> FactCache::Reader::get(FactKind kind,
                                                       const core::ObjectId& blob) const {
  const Key key = key_of(kind, blob);
  for (FactTable& table : impl_->tables) {
    if (const auto facts = table.find(text_of(key))) return facts;
  }
  return std::nullopt;
}

namespace {

// Deletes what killed writers left, and what nobody has used for an hour.
void tidy(const CacheFolder& folder, CacheFiles& files) {
  const std::time_t limit = std::time(nullptr) - kUnused;
  std::erase_if(files.others, [&](const CacheFile& file) {
    if (file.written < limit) return folder.remove_all(file.name);
    if (!file.name.starts_with(kTemporaryPrefix)) return false;
    const platform::Descriptor temporary = folder.open(file.name);
    return temporary && flock(temporary.get(), LOCK_EX | LOCK_NB) == 0 && folder.remove(file.name);
  });
}

// The tables that are taken into a new one.
struct TakenTables {
  std::vector<FactTable> tables;
  std::vector<std::string> names;
  std::uint64_t bytes = 0;
};

// Takes them out of `files`. `bytes` are new; with them it is `largest` at most.
TakenTables take_tables(const CacheFolder& folder, CacheFiles& files, std::uint32_t version,
                        std::uint64_t bytes, std::uint64_t largest) {
  TakenTables taken;
  bool more = true;
  std::erase_if(files.tables, [&](const CacheFile& file) {
    const std::uint64_t so_far = bytes + taken.bytes;
    more = more && file.size <= std::max(kSmallTable, kFactor * so_far) &&
           so_far + file.size <= largest;
    platform::Descriptor descriptor = more ? folder.open(file.name) : platform::Descriptor();
    if (!descriptor) return false;  // or not ours to read
    auto table = FactTable::open(std::move(descriptor), version, largest);
    if (table) taken.tables.push_back(std::move(*table));
    taken.names.push_back(file.name);  // a damaged one: only deleted
    taken.bytes += file.size;
    return true;
  });
  return taken;
}

bool has_room(const CacheFiles& files, std::uint64_t bytes, std::uint64_t largest) {
  return files.tables.size() < kMostTables && files.bytes() + bytes <= largest;
}

// Deletes the oldest until there is room.
void make_room(const CacheFolder& folder, CacheFiles& files, std::uint64_t bytes,
               std::uint64_t largest) {
  while (!has_room(files, bytes, largest)) {
    auto& oldest = files.others.empty() ? files.tables : files.others;
    if (oldest.empty() || !folder.remove(oldest.back().name)) return;
    oldest.pop_back();
  }
}

// By key. `keys` backs the entries' views.
std::vector<Record> sorted_records(std::span<const FactCache::Entry> entries, TakenTables& taken,
                                   std::vector<Key>& keys) {
  std::vector<Record> records;
  keys.reserve(entries.size());
  for (const FactCache::Entry& entry : entries)
    records.push_back({text_of(keys.emplace_back(key_of(entry.kind, entry.blob))), entry.facts});
  for (FactTable& table : taken.tables)
    std::ranges::copy(table.records(), std::back_inserter(records));
  std::ranges::stable_sort(records, {}, &Record::key);
  const auto older = std::ranges::unique(records, {}, &Record::key);
  records.erase(older.begin(), older.end());
  return records;
}

bool write_file(const CacheFolder& folder, const std::string& name, std::uint32_t version,
                std::span<const Record> records) {
  const std::string temporary =
      fmt::format("{}{}{:016x}", kTemporaryPrefix, kFormat, random_number());
  const platform::Descriptor file =
      folder.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC);
  if (!file) return false;
  flock(file.get(), LOCK_EX | LOCK_NB);
  if (write_table(file, version, records) && folder.rename(temporary, name)) return true;
  folder.remove(temporary);
  return false;
}

}  // namespace

void FactCache::put(std::span<const Entry> entries) const {
  std::uint64_t bytes = 0;
  for (const Entry& entry : entries) bytes += kKeySize + kRecordOverhead + entry.facts.size();
  if (entries.empty() || bytes > largest_ / 4) return;
  std::error_code ignored;
  std::filesystem::create_directories(folder_, ignored);
  const CacheFolder folder(folder_);
  if (!folder) return;
  const bool alone = flock(folder.descriptor(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
  CacheFiles files = list_files(folder, version_);
  const std::string name = next_table(files, version_);
  // Who is not alone may not delete: the rest of the limit is for those.
  const std::uint64_t largest = alone ? largest_ / 4 * 3 : largest_;
  TakenTables taken;
  if (alone) {
    tidy(folder, files);
    taken = take_tables(folder, files, version_, bytes, largest_ / 4);
  }
  bytes += 2 * taken.bytes;  // for a moment they are there twice
  if (alone) make_room(folder, files, bytes, largest);
  if (!has_room(files, bytes, largest)) return;
  std::vector<Key> keys;
  if (!write_file(folder, name, version_, sorted_records(entries, taken, keys))) return;
  for (const std::string& old : taken.names) folder.remove(old);
}

}  // namespace gs::facts
