#include "lib/agents/settings/settings_files.h"

#include <optional>

#include "lib/core/error.h"
#include "lib/install/git_config.h"
#include "lib/state/files.h"

namespace gs::agents {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLargestSettings = 1 << 20;

std::optional<fs::path> link_on(const fs::path& file) {
  std::error_code ignored;
  for (fs::path at = file; at.has_filename() && fs::exists(fs::symlink_status(at, ignored));
       at = at.parent_path()) {
    if (fs::exists(at / ".git")) break;
    if (fs::is_symlink(at)) return at;
  }
  return std::nullopt;
}

}  // namespace

bool behind_link(const fs::path& file) {
  return link_on(file).has_value();
}

std::string read_settings(const fs::path& file) {
  if (const auto link = link_on(file))
    throw core::Error(core::ExitCode::usage, link->string() + " is a symbolic link",
                      "put a file in its place");
  return state::read_file(file, kLargestSettings).value_or("");
}

std::string text_with_ours(const fs::path& file) {
  try {
    std::string text = behind_link(file) ? "" : read_settings(file);
    return text.find("git-stream") == text.npos ? "" : text;
  } catch (const core::Error&) {
    return {};
  }
}

void write_settings(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  state::AtomicFile out(file);
  out.write(text);
  out.commit();
}

void remove_settings(const fs::path& top, const fs::path& file) {
  fs::remove(file);
  std::error_code not_empty;
  for (fs::path folder = file.parent_path(); folder != top; folder = folder.parent_path()) {
    if (!fs::remove(folder, not_empty)) break;
  }
}

bool is_tracked(const git::Layout& layout, const std::string& file) {
  return install::run_git(layout, {"ls-files", "--error-unmatch", "--", file}).status == 0;
}

}  // namespace gs::agents
