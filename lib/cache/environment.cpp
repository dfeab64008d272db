#include "lib/cache/environment.h"

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "lib/cache/home.h"

namespace gs::cache {

namespace fs = std::filesystem;

namespace {

constexpr unsigned kReaders = 250;
constexpr std::uint64_t kSmallest = 256U << 10U, kPage = 4096;
constexpr mode_t kMode = 0666;  // the user's umask decides
constexpr std::chrono::milliseconds kAtTheDoor{50};

struct Identity {
  dev_t device = 0;
  ino_t inode = 0;
  std::uint64_t size = 0;
  bool is_same(const Identity& other) const {
    return device == other.device && inode == other.inode;
  }
};

Identity identity(const struct stat& status) {
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size)};
}

std::optional<Identity> identity_of(const fs::path& file) {
  struct stat status {};
  if (lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return identity(status);
}

std::optional<Identity> identity_of(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return std::nullopt;
  return identity(status);
}

std::optional<Identity> identity_of(MDB_env* handle) {
  int descriptor = -1;
  if (mdb_env_get_fd(handle, &descriptor) != 0) return std::nullopt;
  return identity_of(descriptor);
}

}  // namespace

bool is_damage(int status) {
  return (status >= MDB_KEYEXIST && status <= MDB_LAST_ERRCODE) || status == EINVAL ||
         status == ENOENT;
}

namespace {

// What this process has open, and how many use each. Counted here and not by the pointers: a
// pointer would say that nobody uses it while it is still being closed.
struct Opened {
  struct Use {
    std::unique_ptr<Environment> environment;
    unsigned users;
  };
  std::mutex mutex;
  std::vector<Use> list;
};

Opened& opened() {
  static auto& all = *new Opened;  // outlives whatever static thing has a cache
  return all;
}

void give_up(const Environment* environment) {
  Opened& all = opened();
  const std::lock_guard guard(all.mutex);
  const auto use = std::find_if(all.list.begin(), all.list.end(), [&](const Opened::Use& entry) {
    return entry.environment.get() == environment;
  });
  if (--use->users == 0) all.list.erase(use);  // closed while nobody can open it
}

}  // namespace

Environment::Environment(const fs::path& home) : home_(home), opened_by_(getpid()) {}

Environment::~Environment() {
  if (handle_ != nullptr) mdb_env_close(handle_);
}

int Environment::prepare(std::uint64_t largest) {
  largest_ = std::max(kSmallest, largest / kPage * kPage);
  if (const int status = mdb_env_create(&handle_)) return status;
  if (const int status = mdb_env_set_mapsize(handle_, largest_)) return status;
  if (const int status = mdb_env_set_maxreaders(handle_, kReaders)) return status;
  return mdb_env_set_maxdbs(handle_, static_cast<MDB_dbi>(generations_.size()));
}

int Environment::start(const fs::path& at) {
  // Without waiting for the disk a kill loses nothing. A crash of the whole machine could leave
  // pages that do not belong together; but then it starts anew, and the home has another name.
  // Where that cannot be told, the disk is waited for.
  const unsigned no_sync = boot_id().empty() ? 0 : MDB_NOSYNC;
  return mdb_env_open(handle_, at.c_str(), no_sync | MDB_NOTLS | MDB_NOMEMINIT, kMode);
}

int Environment::open_tables(unsigned flags) {
  MDB_txn* raw = nullptr;
  const unsigned kind = (flags & MDB_CREATE) != 0 ? 0 : MDB_RDONLY;
  if (const int status = mdb_txn_begin(handle_, nullptr, kind, &raw)) return status;
  Transaction transaction(raw);
  if (const int status = mdb_dbi_open(raw, nullptr, 0, &marks_)) return status;
  if (const int status = mdb_dbi_open(raw, "0", flags, &generations_[0])) return status;
  if (const int status = mdb_dbi_open(raw, "1", flags, &generations_[1])) return status;
  return mdb_txn_commit(transaction.release());
}

bool Environment::make(const fs::path& home, std::uint64_t largest) {
  const fs::path beside = make_beside(home);
  if (beside.empty()) return false;
  int status = 0;
  {
    Environment fresh(home);
    status = fresh.prepare(largest);
    if (status == 0) status = fresh.start(beside);
    if (status == 0) status = fresh.open_tables(MDB_CREATE);
  }
  std::error_code failed;
  if (status == 0) fs::rename(beside, home, failed);
  if (status == 0 && !failed) return true;
  fs::remove_all(beside, failed);
  return fs::is_directory(home, failed);  // somebody else was faster
}

