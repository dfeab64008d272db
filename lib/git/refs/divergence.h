#pragma once
// How far two lines of commits have moved apart.

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "lib/git/repository.h"

namespace gs::git {

struct Divergence {
  std::size_t ahead = 0, behind = 0;
  bool operator==(const Divergence&) const = default;
};

// What `git rev-list --left-right --count BRANCH...BASE` counts, for many branches of one base:
// every commit is read once. Throws MissingObject, and core::Error (broken) for what is no commit.
class Divergences {
 public:
  Divergences(const Repository& repository, const core::ObjectId& base);
  ~Divergences();

  Divergence of(const core::ObjectId& branch);

 private:
  struct Node;
  class Question;
  std::size_t node_of(const core::ObjectId& id);
  void read(std::size_t number);

  const Repository& repository_;
  std::vector<Node> nodes_;
  struct IdHash {
    std::size_t operator()(const core::ObjectId& id) const;
  };
  std::unordered_map<core::ObjectId, std::size_t, IdHash> numbers_;
  std::size_t base_;
  bool shallow_;
};

}  // namespace gs::git
