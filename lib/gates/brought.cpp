#include "lib/gates/brought.h"

#include <algorithm>
#include <vector>

#include "lib/gates/arrivals.h"

namespace gs::gates {

namespace {

using core::Change;
using core::ObjectId;

// One branch that the changes may come from.
class Source {
 public:
  Source(const git::Repository& repository, const ObjectId& base, const ObjectId& tip)
      : repository_(repository), base_(base), tip_(tip) {}

  bool has(const Change& change) {
    if (!is(tip_, change.path, change.new_id, change.new_mode)) return false;
    if (!asked_) parted_ = git::merge_base(repository_, base_, tip_);
    asked_ = true;
    if (!parted_ || is(*parted_, change.path, change.new_id, change.new_mode)) return false;
    return is(*parted_, change.path, change.old_id, change.old_mode) || was_there(change);
  }

 private:
  bool is(const ObjectId& commit, const std::string& path, const ObjectId& id,
          std::uint32_t mode) const {
    const auto entry = repository_.entry(commit, path);
    if (!entry || entry->mode == core::mode::tree) return mode == core::mode::none;
    return entry->id == id && entry->mode == mode;
  }

  // What is here came from there before, by another squash.
  bool was_there(const Change& change) {
    if (!since_) since_ = git::commits_between(repository_, {*parted_}, tip_);
    return std::any_of(since_->begin(), since_->end(), [&](const git::Commit& commit) {
      return is(commit.id, change.path, change.old_id, change.old_mode);
    });
  }

  const git::Repository& repository_;
  ObjectId base_, tip_;
  bool asked_ = false;
  std::optional<ObjectId> parted_;
  std::optional<std::vector<git::Commit>> since_;
};

}  // namespace

std::set<Change> brought(session::Session& session, const std::optional<ObjectId>& base,
                         const core::ChangeSet& judged) {
  std::set<Change> found;
  if (!base) return found;
  std::vector<ObjectId> tips = judged_elsewhere(session);
  std::sort(tips.begin(), tips.end());
  tips.erase(std::unique(tips.begin(), tips.end()), tips.end());
  for (const ObjectId& tip : tips) {
    Source source(session.repository(), *base, tip);
    for (const Change& change : judged) {
      if (!found.contains(change) && source.has(change)) found.insert(change);
    }
  }
  return found;
}

}  // namespace gs::gates
