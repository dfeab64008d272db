#pragma once
// A host's activity log on a ref of its own, which only it moves, and only forwards: each commit
// has what was added since the one before. Its message says up to where: `Offset` and the log's
// inode.

#include <cstddef>
#include <filesystem>

#include "lib/coordination/git/remote.h"
#include "lib/coordination/lease_store.h"
#include "lib/coordination/log_pieces.h"

namespace gs::coordination {

struct LogRefs {
  RemotePlace place;
  HostId self;
  bool below_heads = false;  // at the remote
};

// Adds the whole lines of the activity log that are not there yet to this host's ref in the clone.
// Returns how many.
std::size_t write_events(const LogRefs& refs, const std::filesystem::path& activity);

// Pushes the clone's own logs. False: the remote takes no such ref. Throws core::Error (broken)
// when it cannot be asked, or has another history of them.
bool push_events(const LogRefs& refs);

// Fetches and reads the others'.
ReadEvents read_events(const LogRefs& refs, const LogPosition& position);

}  // namespace gs::coordination
