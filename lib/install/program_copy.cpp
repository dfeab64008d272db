#include "lib/install/program_copy.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/core/version.h"
#include "lib/git/objects/loose_objects.h"
#include "lib/install/chained_hook.h"
#include "lib/install/hook_files.h"
#include "lib/platform/file.h"
#include "lib/platform/file_copy.h"
#include "lib/process/process.h"
#include "lib/state/files.h"

namespace gs::install {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

constexpr char kProgramName[] = "git-stream";
constexpr std::string_view kTemporary = ".git-stream-new.";
// Of the first line's arguments; every place is judged by it, so that all hooks name one copy.
constexpr std::string_view kLongestArgument = "--forward=reference-transaction";

struct Content {
  platform::Descriptor file;
  platform::FileStamp stamp;
  platform::Mapping mapping;
};

std::optional<Content> content_of(const fs::path& program) {
  platform::Descriptor file(open(program.c_str(), O_RDONLY | O_CLOEXEC));
  const auto stamp = platform::file_stamp(file);
  auto mapping = stamp ? platform::Mapping::of(file, stamp->size) : std::nullopt;
  if (!mapping) return std::nullopt;
  return Content{std::move(file), *stamp, std::move(*mapping)};
}

std::string name_for(const Content& content) {
  return fmt::format("{}-{:08x}", core::kVersion, git::crc32(content.mapping.bytes()));
}

fs::path folder_in_repository(const git::Layout& layout) {
  return layout.common_dir / "stream" / "bin";
}

// Absolute, as the specification of these variables asks for; empty without a home.
fs::path folder_of_user() {
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data == '/') return fs::path(data) / kProgramName / "bin";
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return {};
  return fs::path(home) / ".local" / "share" / kProgramName / "bin";
}

// Where a copy may be, the best first.
std::vector<fs::path> places_for(const git::Layout& layout, const std::string& name) {
  std::vector<fs::path> places;
  for (const fs::path& folder : {folder_in_repository(layout), folder_of_user()})
    if (!folder.empty()) places.push_back(folder / name / kProgramName);
  std::stable_partition(places.begin(), places.end(), [](const fs::path& place) {
    return fits_first_line(place.string(), kLongestArgument);
  });
  return places;
}

bool executable(const fs::path& file) {
  return access(file.c_str(), X_OK) == 0;
}

void sync_folder(const fs::path& folder) {
  const platform::Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened) platform::sync_file(opened.get());
}

// What killed processes left; the caller holds the lock, so nobody is writing one.
void remove_temporaries(const fs::path& folder) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    if (entry.path().filename().string().starts_with(kTemporary)) fs::remove(entry.path(), none);
  }
}

// Nobody writes to it, whatever the umask; everybody who reaches the repository may run it.
void write_copy(const Content& own, const fs::path& file) {
  constexpr mode_t kReadAndRun = 0555;
  fs::remove(file);
  const platform::Descriptor out(
      open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  int error = out ? platform::copy_bytes(own.file, out) : errno;
  if (error == 0 && fchmod(out.get(), kReadAndRun) != 0) error = errno;
  if (error == 0) error = platform::sync_file(out.get());
  if (error != 0)
    throw fs::filesystem_error("", file, std::error_code(error, std::generic_category()));
}

// Folders that others may go through, as they may read the hooks.
void make_folders(const fs::path& folder) {
  fs::create_directories(folder);
  for (const fs::path& made : {folder.parent_path(), folder}) {
    std::error_code not_ours;
    fs::permissions(made,
                    fs::perms::group_read | fs::perms::group_exec | fs::perms::others_read |
                        fs::perms::others_exec,
                    fs::perm_options::add, not_ours);
  }
}

// Also on file systems that copy in ways of their own.
bool is_whole(const Content& own, const fs::path& copy) {
  const auto made = content_of(copy);
  return made && made->mapping.bytes() == own.mapping.bytes();
}

// Whether it stands there now and can be run; a file that was there is replaced, never written to.
bool make_copy(const Content& own, const fs::path& place) {
  const fs::path fresh =
      place.parent_path().parent_path() / (std::string(kTemporary) + std::to_string(getpid()));
  make_folders(place.parent_path());
  try {
    write_copy(own, fresh);
    if (!is_whole(own, fresh))
      throw fs::filesystem_error("", fresh, std::make_error_code(std::errc::io_error));
    const bool runs = executable(fresh) && version_of(fresh).starts_with(kProgramName);
    if (!runs) {
      fs::remove(fresh);
      fs::remove(place.parent_path());
      return false;
    }
    fs::rename(fresh, place);
  } catch (...) {
    std::error_code ignored;
    fs::remove(fresh, ignored);
    fs::remove(place.parent_path(), ignored);
    throw;
  }
  sync_folder(place.parent_path());
  return true;
}

}  // namespace

