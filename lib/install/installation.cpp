#include "lib/install/installation.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <map>
#include <set>
#include <sys/file.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/version.h"
#include "lib/git/layout.h"
#include "lib/install/chained_hook.h"
#include "lib/install/configured_hooks.h"
#include "lib/install/git_config.h"
#include "lib/install/hook_files.h"
#include "lib/install/hooks_path.h"
#include "lib/install/program_copy.h"
#include "lib/install/state_place.h"
#include "lib/platform/process_info.h"
#include "lib/policy/integration_record.h"
#include "lib/state/files.h"

namespace gs::install {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

// One installation at a time in a repository, and no file for it.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : descriptor_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    while (descriptor_ >= 0 && flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~FolderLock() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

// Whether it said this version, whatever commit it was built from: "git-stream 0.1.0 (abc1234567)".
bool is_version(std::string_view said, std::string_view version) {
  if (said.ends_with('\n')) said.remove_suffix(1);
  if (said.ends_with(')')) said = said.substr(0, said.rfind(" ("));
  return said.ends_with(" " + std::string(version));
}

HookState look_at_program(const fs::path& program) {
  std::error_code unknown;
  if (!fs::exists(program, unknown)) return HookState::program_missing;
  if (access(program.c_str(), X_OK) != 0) return HookState::program_not_executable;
  if (same_bytes(program, own_program())) return HookState::ours;
  if (is_damaged_copy(program)) return HookState::program_damaged;
  const std::string said = version_of(program);
  if (!said.starts_with("git-stream ")) return HookState::program_foreign;
  return is_version(said, core::kVersion) ? HookState::other_program : HookState::other_version;
}

// How the programs that hooks start are: each is read and asked once.
class Programs {
 public:
  // `version`: by which the hook was installed.
  HookState state(const fs::path& program, const std::string& version) {
    const auto known = states_.find(program);
    const HookState state = known != states_.end()
                                ? known->second
                                : states_.emplace(program, look_at_program(program)).first->second;
    return state == HookState::ours && version != core::kVersion ? HookState::other_version : state;
  }

 private:
  std::map<fs::path, HookState> states_;
};

// As its hook has it: absolute, or below the common git directory.
fs::path program_of(const git::Layout& layout, const OwnScript& script) {
  return layout.common_dir / script.program;
}

void look_at_hook(const git::Layout& layout, HookReport& report, Programs& programs) {
  const auto own = read_own_script(report.file);
  if (!own) {
    const bool there = fs::exists(fs::symlink_status(report.file));
    report.state = there ? HookState::foreign : HookState::missing;
    return;
  }
  report.program = program_of(layout, *own);
  report.state = access(report.file.c_str(), X_OK) != 0
                     ? HookState::not_executable
                     : programs.state(report.program, own->version);
}

HookReport report_of(const git::Layout& layout, const ConfiguredHook& hook, bool runs,
                     Programs& programs) {
  HookReport report{hook.event,
                    HookState::foreign,
                    layout.common_dir / "config",
                    {},
                    "hook.git-stream-" + hook.event,
                    hook.program};
  if (!runs) {
    report.state = HookState::not_in_this_git;
  } else if (hook.switched_off_by) {
    report.state = HookState::switched_off;
    report.setting = *hook.switched_off_by;
  } else if (hook.fires && !hook.program.empty()) {
    report.state = programs.state(hook.program, core::kVersion);
  }
  return report;
}

}  // namespace

const std::vector<std::string_view>& judged_hooks() {
  static const std::vector<std::string_view> kHooks{
      "pre-commit",             //
      "pre-merge-commit",       //
      "prepare-commit-msg",     //
      "reference-transaction",  //
      "post-commit",            //
      "post-merge",             //
      "pre-push",               //
  };
  return kHooks;
}

const std::vector<std::string_view>& server_hooks() {
  static const std::vector<std::string_view> kHooks{"pre-receive"};
  return kHooks;
}

