// The scanner and the full parser must agree on every text: what the one accepts, the other reads
// alike; and what is read survives being written.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/core/ids.h"
#include "lib/core/pattern.h"
#include "lib/store/lock_file.h"
#include "lib/store/lock_scan.h"
#include "lib/store/lock_waits.h"
#include "lib/store/state_files.h"

namespace {

void require(bool fine) {
  if (!fine) std::abort();
}

void waits_agree(const std::string& text) {
  using namespace gs;
  const auto fast = store::scan_waits(text);
  try {
    const std::string whole = store::render_waits(store::parse_waits(text));
    require(!fast || store::render_waits(*fast) == whole);
  } catch (const store::Damaged&) {
    require(!fast);
  }
}

// What is written over a lease is the end of that very lock, and of no other.
void leases_agree(const std::string& text, const gs::core::LockTable& whole) {
  using namespace gs;
  const auto leases = store::scan_leases(text, "agent-F1");
  if (!leases) return;
  core::LockTable own = whole, found;
  std::erase_if(own, [](const auto& lock) { return !core::same_holder(lock.agent, "agent-F1"); });
  std::string changed = text;
  const core::Instant end{core::Seconds{4102444800}};
  const std::string time = core::format_utc(end);
  for (const store::Lease& lease : *leases) {
    found.push_back(lease.lock);
    require(changed.substr(lease.expires, time.size()) == core::format_utc(lease.lock.expires));
    changed.replace(lease.expires, time.size(), time);
  }
  require(own == found);
  core::LockTable longer = whole;
  for (core::Lock& lock : longer) {
    if (core::same_holder(lock.agent, "agent-F1")) lock.expires = end;
  }
  require(store::parse_lock_file(changed).table() == longer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gs;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> paths{"llm/sentiment.py", "a.py", "docs/x/y.md"};
  const store::WantedPaths wanted(paths);
  const auto fast = store::scan_locks(text, wanted);
  const auto trusting = store::find_locks(text, wanted);
  require(!fast || !trusting || *fast == *trusting);
  try {
    store::LockFile file = store::parse_lock_file(text);
    core::LockTable table = file.table();
    const core::LockTable whole = table;
    std::erase_if(table, [&](const core::Lock& lock) {
      if (core::is_pattern(lock.path)) return false;
      for (const std::string& path : paths) {
        if (path == lock.path || path.starts_with(lock.path + '/')) return false;
      }
      return true;
    });
    require(!fast || *fast == table);
    leases_agree(text, whole);
    require(store::parse_lock_file(store::render_lock_file(std::move(file))).table() == whole);
  } catch (const store::Damaged&) {
    require(!fast && !store::scan_leases(text, "agent-F1"));
  }
  store::check_locks(store::salvage_locks(text, 1));
  waits_agree(text);
  return 0;
}
