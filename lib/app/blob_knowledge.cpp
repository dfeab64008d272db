#include "lib/app/blob_knowledge.h"

#include "lib/app/import_evidence.h"
#include "lib/app/survey.h"
#include "lib/syntax/calls.h"

namespace gs::app {

BlobKnowledge::BlobKnowledge(const git::Repository& repository)
    : repository_(repository), cache_(open_fact_cache(repository.layout())) {}

BlobKnowledge::~BlobKnowledge() {
  if (!cache_ || (fresh_.empty() && fresh_calls_.empty())) return;
  std::vector<cache::FactCache::Entry> entries;
  for (const core::ObjectId& blob : fresh_)
    entries.push_back({cache::FactKind::imports, blob, singles_.at(blob)});
  for (const auto& [blob, frozen] : fresh_calls_)
    entries.push_back({cache::FactKind::calls, blob, frozen});
  cache_->put(entries);
}

void BlobKnowledge::learn(const std::vector<core::ObjectId>& blobs) {
  std::vector<core::ObjectId> fresh;
  for (const core::ObjectId& blob : blobs) {
    if (facts_.try_emplace(blob).second) fresh.push_back(blob);
  }
  if (fresh.empty()) return;
  batches_.push_back(std::make_unique<BlobFacts>(repository_, fresh));
  for (const core::ObjectId& blob : fresh) facts_[blob] = batches_.back()->of(blob);
}

std::string BlobKnowledge::single(const core::ObjectId& blob) {
  if (cache_) {
    const cache::FactCache::Reader reader(*cache_);
    if (const auto known = reader.get(cache::FactKind::imports, blob)) return std::string(*known);
  }
  fresh_.push_back(blob);
  return import_facts(repository_, blob);
}

// One at a time, planning how a whole pack is read costs more than reading.
std::string_view BlobKnowledge::facts(const core::ObjectId& blob) {
  const auto known = facts_.find(blob);
  if (known != facts_.end()) return known->second;
  const std::string& text = singles_.emplace(blob, single(blob)).first->second;
  return facts_.emplace(blob, text).first->second;
}

const core::Interface& BlobKnowledge::interface(const core::ObjectId& blob) {
  const auto known = interfaces_.find(blob);
  if (known != interfaces_.end()) return known->second;
  core::Interface found = interface_of_blob(repository_, blob, cache_ ? &*cache_ : nullptr);
  return interfaces_.emplace(blob, std::move(found)).first->second;
}

std::vector<core::Call> BlobKnowledge::find_calls(const core::ObjectId& blob) {
  if (cache_) {
    const cache::FactCache::Reader reader(*cache_);
    const auto known = reader.get(cache::FactKind::calls, blob);
    auto thawed = known ? core::thaw_calls(*known) : std::nullopt;
    if (thawed) return std::move(*thawed);
  }
  auto found = syntax::calls_of(repository_.blob(blob));
  if (!found) return {};
  if (cache_) fresh_calls_.emplace_back(blob, core::freeze(*found));
  return std::move(*found);
}

const std::vector<core::Call>& BlobKnowledge::calls(const core::ObjectId& blob) {
  const auto known = calls_.find(blob);
  if (known != calls_.end()) return known->second;
  return calls_.emplace(blob, find_calls(blob)).first->second;
}

}  // namespace gs::app
