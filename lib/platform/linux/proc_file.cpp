#include "lib/platform/linux/proc_file.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "lib/platform/file.h"

namespace gs::platform {

namespace {

// Adds a piece of at most `most` bytes. Whether there was one.
bool read_piece(const Descriptor& file, std::string& text, std::size_t most) {
  const std::size_t size = text.size();
  text.resize(size + most);
  ssize_t count = -1;
  do {
    count = read(file.get(), text.data() + size, most);
  } while (count < 0 && errno == EINTR);
  text.resize(size + static_cast<std::size_t>(count > 0 ? count : 0));
  return count > 0;
}

}  // namespace

std::string read_short(const std::string& path) {
  constexpr std::size_t kMost = 4096;
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (file) read_piece(file, text, kMost);
  return text;
}

std::string read_long(const std::string& path) {
  constexpr std::size_t kPiece = 64 << 10, kMost = 4 << 20;
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  while (file && text.size() < kMost && read_piece(file, text, kPiece)) {
  }
  return text;
}

}  // namespace gs::platform
