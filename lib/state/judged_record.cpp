#include "lib/state/judged_record.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <tuple>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/state/files.h"
#include "lib/state/flock.h"

// A header of 64 bytes and records of 136, or with SHA-256 160, all numbers little-endian:
//
//   header   "GSJUDGED", version (4): 1 has ids of SHA-1, 2 of SHA-256, size of a record (4),
//   number of records at which those of no
//            use are dropped (8), zeros, checksum of the 56 bytes before it (8)
//   record   commit (20 or 32), policy (the same), seconds since 1970 (8), kind (1), length of who
//   (1),
//            who (78, zeros after it), checksum of all before it (8)
//
// Records are only added, by one write() under flock(2) on the file, so that a reader needs no
// lock: what it may see of a writer is a beginning, whose last record is not whole. Where records
// are dropped or mended, a new file takes the place of the old one by rename(2), under the lock of
// the old one; a writer that got its lock after that finds another file at the path, and asks
// again.

namespace gs::state {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "GSJUDGED";
using core::ObjectFormat;
constexpr std::size_t kHeaderSize = 64, kSumSize = 8;
constexpr std::size_t kLargestFile = 256 << 20;
constexpr std::uint64_t kFirstPruning = 4096;  // records
constexpr std::size_t kMost = 50'000;          // records that are kept at all, the newest

constexpr std::size_t record_size(ObjectFormat format) {
  return 2 * core::raw_size(format) + 10 + kLongestWho + kSumSize;
}

// FNV-1a: differs where one byte differs.
std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t sum = 0xcbf29ce484222325U;
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return sum;
}

void put(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xffU);
}

std::uint64_t get(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = (value << 8U) | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string header_bytes(ObjectFormat format, std::uint64_t prune_at) {
  std::string bytes(kMagic);
  put(bytes, format == ObjectFormat::sha1 ? 1 : 2, 4);
  put(bytes, record_size(format), 4);
  put(bytes, prune_at, 8);
  bytes.resize(kHeaderSize - kSumSize);
  put(bytes, checksum(bytes), kSumSize);
  return bytes;
}

bool sealed(std::string_view bytes) {
  const std::size_t content = bytes.size() - kSumSize;
  return get(bytes.substr(content)) == checksum(bytes.substr(0, content));
}

bool is_header(std::string_view bytes) {
  return bytes.size() >= kHeaderSize && bytes.starts_with(kMagic) &&
         sealed(bytes.substr(0, kHeaderSize));
}

// Nothing for the header of a newer git-stream's.
std::optional<ObjectFormat> format_of(std::string_view header) {
  const std::uint64_t version = get(header.substr(kMagic.size(), 4));
  if (version == 1) return ObjectFormat::sha1;
  if (version == 2) return ObjectFormat::sha256;
  return std::nullopt;
}

void put_record(std::string& out, ObjectFormat format, const JudgedCommit& entry) {
  std::string bytes;
  for (const core::ObjectId* id : {&entry.commit, &entry.policy})
    bytes.append(reinterpret_cast<const char*>(id->bytes.data()), core::raw_size(format));
  put(bytes, static_cast<std::uint64_t>(entry.time.time_since_epoch().count()), 8);
  const std::string who = entry.who.substr(0, kLongestWho);
  put(bytes, static_cast<std::uint64_t>(entry.kind), 1);
  put(bytes, who.size(), 1);
  bytes += who;
  bytes.resize(record_size(format) - kSumSize);
  put(bytes, checksum(bytes), kSumSize);
  out += bytes;
}

std::optional<JudgedCommit> parse_record(std::string_view bytes, ObjectFormat format) {
  if (!sealed(bytes)) return std::nullopt;
  const std::size_t id_size = core::raw_size(format);
  JudgedCommit entry;
  entry.commit = core::ObjectId::from_raw(bytes, format);
  entry.policy = core::ObjectId::from_raw(bytes.substr(id_size), format);
  std::string_view rest = bytes.substr(2 * id_size);
  entry.time = core::Instant(core::Seconds(static_cast<std::int64_t>(get(rest.substr(0, 8)))));
  const auto kind = static_cast<std::uint8_t>(rest[8]);
  const std::size_t length = static_cast<std::uint8_t>(rest[9]);
  if (kind < 1 || kind > 4 || length > kLongestWho) return std::nullopt;
  entry.kind = static_cast<JudgedCommit::Kind>(kind);
  entry.who = rest.substr(10, length);
  return entry;
}

JudgedRecord parse(std::string_view bytes, const fs::path& file) {
  JudgedRecord record;
  if (!is_header(bytes)) {
    record.missing = true;
    record.damaged = bytes.empty() ? 0 : 1;
    return record;
  }
  record.format = format_of(bytes);
  if (!record.format)
    fail_because(file, "is of another version of git-stream", "install the newer one again");
  const std::size_t size = record_size(*record.format);
  bytes.remove_prefix(kHeaderSize);
  record.entries.reserve(bytes.size() / size);
  for (; bytes.size() >= size; bytes.remove_prefix(size)) {
    if (auto entry = parse_record(bytes.substr(0, size), *record.format))
      record.entries.push_back(std::move(*entry));
    else
      ++record.damaged;
  }
  if (!bytes.empty()) ++record.damaged;
  return record;
}

// The record, locked for writing as long as this lives.
class LockedRecord {
 public:
  explicit LockedRecord(const fs::path& file) : file_(file) {
    for (;;) {
      descriptor_ = open_file(file_, O_RDWR | O_APPEND | O_CREAT);
      if (!descriptor_) fail("write", file_, errno);
      size_ = regular_size(descriptor_.get(), file_);
      take_lock(descriptor_.get(), file_, Hold::exclusive);
      size_ = regular_size(descriptor_.get(), file_);
      if (size_ == 0) share();
      if (is_at_path()) return;
    }
  }

  // In whole records of that size.
  std::size_t count(std::size_t record) const {
    return (size_ - std::min(size_, kHeaderSize)) / record;
  }
  bool is_aligned(std::size_t record) const {
    return size_ == kHeaderSize + count(record) * record;
  }

  std::string header() const {
    std::string bytes(kHeaderSize, '\0');
    const ssize_t count = pread(descriptor_.get(), bytes.data(), bytes.size(), 0);
    bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return bytes;
  }

  // All of it or nothing.
  void append(std::string_view bytes) {
    const int error = write_all(descriptor_.get(), bytes);
    if (error == 0) {
      size_ += bytes.size();
      return;
    }
    if (ftruncate(descriptor_.get(), static_cast<off_t>(size_)) != 0) {
      // The torn end is dropped by the next writer.
    }
    fail("write", file_, error);
  }

  // By another file, under the lock of this one.
  void replace(std::string_view bytes) {
    AtomicFile out(file_, AtomicFile::Durability::cache);
    out.write(bytes);
    out.commit();
  }

 private:
  // A new file is for everybody who may write in its folder (core.sharedRepository).
  void share() const {
    struct stat folder {};
    if (stat(file_.parent_path().c_str(), &folder) != 0) return;
    const mode_t mode = 0644 | (folder.st_mode & 0022);
    if (fchmod(descriptor_.get(), mode) != 0) {
      // Whoever cannot write it will say so.
    }
  }

  bool is_at_path() const {
    struct stat mine {
    }, there{};
    return fstat(descriptor_.get(), &mine) == 0 && lstat(file_.c_str(), &there) == 0 &&
           mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
  }

  const fs::path file_;
  Descriptor descriptor_;
  std::size_t size_ = 0;
};

// The newest of each kind a commit has, in the order of time.
void drop_repeated(std::vector<JudgedCommit>& entries) {
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.commit, a.kind, a.who) < std::tie(b.commit, b.kind, b.who);
  });
  const auto end = std::unique(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.commit, a.kind, a.who) == std::tie(b.commit, b.kind, b.who);
  });
  entries.erase(end, entries.end());
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
}

