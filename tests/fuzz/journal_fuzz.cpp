// Any log is read without a crash, and its end read backwards is the end read forwards.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include "lib/state/journal.h"

namespace {

void require(bool fine) {
  if (!fine) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gs::state;
  const auto log = std::filesystem::temp_directory_path() /
                   ("git-stream-journal-fuzz-" + std::to_string(getpid()) + ".jsonl");
  std::ofstream(log, std::ios::binary | std::ios::trunc)
      << std::string(reinterpret_cast<const char*>(data), size);
  const LogRead all = read_log(log, {});
  LogFilter filter;
  filter.last = 1000000;
  const LogRead last = read_log(log, filter);
  require(all.lines.size() == last.lines.size() && all.torn == last.torn && all.end == last.end);
  for (std::size_t i = 0; i < all.lines.size(); ++i) {
    require(all.lines[i].text == last.lines[i].text);
  }
  append(log, {gs::core::Instant{}, "agent-F1", "F", "locked", {}});
  require(!read_log(log, {}).lines.empty() && read_log(log, {}).end > all.end);
  std::filesystem::remove(log);
  return 0;
}
