#include "analyzers/phases.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <random>
#include <set>

namespace gs::analyzers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Edges = std::vector<Dependency>;
using Numbers = std::vector<std::size_t>;

Dependency declared(std::size_t node, std::size_t on) {
  return {node, on, "declared"};
}
Dependency found(std::size_t node, std::size_t on, int weight = 1) {
  return {node, on, "imports", false, weight};
}

// -- The same in the simplest way there is --------------------------------------------------------

bool ready(std::size_t node, const Edges& edges, const std::set<std::size_t>& placed) {
  return std::ranges::all_of(
      edges, [&](const Dependency& e) { return e.node != node || placed.contains(e.on); });
}

std::vector<Numbers> naive_phases(std::size_t nodes, const Edges& edges) {
  std::vector<Numbers> phases;
  std::set<std::size_t> placed;
  while (true) {
    Numbers phase;
    for (std::size_t node = 0; node < nodes; ++node) {
      if (!placed.contains(node) && ready(node, edges, placed)) phase.push_back(node);
    }
    if (phase.empty()) return phases;
    placed.insert(phase.begin(), phase.end());
    phases.push_back(phase);
  }
}

Numbers naive_order(std::size_t nodes, const Edges& edges) {
  Numbers order;
  std::set<std::size_t> placed;
  for (std::size_t node = 0; node < nodes;) {
    if (placed.contains(node) || !ready(node, edges, placed)) {
      ++node;
      continue;
    }
    placed.insert(node);
    order.push_back(node);
    node = 0;
  }
  return order;
}

// The least number of edges from a node back to itself; nothing when there is no way.
std::optional<std::size_t> naive_shortest(std::size_t nodes, const Edges& edges) {
  std::optional<std::size_t> best;
  for (std::size_t start = 0; start < nodes; ++start) {
    std::set<std::size_t> reached{start};
    for (std::size_t length = 1; length <= nodes; ++length) {
      std::set<std::size_t> next;
      for (const Dependency& edge : edges) {
        if (reached.contains(edge.node)) next.insert(edge.on);
      }
      if (next.contains(start) && (!best || length < *best)) best = length;
      reached = std::move(next);
    }
  }
  return best;
}

bool is_circle(const Edges& circle, const Edges& of) {
  if (circle.empty()) return false;
  std::set<std::size_t> nodes;
  for (std::size_t i = 0; i < circle.size(); ++i) {
    if (std::ranges::find(of, circle[i]) == of.end()) return false;
    if (circle[i].on != circle[(i + 1) % circle.size()].node) return false;
    nodes.insert(circle[i].node);
  }
  return nodes.size() == circle.size() && *nodes.begin() == circle.front().node;
}

Edges random_edges(std::mt19937& random, std::size_t nodes, bool with_circles) {
  Edges edges;
  const std::size_t count = random() % (3 * nodes);
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t node = random() % nodes, on = random() % nodes;
    if (!with_circles && node == on) continue;
    if (!with_circles && node < on) std::swap(node, on);
    edges.push_back(random() % 2 == 0 ? declared(node, on)
                                      : found(node, on, static_cast<int>(random() % 3)));
  }
  return edges;
}

// -- Phases ---------------------------------------------------------------------------------------

TEST(Phases, OfTheReferenceDesign) {
  const Edges edges{declared(4, 0), declared(5, 0), declared(5, 1), declared(6, 4),
                    declared(6, 5), declared(7, 2), declared(7, 3), declared(7, 6)};
  const Phases result = phases_of(8, edges);
  EXPECT_THAT(result.phases,
              ElementsAre(Numbers{0, 1, 2, 3}, Numbers{4, 5}, Numbers{6}, Numbers{7}));
  EXPECT_THAT(result.cycle, IsEmpty());
}

TEST(Phases, OfNothing) {
  EXPECT_THAT(phases_of(0, {}).phases, IsEmpty());
  EXPECT_THAT(phases_of(2, {}).phases, ElementsAre(Numbers{0, 1}));
}

TEST(Phases, TellACircleEdgeByEdge) {
  // 1 → 2 → 3 → 1 is one, 4 → 5 → 4 a shorter one; 0 is free, 6 waits for a circle.
  const Edges edges{declared(1, 2), declared(2, 3), declared(3, 1),
                    declared(4, 5), declared(5, 4), declared(6, 1)};
  const Phases result = phases_of(7, edges);
  EXPECT_THAT(result.phases, ElementsAre(Numbers{0}));
  EXPECT_THAT(result.cycle, ElementsAre(edges[3], edges[4]));
  EXPECT_THAT(phases_of(1, {found(0, 0)}).cycle, ElementsAre(found(0, 0)));
}

TEST(Phases, AgreeWithTheSimplestWay) {
  std::mt19937 random(7);
  std::size_t circles = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::size_t nodes = 1 + random() % 9;
    const Edges edges = random_edges(random, nodes, round % 3 == 0);
    const Phases result = phases_of(nodes, edges);
    ASSERT_EQ(result.phases, naive_phases(nodes, edges)) << round;
    const auto shortest = naive_shortest(nodes, edges);
    ASSERT_EQ(shortest.value_or(0), result.cycle.size()) << round;
    if (!shortest) continue;
    ASSERT_TRUE(is_circle(result.cycle, edges)) << round;
    ++circles;
  }
  EXPECT_GT(circles, 500U);
}

