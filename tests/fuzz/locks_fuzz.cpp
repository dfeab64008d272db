// All readers of the lock file must agree on every text, and what is read survives being written.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/core/ids.h"
#include "lib/core/path_form.h"
#include "lib/core/pattern.h"
#include "lib/state/lock_file.h"
#include "lib/state/lock_wait.h"
#include "lib/state/state_files.h"
#include "lib/state/state_repair.h"

namespace {

void require(bool fine) {
  if (!fine) std::abort();
}

void waits_end(const std::string& text) {
  try {
    gs::state::waiters_in(text);
  } catch (const gs::state::Damaged&) {
    return;
  }
}

gs::core::LockTable table_of(const gs::state::LockFile& file) {
  gs::core::LockTable locks;
  for (const auto& entry : file.entries) locks.push_back(entry.lock);
  return locks;
}

// What is written over a lease is the end of that very lock, and of no other.
void leases_agree(const std::string& text, const gs::core::LockTable& whole) {
  using namespace gs;
  core::LockTable own = whole, found;
  std::erase_if(own, [](const auto& lock) { return !core::same_holder(lock.agent, "agent-F1"); });
  std::string changed = text;
  const core::Instant end{core::Seconds{4102444800}};
  const std::string time = core::format_utc(end);
  for (const state::Lease& lease : state::leases_in(text, "agent-F1")) {
    found.push_back(lease.lock);
    if (!lease.expires) return;
    require(changed.substr(*lease.expires, time.size()) == core::format_utc(lease.lock.expires));
    changed.replace(*lease.expires, time.size(), time);
  }
  require(own == found);
  core::LockTable longer = whole;
  for (core::Lock& lock : longer) {
    if (core::same_holder(lock.agent, "agent-F1")) lock.expires = end;
  }
  require(state::locks_in(changed) == longer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gs;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> paths{"llm/sentiment.py", "a.py", "docs/x/y.md"};
  const state::WantedPaths wanted(paths);
  const auto trusting = state::find_locks(text, wanted);
  try {
    state::LockFile file = state::parse_lock_file(text);
    const core::LockTable whole = table_of(file);
    core::LockTable table = whole;
    std::erase_if(table, [&](const core::Lock& lock) {
      if (core::is_pattern(lock.path) || !core::is_ascii(lock.path)) return false;
      for (const std::string& path : paths) {
        if (path == lock.path || path.starts_with(lock.path + '/')) return false;
      }
      return true;
    });
    require(state::locks_in(text) == whole);
    require(state::locks_in(text, wanted) == table);
    leases_agree(text, whole);
    const std::string rendered = state::render_lock_file(std::move(file));
    require(state::locks_in(rendered) == whole);
    const auto found = state::find_locks(rendered, wanted);
    require(!found || *found == table);
    if (rendered == text) require(found == trusting);
  } catch (const state::Damaged&) {
    bool damaged = false;
    try {
      state::locks_in(text, wanted);
    } catch (const state::Damaged&) {
      damaged = true;
    }
    require(damaged);
  }
  state::parse_locks(state::salvage_locks(text, 1));
  waits_end(text);
  return 0;
}
