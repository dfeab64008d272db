#pragma once
// The LMDB files of a cache, in a folder of their own: made whole, and thrown away whole.

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <lmdb.h>
#include <memory>
#include <optional>
#include <sys/types.h>

#include "lib/cache/fact_cache.h"

namespace gs::cache {

// A descriptor with flock(2), given up when it goes out of scope. Waits no longer than `patience`.
class Held {
 public:
  static std::optional<Held> take(const std::filesystem::path& path,
                                  std::chrono::milliseconds patience);
  Held(Held&& other) noexcept;
  Held& operator=(Held&&) = delete;
  ~Held();
  int get() const { return descriptor_; }

 private:
  explicit Held(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

struct EndTransaction {
  void operator()(MDB_txn* transaction) const { mdb_txn_abort(transaction); }
};
using Transaction = std::unique_ptr<MDB_txn, EndTransaction>;

// Errors that say that the files are no good (or full); others, that they are not for us.
bool is_damage(int status);

class Environment {
 public:
  // The same one for all who open it in this process. Null where there can be none.
  static std::shared_ptr<Environment> open(const std::filesystem::path& folder,
                                           std::uint32_t version, const CacheLimits& limits);
  explicit Environment(const std::filesystem::path& home);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  Transaction read();   // null: no view just now
  Transaction write();  // only by who holds writing()
  // The right to write, of one at a time; nothing when it does not come soon, or when the files
  // have been deleted or replaced: what would be written then is seen by nobody.
  std::optional<Held> writing(std::chrono::milliseconds patience) const;

  MDB_dbi marks() const { return marks_; }
  MDB_dbi generation(unsigned number) const { return generations_[number % 2]; }
  std::uint64_t largest() const { return largest_; }
  void discard() const;  // whoever comes later starts anew
  // Takes away what nobody has written to for an hour: other versions', and what was left over.
  void tidy() const;

 private:
  enum class Entry { entered, damaged, closed };
  static std::unique_ptr<Environment> enter_or_renew(const std::filesystem::path& home,
                                                     std::uint64_t largest);
  static bool make(const std::filesystem::path& home, std::uint64_t largest);
  int prepare(std::uint64_t largest);
  int start(const std::filesystem::path& at);
  Entry enter(std::uint64_t largest);
  int open_tables(unsigned flags);
  bool is_whole() const;

  std::filesystem::path home_;
  pid_t opened_by_;  // a child that was forked must open its own
  MDB_env* handle_ = nullptr;
  MDB_dbi marks_ = 0;
  std::array<MDB_dbi, 2> generations_{};
  std::uint64_t largest_ = 0;
};

}  // namespace gs::cache
