#include "lib/git/refs/migration.h"

#include <chrono>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

std::optional<fs::path> folder_of_migration(const fs::path& common_dir) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(common_dir, none)) {
    if (entry.path().filename().string().starts_with("ref_migration.")) return entry.path();
  }
  return std::nullopt;
}

}  // namespace

// In place of the folder of branches there is a file, so that no program takes tables for files.
bool has_refs_as_said(const fs::path& common_dir, const RefStorage& storage) {
  std::error_code ignored;
  if (storage.place) return true;
  if (storage.kind == RefStorage::Kind::reftable)
    return fs::exists(common_dir / "reftable/tables.list", ignored);
  return !fs::is_regular_file(common_dir / "refs/heads", ignored);
}

bool is_migrating(const fs::path& common_dir) {
  return folder_of_migration(common_dir).has_value();
}

bool wait_for_migration(const fs::path& common_dir, const std::function<bool()>& settled) {
  using std::chrono::milliseconds;
  constexpr int kRounds = 200;
  constexpr milliseconds kPause{10};
  for (int round = 0; round < kRounds; ++round) {
    if (settled()) return true;
    // It removes its folder just before it writes the configuration.
    constexpr int kLastStep = 10;
    if (round >= kLastStep && !is_migrating(common_dir)) return false;
    std::this_thread::sleep_for(kPause);
  }
  return settled();
}

void fail_in_migration(const fs::path& common_dir) {
  const std::string git = common_dir.string();
  const auto left = folder_of_migration(common_dir);
  if (left) {
    throw core::Error(core::ExitCode::broken,
                      "git refs migrate is moving the refs in " + git + ", or was interrupted",
                      "wait for it; if it was interrupted: move what is in " +
                          core::printable(left->filename().string()) +
                          " to the git directory, and set extensions.refStorage to what it is");
  }
  throw core::Error(core::ExitCode::broken,
                    "the refs in " + git + " are not stored as extensions.refStorage says",
                    "git refs migrate may have been interrupted: set extensions.refStorage to what "
                    "they are");
}

}  // namespace gs::git
