#pragma once
// What a clone knows of the store's leases, for its gates: read in a fraction of a millisecond, and
// without asking anybody. The file COMMON-GIT-DIR/stream/coordination/leases is written with
// memory.json and made from it; that of another boot, or of a clone that was copied, is not taken.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/coordination/memory_file.h"
#include "lib/core/lock.h"

namespace gs::coordination {

struct CopiedLease {
  Lease lease;
  bool own = false;
  // Own: from when on this host may not rely on it. Others': until when it is let alone. Nothing:
  // not known.
  std::optional<BootTime> until;

  bool operator==(const CopiedLease&) const = default;
};

struct LeaseCopy {
  HostId self;
  std::string boot;               // which start of the machine the times belong to
  std::uint64_t inode = 0;        // of the lock file: as in ClonesMemory
  std::optional<BootTime> asked;  // when the store was asked last, before that
  std::vector<CopiedLease> leases;

  bool operator==(const LeaseCopy&) const = default;
};

LeaseCopy copy_of(const ClonesMemory& memory);

// The file's bytes.
std::string serialize_copy(const LeaseCopy& copy);
// Any bytes; nothing but for what serialize_copy() makes. Of the leases those that may cover one of
// the paths; all where there are no paths.
std::optional<LeaseCopy> deserialize_copy(std::string_view bytes,
                                          std::span<const std::string> paths = {});

// What the gates of this clone go by, now. Throws core::Error (broken) where the file is damaged
// and memory.json, from which it can be made, as well.
struct KnownLeases {
  core::LockTable foreign;             // other hosts', by this host's clock
  std::vector<Lease> lapsed;           // own, whose time is over or not known
  std::optional<core::Seconds> least;  // the shortest duration of own leases
  std::optional<core::Seconds> age;  // since the store was asked; nothing: it was not, in this boot
};
// `paths`: as above; where names that differ in case are one, and for paths beyond ASCII, leases on
// others may be among them.
KnownLeases known_leases(const std::filesystem::path& folder, std::span<const std::string> paths,
                         bool ignore_case, core::Instant now);

}  // namespace gs::coordination
