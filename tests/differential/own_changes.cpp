// Own changes of merge commits. Arguments: a repository; stdin: a commit a line. For each a line:
// the paths, each followed by a tab.

#include <iostream>
#include <string>

#include "lib/git/refs/history.h"

int main(int, char** argv) {
  using namespace gs;
  const git::Repository repository = git::Repository::discover(argv[1]);
  for (std::string line; std::getline(std::cin, line);) {
    const git::Commit commit = git::commit(repository, *core::ObjectId::from_hex(line));
    for (const core::Change& change : git::changes_of(repository, commit))
      std::cout << change.path << '\t';
    std::cout << std::endl;
  }
  return 0;
}