HookPlace find_hooks(const git::Layout& layout) {
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
  place.redirected = is_redirect_folder(layout, place.folder);
  place.must_redirect = !place.redirected && (place.folder != standard || fs::is_symlink(standard));
  return place;
}

namespace {

// A bare repository may be pushed to, worked in through linked worktrees, or both.
std::vector<std::string_view> expected_hooks(const git::Layout& layout, const fs::path& folder) {
  const auto any = [&](const std::vector<std::string_view>& hooks) {
    return std::any_of(hooks.begin(), hooks.end(),
                       [&](std::string_view hook) { return hook_is_reached(folder, hook); });
  };
  std::vector<std::string_view> hooks;
  const bool server = any(server_hooks());
  if (server) hooks = server_hooks();
  if (!server || layout.main_worktree || any(judged_hooks()))
    hooks.insert(hooks.end(), judged_hooks().begin(), judged_hooks().end());
  return hooks;
}

}  // namespace

std::vector<HookReport> inspect_hooks(const git::Layout& layout) {
  const fs::path folder = find_hooks(layout).folder;
  const std::vector<ConfiguredHook> configured = configured_hooks(layout);
  const bool runs = !configured.empty() && git_runs_configured_hooks(layout);
  std::vector<HookReport> reports;
  Programs programs;
  for (const std::string_view hook : expected_hooks(layout, folder)) {
    const auto in_configuration =
        std::find_if(configured.begin(), configured.end(),
                     [&](const ConfiguredHook& one) { return one.event == hook; });
    if (in_configuration != configured.end() && !hook_is_reached(folder, hook)) {
      reports.push_back(report_of(layout, *in_configuration, runs, programs));
      continue;
    }
    HookReport report{std::string(hook), HookState::missing, folder / hook, {}, {}, {}};
    look_at_hook(layout, report, programs);
    if (report.state == HookState::foreign && reached_as_legacy(folder, hook)) {
      report.file += ".legacy";
      look_at_hook(layout, report, programs);
      if (report.state == HookState::ours) report.state = HookState::legacy;
    }
    report.chained = find_chained(hook, report.file);
    reports.push_back(std::move(report));
  }
  return reports;
}

namespace {

// What hooks are to start, with a line for what there is to say of it.
PlacedProgram place_for_hooks(const git::Layout& layout, std::vector<std::string>& done) {
  PlacedProgram placed = place_program(layout, own_program());
  if (!placed.is_copy)
    done.push_back("no copy of the program can be executed below " + layout.common_dir.string() +
                   " or the home: the hooks end with " + placed.program.string());
  if (placed.copied_now && copies_in(layout).size() > 1)
    done.push_back("the former program stays: git stream install --prune removes it");
  return placed;
}

// The hooks named it already.
void tell_put_back(const PlacedProgram& placed, std::vector<std::string>& done) {
  if (placed.copied_now && done.empty())
    done.push_back("put the hooks' program back: " + placed.program.string());
}

// git runs the hooks of a push in the git directory (githooks(5)): there a path from it will do,
// and the repository may be moved. All others run where the worktree is.
fs::path name_in_hooks(const git::Layout& layout, const fs::path& program,
                       const std::vector<std::string_view>& hooks) {
  if (hooks != server_hooks()) return program;
  const fs::path relative = program.lexically_relative(layout.common_dir);
  return relative.empty() || *relative.begin() == ".." ? program : relative;
}

std::vector<std::string> install(const git::Layout& layout,
                                 const std::vector<std::string_view>& hooks) {
  const FolderLock lock(layout.common_dir);
  const HookPlace place = find_hooks(layout);
  std::vector<std::string> done;
  const PlacedProgram placed = place_for_hooks(layout, done);
  const fs::path program = name_in_hooks(layout, placed.program, hooks);
  try {
    if (place.must_redirect || place.redirected) {
      for (std::string& line : redirect_hooks(layout, place, program, hooks))
        done.push_back(std::move(line));
      tell_put_back(placed, done);
      return done;
    }
    fs::create_directories(place.folder);
    if (access(place.folder.c_str(), W_OK) != 0)
      throw fs::filesystem_error("", std::error_code(errno, std::generic_category()));
    for (const std::string_view hook : hooks)
      place_hook(place.folder, hook, {program, hook_argument(hook)}, done);
    tell_put_back(placed, done);
  } catch (const fs::filesystem_error& error) {
    throw Error(ExitCode::broken,
                "cannot install hooks in " + place.folder.string() + ": " + error.code().message(),
                "make it writable, then git stream install");
  }
  return done;
}

}  // namespace

