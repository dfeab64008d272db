#include <algorithm>
#include <fmt/format.h>

#include "lib/core/ids.h"
#include "lib/core/text.h"
#include "lib/store/collisions.h"
#include "lib/store/lock_waits.h"

namespace gs::store {

namespace {

// One agent waits for another's lock.
struct Edge {
  std::string waiter, wanted;
  core::Lock lock;
};

class CycleSearch {
 public:
  CycleSearch(const LockRequest& request, const std::vector<Waiter>& waits,
              const core::LockTable& locks, core::Instant now)
      : request_(request), waits_(waits), locks_(locks), now_(now) {}

  // Depth first, each agent once; the way to the one who asks is then in way().
  bool leads_back(const std::string& agent, std::vector<std::string> wanted) {
    visited_.push_back(agent);
    for (Edge& edge : edges_of(agent, wanted)) {
      const std::string holder = edge.lock.agent;
      way_.push_back(std::move(edge));
      if (core::same_holder(holder, request_.agent)) return true;
      if (!visited(holder) && leads_back(holder, wishes_of(holder))) return true;
      way_.pop_back();
    }
    return false;
  }

  const std::vector<Edge>& way() const { return way_; }

 private:
  bool visited(const std::string& agent) const {
    return std::any_of(visited_.begin(), visited_.end(),
                       [&](const std::string& other) { return core::same_holder(agent, other); });
  }

  std::vector<std::string> wishes_of(const std::string& agent) const {
    std::vector<std::string> paths;
    for (const Waiter& waiter : waits_) {
      if (!core::same_holder(waiter.agent, agent)) continue;
      paths.insert(paths.end(), waiter.paths.begin(), waiter.paths.end());
    }
    return paths;
  }

  std::vector<Edge> edges_of(const std::string& agent,
                             const std::vector<std::string>& wanted) const {
    std::vector<Edge> edges;
    if (wanted.empty()) return edges;
    const CollisionIndex index(wanted, request_.ignore_case);
    for (const core::Lock& lock : locks_) {
      if (!lock.live(now_) || core::same_holder(lock.agent, agent)) continue;
      const std::vector<std::size_t> hits = index.colliding(lock.path);
      if (!hits.empty()) edges.push_back({agent, wanted[hits.front()], lock});
    }
    return edges;
  }

  const LockRequest& request_;
  const std::vector<Waiter>& waits_;
  const core::LockTable& locks_;
  core::Instant now_;
  std::vector<std::string> visited_;
  std::vector<Edge> way_;
};

}  // namespace

std::optional<WaitCycle> find_cycle(const LockRequest& request, const std::vector<Waiter>& waits,
                                    const core::LockTable& locks, core::Instant now) {
  CycleSearch search(request, waits, locks, now);
  if (!search.leads_back(request.agent, request.paths)) return std::nullopt;
  WaitCycle cycle;
  for (const Edge& edge : search.way()) {
    if (!cycle.text.empty()) cycle.text += ", ";
    cycle.text += fmt::format("{} waits for {} ({})", core::printable(edge.waiter),
                              core::printable(edge.lock.agent), core::quote_path(edge.wanted));
  }
  cycle.wanted = search.way().front().wanted;
  cycle.own = search.way().back().lock.path;
  return cycle;
}

}  // namespace gs::store
