#include "lib/coordination/log_pieces.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "lib/core/checksum.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/state/files.h"
#include "lib/state/journal.h"

namespace gs::coordination {

namespace fs = std::filesystem;

namespace {

std::string read_from(const fs::path& log, std::uint64_t offset, std::size_t most) {
  const state::Descriptor file = state::open_file(log, O_RDONLY);
  if (!file) return {};
  std::string bytes(most, '\0');
  std::size_t used = 0;
  while (used < most) {
    const ssize_t count =
        pread(file.get(), bytes.data() + used, most - used, static_cast<off_t>(offset + used));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    used += static_cast<std::size_t>(count);
  }
  bytes.resize(used);
  return bytes;
}

// Of what is before an offset.
std::uint64_t check_of(const fs::path& log, std::uint64_t offset) {
  constexpr std::uint64_t kMostChecked = 4096;
  const std::uint64_t size = std::min(offset, kMostChecked);
  const std::string bytes = read_from(log, offset - size, size);
  return bytes.size() == size ? core::checksum(bytes) : 0;
}

}  // namespace

bool is_of(const LogMark& mark, const fs::path& log) {
  return mark.offset > 0 && check_of(log, mark.offset) == mark.check;
}

Addition addition(const fs::path& log, const LogMark& from, const PieceSizes& sizes) {
  Addition added{{}, from};
  // A torn line at the end is the writer's that has not ended, or was killed.
  std::string bytes = read_from(log, from.offset, sizes.most);
  std::size_t end = bytes.rfind('\n');
  if (end == bytes.npos && bytes.size() == sizes.most) {
    bytes = read_from(log, from.offset, sizes.largest);
    end = bytes.rfind('\n');
    // No line is as long: in pieces, which readers skip.
    if (end == bytes.npos && bytes.size() == sizes.largest) end = bytes.size() - 1;
  }
  if (end == bytes.npos) return added;
  added.lines = bytes.substr(0, end + 1);
  added.end.offset += added.lines.size();
  added.end.check = check_of(log, added.end.offset);
  return added;
}

std::string render_mark(const LogMark& mark) {
  return "Offset: " + std::to_string(mark.offset) + "\nCheck: " + std::to_string(mark.check) + '\n';
}

LogMark read_mark(std::string_view text) {
  LogMark mark;
  const auto number = [](std::string_view line, std::string_view name, std::uint64_t& into) {
    if (!line.starts_with(name)) return;
    into = core::json_natural(line.substr(name.size())).value_or(into);
  };
  while (!text.empty()) {
    const std::string_view line = core::take_line(text);
    number(line, "Offset: ", mark.offset);
    number(line, "Check: ", mark.check);
  }
  return mark;
}

void add_lines(std::string_view text, const HostId& host, ReadEvents& read) {
  while (!text.empty()) {
    const std::string_view line = core::take_line(text);
    if (line.empty()) continue;
    if (auto parsed = state::parse_log_line(line)) {
      read.events.push_back({host, std::move(*parsed)});
    } else {
      ++read.torn;
    }
  }
}

}  // namespace gs::coordination
