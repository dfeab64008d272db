#pragma once
// Refs of a remote repository, read and moved by git itself: its transports, credentials and
// configuration of addresses count, its hooks on this side do not run. Nothing but refs/stream/ of
// the clone is touched, no index and no work tree.

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/process/process.h"

namespace gs::coordination {

// From which clone, and which remote.
struct RemotePlace {
  std::filesystem::path git_dir;  // the common one
  std::string address;            // a URL, or a remote's name
  // Somebody may be asked for a password, and is given the time for it.
  bool interactive = false;
  std::chrono::milliseconds limit{60'000};  // that one git may take otherwise
};

// The address as it may be shown: without a user's name and password.
std::string shown_address(const std::string& address);

// Runs git there, without what a hook's environment says of index, objects and quarantine.
process::Result run_git(const RemotePlace& place, std::vector<std::string> arguments,
                        std::optional<std::string> input = std::nullopt);
// Its output without the last line break. Throws core::Error (broken) with what git says.
std::string git_output(const RemotePlace& place, std::vector<std::string> arguments,
                       std::optional<std::string> input = std::nullopt);

// Brings what the refspecs name. Throws core::Error (unreachable) when the remote cannot be asked.
// Returns what git complains of where single refs only were refused (not fast-forward); empty: of
// nothing.
std::string fetch(const RemotePlace& place, const std::vector<std::string>& refspecs, bool prune);

// A commit whose tree has this one file. Written, and on no ref.
struct FileCommit {
  std::string name, content;  // of the file
  std::string message;
  std::string parent;  // empty: none
};
std::string write_commit(const RemotePlace& place, const FileCommit& commit);

// Throws core::Error (broken): `what`, the leases that were fetched to `ref`, are damaged.
[[noreturn]] void fail_damaged(const std::string& what, const std::string& why,
                               const std::string& ref);

// A file of a commit (or of what a ref leads to).
struct CommitFile {
  std::string commit;
  std::string content;
};
// Nothing where there is no such ref. Fails as damaged, naming `what`, where the commit has no such
// file or it is larger than `limit` bytes.
std::optional<CommitFile> read_file(const RemotePlace& place, const std::string& ref,
                                    const std::string& name, std::size_t limit,
                                    const std::string& what);

// The same for many commits, in order: nothing for each that has no such file of at most `limit`
// bytes.
std::vector<std::optional<std::string>> read_files(const RemotePlace& place,
                                                   const std::vector<std::string>& commits,
                                                   const std::string& name, std::size_t limit);

enum class PushAnswer {
  moved,
  same,     // it was there already
  stale,    // the ref is not, or not any more, where it was expected
  refused,  // the remote does not want it: `why`
  stopped,  // not made, and not to be tried again: whoever pushed it knows why
  unknown,  // no answer, or none that is understood: it may have moved
};
struct PushResult {
  PushAnswer answer = PushAnswer::unknown;
  std::string why;
};

// Moves one ref of the remote, if it is at `expected` (empty: not there); nothing: fast-forwards
// only.
PushResult push(const RemotePlace& place, const std::string& commit, const std::string& ref,
                const std::optional<std::string>& expected);

// How git tells of one push with --porcelain, by its exit code, output and errors. Any bytes.
PushResult read_push(int status, std::string_view output, std::string_view errors);

}  // namespace gs::coordination
