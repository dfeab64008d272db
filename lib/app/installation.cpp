#include "lib/app/installation.h"

#include <unistd.h>

#include "lib/app/chained_hook.h"
#include "lib/app/git_command.h"
#include "lib/app/hook_script.h"
#include "lib/app/redirect.h"
#include "lib/app/version.h"
#include "lib/core/error.h"
#include "lib/store/atomic_file.h"

namespace gs::app {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

bool stands(const fs::path& file) {
  return fs::exists(fs::symlink_status(file));
}

fs::path before(const fs::path& folder, std::string_view hook) {
  return folder / (std::string(hook) + std::string(kChainSuffix));
}

// Moves a file aside to a name that is free; hooks of several generations are all kept.
void move_aside(const fs::path& file, const fs::path& target) {
  if (stands(target)) {
    int number = 1;
    while (stands(target.string() + "." + std::to_string(number))) ++number;
    fs::rename(target, target.string() + "." + std::to_string(number));
  }
  fs::rename(file, target);
}

// Ours in the place of what is there; a line for the user when something changed.
void install_in_place(const fs::path& folder, std::string_view hook, const fs::path& program,
                      std::vector<std::string>& done) {
  const fs::path file = folder / hook;
  const fs::path legacy = folder / (std::string(hook) + ".legacy");
  if (stands(file) && !read_own_script(file)) {
    if (read_own_script(legacy)) {  // pre-commit and prek came after us, and run us from there
      if (write_script(legacy, program)) done.push_back("updated " + legacy.string());
      return;
    }
    move_aside(file, before(folder, hook));
    done.push_back("kept the " + std::string(hook) + " hook that was there: it runs after ours");
  }
  if (write_script(file, program)) done.push_back("installed " + file.string());
}

void uninstall_in_place(const fs::path& folder, std::string_view hook,
                        std::vector<std::string>& done) {
  const std::string name(hook);
  for (const char* suffix : {"", ".legacy", ".old"}) {
    const fs::path file = folder / (name + suffix);
    if (!read_own_script(file)) continue;
    fs::remove(file);
    done.push_back("removed " + file.string());
    if (stands(before(folder, hook)) && std::string_view(suffix) != ".old") {
      fs::rename(before(folder, hook), file);
      done.push_back("restored the " + name + " hook that was there");
    }
  }
}

HookState state_of(const fs::path& file) {
  const auto own = read_own_script(file);
  if (!own) return stands(file) ? HookState::foreign : HookState::missing;
  if (access(file.c_str(), X_OK) != 0) return HookState::not_executable;
  if (access(own->program.c_str(), X_OK) != 0) return HookState::program_missing;
  const process::Result said = process::run({{own->program.string(), "--version"}, {}, {}, {}, {}});
  const std::string prefix = "git-stream ";
  if (!said.output.starts_with(prefix)) return HookState::program_foreign;
  const bool current =
      said.output.ends_with(std::string(" ") + kVersion + "\n") && own->version == kVersion;
  return current ? HookState::ours : HookState::other_version;
}

}  // namespace

const std::vector<std::string_view>& judged_hooks() {
  static const std::vector<std::string_view> kHooks{"pre-commit", "post-commit"};
  return kHooks;
}

HookPlace find_hooks(const git::Repository& repository) {
  const git::Layout& layout = repository.layout();
  const fs::path standard = layout.common_dir / "hooks";
  HookPlace place;
  place.setting = git_setting(layout, "core.hooksPath", true);
  if (!place.setting) {
    place.folder = standard;
    place.must_redirect = fs::is_symlink(standard);
    return place;
  }
  const fs::path top = layout.worktree ? *layout.worktree : layout.git_dir;
  place.folder = (top / *place.setting).lexically_normal();
  if (!place.folder.has_filename()) place.folder = place.folder.parent_path();
  place.redirected = place.folder == redirect_folder(repository);
  place.must_redirect = !place.redirected && (place.folder != standard || fs::is_symlink(standard));
  return place;
}

std::vector<HookReport> inspect_hooks(const git::Repository& repository) {
  const fs::path folder = find_hooks(repository).folder;
  std::vector<HookReport> reports;
  for (const std::string_view hook : judged_hooks()) {
    HookReport report{std::string(hook), HookState::missing, folder / hook, {}};
    report.state = state_of(report.file);
    const fs::path legacy = folder / (report.name + ".legacy");
    if (report.state == HookState::foreign && state_of(legacy) == HookState::ours)
      report.state = HookState::legacy;
    report.chained = find_chained(hook, report.file);
    reports.push_back(std::move(report));
  }
  return reports;
}

std::vector<std::string> install_hooks(const git::Repository& repository) {
  const HookPlace place = find_hooks(repository);
  const fs::path programs = hook_programs();
  if (place.must_redirect || place.redirected) return redirect_hooks(repository, place, programs);
  std::vector<std::string> done;
  try {
    fs::create_directories(place.folder);
    for (const std::string_view hook : judged_hooks())
      install_in_place(place.folder, hook, programs / hook, done);
  } catch (const fs::filesystem_error& error) {
    throw Error(ExitCode::broken,
                "cannot install hooks in " + place.folder.string() + ": " + error.code().message());
  }
  return done;
}

std::vector<std::string> uninstall_hooks(const git::Repository& repository) {
  std::vector<std::string> done;
  try {
    const fs::path standard = repository.layout().common_dir / "hooks";
    if (!fs::is_symlink(standard)) {
      for (const std::string_view hook : judged_hooks()) uninstall_in_place(standard, hook, done);
    }
    remove_redirect(repository, done);
  } catch (const fs::filesystem_error& error) {
    throw Error(ExitCode::broken, std::string("cannot take the hooks out: ") + error.what());
  }
  return done;
}

namespace {

std::string exclude_line(const std::string& state_dir) {
  return "/" + state_dir + "/";
}

fs::path exclude_file(const git::Layout& layout) {
  return layout.common_dir / "info" / "exclude";
}

constexpr char kExcludeNote[] =
    "# git-stream: the streams' shared state is no content of the repository";

}  // namespace

void add_exclude(const git::Layout& layout, const std::string& state_dir) {
  constexpr std::size_t kLargest = 16 << 20;
  const std::string text = store::read_file(exclude_file(layout), kLargest).value_or("");
  const std::string line = exclude_line(state_dir);
  if (("\n" + text).find("\n" + line + "\n") != std::string::npos) return;
  fs::create_directories(exclude_file(layout).parent_path());
  store::AtomicFile file(exclude_file(layout));
  file.write(text);
  if (!text.empty() && text.back() != '\n') file.write("\n");
  file.write(std::string(kExcludeNote) + "\n" + line + "\n");
  file.commit();
}

void remove_exclude(const git::Layout& layout, const std::string& state_dir) {
  constexpr std::size_t kLargest = 16 << 20;
  std::string text = store::read_file(exclude_file(layout), kLargest).value_or("");
  const std::string block = std::string(kExcludeNote) + "\n" + exclude_line(state_dir) + "\n";
  const std::size_t at = text.find(block);
  if (at == text.npos) return;
  text.erase(at, block.size());
  store::AtomicFile file(exclude_file(layout));
  file.write(text);
  file.commit();
}

}  // namespace gs::app
