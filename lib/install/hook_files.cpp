#include "lib/install/hook_files.h"

#include <array>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/text.h"
#include "lib/core/version.h"
#include "lib/install/chained_hook.h"
#include "lib/state/files.h"

namespace gs::install {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLegacy = ".legacy";
constexpr std::string_view kOld = ".old";
constexpr std::string_view kTemporary = ".git-stream-new.";

bool stands(const fs::path& file) {
  return fs::exists(fs::symlink_status(file));
}

fs::path beside(const fs::path& file, std::string_view suffix) {
  return file.string() + std::string(suffix);
}

fs::path temporary(const fs::path& file) {
  return file.parent_path() /
         (std::string(kTemporary) + file.filename().string() + "." + std::to_string(getpid()));
}

// What a killed process of ours left; the caller holds the lock, so nobody is writing one.
void remove_temporaries(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().find(kTemporary) != std::string::npos)
      fs::remove(entry.path(), ignored);
  }
}

bool same_file(const fs::path& one, const fs::path& other) {
  struct stat a {
  }, b{};
  return lstat(one.c_str(), &a) == 0 && lstat(other.c_str(), &b) == 0 && a.st_ino == b.st_ino &&
         a.st_dev == b.st_dev;
}

bool same_hook(const fs::path& one, const fs::path& other) {
  return same_file(one, other) || same_tool(one, other);
}

// A second name first, and only then ours in its place: at no instant is there neither.
void keep(const fs::path& file, const fs::path& before) {
  if (stands(before) && !same_hook(file, before)) {
    int number = 1;
    while (stands(beside(before, "." + std::to_string(number)))) ++number;
    fs::rename(before, beside(before, "." + std::to_string(number)));
  }
  const fs::path second = temporary(file);
  std::error_code impossible;
  fs::create_hard_link(file, second, impossible);
  if (impossible) {  // a folder, or a file system without hard links
    fs::rename(file, before);
    return;
  }
  fs::rename(second, before);
  fs::remove(second);  // rename(2) does nothing when both are the same file already
}

// Another tool has moved ours aside. Had we never been here, it would have moved what we keep.
void give_way(const fs::path& file, const fs::path& moved) {
  const fs::path before = beside(file, kChainSuffix);
  if (stands(before) && !read_own_script(file) && !same_hook(before, file)) {
    fs::rename(before, moved);
  } else {
    fs::remove(moved);
  }
}

}  // namespace

bool write_script(const fs::path& file, const ScriptCommand& command) {
  constexpr std::size_t kLargest = 64 << 10;
  constexpr fs::perms kExecutable = fs::perms::owner_all | fs::perms::group_read |
                                    fs::perms::group_exec | fs::perms::others_read |
                                    fs::perms::others_exec;
  const std::string text = hook_script(command.program, command.argument);
  if (read_own_script(file) && state::read_file(file, kLargest) == text &&
      access(file.c_str(), X_OK) == 0)
    return false;
  // Executable before it is in place: git passes over a hook that is not.
  const fs::path fresh = temporary(file);
  state::AtomicFile out(fresh);
  out.write(text);
  out.commit();
  fs::permissions(fresh, kExecutable);
  fs::rename(fresh, file);
  return true;
}

bool reached_as_legacy(const fs::path& folder, std::string_view hook) {
  const fs::path file = folder / hook;
  return runs_legacy(file) && access(file.c_str(), X_OK) == 0 &&
         read_own_script(beside(file, kLegacy)) && access(beside(file, kLegacy).c_str(), X_OK) == 0;
}

bool hook_is_reached(const fs::path& folder, std::string_view hook) {
  const fs::path file = folder / hook;
  if (read_own_script(file)) return access(file.c_str(), X_OK) == 0;
  return reached_as_legacy(folder, hook);
}

void place_hook(const fs::path& folder, std::string_view hook, const ScriptCommand& command,
                std::vector<std::string>& done) {
  remove_temporaries(folder);
  const fs::path file = folder / hook;
  const fs::path legacy = beside(file, kLegacy);
  if (read_own_script(legacy)) {
    if (runs_legacy(file)) {
      if (write_script(legacy, command)) done.push_back("updated " + legacy.string());
      return;
    }
    give_way(file, legacy);
  }
  if (read_own_script(beside(file, kOld))) give_way(file, beside(file, kOld));
  if (stands(file) && !read_own_script(file)) {
    keep(file, beside(file, kChainSuffix));
    done.push_back("kept the " + std::string(hook) + " hook that was there: it runs after ours");
  }
  if (write_script(file, command)) done.push_back("installed " + file.string());
}

