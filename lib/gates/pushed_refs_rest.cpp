// What git tells pre-push and pre-receive.

#include <algorithm>

#include "lib/gates/push_gate.h"
#include "lib/core/error.h"
#include "lib/core/text.h"

namespace gs::gates {

namespace {

[[noreturn]] void not_understood(std::string_view line) {
  throw core::Error(core::ExitCode::broken,
                    "git says what is not understood: " + core::printable(line),
                    "git stream doctor");
}

// The last word of a line, which is cut off: what comes before may hold spaces.
std::string_view take_last(std::string_view& line) {
  const std::size_t space = line.rfind(' ');
  const std::string_view word = space == line.npos ? line : line.substr(space + 1);
  line = space == line.npos ? std::string_view() : line.substr(0, space);
  return word;
}

// None where there is no object.
std::optional<core::ObjectId> object(std::string_view word, std::string_view line) {
  const auto id = core::ObjectId::from_hex(word);
  if (!id) not_understood(line);
  return id->is_zero() ? std::nullopt : id;
}

}  // namespace

std::vector<RefMove> read_pushed(std::string_view input, const std::string& remote) {
  std::vector<RefMove> moves;
  while (!input.empty()) {
    const std::string_view line = core::take_line(input);
    std::string_view rest = line;
    RefMove move;
    move.before = object(take_last(rest), line);
    move.ref = take_last(rest);
    move.after = object(take_last(rest), line);
    move.source = rest;
    move.remote = remote;
    if (!move.ref.starts_with("refs/")) not_understood(line);
    moves.push_back(std::move(move));
  }
  return moves;
}

std::vector<RefMove> read_received(std::string_view input) {
  std::vector<RefMove> moves;
  while (!input.empty()) {
    const std::string_view line = core::take_line(input);
    std::string_view rest = line;
    RefMove move;
    move.ref = take_last(rest);
    move.after = object(take_last(rest), line);
    move.before = object(rest, line);
    moves.push_back(std::move(move));
  }
  return moves;
}

std::string without_password(const std::string& remote) {
  const std::size_t scheme = remote.find("://");
  if (scheme == remote.npos) return remote;
  const std::size_t host = scheme + 3;
  const std::size_t at = remote.substr(0, remote.find('/', host)).rfind('@');
  return at == remote.npos || at < host ? remote : remote.substr(0, host) + remote.substr(at + 1);
}

}  // namespace gs::gates
