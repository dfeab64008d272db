#include "lib/store/lock_seal.h"

#include <array>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "lib/store/exclusive.h"
#include "lib/store/posix.h"

namespace gs::store {

namespace {

// As it lies in the file on which the exclusive lock is held: there is no further file that a
// writer who is killed could leave. Read back only on the same machine; whatever else is there, and
// what is half written, equals no mark.
constexpr std::uint64_t kFormat = 1;
using Note = std::array<std::uint64_t, 6>;

Note note_of(const platform::FileMark& mark) {
  return {kFormat,
          mark.device,
          mark.inode,
          mark.size,
          static_cast<std::uint64_t>(mark.modified),
          static_cast<std::uint64_t>(mark.changed)};
}

std::filesystem::path file_of(const StateDir& state) {
  return state.root() / kExclusiveFile;
}

}  // namespace

void seal_locks(const StateDir& state, std::size_t size) {
  const auto mark = platform::file_mark(open_file(state.locks(), O_RDONLY));
  if (!mark || mark->size != size) return;
  const Note note = note_of(*mark);
  std::array<char, sizeof note> bytes{};
  std::memcpy(bytes.data(), note.data(), bytes.size());
  const Descriptor file = open_file(file_of(state), O_WRONLY);
  if (file) write_all(file.get(), {bytes.data(), bytes.size()});
}

bool is_sealed(const StateDir& state, const platform::FileMark& mark) {
  const Descriptor file = open_file(file_of(state), O_RDONLY);
  Note note{};
  const auto size = static_cast<ssize_t>(sizeof note);
  return file && read(file.get(), note.data(), sizeof note) == size && note == note_of(mark);
}

}  // namespace gs::store
