#pragma once
// Repositories full of packed blobs, and what git reads from them.

#include <fmt/core.h>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "lib/core/change.h"
#include "tests/unit/git/probe.h"

namespace gs::test {

using Ids = std::vector<core::ObjectId>;
using Contents = std::vector<std::string>;

inline std::string git_with(const TempRepo& repo, const std::vector<std::string>& arguments,
                            const std::string& input) {
  process::Command command;
  command.argv = {"git", "-C", repo.path().string()};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.unset = process::local_git_variables();
  command.set = clean_git_environment(repo.folder());
  command.input = input;
  const process::Result result = process::run(command);
  if (result.status != 0) throw std::runtime_error(arguments.at(0) + " failed: " + result.errors);
  return result.output;
}

inline std::string lines_of(const Ids& ids) {
  std::string lines;
  for (const core::ObjectId& id : ids) lines += id.hex() + '\n';
  return lines;
}

inline Ids ids_in(const std::string& lines) {
  Ids ids;
  for (const std::string& line : split(lines, '\n'))
    ids.push_back(core::ObjectId::from_hex(line).value());
  return ids;
}

// One pack of these blobs, each a delta against the one before it where that is worth it.
inline Ids import_chain(const TempRepo& repo, const Contents& contents, unsigned depth) {
  std::string input;
  for (std::size_t i = 0; i < contents.size(); ++i)
    input += fmt::format("blob\nmark :{}\ndata {}\n{}\n", i + 1, contents[i].size(), contents[i]);
  const auto marks = (repo.folder() / "marks").string();
  git_with(repo,
           {"-c", "fastimport.unpackLimit=1", "fast-import", "--quiet",
            fmt::format("--depth={}", depth), "--export-marks=" + marks},
           input);
  std::string lines;  // ":NUMBER ID", in any order
  std::vector<std::string> found(contents.size());
  for (const std::string& line : split(repo.read("../marks"), '\n'))
    found.at(std::stoul(line.substr(1)) - 1) = line.substr(line.find(' ') + 1);
  for (const std::string& id : found) lines += id + '\n';
  return ids_in(lines);
}

// As loose objects.
inline Ids write_loose(const TempRepo& repo, const Contents& contents) {
  std::string paths;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    repo.write(fmt::format("../loose/{}", i), contents[i]);
    paths += (repo.folder() / "loose" / std::to_string(i)).string() + '\n';
  }
  return ids_in(git_with(repo, {"hash-object", "-w", "--stdin-paths"}, paths));
}

// One more pack of these objects, as `git pack-objects` makes it with these arguments.
inline std::string pack(const TempRepo& repo, const Ids& ids,
                        const std::vector<std::string>& arguments = {}) {
  std::vector<std::string> all{"pack-objects", "-q"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  all.push_back((repo.path() / ".git/objects/pack/pack").string());
  return ".git/objects/pack/pack-" + trimmed(git_with(repo, all, lines_of(ids)));
}

inline void drop_loose(const TempRepo& repo) {
  repo.git({"prune-packed"});
}

inline std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// Texts of which each is one before it, changed in a few places.
inline Contents versions(std::mt19937& random, std::size_t count, std::size_t lines) {
  Contents texts;
  std::vector<std::string> text(lines);
  for (std::string& line : text) line = fmt::format("value_{} = {}\n", random() % 1000, random());
  while (texts.size() < count) {
    for (int i = 0; i < 3; ++i) text[random() % lines] = fmt::format("changed = {}\n", random());
    if (random() % 4 == 0) text.insert(text.begin(), "import os\n");
    std::string whole;
    for (const std::string& line : text) whole += line;
    texts.push_back(whole);
  }
  return texts;
}

// What git has for each of them.
inline Contents git_contents(const TempRepo& repo, const Ids& ids) {
  const std::string all = git_with(repo, {"cat-file", "--batch"}, lines_of(ids));
  Contents contents;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = all.find('\n', at);
    const std::size_t size = std::stoul(all.substr(all.rfind(' ', end) + 1));
    contents.push_back(all.substr(end + 1, size));
    at = end + 1 + size + 1;
  }
  return contents;
}

}  // namespace gs::test
