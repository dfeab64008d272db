#pragma once
// What was fetched of other hosts' activity logs, kept in the clone for those who ask nobody:
//
//   COMMON-GIT-DIR/stream/coordination/hosts.jsonl   their lines, each with `from_host` added
//   COMMON-GIT-DIR/stream/coordination/hosts.json    how far each log was read, and when
//
// Both can be fetched again: a hosts.json that is damaged is as none.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/coordination/lease_store.h"
#include "lib/core/time.h"
#include "lib/state/handoffs.h"

namespace gs::coordination {

// Of a line that was fetched: from which host's log.
inline constexpr char kHostField[] = "from_host";
// That host; empty: the line is of this host's own log.
std::string host_of(const state::Activity& line);
// Whether a host is meant by its name, or by the machine's in it: "build-7" is "build-7-0123ab".
bool means_host(std::string_view word, std::string_view host);

struct FetchState {
  std::optional<core::Instant> read;  // by this host's wall clock; none: never
  LogPosition position;
  std::vector<std::string> faults;  // of the last reading: logs that could not be read
  std::uint64_t size = 0;           // of hosts.jsonl: what is behind was not finished
  // Its size once it has been shortened, which was about to be done.
  std::optional<std::uint64_t> cut = {};
  bool operator==(const FetchState&) const = default;
};

// Any bytes. Throws core::JsonError.
FetchState parse_fetch_state(std::string_view text);
std::string render_fetch_state(const FetchState& state);

// hosts.jsonl is shortened when it has more than `most` bytes: to the last lines, `kept` bytes at
// most, and before them the handoffs among the others, as many bytes at most.
struct HostLogLimit {
  std::uint64_t most = std::uint64_t{64} << 20, kept = std::uint64_t{32} << 20;
};

class HostLog {
 public:
  explicit HostLog(std::filesystem::path folder, HostLogLimit limit = {})
      : folder_(std::move(folder)), limit_(limit) {}

  const std::filesystem::path& folder() const { return folder_; }
  // A log as state/journal.h reads it; a line's host is host_of(). It may not be there.
  std::filesystem::path lines() const { return folder_ / "hosts.jsonl"; }
  // What the last fetch() left; as new where there was none.
  FetchState state() const;
  // Asks the store for the lines that are new, and keeps them: each once, whenever this is killed.
  // Returns how many. Throws core::Error as the store, or (broken) where they cannot be kept.
  std::size_t fetch(LeaseStore& store, core::Instant now);

 private:
  FetchState keep(const ReadEvents& read, core::Instant now);
  void write(const FetchState& state) const;
  void shorten(FetchState state) const;

  std::filesystem::path folder_;
  HostLogLimit limit_;
};

// One order of several hosts' lines: each host's as it wrote them, and between hosts by the times
// that they state. The lines of this host have no `from_host`.
std::vector<state::LogLine> in_one_order(const std::vector<state::LogLine>& own,
                                         const std::vector<state::LogLine>& fetched);

// What agents of other hosts handed on, by their log lines.
std::vector<state::Handoff> fetched_handoffs(const HostLog& log);

}  // namespace gs::coordination