TEST(Phases, DoNotDependOnTheOrderOfDependencies) {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    const std::size_t nodes = 2 + random() % 8;
    Edges edges = random_edges(random, nodes, true);
    for (Dependency& edge : edges) edge = declared(edge.node, edge.on);
    const Phases before = phases_of(nodes, edges);
    std::shuffle(edges.begin(), edges.end(), random);
    const Phases after = phases_of(nodes, edges);
    ASSERT_EQ(before.phases, after.phases);
    ASSERT_EQ(before.cycle, after.cycle);
  }
}

TEST(Phases, OfAChainOfThousands) {
  Edges edges;
  for (std::size_t node = 1; node < 3000; ++node) edges.push_back(declared(node, node - 1));
  EXPECT_THAT(phases_of(3000, edges).phases, SizeIs(3000));
  edges.push_back(declared(0, 2));
  EXPECT_THAT(phases_of(3000, edges).cycle,
              ElementsAre(declared(0, 2), declared(2, 1), declared(1, 0)));
}

// -- Orders ---------------------------------------------------------------------------------------

TEST(Order, TakesTheSmallestThatIsFree) {
  const Order result = order_of(4, {declared(0, 3), found(1, 2)});
  EXPECT_THAT(result.order, ElementsAre(2, 1, 3, 0));
  EXPECT_THAT(result.circles, IsEmpty());
  EXPECT_THAT(result.given_up, IsEmpty());
}

TEST(Order, GivesUpTheLightestOfACircle) {
  const Edges edges{found(0, 1, 2), found(1, 2, 1), found(2, 0, 3)};
  const Order result = order_of(3, edges);
  EXPECT_THAT(result.order, ElementsAre(1, 0, 2));
  EXPECT_THAT(result.given_up, ElementsAre(edges[1]));
  EXPECT_THAT(result.circles, ElementsAre(edges));
}

TEST(Order, NeverGivesUpADeclaredOne) {
  const Edges edges{declared(1, 0), found(0, 1, 1000)};
  const Order result = order_of(2, edges);
  EXPECT_THAT(result.order, ElementsAre(0, 1));
  EXPECT_THAT(result.given_up, ElementsAre(edges[1]));
  EXPECT_THAT(result.circles, ElementsAre(Edges{edges[1], edges[0]}));
}

TEST(Order, IsShortWhereDeclaredOnesAreACircle) {
  const Edges edges{declared(1, 2), declared(2, 1), found(3, 1), found(1, 0), declared(4, 4)};
  const Order result = order_of(5, edges);
  EXPECT_THAT(result.order, ElementsAre(0));
  EXPECT_THAT(result.circles, ElementsAre(Edges{edges[4]}, Edges{edges[0], edges[1]}));
  EXPECT_THAT(result.given_up, IsEmpty());
}

// What holds is in the order; each that was given up would close the circle that is told, and is
// its lightest.
void check_order(std::size_t nodes, const Edges& edges, const Order& result) {
  Edges kept;
  for (const Dependency& edge : edges) {
    if (std::ranges::find(result.given_up, edge) == result.given_up.end()) kept.push_back(edge);
  }
  EXPECT_EQ(result.order, naive_order(nodes, kept));
  Edges hard = edges;
  std::erase_if(hard, [](const Dependency& edge) { return !edge.declared; });
  const std::size_t hard_circles = result.circles.size() - result.given_up.size();
  EXPECT_EQ(hard_circles > 0, naive_shortest(nodes, hard).has_value());
  for (std::size_t i = 0; i < result.circles.size(); ++i) {
    EXPECT_TRUE(is_circle(result.circles[i], i < hard_circles ? hard : edges));
    if (i < hard_circles) continue;
    const Dependency& given_up = result.given_up[i - hard_circles];
    EXPECT_FALSE(given_up.declared);
    for (const Dependency& edge : result.circles[i]) {
      EXPECT_TRUE(edge.declared || edge.weight >= given_up.weight);
      const bool held = std::ranges::find(kept, edge) != kept.end();
      EXPECT_TRUE(held || edge == given_up);
    }
  }
}

TEST(Order, AgreesWithTheSimplestWay) {
  std::mt19937 random(13);
  std::size_t given_up = 0, short_ones = 0;
  for (int round = 0; round < 3000 && !testing::Test::HasFailure(); ++round) {
    const std::size_t nodes = 1 + random() % 8;
    const Edges edges = random_edges(random, nodes, round % 2 == 0);
    const Order result = order_of(nodes, edges);
    check_order(nodes, edges, result);
    EXPECT_TRUE(round % 2 == 0 || result.order.size() == nodes);
    given_up += result.given_up.size();
    short_ones += result.order.size() < nodes ? 1U : 0U;
  }
  EXPECT_GT(given_up, 500U);
  EXPECT_GT(short_ones, 200U);
}

}  // namespace
}  // namespace gs::analyzers
