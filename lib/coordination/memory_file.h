#pragma once
// What a host remembers, in a file of its clone: COMMON-GIT-DIR/stream/coordination/memory.json.
// Gates read it without asking anybody; it is replaced whole (AtomicFile).

#include <filesystem>
#include <optional>
#include <string>

#include "lib/coordination/host_memory.h"

namespace gs::coordination {

// What belongs to the store at one address, besides.
struct RefMemory {
  bool below_heads = false;    // the remote takes refs/heads/* only
  bool never_cut = false;      // it takes fast-forwards only
  std::uint64_t revision = 0;  // of etcd's, at which the last change was made
  bool operator==(const RefMemory&) const = default;
};

struct ClonesMemory {
  HostMemory host;
  RefMemory refs;
  // The lock file's inode: a copy of the clone has another one, and is another host.
  std::uint64_t inode = 0;
  // When the store was asked last, before that; nothing: not in this boot.
  std::optional<BootTime> read;
  bool operator==(const ClonesMemory&) const = default;
};

// Any bytes; throws core::JsonError.
ClonesMemory parse_memory(std::string_view text);
std::string render_memory(const ClonesMemory& memory);

// The file, and the lock that whoever changes it holds.
class MemoryFile {
 public:
  explicit MemoryFile(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path lock() const { return folder_ / "lock"; }
  std::filesystem::path file() const { return folder_ / "memory.json"; }
  std::filesystem::path copy() const { return folder_ / "leases"; }

  // In the present boot; that of a new host, and saved, where there is none or the clone was
  // copied. The lock must be held. Throws core::Error (broken) when it cannot be read or is
  // damaged.
  ClonesMemory load() const;
  // What is there, for those who hold no lock; nothing where no store was ever asked.
  std::optional<ClonesMemory> peek() const;
  // With what gates read of it (lease_copy.h). Synced; throws core::Error (broken).
  void save(const ClonesMemory& memory) const;

 private:
  void remove_leftovers() const;

  std::filesystem::path folder_;
};

// ---- Names that nobody else has.

HostId new_host_id();  // the machine's name and some random digits
Nonce new_nonce();
StoreId new_store_id();

}  // namespace gs::coordination
