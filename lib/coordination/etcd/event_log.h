#pragma once
// Each host's activity log in pieces, keys of etcd that only it writes:
//
//   PREFIX/log/HOST/N    N: 20 digits, how many bytes this host has published before. The value: up
//   to
//                        where the clone's log was published then (log_pieces.h), an empty line,
//                        lines
//
// A host keeps kMostLog bytes of its log there; each piece is removed after kLogDays days, by a
// lease of etcd's, whatever becomes of its host. Who reads too late is told that lines are missing.

#include <chrono>
#include <cstddef>
#include <filesystem>

#include "lib/coordination/etcd/etcd_client.h"
#include "lib/coordination/lease_store.h"

namespace gs::coordination {

inline constexpr std::uint64_t kMostLog = std::uint64_t{4} << 20;
inline constexpr std::chrono::days kLogDays{30};

struct EtcdLog {
  const EtcdPlace& place;
  EtcdClient& client;
  HostId self;
};

// Adds what the activity log has more. How far that is, is kept in `folder` as well. Returns how
// many lines there were. Throws core::Error (unreachable).
std::size_t publish_events(const EtcdLog& log, const std::filesystem::path& activity,
                           const std::filesystem::path& folder);

// The other hosts'.
ReadEvents read_events(const EtcdLog& log, const LogPosition& position);

}  // namespace gs::coordination
