#pragma once
// The record of judged commits: which commit a gate of this repository has let through, for whom
// and by which policy. COMMONDIR/stream/judged, one for all worktrees; the format is described in
// judged_record.cpp.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/time.h"

namespace gs::state {

struct JudgedCommit {
  enum class Kind : std::uint8_t {
    judged = 1,    // no rule stood against it
    bypassed = 2,  // somebody gave a reason
    by_name = 3,   // made in a worktree that is nobody's, where only the branch's name says whose
    held = 4,      // a recorded remote has it, with all of its history: it was asked
  };

  core::ObjectId commit;
  core::ObjectId policy;  // a digest of the policy that it was judged by; zero: not known
  core::Instant time{};
  Kind kind = Kind::judged;
  std::string who;  // Identity::name(); of a held one REMOTE/BRANCH. Cut after kLongestWho bytes
};
inline constexpr std::size_t kLongestWho = 78;

struct JudgedRecord {
  std::vector<JudgedCommit> entries;         // oldest first; a commit may have several
  std::optional<core::ObjectFormat> format;  // of its ids: another one than the repository's where
                                             // that has been converted since
  std::size_t damaged = 0;  // records that cannot be read, and a torn one at the end
  bool missing = false;     // there is no file, or one that is none of ours
};

// What the file holds, whatever bytes those are. Throws core::Error (broken) when it cannot be
// read, or a newer git-stream has written it.
JudgedRecord read_judged(const std::filesystem::path& file);

// What append_judged asks of its caller, who knows the log and the repository; both under the
// record's lock.
struct JudgedSource {
  core::ObjectFormat format;  // of the repository: the record holds its commits alone
  // The entries that are known from elsewhere, when the record is gone or damaged.
  std::function<std::vector<JudgedCommit>()> rebuild;
  // Whether an entry is still of use; asked of all of them, seldom: the record has doubled.
  std::function<std::function<bool(const JudgedCommit&)>()> keeps;
};

// Adds entries at the end, under a lock and in one write. A record that is gone, or has ids of
// another format, is rebuilt first; a damaged one keeps what can be read of it, and stays beside
// the new one as judged.damaged.
// Returns whether it was damaged. Throws core::Error (broken) naming the file when that cannot be
// done; the record is then as it was.
bool append_judged(const std::filesystem::path& file, std::span<const JudgedCommit> entries,
                   const JudgedSource& source);
// The same without an entry, for who has read a record that is gone or damaged.
bool mend_judged(const std::filesystem::path& file, const JudgedSource& source);

}  // namespace gs::state