namespace {

constexpr char kHooksPath[] = "core.hooksPath";

// Says that core.hooksPath of a bare repository is of our making.
fs::path pinned_note(const git::Layout& layout) {
  return layout.common_dir / "stream" / "hooks-path";
}

// A pusher through a path brings their own configuration along, and core.hooksPath in it would take
// the gate away: the repository's own one comes after. Relative, so that the repository may be
// moved; but git takes that from a linked worktree's top, where there is one.
void pin_hooks_path(const git::Layout& layout) {
  const bool ours = fs::exists(pinned_note(layout));
  if (!ours && git_setting(layout, kHooksPath, false, "--local")) return;
  const bool linked = layout.worktree || fs::exists(layout.common_dir / "worktrees");
  const std::string value = linked ? (layout.common_dir / "hooks").string() : "hooks";
  fs::create_directories(pinned_note(layout).parent_path());
  state::AtomicFile note(pinned_note(layout));
  note.write(value + "\n");
  note.commit();
  git_output(layout, {"config", "--local", kHooksPath, value});
}

void unpin_hooks_path(const git::Layout& layout) {
  if (!fs::remove(pinned_note(layout))) return;
  run_git(layout, {"config", "--local", "--unset", kHooksPath});
}

}  // namespace

std::vector<std::string> install_hooks(const git::Layout& layout) {
  if (fs::exists(pinned_note(layout))) pin_hooks_path(layout);
  // A git that knows nothing of those in the configuration needs the others, too.
  if (configured_hooks(layout).empty() || !git_runs_configured_hooks(layout))
    return install(layout, judged_hooks());
  const FolderLock lock(layout.common_dir);
  std::vector<std::string> done;
  configure_hooks(layout, place_for_hooks(layout, done).program, judged_hooks(), done);
  return done;
}

std::vector<std::string> install_server_hooks(const git::Layout& layout) {
  std::vector<std::string> done = install(layout, server_hooks());
  pin_hooks_path(layout);
  return done;
}

namespace {

// Out of the hooks folder, and of our own.
void remove_hook_files(const git::Repository& repository, std::vector<std::string>& done) {
  const fs::path standard = repository.layout().common_dir / "hooks";
  if (!fs::is_symlink(standard)) {
    for (const auto* hooks : {&judged_hooks(), &server_hooks()}) {
      for (const std::string_view hook : *hooks) take_out_hook(standard, hook, done);
    }
  }
  remove_redirects(repository, done);
}

}  // namespace

std::vector<std::string> install_configured_hooks(const git::Repository& repository) {
  const git::Layout& layout = repository.layout();
  if (!git_runs_configured_hooks(layout))
    throw Error(ExitCode::usage,
                "this git runs no hooks from its configuration (2.54 and later do)",
                "git stream install");
  if (hook_is_reached(layout.common_dir / "hooks", server_hooks().front()))
    throw Error(ExitCode::usage, "the gate of a server stands in its hooks folder",
                "git stream install --server");
  const FolderLock lock(layout.common_dir);
  std::vector<std::string> done;
  configure_hooks(layout, place_for_hooks(layout, done).program, judged_hooks(), done);
  try {
    remove_hook_files(repository, done);
  } catch (const fs::filesystem_error& error) {
    throw Error(ExitCode::broken, std::string("cannot take the hooks out: ") + error.what());
  }
  return done;
}