void rewrite(LockedRecord& locked, ObjectFormat format, std::vector<JudgedCommit> entries) {
  std::erase_if(entries, [&](const JudgedCommit& entry) { return entry.commit.format != format; });
  drop_repeated(entries);
  if (entries.size() > kMost)
    entries.erase(entries.begin(), entries.end() - static_cast<std::ptrdiff_t>(kMost));
  std::string bytes = header_bytes(format, 2 * entries.size() + kFirstPruning);
  for (const JudgedCommit& entry : entries) put_record(bytes, format, entry);
  locked.replace(bytes);
}

void keep_damaged(const fs::path& file) {
  std::error_code ignored;
  fs::copy_file(file, file.string() + ".damaged", fs::copy_options::overwrite_existing, ignored);
}

void extend(std::vector<JudgedCommit>& entries, std::span<const JudgedCommit> more) {
  entries.insert(entries.end(), more.begin(), more.end());
}

}  // namespace

JudgedRecord read_judged(const fs::path& file) {
  const auto bytes = read_file(file, kLargestFile);
  if (bytes) return parse(*bytes, file);
  JudgedRecord none;
  none.missing = true;
  return none;
}

namespace {

// Everything anew: what can be read, what is known from elsewhere where something is missing, and
// these; without what is of no use any more.
bool write_anew(LockedRecord& locked, const fs::path& file, std::span<const JudgedCommit> entries,
                const JudgedSource& source) {
  JudgedRecord record = read_judged(file);
  if (record.damaged > 0) keep_damaged(file);
  if (record.format != source.format || record.damaged > 0)
    extend(record.entries, source.rebuild());
  extend(record.entries, entries);
  if (record.entries.size() > kFirstPruning) {
    const auto keeps = source.keeps();
    std::erase_if(record.entries, [&](const JudgedCommit& entry) { return !keeps(entry); });
  }
  rewrite(locked, source.format, std::move(record.entries));
  return record.damaged > 0;
}

}  // namespace

bool append_judged(const fs::path& file, std::span<const JudgedCommit> entries,
                   const JudgedSource& source) {
  LockedRecord locked(file);
  const std::string header = locked.header();
  const std::size_t size = record_size(source.format);
  if (!is_header(header) || format_of(header) != source.format || !locked.is_aligned(size) ||
      locked.count(size) + entries.size() > get(std::string_view(header).substr(16, 8)))
    return write_anew(locked, file, entries, source);
  std::string bytes;
  for (const JudgedCommit& entry : entries) put_record(bytes, source.format, entry);
  locked.append(bytes);
  return false;
}

bool mend_judged(const fs::path& file, const JudgedSource& source) {
  LockedRecord locked(file);
  return write_anew(locked, file, {}, source);
}

}  // namespace gs::state
