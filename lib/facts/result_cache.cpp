#include "lib/facts/result_cache.h"

#include <fmt/core.h>
#include <utility>

#include "lib/core/version.h"
#include "lib/facts/tree_imports.h"
#include "lib/git/objects/object_id.h"

namespace gs::facts {

ResultCache::ResultCache(const git::Layout& layout, std::string policy)
    : cache_(open_fact_cache(layout)), policy_(std::move(policy)) {}

ResultCache::~ResultCache() {
  std::vector<FactCache::Entry> entries;
  for (const auto& [key, bytes] : fresh_) entries.push_back({FactKind::worked_out, key, bytes});
  cache_.put(entries);
}

core::ObjectId ResultCache::key(std::string_view kind, const std::vector<core::ObjectId>& commits,
                                std::string_view more) const {
  std::string text = fmt::format("{} {}\n", kind, core::kVersion);
  for (const core::ObjectId& commit : commits) text += commit.hex() + ' ';
  return git::digest_of(text.append(more).append("\n").append(policy_));
}

std::optional<std::string_view> ResultCache::find(const core::ObjectId& key) {
  if (!reader_) reader_.emplace(cache_);
  return reader_->get(FactKind::worked_out, key);
}

void ResultCache::keep(const core::ObjectId& key, std::string bytes) {
  fresh_.insert_or_assign(key, std::move(bytes));
}

}  // namespace gs::facts
