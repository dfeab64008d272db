#pragma once
// Results of analysing commits, kept between runs beside the facts about blobs. A key is made of
// everything that the result depends on; what is not in the cache is computed again.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/facts/fact_cache.h"
#include "lib/git/layout.h"

namespace gs::facts {

// For one thread.
class ResultCache {
 public:
  // `policy`: its bytes, of which every key is made (policy::encode).
  ResultCache(const git::Layout& layout, std::string policy);
  ~ResultCache();  // writes down what is new
  ResultCache(const ResultCache&) = delete;
  ResultCache& operator=(const ResultCache&) = delete;

  // `kind` names the result and the version of its format; the policy and the program's version are
  // part of every key.
  core::ObjectId key(std::string_view kind, const std::vector<core::ObjectId>& commits,
                     std::string_view more) const;

  // What is found lives as long as this.
  std::optional<std::string_view> find(const core::ObjectId& key);
  void keep(const core::ObjectId& key, std::string bytes);

 private:
  const FactCache cache_;
  std::optional<FactCache::Reader> reader_;  // opened when first asked
  const std::string policy_;
  std::map<core::ObjectId, std::string> fresh_;
};

}  // namespace gs::facts