PlacedProgram place_program(const git::Layout& layout, const fs::path& own) {
  const auto content = content_of(own);
  if (!content || !executable(own))
    throw Error(ExitCode::broken, "the program is not there: " + own.string(),
                "install git-stream again: ./install/setup.sh");
  const fs::path users = folder_of_user();
  remove_temporaries(folder_in_repository(layout));
  for (const fs::path& place : places_for(layout, name_for(*content))) {
    try {
      if (executable(place) && same_bytes(place, own)) return {place};
      if (make_copy(*content, place)) return {place, true};
    } catch (const fs::filesystem_error& error) {
      if (place.parent_path().parent_path() == users) continue;
      throw Error(ExitCode::broken,
                  "cannot copy the program to " + place.string() + ": " + error.code().message(),
                  "free space there and give yourself the permission, then git stream install");
    }
  }
  return {own, false, false};
}

bool same_bytes(const fs::path& one, const fs::path& other) {
  const auto first = content_of(one), second = content_of(other);
  if (!first || !second || first->stamp.size != second->stamp.size) return false;
  const bool same_file =
      first->stamp.inode == second->stamp.inode && first->stamp.device == second->stamp.device;
  return same_file || first->mapping.bytes() == second->mapping.bytes();
}

std::string copy_name(const fs::path& program) {
  constexpr std::size_t kDigits = 8;
  const std::string name = program.parent_path().filename();
  const std::size_t dash = name.rfind('-');
  if (program.filename() != kProgramName || dash == name.npos || dash == 0 ||
      name.size() - dash - 1 != kDigits ||
      name.find_first_not_of("0123456789abcdef", dash + 1) != name.npos)
    return {};
  return name;
}

bool is_damaged_copy(const fs::path& program) {
  const std::string name = copy_name(program);
  if (name.empty()) return false;
  const auto content = content_of(program);
  return !content || !name.ends_with(fmt::format("-{:08x}", git::crc32(content->mapping.bytes())));
}

std::string version_of(const fs::path& program) {
  try {
    return process::run({{program.string(), "--version"}, {}, {}, {}, {}}).output;
  } catch (const Error&) {
    return {};
  }
}

std::vector<std::string> copies_in(const git::Layout& layout) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder_in_repository(layout), none)) {
    std::string name = copy_name(entry.path() / kProgramName);
    if (!name.empty()) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

void remove_copies(const git::Layout& layout, const std::set<std::string>& named,
                   std::vector<std::string>& done) {
  const fs::path folder = folder_in_repository(layout);
  for (const std::string& name : copies_in(layout)) {
    if (named.contains(name)) continue;
    fs::remove(folder / name / kProgramName);
    std::error_code somebodys;  // what else is in it
    fs::remove(folder / name, somebodys);
    done.push_back("removed " + (folder / name).string());
  }
  remove_temporaries(folder);
  std::error_code not_empty;
  fs::remove(folder, not_empty);
}

}  // namespace gs::install