namespace {

constexpr char kLockTimeout[] = "reftable.lockTimeout";
// In ms. git looks for the lock at growing intervals, so that one of many may find it taken for
// long.
constexpr char kLongTimeout[] = "60000";

fs::path timeout_note(const git::Layout& layout) {
  return layout.common_dir / "stream" / "ref-lock-timeout";
}

void wait_longer_for_refs(const git::Layout& layout, std::vector<std::string>& done) {
  if (!waits_briefly_for_refs(layout)) return;
  state::AtomicFile note(timeout_note(layout));
  note.write(std::string(kLongTimeout) + "\n");
  note.commit();
  git_output(layout, {"config", "--local", kLockTimeout, kLongTimeout});
  done.push_back("set " + std::string(kLockTimeout) + " = " + kLongTimeout);
}

void wait_for_refs_as_before(const git::Layout& layout) {
  if (fs::remove(timeout_note(layout)))
    run_git(layout,
            {"config", "--local", "--unset", kLockTimeout, "^" + std::string(kLongTimeout)});
}

}  // namespace

bool waits_briefly_for_refs(const git::Layout& layout) {
  return layout.ref_storage.kind == git::RefStorage::Kind::reftable &&
         !git_setting(layout, kLockTimeout);
}

std::filesystem::path program_for_hooks(const git::Layout& layout) {
  const FolderLock lock(layout.common_dir);
  return place_program(layout, own_program()).program;
}

std::optional<std::filesystem::path> program_of_hooks(const git::Layout& layout) {
  const fs::path folder = find_hooks(layout).folder;
  for (const auto* hooks : {&judged_hooks(), &server_hooks()}) {
    for (const std::string_view hook : *hooks) {
      const auto own = read_own_script(folder / hook);
      if (own && access(program_of(layout, *own).c_str(), X_OK) == 0)
        return program_of(layout, *own);
    }
  }
  return std::nullopt;
}

namespace {

void add_named(const fs::path& folder, std::set<std::string>& named) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    if (const auto own = read_own_script(entry.path())) named.insert(copy_name(own->program));
  }
}

// The copies that a hook of any worktree, or a setting, names.
std::set<std::string> named_copies(const git::Repository& repository) {
  const git::Layout& layout = repository.layout();
  std::set<std::string> named;
  for (const fs::path& folder : {find_hooks(layout).folder, layout.common_dir / "hooks",
                                 layout.common_dir / "stream" / "hooks"})
    add_named(folder, named);
  for (const git::Worktree& worktree : repository.worktrees())
    add_named(worktree.git_dir / "stream" / "hooks", named);
  for (const ConfiguredHook& hook : configured_hooks(layout)) named.insert(copy_name(hook.program));
  return named;
}

}  // namespace

std::vector<std::string> prune_programs(const git::Repository& repository,
                                        const std::vector<std::string>& texts) {
  const git::Layout& layout = repository.layout();
  const FolderLock lock(layout.common_dir);
  std::set<std::string> named = named_copies(repository);
  for (const std::string& copy : copies_in(layout)) {
    const auto names_it = [&](const std::string& text) { return text.find(copy) != text.npos; };
    if (std::any_of(texts.begin(), texts.end(), names_it)) named.insert(copy);
  }
  std::vector<std::string> done;
  try {
    remove_copies(layout, named, done);
  } catch (const fs::filesystem_error& error) {
    throw Error(ExitCode::broken, std::string("cannot remove a program: ") + error.what());
  }
  return done;
}

std::vector<std::string> uninstall_hooks(const git::Repository& repository) {
  const FolderLock lock(repository.layout().common_dir);
  std::vector<std::string> done;
  try {
    remove_hook_files(repository, done);
    remove_configured_hooks(repository.layout(), done);
    unpin_hooks_path(repository.layout());
    wait_for_refs_as_before(repository.layout());
    policy::forget_integration_tip(repository.layout());  // nobody sees where it is moved
  } catch (const fs::filesystem_error& error) {
    throw Error(ExitCode::broken, std::string("cannot take the hooks out: ") + error.what());
  }
  return done;
}

