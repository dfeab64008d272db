#include "lib/git/refs/divergence.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <queue>

#include "lib/core/error.h"
#include "lib/git/objects/object_database.h"
#include "lib/process/process.h"

namespace gs::git {

namespace {

using core::ObjectId;

constexpr unsigned kLeft = 1, kRight = 2, kBoth = kLeft | kRight;

// libgit2 1.5 does not know where a shallow history ends.
Divergence count_by_git(const Repository& repository, const ObjectId& branch,
                        const ObjectId& base) {
  process::Command command;
  command.argv = {"git", "rev-list", "--left-right", "--count", branch.hex() + "..." + base.hex()};
  command.set = {"GIT_DIR=" + repository.layout().git_dir.string(), "GIT_NO_LAZY_FETCH=1",
                 "GIT_ALLOW_PROTOCOL=none", "GIT_NO_REPLACE_OBJECTS=1"};
  const process::Result result = process::run(command);
  Divergence found;
  const char* const end = result.output.data() + result.output.size();
  const auto ahead = std::from_chars(result.output.data(), end, found.ahead);
  if (result.status == 0 && ahead.ec == std::errc() && ahead.ptr != end &&
      std::from_chars(ahead.ptr + 1, end, found.behind).ec == std::errc())
    return found;
  throw core::Error(core::ExitCode::broken,
                    "cannot count commits: " + result.errors.substr(0, result.errors.find('\n')));
}

// The committer's time; 0 where it cannot be read.
std::int64_t time_of(std::string_view commit) {
  const std::size_t line = commit.find("\ncommitter ");
  if (line == commit.npos) return 0;
  commit = commit.substr(line + 1, commit.find('\n', line + 1) - line - 1);
  const std::size_t mail_end = commit.rfind("> ");
  std::int64_t time = 0;
  if (mail_end != commit.npos)
    std::from_chars(commit.data() + mail_end + 2, commit.data() + commit.size(), time);
  return time;
}

}  // namespace

struct Divergences::Node {
  ObjectId id;
  bool known = false;
  std::int64_t time = 0;
  std::vector<std::size_t> parents;
  unsigned seen = 0;  // from which sides; this and the next of the present question only
  bool queued = false;
};

std::size_t Divergences::IdHash::operator()(const ObjectId& id) const {
  std::size_t hash = 0;
  std::memcpy(&hash, id.bytes.data(), sizeof hash);
  return hash;
}

Divergences::Divergences(const Repository& repository, const ObjectId& base)
    : repository_(repository), base_(node_of(base)) {
  std::error_code ignored;
  shallow_ = std::filesystem::exists(repository.layout().common_dir / "shallow", ignored);
}

Divergences::~Divergences() = default;

std::size_t Divergences::node_of(const ObjectId& id) {
  const auto [found, fresh] = numbers_.emplace(id, nodes_.size());
  if (fresh) nodes_.push_back(Node{id, false, 0, {}, 0, false});
  return found->second;
}

void Divergences::read(std::size_t number) {
  if (nodes_[number].known) return;
  const Objects::Object object = repository_.objects().read(nodes_[number].id);
  if (object.type != GIT_OBJECT_COMMIT) {
    throw core::Error(core::ExitCode::broken,
                      "object " + nodes_[number].id.hex() + " is no commit");
  }
  constexpr std::string_view kParent = "parent ";
  std::vector<std::size_t> parents;
  std::string_view rest = object.content;
  rest.remove_prefix(std::min(rest.find('\n') + 1, rest.size()));  // the tree
  while (rest.starts_with(kParent)) {
    if (const auto id = ObjectId::from_hex(rest.substr(kParent.size(), 40)))
      parents.push_back(node_of(*id));
    rest.remove_prefix(std::min(rest.find('\n') + 1, rest.size()));
  }
  Node& node = nodes_[number];
  node.parents = std::move(parents);
  node.time = time_of(object.content);
  node.known = true;
}

// From both tips back in time. It is over when all that is left is common to both, and older than
// anything that was met from one side only: nothing more can become common then, as long as no
// commit is dated before its ancestors.
class Divergences::Question {
 public:
  explicit Question(Divergences& graph) : graph_(graph) {}
  ~Question() {
    for (const std::size_t number : met_) {
      graph_.nodes_[number].seen = 0;
      graph_.nodes_[number].queued = false;
    }
  }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  void reach(std::size_t number, unsigned sides) {
    graph_.read(number);
    Node& node = graph_.nodes_[number];
    if ((node.seen & sides) == sides) return;
    if (node.seen == 0) met_.push_back(number);
    if (node.queued && node.seen != kBoth) --one_sided_;
    node.seen |= sides;
    if (!node.queued) queue_.emplace(node.time, number);
    node.queued = true;
    if (node.seen != kBoth) ++one_sided_;
  }

  void walk() {
    while (!queue_.empty() && (one_sided_ > 0 || queue_.top().first >= oldest_)) {
      const std::size_t number = queue_.top().second;
      queue_.pop();
      Node& node = graph_.nodes_[number];
      node.queued = false;
      const unsigned sides = node.seen;
      if (sides != kBoth) {
        --one_sided_;
        oldest_ = std::min(oldest_, node.time);
      }
      const std::vector<std::size_t> parents = node.parents;  // nodes move when others are added
      for (const std::size_t parent : parents) reach(parent, sides);
    }
  }

  std::size_t count(unsigned sides) const {
    return static_cast<std::size_t>(std::count_if(
        met_.begin(), met_.end(), [&](std::size_t n) { return graph_.nodes_[n].seen == sides; }));
  }

 private:
  Divergences& graph_;
  std::priority_queue<std::pair<std::int64_t, std::size_t>> queue_;
  std::vector<std::size_t> met_;
  std::size_t one_sided_ = 0;  // in the queue
  std::int64_t oldest_ = std::numeric_limits<std::int64_t>::max();
};

Divergence Divergences::of(const ObjectId& branch) {
  const ObjectId base = nodes_[base_].id;
  if (branch == base) return {};
  if (shallow_) return count_by_git(repository_, branch, base);
  Question question(*this);
  question.reach(node_of(branch), kLeft);
  question.reach(base_, kRight);
  question.walk();
  return {question.count(kLeft), question.count(kRight)};
}

}  // namespace gs::git