bool Environment::is_whole() const {
  MDB_envinfo info;
  MDB_stat stat;
  const auto file = identity_of(handle_);
  if (!file || mdb_env_info(handle_, &info) != 0 || mdb_env_stat(handle_, &stat) != 0) return false;
  return file->size / stat.ms_psize > info.me_last_pgno && file->size <= largest_;
}

Environment::Entry Environment::enter(std::uint64_t largest) {
  // LMDB makes what is missing. A lock file made beside data that others use would be the end of
  // all order: both must be there before, and be the same after.
  const auto data = identity_of(home_ / "data.mdb"), lock = identity_of(home_ / "lock.mdb");
  if (!data || !lock || data->size == 0) return Entry::damaged;
  int status = prepare(largest);
  if (status == 0) status = start(home_);
  if (status == 0) {
    const auto locked = identity_of(home_ / "lock.mdb"), opened = identity_of(handle_);
    if (!opened || !opened->is_same(*data) || !locked || !locked->is_same(*lock) || !is_whole())
      return Entry::damaged;
    status = open_tables(0);
  }
  if (status == MDB_READERS_FULL) {
    mdb_reader_check(handle_, nullptr);
    status = open_tables(0);
  }
  if (status == MDB_READERS_FULL) return Entry::closed;
  return status == 0 ? Entry::entered : is_damage(status) ? Entry::damaged : Entry::closed;
}

std::unique_ptr<Environment> Environment::enter_or_renew(const fs::path& home,
                                                         std::uint64_t largest) {
  constexpr int kAttempts = 3;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::error_code failed;
    if (!fs::is_directory(home, failed) && !make(home, largest)) return nullptr;
    // Who is stopped inside LMDB's own locks keeps the door shut, and the others do without.
    const auto door = Held::take(home, kAtTheDoor);
    if (!door) {
      if (fs::is_directory(home, failed)) return nullptr;
      continue;  // it was thrown away just now
    }
    auto environment = std::make_unique<Environment>(home);
    const Entry entry = environment->enter(largest);
    if (entry == Entry::entered) return environment;
    if (entry == Entry::closed) return nullptr;
    throw_away(home);
  }
  return nullptr;
}

std::shared_ptr<Environment> Environment::open(const fs::path& folder, std::uint32_t version,
                                               const CacheLimits& limits) {
  // LMDB's record locks belong to a process, and so do the readers' slots in its table: opened
  // twice in one, the first to be closed would take them from both. Only the process itself can
  // know what it has open.
  Opened& all = opened();
  const std::lock_guard guard(all.mutex);
  std::error_code failed;
  fs::create_directories(folder, failed);
  const fs::path home = home_of(folder, version);
  const auto file = identity_of(home / "data.mdb");
  for (Opened::Use& use : all.list) {
    const auto own = identity_of(use.environment->handle_);
    if (!file || !own || !own->is_same(*file) || use.environment->opened_by_ != getpid()) continue;
    ++use.users;
    return {use.environment.get(), give_up};
  }
  auto fresh = enter_or_renew(home, limits.largest);
  if (!fresh) return nullptr;
  all.list.push_back({std::move(fresh), 1});
  return {all.list.back().environment.get(), give_up};
}

Transaction Environment::read() {
  const auto door = Held::take(home_, kAtTheDoor);
  if (!door || !is_whole()) return nullptr;
  MDB_txn* raw = nullptr;
  int status = mdb_txn_begin(handle_, nullptr, MDB_RDONLY, &raw);
  if (status == MDB_READERS_FULL && mdb_reader_check(handle_, nullptr) == 0)
    status = mdb_txn_begin(handle_, nullptr, MDB_RDONLY, &raw);
  return Transaction(status == 0 ? raw : nullptr);
}

std::optional<Held> Environment::writing(std::chrono::milliseconds patience) const {
  auto held = Held::take(home_ / "data.mdb", patience);
  const auto file = held ? identity_of(held->get()) : std::nullopt;
  const auto own = identity_of(handle_);
  if (!file || !own || !file->is_same(*own) || !is_whole()) return std::nullopt;
  return held;
}

Transaction Environment::write() {
  // The slots of dead readers would keep what they saw for ever.
  const auto door = Held::take(home_, kAtTheDoor);
  if (!door) return nullptr;
  mdb_reader_check(handle_, nullptr);
  MDB_txn* raw = nullptr;
  const int status = mdb_txn_begin(handle_, nullptr, 0, &raw);
  return Transaction(status == 0 ? raw : nullptr);
}

void Environment::discard() const {
  throw_away(home_);
}

void Environment::tidy() const {
  throw_away_others(home_);
}

}  // namespace gs::cache
