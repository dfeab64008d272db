#pragma once
// A clone's activity log in pieces, as hosts publish it: whole lines, and a mark of where they
// ended.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "lib/coordination/lease_store.h"

namespace gs::coordination {

// How far the log was published.
struct LogMark {
  std::uint64_t offset = 0;  // bytes
  std::uint64_t check = 0;   // of what is before that
  bool operator==(const LogMark&) const = default;
};
// Lines "Offset: N" and "Check: N"; whatever else the text has is passed over.
std::string render_mark(const LogMark& mark);
LogMark read_mark(std::string_view text);

// Whether the mark is one of this log. Otherwise the log was begun anew.
bool is_of(const LogMark& mark, const std::filesystem::path& log);

// Bytes that a piece has at most; a line that is longer than `most` alone makes it longer, up to
// `largest`: what is longer than that is cut, and no line for readers.
struct PieceSizes {
  std::size_t most, largest;
};

// What a log has behind a mark, in whole lines; empty where there is no more.
struct Addition {
  std::string lines;
  LogMark end;
};
Addition addition(const std::filesystem::path& log, const LogMark& from, const PieceSizes& sizes);

// Adds the events of a piece to what was read, and counts the lines that are none.
void add_lines(std::string_view piece, const HostId& host, ReadEvents& read);

}  // namespace gs::coordination
