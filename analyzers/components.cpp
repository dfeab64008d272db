#include "analyzers/components.h"

#include <algorithm>

namespace gs::analyzers {

namespace {

constexpr std::uint32_t kUnseen = UINT32_MAX;
using Targets = std::vector<std::vector<std::uint32_t>>;

class Search {
 public:
  explicit Search(const Targets& targets)
      : targets_(targets), index_(targets.size(), kUnseen), low_(index_), found_{index_, 0} {
    for (std::uint32_t start = 0; start < targets.size(); ++start) {
      if (index_[start] == kUnseen) visit(start);
    }
  }

  Components take() { return std::move(found_); }

 private:
  struct Frame {
    std::uint32_t node;
    std::size_t next;  // of the node's targets
  };

  void enter(std::uint32_t node) {
    index_[node] = low_[node] = seen_++;
    open_.push_back(node);
    frames_.push_back({node, 0});
  }

  void visit(std::uint32_t start) {
    enter(start);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      if (frame.next == targets_[frame.node].size()) {
        leave();
        continue;
      }
      const std::uint32_t node = frame.node, to = targets_[node][frame.next++];
      if (index_[to] == kUnseen) {
        enter(to);
      } else if (found_.of[to] == kUnseen) {
        low_[node] = std::min(low_[node], index_[to]);
      }
    }
  }

  void leave() {
    const std::uint32_t node = frames_.back().node;
    frames_.pop_back();
    if (!frames_.empty()) {
      std::uint32_t& low = low_[frames_.back().node];
      low = std::min(low, low_[node]);
    }
    if (low_[node] != index_[node]) return;
    while (found_.of[node] == kUnseen) {
      found_.of[open_.back()] = found_.count;
      open_.pop_back();
    }
    ++found_.count;
  }

  const Targets& targets_;
  std::vector<std::uint32_t> index_, low_;
  Components found_;
  std::vector<std::uint32_t> open_;
  std::vector<Frame> frames_;
  std::uint32_t seen_ = 0;
};

}  // namespace

Components components_of(const Targets& targets) {
  return Search(targets).take();
}

}  // namespace gs::analyzers
