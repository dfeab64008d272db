#pragma once
// What was worked out of commits, kept between runs beside the facts about blobs, under a key made
// of all that it depends on. A cache: what is not remembered is worked out again.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/session/session.h"
#include "lib/facts/fact_cache.h"

namespace gs::facts {

// For one thread.
class Memory {
 public:
  explicit Memory(session::Session& session);
  ~Memory();  // writes down what is new
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // `kind` says what is worked out, and in which version of the way to; the policy and the
  // program's version are part of every key.
  core::ObjectId key(std::string_view kind, const std::vector<core::ObjectId>& commits,
                     std::string_view more) const;

  // What is found lives as long as this.
  std::optional<std::string_view> find(const core::ObjectId& key);
  void keep(const core::ObjectId& key, std::string bytes);

 private:
  const facts::FactCache cache_;
  std::optional<facts::FactCache::Reader> reader_;  // opened when first asked
  const std::string policy_;
  std::map<core::ObjectId, std::string> fresh_;
};

}  // namespace gs::facts
