// The test program, and with --probe as its first argument the process that git would start as a
// hook: it opens the repository by working directory and environment and prints what it sees.

#include <cstdio>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <gtest/gtest.h>
#include <string_view>

#include "lib/core/error.h"
#include "lib/git/objects/bulk_reader.h"
#include "lib/git/repository.h"

namespace {

using gs::git::Repository;

std::string text(const std::optional<std::filesystem::path>& path) {
  return path ? path->string() : "none";
}

std::string layout_of(const Repository& repository) {
  const gs::git::Layout& layout = repository.layout();
  const std::string format = repository.unknown_format().value_or("known");
  return fmt::format("git_dir {}\ncommon_dir {}\nworktree {}\nmain {}\nformat {}\n",
                     layout.git_dir.string(), layout.common_dir.string(), text(layout.worktree),
                     text(layout.main_worktree), format);
}

// The blobs that a file names, one after another.
std::string blobs(const Repository& repository, const std::string& list) {
  std::vector<gs::core::ObjectId> ids;
  std::ifstream file(list);
  for (std::string line; std::getline(file, line);)
    ids.push_back(gs::core::ObjectId::from_hex(line).value());
  std::vector<std::string> contents(ids.size());
  const gs::git::BlobBatch batch(repository, ids);
  const auto reader = repository.blob_reader();
  for (std::size_t part = 0; part < batch.parts(); ++part)
    batch.read(part, *reader,
               [&](std::size_t number, std::string_view is) { contents[number] += is; });
  std::string out;
  for (const std::string& content : contents) out += content;
  return out;
}

std::string hex_of(const gs::core::ObjectId& id, gs::core::ObjectFormat format) {
  return id.is_zero() ? std::string(gs::core::hex_digits(format), '0') : id.hex();
}

// As `git diff-index --raw -z` prints it, without the status letter.
std::string raw(const gs::core::ChangeSet& changes, gs::core::ObjectFormat format) {
  std::string out;
  for (const gs::core::Change& change : changes) {
    out += fmt::format(":{:06o} {:06o} {} {} {}", change.old_mode, change.new_mode,
                       hex_of(change.old_id, format), hex_of(change.new_id, format), change.path);
    out += '\0';
  }
  return out;
}

// "MODE ID PATH" each, ended by NUL.
Repository::EachFile lister(std::string& out) {
  return [&out](std::string_view path, const gs::git::TreeEntry& entry) {
    out += fmt::format("{:06o} {} {}", entry.mode, entry.id.hex(), path);
    out += '\0';
  };
}

std::string answer(const Repository& repository, std::string_view question,
                   const std::string& argument) {
  if (question == "layout") return layout_of(repository);
  if (question == "staged") return raw(repository.staged_changes(), repository.object_format());
  if (question == "automerge")
    return raw(repository.staged(repository.automatic_merge_heads()).own,
               repository.object_format());
  if (question == "config") return repository.config(argument).value_or("none");
  if (question == "ignorecase") return repository.ignore_case() ? "true" : "false";
  if (question == "head") return repository.head() ? repository.head()->hex() : "none";
  if (question == "blob") return repository.blob(*gs::core::ObjectId::from_hex(argument));
  if (question == "blobs") return blobs(repository, argument);
  if (question == "index" || question == "files") {
    std::string out;
    if (question == "index") repository.each_staged(lister(out));
    if (question == "files")
      repository.each_file(*gs::core::ObjectId::from_hex(argument), lister(out));
    return out;
  }
  if (question == "branch") {
    const auto branch = repository.current_branch();
    return branch ? branch->str() : "none";
  }
  return "no such question";
}

// usage: --probe QUESTION [ARGUMENT [FOLDER]]; with a folder the repository is searched from there.
int probe(int argc, char** argv) {
  try {
    const Repository repository =
        argc > 4 ? Repository::discover(argv[4]) : Repository::open_for_hook();
    const std::string out = answer(repository, argv[2], argc > 3 ? argv[3] : "");
    std::fwrite(out.data(), 1, out.size(), stdout);
    return 0;
  } catch (const gs::core::Error& error) {
    std::fprintf(stderr, "%s\nhint: %s\n", error.what(), error.hint().c_str());
    return static_cast<int>(error.code());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && std::string_view(argv[1]) == "--probe") return probe(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
