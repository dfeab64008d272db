#include "lib/state/redo_record.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "lib/core/checksum.h"
#include "lib/state/files.h"

namespace gs::state {

namespace {

constexpr std::uint64_t kFormat = 0x67736c6f636b7331U;
constexpr std::size_t kSum = 9;
using Words = std::array<std::uint64_t, kSum + 1>;

std::string_view bytes_of(const Words& words, std::size_t count) {
  return {reinterpret_cast<const char*>(words.data()), count * sizeof words[0]};
}

Words sealed(Words words) {
  words[kSum] = core::checksum(bytes_of(words, kSum));
  return words;
}

// A record of a change of the state's largest files is read as a whole.
constexpr std::size_t kLargest = std::size_t{40} << 20;

std::uint64_t sum_around(std::string_view text, std::size_t prefix, std::size_t changed) {
  const std::array<std::uint64_t, 2> parts{core::checksum(text.substr(0, prefix)),
                                           core::checksum(text.substr(prefix + changed))};
  return core::checksum({reinterpret_cast<const char*>(parts.data()), sizeof parts});
}

}  // namespace

TextChange change_between(std::string_view old_text, std::string_view new_text) {
  const auto differ =
      std::mismatch(old_text.begin(), old_text.end(), new_text.begin(), new_text.end());
  TextChange change;
  change.prefix = static_cast<std::size_t>(differ.first - old_text.begin());
  change.before = old_text.substr(change.prefix);
  change.after = new_text.substr(change.prefix);
  if (old_text.size() == new_text.size()) {
    const auto ends = std::mismatch(change.before.rbegin(), change.before.rend(),
                                    change.after.rbegin(), change.after.rend());
    const auto same = static_cast<std::size_t>(ends.first - change.before.rbegin());
    change.before.remove_suffix(same);
    change.after.remove_suffix(same);
  }
  change.around = sum_around(old_text, change.prefix, change.before.size());
  return change;
}

std::string written_bytes(const TextChange& change) {
  std::string bytes(change.after);
  bytes.resize(std::max(change.before.size(), bytes.size()), '\n');
  return bytes;
}

bool is_half_made(const TextChange& change, std::string_view text) {
  const std::size_t before = change.before.size(), after = change.after.size();
  if (text.size() < change.prefix) return false;
  // Behind the changed bytes, if the length stays; otherwise the changed bytes are the last ones.
  const std::size_t room = before == after ? before : text.size() - change.prefix;
  if (text.size() - change.prefix < room || sum_around(text, change.prefix, room) != change.around)
    return false;
  const std::string_view now = text.substr(change.prefix, room);
  if (now == change.before || now == change.after) return false;
  const std::string written = written_bytes(change);
  const auto made = static_cast<std::size_t>(
      std::mismatch(now.begin(), now.end(), written.begin(), written.end()).first - now.begin());
  if (now.size() != std::max(before, made)) return false;
  return made >= before || now.substr(made) == change.before.substr(made);
}

std::optional<std::string> finished(const TextChange& change, std::string_view text) {
  if (!is_half_made(change, text)) return std::nullopt;
  const bool same_length = change.before.size() == change.after.size();
  std::string whole(text.substr(0, change.prefix));
  whole += change.after;
  if (same_length) whole += text.substr(change.prefix + change.after.size());
  return whole;
}

void read_redo(const std::filesystem::path& record, RedoRecord& into) {
  const Descriptor file = open_file(record, O_RDONLY);
  Words words{};
  const auto size = static_cast<ssize_t>(sizeof words);
  if (!file || read(file.get(), words.data(), sizeof words) != size) return;
  if (words[0] != kFormat || words[kSum] != core::checksum(bytes_of(words, kSum))) return;
  const auto kind = static_cast<RedoKind>(words[1]);
  into.file.device = words[2];
  into.file.inode = words[3];
  if (kind == RedoKind::stamped) {
    into.file.size = words[4];
    into.file.modified = static_cast<std::int64_t>(words[5]);
    into.file.changed = static_cast<std::int64_t>(words[6]);
    into.kind = kind;
  }
  if (kind != RedoKind::pending || words[5] > kLargest || words[6] > kLargest) return;
  into.bytes = read_prefix(record, kLargest).value_or("");
  const std::string_view bytes = into.bytes;
  if (bytes.size() < sizeof words + words[5] + words[6]) return;
  into.change = {words[4], bytes.substr(sizeof words, words[5]),
                 bytes.substr(sizeof words + words[5], words[6]), words[7]};
  if (core::checksum(bytes.substr(sizeof words, words[5] + words[6])) == words[8]) into.kind = kind;
}

void write_redo(const std::filesystem::path& record, const platform::FileStamp& file,
                const TextChange& change) {
  std::string bytes(sizeof(Words), '\0');
  bytes.append(change.before).append(change.after);
  const Words words =
      sealed({kFormat, static_cast<std::uint64_t>(RedoKind::pending), file.device, file.inode,
              change.prefix, change.before.size(), change.after.size(), change.around,
              core::checksum(std::string_view(bytes).substr(sizeof(Words)))});
  std::memcpy(bytes.data(), words.data(), sizeof words);
  const Descriptor out = open_file(record, O_WRONLY | O_CREAT);
  if (!out) fail_state("write", record, errno);
  regular_size(out.get(), record);
  if (const int error = write_all(out.get(), bytes)) fail_state("write", record, error);
  if (const int error = platform::sync_content(out.get())) fail_state("write", record, error);
}

void clear_redo(const std::filesystem::path& record,
                const std::optional<platform::FileStamp>& stamp) {
  Words words{kFormat, static_cast<std::uint64_t>(RedoKind::none)};
  if (stamp) {
    words = {kFormat,
             static_cast<std::uint64_t>(RedoKind::stamped),
             stamp->device,
             stamp->inode,
             stamp->size,
             static_cast<std::uint64_t>(stamp->modified),
             static_cast<std::uint64_t>(stamp->changed)};
  }
  words = sealed(words);
  const Descriptor out = open_file(record, O_WRONLY);
  // One that cannot be written only costs the next readers time: the file is not half made.
  if (out) write_all(out.get(), bytes_of(words, words.size()));
}

}  // namespace gs::state
