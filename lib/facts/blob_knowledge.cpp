#include "lib/facts/blob_knowledge.h"

#include <algorithm>

#include "lib/gates/import_evidence.h"
#include "lib/facts/tree_imports.h"
#include "lib/python/interface/calls.h"
#include "lib/python/interface/interface.h"

namespace gs::facts {

namespace {

// Another day, or on a faster machine, the same source may yield more.
bool was_cut_short(const core::Interface& interface) {
  return std::ranges::any_of(interface.partials, [](const core::Partial& partial) {
    return partial.trouble == core::Trouble::too_large;
  });
}

}  // namespace

BlobKnowledge::BlobKnowledge(const git::Repository& repository)
    : repository_(repository), cache_(open_fact_cache(repository.layout())) {}

BlobKnowledge::~BlobKnowledge() {
  std::vector<facts::FactCache::Entry> entries;
  for (const Fresh& fresh : fresh_) entries.push_back({fresh.kind, fresh.blob, fresh.bytes});
  cache_.put(entries);
}

std::optional<std::string_view> BlobKnowledge::cached(facts::FactKind kind,
                                                      const core::ObjectId& blob) {
  if (!reader_) reader_.emplace(cache_);
  return reader_->get(kind, blob);
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
  if (const auto known = cached(facts::FactKind::imports, blob)) return std::string(*known);
  fresh_.push_back({facts::FactKind::imports, blob, gates::import_facts(repository_, blob)});
  return fresh_.back().bytes;
}

// One at a time, planning how a whole pack is read costs more than reading.
std::string_view BlobKnowledge::facts(const core::ObjectId& blob) {
  const auto known = facts_.find(blob);
  if (known != facts_.end()) return known->second;
  const std::string& text = singles_.emplace(blob, single(blob)).first->second;
  return facts_.emplace(blob, text).first->second;
}

core::Interface BlobKnowledge::find_interface(const core::ObjectId& blob) {
  const auto known = cached(facts::FactKind::interface, blob);
  auto thawed = known ? core::thaw_interface(*known) : std::nullopt;
  if (thawed) return std::move(*thawed);
  core::Interface found = python::interface_of(repository_.blob(blob));
  if (!was_cut_short(found))
    fresh_.push_back({facts::FactKind::interface, blob, core::freeze(found)});
  return found;
}

const core::Interface& BlobKnowledge::interface(const core::ObjectId& blob) {
  const auto known = interfaces_.find(blob);
  if (known != interfaces_.end()) return known->second;
  return interfaces_.emplace(blob, find_interface(blob)).first->second;
}

std::vector<core::Call> BlobKnowledge::find_calls(const core::ObjectId& blob) {
  const auto known = cached(facts::FactKind::calls, blob);
  auto thawed = known ? core::thaw_calls(*known) : std::nullopt;
  if (thawed) return std::move(*thawed);
  auto found = python::calls_of(repository_.blob(blob));
  if (!found) return {};
  fresh_.push_back({facts::FactKind::calls, blob, core::freeze(*found)});
  return std::move(*found);
}

const std::vector<core::Call>& BlobKnowledge::calls(const core::ObjectId& blob) {
  const auto known = calls_.find(blob);
  if (known != calls_.end()) return known->second;
  return calls_.emplace(blob, find_calls(blob)).first->second;
}

core::Interface interface_of_blob(const git::Repository& repository, const core::ObjectId& blob) {
  return BlobKnowledge(repository).interface(blob);
}

}  // namespace gs::facts
