#include "analyzers/phases.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>

namespace gs::analyzers {

namespace {

using Circle = std::vector<Dependency>;

constexpr std::size_t kFar = SIZE_MAX;

// Who waits for whom.
class Waiting {
 public:
  explicit Waiting(std::size_t nodes) : out_(nodes), waiters_(nodes) {}

  void add(const Dependency& dependency) {
    waiters_.at(dependency.on).push_back(dependency.node);
    out_.at(dependency.node).push_back(&dependency);
  }

  std::size_t size() const { return out_.size(); }
  std::size_t count(std::size_t node) const { return out_[node].size(); }
  const std::vector<std::size_t>& waiters(std::size_t node) const { return waiters_[node]; }

  // The shortest way of at least one dependency from a node to another, and of several the one with
  // the smallest nodes. Empty when there is none that is shorter than `limit`.
  Circle way(std::size_t from, std::size_t to, std::size_t limit = kFar) const {
    const std::vector<std::size_t> distance = distances(to, limit);
    const auto nearer = [&](const Dependency* a, const Dependency* b) {
      return std::pair(distance[a->on], a->on) < std::pair(distance[b->on], b->on);
    };
    Circle path;
    for (std::size_t at = from; path.empty() || at != to;) {
      const auto best = std::min_element(out_[at].begin(), out_[at].end(), nearer);
      if (best == out_[at].end() || distance[(*best)->on] == kFar) return {};
      path.push_back(**best);
      at = path.back().on;
    }
    return path.size() < limit ? path : Circle();
  }

 private:
  // How many dependencies are between each node and `to`.
  std::vector<std::size_t> distances(std::size_t to, std::size_t limit) const {
    std::vector<std::size_t> distance(out_.size(), kFar), queue{to};
    distance[to] = 0;
    for (std::size_t next = 0; next < queue.size(); ++next) {
      const std::size_t node = queue[next];
      if (distance[node] >= limit) break;
      for (const std::size_t waiter : waiters_[node]) {
        if (distance[waiter] != kFar) continue;
        distance[waiter] = distance[node] + 1;
        queue.push_back(waiter);
      }
    }
    return distance;
  }

  std::vector<std::vector<const Dependency*>> out_;  // by node
  std::vector<std::vector<std::size_t>> waiters_;
};

// Hands out the nodes that wait for none but those handed out before, the smallest number first.
class Queue {
 public:
  explicit Queue(const Waiting& waiting) : waiting_(waiting), open_(waiting.size()) {
    for (std::size_t node = 0; node < open_.size(); ++node) {
      open_[node] = waiting.count(node);
      if (open_[node] == 0) free_.push(node);
    }
  }

  bool empty() const { return free_.empty(); }
  std::size_t take() {
    const std::size_t node = free_.top();
    free_.pop();
    return node;
  }
  void done(std::size_t node) {
    for (const std::size_t waiter : waiting_.waiters(node)) {
      if (--open_[waiter] == 0) free_.push(waiter);
    }
  }

 private:
  const Waiting& waiting_;
  std::vector<std::size_t> open_;  // of each node's dependencies, those not done
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> free_;
};

std::vector<std::size_t> one_by_one(const Waiting& waiting) {
  std::vector<std::size_t> order;
  for (Queue queue(waiting); !queue.empty();) {
    order.push_back(queue.take());
    queue.done(order.back());
  }
  return order;
}

// Of the shortest circles the one with the smallest nodes.
Circle shortest_circle(const Waiting& waiting) {
  std::vector<bool> settled(waiting.size());
  for (const std::size_t node : one_by_one(waiting)) settled[node] = true;
  Circle best;
  for (std::size_t node = 0; node < waiting.size(); ++node) {
    if (settled[node]) continue;
    Circle circle = waiting.way(node, node, best.empty() ? kFar : best.size());
    if (!circle.empty()) best = std::move(circle);
  }
  return best;
}

// Circles that share no node, until the others have none left.
std::vector<Circle> circles_of(std::size_t nodes, const std::vector<const Dependency*>& all) {
  std::vector<Circle> circles;
  std::vector<bool> known(nodes);
  while (true) {
    Waiting waiting(nodes);
    for (const Dependency* dependency : all) {
      if (!known[dependency->node] && !known[dependency->on]) waiting.add(*dependency);
    }
    Circle circle = shortest_circle(waiting);
    if (circle.empty()) return circles;
    for (const Dependency& dependency : circle) known[dependency.node] = true;
    circles.push_back(std::move(circle));
  }
}

void begin_with_smallest(Circle& circle) {
  std::rotate(circle.begin(), std::ranges::min_element(circle, {}, &Dependency::node),
              circle.end());
}

}  // namespace

Phases phases_of(std::size_t nodes, const std::vector<Dependency>& dependencies) {
  Waiting waiting(nodes);
  for (const Dependency& dependency : dependencies) waiting.add(dependency);
  Phases result;
  std::size_t placed = 0;
  for (Queue queue(waiting); !queue.empty();) {
    std::vector<std::size_t>& phase = result.phases.emplace_back();
    while (!queue.empty()) phase.push_back(queue.take());
    for (const std::size_t node : phase) queue.done(node);
    placed += phase.size();
  }
  if (placed < nodes) result.cycle = shortest_circle(waiting);
  return result;
}

Order order_of(std::size_t nodes, const std::vector<Dependency>& dependencies) {
  Order result;
  Waiting waiting(nodes);
  std::vector<const Dependency*> declared, others;
  for (const Dependency& dependency : dependencies)
    (dependency.declared ? declared : others).push_back(&dependency);
  for (const Dependency* dependency : declared) waiting.add(*dependency);
  result.circles = circles_of(nodes, declared);
  std::ranges::stable_sort(others, std::ranges::greater(), &Dependency::weight);
  for (const Dependency* dependency : others) {
    Circle circle = dependency->on == dependency->node
                        ? Circle()
                        : waiting.way(dependency->on, dependency->node);
    if (circle.empty() && dependency->on != dependency->node) {
      waiting.add(*dependency);
      continue;
    }
    circle.push_back(*dependency);
    begin_with_smallest(circle);
    result.circles.push_back(std::move(circle));
    result.given_up.push_back(*dependency);
  }
  result.order = one_by_one(waiting);
  return result;
}

}  // namespace gs::analyzers
