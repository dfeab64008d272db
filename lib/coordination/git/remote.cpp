#include "lib/coordination/git/remote.h"

#include <algorithm>
#include <charconv>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/refs/remotes.h"

namespace gs::coordination {

namespace {

[[noreturn]] void fail(const std::string& what, std::string hint = {}) {
  throw core::Error(core::ExitCode::broken, what, std::move(hint));
}

// What git ends with, in one line: the last that says so, else the last that is not empty. "unable
// to connect to HOST:" goes on in the next one.
std::string complaint(std::string_view errors) {
  std::string last, fatal;
  while (!errors.empty()) {
    const std::string_view line = core::take_line(errors);
    if (line.empty()) continue;
    last = line;
    if (fatal.ends_with(':')) {
      fatal += ' ' + last;
    } else if (line.starts_with("fatal: ") || line.starts_with("error: ")) {
      // "Could not read from remote repository." says less than the line before.
      if (fatal.empty() || !line.starts_with("fatal: Could not read")) fatal = line.substr(7);
    }
  }
  return core::printable(core::cut_text(fatal.empty() ? last : fatal, 300));
}

// What a killed git has left: `git` names it, and nobody else removes it.
std::string lock_hint(const std::string& errors) {
  constexpr std::string_view kBefore = "Unable to create '";
  const std::size_t begin = errors.find(kBefore);
  if (begin == errors.npos) return {};
  const std::size_t path = begin + kBefore.size();
  return "when no other git runs here: rm " +
         core::quote_shell(errors.substr(path, errors.find('\'', path) - path));
}

}  // namespace

std::string shown_address(const std::string& address) {
  return core::printable(git::without_password(address));
}

process::Result run_git(const RemotePlace& place, std::vector<std::string> arguments,
                        std::optional<std::string> input) {
  process::Command command;
  // Hooks of the clone judge what people and agents do, and would be asked by every fetch.
  command.argv = {"git",
                  "-c",
                  "core.hooksPath=/dev/null",
                  "-c",
                  "fetch.recurseSubmodules=false",
                  "-c",
                  "push.recurseSubmodules=no",
                  "-c",
                  "push.followTags=false",
                  "-c",
                  "gc.auto=0",
                  "-c",
                  "maintenance.auto=false",
                  "-c",
                  "advice.pushUpdateRejected=false"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.unset = process::local_git_variables();
  // Of a server's hook: refs must not move before its objects are taken over.
  command.unset.insert(command.unset.end(), {"GIT_QUARANTINE_PATH", "GIT_PUSH_OPTION_COUNT"});
  command.set = {"GIT_DIR=" + place.git_dir.string(), "GIT_NO_REPLACE_OBJECTS=1", "LC_ALL=C"};
  if (!place.interactive) {
    command.set.emplace_back("GIT_TERMINAL_PROMPT=0");
    command.limit = place.limit;
  }
  command.input = std::move(input);
  process::Result result = process::run(command);
  if (result.timed_out) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(place.limit).count();
    result.errors += "fatal: no answer within " + std::to_string(seconds) + " s\n";
  }
  return result;
}

std::string git_output(const RemotePlace& place, std::vector<std::string> arguments,
                       std::optional<std::string> input) {
  const std::string name = arguments.front();
  process::Result result = run_git(place, std::move(arguments), std::move(input));
  if (result.status != 0)
    fail("git " + name + " failed: " + complaint(result.errors), lock_hint(result.errors));
  if (result.output.ends_with('\n')) result.output.pop_back();
  return std::move(result.output);
}

std::string fetch(const RemotePlace& place, const std::vector<std::string>& refspecs, bool prune) {
  std::vector<std::string> arguments{"fetch",
                                     "--no-tags",
                                     "--no-filter",
                                     "--no-write-fetch-head",
                                     "--no-recurse-submodules",
                                     "--no-auto-maintenance",
                                     prune ? "--prune" : "--no-prune",
                                     "--refmap=",
                                     "--",
                                     place.address};
  arguments.insert(arguments.end(), refspecs.begin(), refspecs.end());
  const process::Result result = run_git(place, std::move(arguments));
  if (result.status == 0) return {};
  const std::size_t rejected = result.errors.find(" ! [rejected]");
  if (result.status == 1 && rejected != std::string::npos) {
    std::string_view rest = std::string_view(result.errors).substr(rejected + 3);
    return core::printable(core::take_line(rest));
  }
  const std::string hint = lock_hint(result.errors);  // what stands in the way is here
  throw core::Error(
      hint.empty() ? core::ExitCode::unreachable : core::ExitCode::broken,
      "cannot ask " + shown_address(place.address) + ": " + complaint(result.errors),
      hint.empty()
          ? "git ls-remote " + core::quote_shell(shown_address(place.address)) + "; then try again"
          : hint);
}

namespace {

// As whoever git takes for the committer; where it takes nobody, as us.
std::string commit_tree(const RemotePlace& place, std::vector<std::string> arguments,
                        const std::string& message) {
  const process::Result result = run_git(place, arguments, message);
  if (result.status == 0) return result.output.substr(0, result.output.find('\n'));
  arguments.insert(arguments.begin(),
                   {"-c", "user.name=git-stream", "-c", "user.email=git-stream@localhost"});
  return git_output(place, std::move(arguments), message);
}

}  // namespace

std::string write_commit(const RemotePlace& place, const FileCommit& commit) {
  const std::string blob = git_output(place, {"hash-object", "-w", "--stdin"}, commit.content);
  const std::string tree =
      git_output(place, {"mktree"}, "100644 blob " + blob + '\t' + commit.name + '\n');
  std::vector<std::string> arguments{"commit-tree", tree};
  if (!commit.parent.empty()) arguments.insert(arguments.end(), {"-p", commit.parent});
  return commit_tree(place, std::move(arguments), commit.message);
}

namespace {

struct ObjectInfo {
  std::string id, type;
  std::size_t size = 0;
};

// "ID TYPE SIZE"; nothing for "… missing".
std::optional<ObjectInfo> parse_info(std::string_view line) {
  ObjectInfo info;
  info.id = core::take_part(line, ' ');
  info.type = core::take_part(line, ' ');
  const auto read = std::from_chars(line.data(), line.data() + line.size(), info.size);
  if (read.ec != std::errc() || read.ptr != line.data() + line.size()) return std::nullopt;
  return info;
}

}  // namespace

void fail_damaged(const std::string& what, const std::string& why, const std::string& ref) {
  fail(what + " are damaged: " + why,
       "nobody gets a lease until its ref is set back: git log " + ref);
}

std::optional<CommitFile> read_file(const RemotePlace& place, const std::string& ref,
                                    const std::string& name, std::size_t limit,
                                    const std::string& what) {
  const std::string listing =
      git_output(place, {"cat-file", "--batch-check"}, ref + '\n' + ref + ':' + name + '\n');
  std::string_view rest = listing;
  const auto commit = parse_info(core::take_line(rest));
  if (!commit) return std::nullopt;
  const auto blob = parse_info(core::take_line(rest));
  if (commit->type != "commit" || !blob || blob->type != "blob")
    fail_damaged(what, "it has no file `" + name + "`", ref);
  if (blob->size > limit)
    fail_damaged(what, "its file `" + name + "` has " + std::to_string(blob->size) + " bytes", ref);
  const process::Result content = run_git(place, {"cat-file", "blob", blob->id});
  if (content.status != 0) fail(what + " cannot be read: " + complaint(content.errors));
  return CommitFile{commit->id, content.output};
}

namespace {

std::string lines_of(const std::vector<std::string>& names) {
  std::string lines;
  for (const std::string& name : names) lines += name + '\n';
  return lines;
}

// The next object of what `git cat-file --batch` prints: "ID TYPE SIZE", its bytes, a line break.
std::optional<std::string> take_object(std::string_view& output) {
  const auto info = parse_info(core::take_line(output));
  if (!info || info->size >= output.size()) return std::nullopt;
  std::string bytes(output.substr(0, info->size));
  output.remove_prefix(info->size + 1);
  return bytes;
}

}  // namespace

std::vector<std::optional<std::string>> read_files(const RemotePlace& place,
                                                   const std::vector<std::string>& commits,
                                                   const std::string& name, std::size_t limit) {
  std::vector<std::string> files, wanted;
  for (const std::string& commit : commits) files.push_back(commit + ':' + name);
  const std::string listing = git_output(place, {"cat-file", "--batch-check"}, lines_of(files));
  std::vector<bool> fine;
  for (std::string_view rest = listing; fine.size() < commits.size();) {
    const auto info = parse_info(core::take_line(rest));
    fine.push_back(info && info->type == "blob" && info->size <= limit);
    if (fine.back()) wanted.push_back(info->id);
  }
  const process::Result read = run_git(place, {"cat-file", "--batch"}, lines_of(wanted));
  std::string_view output = read.output;
  std::vector<std::optional<std::string>> contents;
  for (const bool one : fine) contents.push_back(one ? take_object(output) : std::nullopt);
  return contents;
}

PushResult push(const RemotePlace& place, const std::string& commit, const std::string& ref,
                const std::optional<std::string>& expected) {
  std::vector<std::string> arguments{"push", "--porcelain", "--no-verify", "--no-follow-tags",
                                     "--no-recurse-submodules"};
  if (expected) arguments.push_back("--force-with-lease=" + ref + ':' + *expected);
  arguments.insert(arguments.end(), {"--", place.address, commit + ':' + ref});
  const process::Result result = run_git(place, std::move(arguments));
  return read_push(result.status, result.output, result.errors);
}

// "FLAG<TAB>FROM:TO<TAB>SUMMARY"; FLAG is '!' where it was not done (git-push(1), "OUTPUT").
PushResult read_push(int status, std::string_view output, std::string_view errors) {
  PushResult result{status == 0 ? PushAnswer::moved : PushAnswer::unknown, {}};
  bool told = false;
  while (!output.empty()) {
    std::string_view line = core::take_line(output);
    if (line.size() < 2 || line[1] != '\t') continue;
    const char flag = line[0];
    line.remove_prefix(2);
    core::take_part(line, '\t');
    told = true;
    if (flag == '=') result.answer = PushAnswer::same;
    if (flag != '!') continue;
    result.answer = line.starts_with("[rejected]")         ? PushAnswer::stale
                    : line.starts_with("[remote failure]") ? PushAnswer::unknown
                                                           : PushAnswer::refused;
    result.why = core::printable(core::cut_text(line, 300));
  }
  if (!told) result.answer = PushAnswer::unknown;
  if (result.why.empty() && result.answer != PushAnswer::moved) result.why = complaint(errors);
  return result;
}

}  // namespace gs::coordination
