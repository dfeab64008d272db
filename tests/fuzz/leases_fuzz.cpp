// What anybody can have pushed to the ref of the leases, or written over what a clone remembers:
// any bytes are a table that survives being written, or damaged.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/coordination/git/event_log.h"
#include "lib/coordination/git/remote.h"
#include "lib/coordination/host_log.h"
#include "lib/coordination/memory_file.h"
#include "lib/coordination/table_format.h"

namespace {

void require(bool fine) {
  if (!fine) std::abort();
}

void table(const std::string& text) {
  using namespace gs::coordination;
  try {
    const ReadTable read = parse_table(text);
    const ReadTable again = parse_table(render_table(read.table, read.history));
    require(again.table == read.table && again.history == read.history);
    for (const Lease& lease : read.table.leases) require(lease_of(json_of(lease)) == lease);
  } catch (const gs::core::JsonError&) {
  }
}

void memory(const std::string& text) {
  using namespace gs::coordination;
  try {
    const ClonesMemory read = parse_memory(text);
    require(parse_memory(render_memory(read)) == read);
  } catch (const gs::core::JsonError&) {
  }
}

void fetched(const std::string& text) {
  using namespace gs::coordination;
  try {
    const FetchState read = parse_fetch_state(text);
    require(parse_fetch_state(render_fetch_state(read)) == read);
  } catch (const gs::core::JsonError&) {
  }
  if (const auto line = gs::state::parse_log_line(text)) gs::state::handoff_in(line->activity);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  table(text);
  memory(text);
  fetched(text);
  gs::coordination::read_push(1, text, text);
  gs::coordination::read_mark(text);
  gs::coordination::shown_address(text);
  return 0;
}