void take_out_hook(const fs::path& folder, std::string_view hook, std::vector<std::string>& done) {
  const std::string name(hook);
  const fs::path file = folder / hook;
  const fs::path before = beside(file, kChainSuffix);
  const auto restore = [&](const fs::path& to) {
    fs::rename(before, to);
    done.push_back("restored the " + name + " hook that was there");
  };
  remove_temporaries(folder);
  for (const std::string_view suffix : {std::string_view(), kLegacy, kOld}) {
    const fs::path own = beside(file, suffix);
    if (!read_own_script(own)) continue;
    done.push_back("removed " + own.string());
    if (stands(before) && (suffix.empty() || !same_hook(before, file))) {
      restore(own);
    } else {
      fs::remove(own);
    }
  }
  if (!stands(before)) return;
  if (!stands(file)) {
    restore(file);
  } else if (same_hook(before, file)) {
    fs::remove(before);
  } else {
    done.push_back("left " + before.string() + ": another " + name + " hook has taken its place");
  }
}

namespace {

constexpr std::string_view kMark = "# git-stream ";
constexpr std::string_view kProgramMark = "# program: ";
constexpr std::string_view kArgumentMark = "# argument: ";

}  // namespace

// Old kernels cut the first line off at 127 bytes, and every one splits it at white space.
bool fits_first_line(const std::string& program, std::string_view argument) {
  constexpr std::size_t kLongest = 127;
  return program.size() + argument.size() + 4 <= kLongest &&
         program.find_first_of(" \t\r\n") == program.npos;
}

std::string single_quoted(std::string_view word) {
  std::string out = "'";
  for (const char c : word) c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
}

std::string test_program(const std::string& quoted_program) {
  return "test -x " + quoted_program + " && test -s " + quoted_program;
}

std::string blocking_commands(const std::string& quoted_program, std::string_view end) {
  return "printf 'git-stream: cannot run %s; next: git stream install\\n' " + quoted_program +
         " >&2" + std::string(end) + "exit 3" + std::string(end);
}

std::string hook_script(const fs::path& program, std::string_view argument) {
  const std::string path = program.string();
  const std::string word(argument);
  const bool direct = fits_first_line(path, argument);
  std::string text = direct ? "#!" + path + " " + word + "\n" : "#!/bin/sh\n";
  text += std::string(kMark) + core::kVersion + ": git runs the program named here as this hook.\n";
  text += std::string(kProgramMark) + path + "\n";
  text += std::string(kArgumentMark) + word + "\n";
  text +=
      "# If that program is missing, git stops with \"cannot run\" or \"cannot exec\": `git stream "
      "install` puts it\n"
      "# there (then `git stream doctor` checks everything), `git stream uninstall` takes it out. "
      "A hook that\n"
      "# was here before is kept beside this file, its name ending in .before-git-stream.\n";
  const std::string quoted = single_quoted(path);
  if (!direct)
    text += test_program(quoted) + " && exec " + quoted + " " + word + " \"$0\" \"$@\"\n";
  return text + blocking_commands(quoted);
}

std::optional<OwnScript> read_own_script(const fs::path& file) {
  constexpr std::size_t kLargest = 64 << 10;
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored) || fs::file_size(file, ignored) > kLargest)
    return std::nullopt;
  const auto text = state::read_file(file, kLargest);
  if (!text) return std::nullopt;
  std::string_view rest = *text;
  if (!core::take_line(rest).starts_with("#!")) return std::nullopt;
  const std::string_view mark = core::take_line(rest);
  const std::string_view program = core::take_line(rest);
  if (!mark.starts_with(kMark) || !program.starts_with(kProgramMark)) return std::nullopt;
  const std::string_view version = mark.substr(kMark.size(), mark.find(':') - kMark.size());
  const std::string_view argument = core::take_line(rest);
  return OwnScript{
      fs::path(program.substr(kProgramMark.size())),
      std::string(argument.starts_with(kArgumentMark) ? argument.substr(kArgumentMark.size())
                                                      : kHookFlag),
      std::string(version)};
}

bool OwnScript::judges(std::string_view hook) const {
  return argument == hook_argument(hook) || (argument == kHookFlag && program.filename() == hook);
}

}  // namespace gs::install
