#pragma once
// conflict_warnings.jsonl: what agents were warned of, each thing once (contract, section 5).

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "lib/core/finding.h"
#include "lib/core/time.h"
#include "lib/state/journal.h"

namespace gs::state {

struct WarningLine {
  core::ImportConflict conflict;
  std::string agent, stream;  // who is warned; the agent may be empty, the stream too
  core::Instant time{};
  std::string commit;  // 40 hex digits, where there is a commit already; may be empty
};

// Appends the warning unless the log holds one with the same agent (or, without an agent, stream),
// kind, path, module and other agent; true when it was appended. Of several writers at once only
// one appends. Lines that cannot be read count as not there. Throws as append() does.
bool append_warning_once(const std::filesystem::path& log, const WarningLine& line);
// The same as a line `warned` of the activity log, which is the one that other hosts get.
Activity warned_line(const WarningLine& line);
// Whether the log has the same warning, from line.time or earlier. A missing log has none.
bool was_warned(const std::filesystem::path& log, const WarningLine& line);
// The same for many, of which no two are the same, in one pass over the log and one write.
std::vector<bool> append_warnings_once(const std::filesystem::path& log,
                                       std::span<const WarningLine> lines);

}  // namespace gs::state
