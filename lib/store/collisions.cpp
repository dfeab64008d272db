#include "lib/store/collisions.h"

#include <algorithm>

#include "lib/core/pattern.h"

namespace gs::store {

namespace {

// As git folds case: ASCII only.
std::string folded(std::string_view text, bool ignore_case) {
  std::string out(text);
  if (!ignore_case) return out;
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// A '!' at the start of a lock is a letter like others; for the matcher it would be "not".
std::string as_pattern(const std::string& text) {
  return text.starts_with('!') ? '\\' + text : text;
}

// What every path that the pattern matches starts with.
std::string_view literal_start(std::string_view pattern) {
  return pattern.substr(0, pattern.find_first_of("*?[\\"));
}

bool starts_agree(std::string_view a, std::string_view b) {
  a = literal_start(a);
  b = literal_start(b);
  const std::size_t length = std::min(a.size(), b.size());
  return a.substr(0, length) == b.substr(0, length);
}

template <class Each>
void for_each_folder_above(std::string_view path, const Each& each) {
  for (std::size_t at = path.find('/'); at != path.npos; at = path.find('/', at + 1)) {
    each(std::string(path.substr(0, at)));
  }
}

}  // namespace

CollisionIndex::CollisionIndex(std::span<const std::string> wanted, bool ignore_case)
    : ignore_case_(ignore_case) {
  for (const std::string& text : wanted) {
    const std::size_t position = wanted_.size();
    wanted_.push_back(folded(text, ignore_case));
    if (core::is_pattern(text)) {
      patterns_.push_back(position);
      continue;
    }
    plain_.push_back(position);
    paths_[wanted_.back()].push_back(position);
    for_each_folder_above(wanted_.back(),
                          [&](std::string folder) { folders_above_[folder].push_back(position); });
  }
}

bool CollisionIndex::patterns_meet(std::size_t position, const std::string& lock) const {
  const std::string& wanted = wanted_[position];
  return starts_agree(wanted, lock) &&
         core::patterns_collide(as_pattern(wanted), as_pattern(lock), ignore_case_);
}

std::vector<std::size_t> CollisionIndex::colliding(std::string_view lock) const {
  const std::string text = folded(lock, ignore_case_);
  std::vector<std::size_t> hits;
  const auto add = [&](const Positions& positions, const std::string& key) {
    const auto found = positions.find(key);
    if (found != positions.end()) {
      hits.insert(hits.end(), found->second.begin(), found->second.end());
    }
  };
  const auto add_meeting = [&](const std::vector<std::size_t>& positions) {
    for (const std::size_t position : positions) {
      if (patterns_meet(position, text)) hits.push_back(position);
    }
  };
  if (core::is_pattern(lock)) {
    add_meeting(plain_);
  } else {
    add(paths_, text);
    add(folders_above_, text);
    for_each_folder_above(text, [&](const std::string& folder) { add(paths_, folder); });
  }
  add_meeting(patterns_);
  std::sort(hits.begin(), hits.end());
  hits.erase(std::unique(hits.begin(), hits.end()), hits.end());
  return hits;
}

bool CollisionIndex::same(std::string_view a, std::string_view b) const {
  return a == b || (ignore_case_ && folded(a, true) == folded(b, true));
}

}  // namespace gs::store
