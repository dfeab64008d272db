#pragma once
// What stands beside file_locks.json while it is being written in place, so that a writer who is
// killed leaves the old or the new text and nothing between; and, while nobody writes, the stamp:
// which very file we wrote last.
//
// .file_locks.redo: ten words (64 bits, the machine's order) and the bytes that differ.
//   format · kind · device · inode · then, stamped: size · modified · changed · 0 · 0
//                                    pending: prefix · old size · new size · sum around · sum of
//                                    the bytes
//   · sum of the words before; then, pending: the old bytes, the new bytes
// Everything is checked before it is believed: what is half written is no record.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "lib/platform/file.h"

namespace gs::state {

// How a text becomes another: after `prefix` bytes that stay, `before` becomes `after`. Where both
// texts are equally long, what follows stays too; otherwise nothing follows.
struct TextChange {
  std::size_t prefix = 0;
  std::string_view before, after;  // views into the two texts, or into a record
  std::uint64_t around = 0;        // checksum of what stays
};
TextChange change_between(std::string_view old_text, std::string_view new_text);
// What is written at `prefix`: `after`, with line ends behind it up to where the old text ended,
// so that a reader who does not know the record sees whole JSON before the file is cut as well.
std::string written_bytes(const TextChange& change);

// Whether the text is what a writer who was stopped in the midst of this change leaves: a beginning
// of the new bytes over the old ones. Not so when nothing, or all, was written.
bool is_half_made(const TextChange& change, std::string_view text);
// The text with the change made, if it is half made; nothing otherwise.
std::optional<std::string> finished(const TextChange& change, std::string_view text);

enum class RedoKind : std::uint64_t { none, stamped, pending };

struct RedoRecord {
  RedoKind kind = RedoKind::none;
  platform::FileStamp file;  // stamped: as it was left; pending: device and inode only
  TextChange change;         // pending: views into `bytes`
  std::string bytes;

  RedoRecord() = default;
  RedoRecord(RedoRecord&&) = delete;
};

// Of whoever holds a lock on the file it is about. What cannot be read is none.
void read_redo(const std::filesystem::path& record, RedoRecord& into);
// Written and synced. Throws core::Error (broken).
void write_redo(const std::filesystem::path& record, const platform::FileStamp& file,
                const TextChange& change);
// The change is made, or was taken back: the record says the stamp, if there is one, or nothing.
void clear_redo(const std::filesystem::path& record,
                const std::optional<platform::FileStamp>& stamp);

}  // namespace gs::state
