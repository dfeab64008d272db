#include "lib/facts/blob_facts.h"

#include <map>
#include <set>
#include <string>

#include "lib/facts/extraction.h"
#include "lib/facts/tree_imports.h"

namespace gs::facts {

struct BlobFacts::Impl {
  std::optional<facts::FactCache::Reader> reader;  // known facts are views into it
  std::vector<std::string> extracted;
  std::map<core::ObjectId, std::string_view> facts;
};

BlobFacts::BlobFacts(const git::Repository& repository, std::vector<core::ObjectId> blobs)
    : impl_(std::make_unique<Impl>()) {
  if (blobs.empty()) return;
  const facts::FactCache cache = open_fact_cache(repository.layout());
  impl_->reader.emplace(cache);
  std::vector<core::ObjectId> unknown;
  for (const core::ObjectId& blob : blobs) {
    const auto [at, is_new] = impl_->facts.try_emplace(blob);
    if (!is_new) continue;
    const auto known = impl_->reader->get(facts::FactKind::imports, blob);
    if (known) at->second = *known;
    if (!known) unknown.push_back(blob);
  }
  impl_->extracted = extract_imports(repository, unknown, [](std::size_t) {});
  std::vector<facts::FactCache::Entry> entries;
  for (std::size_t i = 0; i < unknown.size(); ++i) {
    impl_->facts[unknown[i]] = impl_->extracted[i];
    entries.push_back({facts::FactKind::imports, unknown[i], impl_->extracted[i]});
  }
  cache.put(entries);
}

BlobFacts::~BlobFacts() = default;

std::string_view BlobFacts::of(const core::ObjectId& blob) const {
  return impl_->facts.at(blob);
}

}  // namespace gs::facts
