#include "lib/cache/home.h"

#include <array>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <random>
#include <string_view>
#include <unistd.h>

#include "lib/cache/seal.h"

namespace gs::cache {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kHome = "facts-", kAside = ".facts-";
constexpr std::uint32_t kFormat = 1;  // of the tables and seals

std::string hex(std::uint64_t number) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016" PRIx64, number);
  return text.data();
}

fs::path name_beside(const fs::path& home) {
  std::random_device random;
  return home.parent_path() / (std::string(kAside) + std::to_string(getpid()) + "-" +
                               hex(std::uint64_t{random()} << 32 | random()));
}

// When anything in it was last written; nothing to go by: now.
fs::file_time_type last_write(const fs::path& home) {
  std::error_code failed;
  const auto content = fs::last_write_time(home / "data.mdb", failed);
  if (!failed) return content;
  const auto folder = fs::last_write_time(home, failed);
  return failed ? fs::file_time_type::clock::now() : folder;
}

}  // namespace

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string line;
  std::getline(file, line);
  return line;
}

fs::path home_of(const fs::path& folder, std::uint32_t version) {
  const std::string name =
      std::to_string(kFormat) + "." + std::to_string(version) + "." + boot_id();
  return folder / (std::string(kHome) + hex(seal_of(name, {})));
}

fs::path make_beside(const fs::path& home) {
  const fs::path path = name_beside(home);
  std::error_code failed;
  return fs::create_directory(path, failed) ? path : fs::path();
}

void throw_away(const fs::path& home) {
  const fs::path aside = name_beside(home);
  std::error_code ignored;
  fs::rename(home, aside, ignored);
  fs::remove_all(aside, ignored);
}

void throw_away_others(const fs::path& home) {
  const auto limit = fs::file_time_type::clock::now() - std::chrono::hours(1);
  std::error_code failed;
  fs::directory_iterator entries(home.parent_path(), failed);
  while (!failed && entries != fs::directory_iterator()) {
    const fs::path path = entries->path();
    const std::string name = path.filename();
    const bool ours = name.starts_with(kHome) || name.starts_with(kAside);
    if (ours && path != home && last_write(path) < limit) throw_away(path);
    entries.increment(failed);
  }
}

}  // namespace gs::cache
