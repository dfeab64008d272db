#include "lib/app/blob_knowledge.h"

#include "lib/app/survey.h"
#include "lib/syntax/calls.h"

namespace gs::app {

void BlobKnowledge::learn(const std::vector<core::ObjectId>& blobs) {
  std::vector<core::ObjectId> fresh;
  for (const core::ObjectId& blob : blobs) {
    if (facts_.try_emplace(blob).second) fresh.push_back(blob);
  }
  if (fresh.empty()) return;
  batches_.push_back(std::make_unique<BlobFacts>(repository_, fresh));
  for (const core::ObjectId& blob : fresh) facts_[blob] = batches_.back()->of(blob);
}

std::string_view BlobKnowledge::facts(const core::ObjectId& blob) {
  learn({blob});
  return facts_.at(blob);
}

const core::Interface& BlobKnowledge::interface(const core::ObjectId& blob) {
  const auto known = interfaces_.find(blob);
  if (known != interfaces_.end()) return known->second;
  return interfaces_.emplace(blob, interface_of_blob(repository_, blob)).first->second;
}

const std::vector<core::Call>& BlobKnowledge::calls(const core::ObjectId& blob) {
  const auto known = calls_.find(blob);
  if (known != calls_.end()) return known->second;
  return calls_.emplace(blob, syntax::calls_of(repository_.blob(blob))).first->second;
}

}  // namespace gs::app