namespace {

// Without a '/' at its end: the state is a link in each worktree.
std::string exclude_line(const std::string& state_dir) {
  return "/" + state_dir;
}

fs::path exclude_file(const git::Layout& layout) {
  return layout.common_dir / "info" / "exclude";
}

constexpr std::size_t kLargestExclude = 16 << 20;
constexpr char kStateNote[] = "the streams' shared state is no content of the repository";

std::string comment_line(const std::string& note) {
  return "# git-stream: " + note + "\n";
}

}  // namespace

void exclude(const git::Layout& layout, const std::string& line, const std::string& note) {
  const FolderLock lock(layout.common_dir);
  const std::string text = state::read_file(exclude_file(layout), kLargestExclude).value_or("");
  if (("\n" + text).find("\n" + line + "\n") != std::string::npos) return;
  fs::create_directories(exclude_file(layout).parent_path());
  state::AtomicFile file(exclude_file(layout));
  file.write(text);
  if (!text.empty() && text.back() != '\n') file.write("\n");
  file.write(comment_line(note) + line + "\n");
  file.commit();
}

void unexclude(const git::Layout& layout, const std::string& line, const std::string& note) {
  const FolderLock lock(layout.common_dir);
  std::string text = state::read_file(exclude_file(layout), kLargestExclude).value_or("");
  const std::string block = comment_line(note) + line + "\n";
  const std::size_t at = text.find(block);
  if (at == text.npos) return;
  text.erase(at, block.size());
  state::AtomicFile file(exclude_file(layout));
  file.write(text);
  file.commit();
}

void add_exclude(const git::Layout& layout, const std::string& state_dir) {
  unexclude(layout, exclude_line(state_dir) + "/", kStateNote);  // the former version's
  exclude(layout, exclude_line(state_dir), kStateNote);
}

void remove_exclude(const git::Layout& layout, const std::string& state_dir) {
  unexclude(layout, exclude_line(state_dir), kStateNote);
}

namespace {

// git itself does not know the main worktree of a git directory that stands elsewhere (git clone
// --separate-git-dir).
void note_main_worktree(const git::Layout& layout) {
  if (layout.main_worktree || !layout.worktree || layout.git_dir != layout.common_dir) return;
  fs::create_directories((layout.common_dir / git::kMainWorktreeNote).parent_path());
  state::AtomicFile note(layout.common_dir / git::kMainWorktreeNote);
  note.write(layout.worktree->string() + "\n");
  note.commit();
}

}  // namespace

std::vector<std::string> set_up_repository(session::Session& session, Occasion occasion,
                                           HooksIn where) {
  const git::Layout& layout = session.repository().layout();
  note_main_worktree(layout);
  std::vector<std::string> done = record_believed(session, occasion);
  for (std::string& line : adopt_state(session)) done.push_back(std::move(line));
  session.state().create();
  if (layout.main_worktree || layout.worktree) {
    add_exclude(layout, session.policy().state_dir);
    make_links(session, session.policy().state_dir);
  }
  for (std::string& line : where == HooksIn::configuration
                               ? install_configured_hooks(session.repository())
                               : install_hooks(layout))
    done.push_back(std::move(line));
  wait_longer_for_refs(layout, done);
  return done;
}

std::vector<std::string> set_up_server(session::Session& session) {
  const git::Layout& layout = session.repository().layout();
  if (layout.main_worktree) {
    throw core::Error(core::ExitCode::usage, "--server is for a bare repository",
                      "git stream install");
  }
  if (session.pinned())
    policy::note_integration_branch(session.repository(), session.policy().integration_branch);
  adopt_state(session);
  return install_server_hooks(layout);
}

std::filesystem::path own_program() {
  namespace fs = std::filesystem;
  const fs::path folder = platform::own_program_file().parent_path();
  const fs::path beside = folder / "git-stream";
  std::error_code ignored;
  if (fs::is_regular_file(beside, ignored)) return beside;
  return folder.parent_path() / "bin" / "git-stream";  // tests are programs of their own
}

std::vector<std::string> own_hook(std::string_view hook) {
  return {own_program().string(), hook_argument(hook), ""};
}

}  // namespace gs::install
