#include "lib/install/hook_script.h"

#include "lib/install/chained_hook.h"
#include "lib/core/version.h"
#include "lib/core/text.h"
#include "lib/state/files.h"

namespace gs::install {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "# git-stream ";
constexpr std::string_view kProgramMark = "# program: ";
constexpr std::string_view kArgumentMark = "# argument: ";

// Old kernels cut the first line off at 127 bytes, and every one splits it at white space.
bool fits_first_line(const std::string& program, std::string_view argument) {
  constexpr std::size_t kLongest = 127;
  return program.size() + argument.size() + 4 <= kLongest &&
         program.find_first_of(" \t\r\n") == program.npos;
}

// For /bin/sh, which may not know more than this.
std::string single_quoted(std::string_view word) {
  std::string out = "'";
  for (const char c : word) c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
}

}  // namespace

std::string hook_script(const fs::path& program, std::string_view argument) {
  const std::string path = program.string();
  const std::string word(argument);
  const bool direct = fits_first_line(path, argument);
  std::string text = direct ? "#!" + path + " " + word + "\n" : "#!/bin/sh\n";
  text += std::string(kMark) + core::kVersion + ": git runs the program named here as this hook.\n";
  text += std::string(kProgramMark) + path + "\n";
  text += std::string(kArgumentMark) + word + "\n";
  text +=
      "# If that program is missing, git stops with \"cannot run\" or \"cannot exec\": install "
      "git-stream again\n"
      "# (then `git stream doctor` checks everything), or take it out with `git stream uninstall`. "
      "A hook that\n"
      "# was here before is kept beside this file, its name ending in .before-git-stream.\n";
  if (!direct) text += "exec " + single_quoted(path) + " " + word + " \"$0\" \"$@\"\n";
  return text;
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
