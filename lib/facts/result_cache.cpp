#include "lib/facts/result_cache.h"

#include <fmt/core.h>

#include "lib/facts/tree_imports.h"
#include "lib/core/version.h"
#include "lib/git/objects/object_id.h"
#include "lib/policy/policy_cache.h"

namespace gs::facts {

Memory::Memory(session::Session& session)
    : cache_(open_fact_cache(session.repository().layout())),
      policy_(policy::encode(session.policy())) {}

Memory::~Memory() {
  std::vector<facts::FactCache::Entry> entries;
  for (const auto& [key, bytes] : fresh_)
    entries.push_back({facts::FactKind::worked_out, key, bytes});
  cache_.put(entries);
}

core::ObjectId Memory::key(std::string_view kind, const std::vector<core::ObjectId>& commits,
                           std::string_view more) const {
  std::string text = fmt::format("{} {}\n", kind, core::kVersion);
  for (const core::ObjectId& commit : commits) text += commit.hex() + ' ';
  return git::blob_id(text.append(more).append("\n").append(policy_));
}

std::optional<std::string_view> Memory::find(const core::ObjectId& key) {
  if (!reader_) reader_.emplace(cache_);
  return reader_->get(facts::FactKind::worked_out, key);
}

void Memory::keep(const core::ObjectId& key, std::string bytes) {
  fresh_.insert_or_assign(key, std::move(bytes));
}

}  // namespace gs::facts
