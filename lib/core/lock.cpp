#include "lib/core/lock.h"

#include <algorithm>

#include "lib/core/ids.h"
#include "lib/core/path_form.h"
#include "lib/core/pattern.h"

namespace gs::core {

bool Lock::is_of(std::string_view holder) const {
  return host.empty() && same_holder(agent, holder);
}

bool covers(const Lock& lock, std::string_view path, bool ignore_case) {
  return lock.path == path || pattern_matches(lock.path, path, ignore_case);
}

LockIndex::LockIndex(const LockTable& locks, bool ignore_case)
    : locks_(locks), ignore_case_(ignore_case) {
  for (std::size_t i = 0; i < locks.size(); ++i) {
    if (const auto path = literal_path(locks[i].path)) {
      named_[path_form(*path, ignore_case)].push_back(i);
    } else {
      patterns_.push_back(i);
    }
  }
}

void LockIndex::add(std::string_view name, std::vector<std::size_t>& hits) const {
  const auto found = named_.find(std::string(name));
  if (found != named_.end()) hits.insert(hits.end(), found->second.begin(), found->second.end());
}

std::vector<const Lock*> LockIndex::on(std::string_view path) const {
  std::vector<std::size_t> hits;
  const std::string whole = path_form(path, ignore_case_);
  if (!named_.empty()) {
    for (std::size_t at = whole.find('/'); at != whole.npos; at = whole.find('/', at + 1))
      add(std::string_view(whole).substr(0, at), hits);
    add(whole, hits);
  }
  for (const std::size_t i : patterns_) {
    if (covers(locks_[i], path, ignore_case_)) hits.push_back(i);
  }
  std::sort(hits.begin(), hits.end());
  std::vector<const Lock*> locks;
  for (const std::size_t hit : hits) locks.push_back(&locks_[hit]);
  return locks;
}

}  // namespace gs::core
