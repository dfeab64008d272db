#pragma once
// The import facts of some blobs: from the cache where they are known, read otherwise.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/interface.h"
#include "lib/core/name_facts.h"
#include "lib/facts/fact_cache.h"
#include "lib/git/repository.h"

namespace gs::python {
class ParsedSource;
}

namespace gs::facts {

class BlobFacts {
 public:
  // Reads on as many threads as there are cores, and keeps what was read in the cache. Blobs that
  // are not here (a partial clone) throw core::Error.
  BlobFacts(const git::Repository& repository, std::vector<core::ObjectId> blobs);
  ~BlobFacts();
  BlobFacts(const BlobFacts&) = delete;
  BlobFacts& operator=(const BlobFacts&) = delete;

  // For core::ImportReader; lives as long as this. Of one of the given blobs.
  std::string_view of(const core::ObjectId& blob) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// ---- Facts from blobs, on as many threads as there are cores.

// The import facts of each blob, in the blobs' order. `done` is told, on the calling thread, how
// many are finished. What a thread throws is thrown here.
std::vector<std::string> extract_imports(const git::Repository& repository,
                                         const std::vector<core::ObjectId>& blobs,
                                         const std::function<void(std::size_t)>& done);

// ---- What is known of blobs, each found out once: imports, interfaces, calls, names.

// What it hands out lives as long as it does. One thread.
class BlobKnowledge {
 public:
  explicit BlobKnowledge(const git::Repository& repository);
  ~BlobKnowledge();  // puts into the cache what was found out one by one
  BlobKnowledge(const BlobKnowledge&) = delete;
  BlobKnowledge& operator=(const BlobKnowledge&) = delete;

  // Finds out the imports of many at once: on all cores, and kept in the cache.
  void learn(const std::vector<core::ObjectId>& blobs);

  std::string_view facts(const core::ObjectId& blob);  // for core::ImportReader
  const core::Interface& interface(const core::ObjectId& blob);
  const core::Calls& calls(const core::ObjectId& blob);
  const core::NameFacts& names(const core::ObjectId& blob);

 private:
  struct Fresh {
    facts::FactKind kind;
    core::ObjectId blob;
    std::string bytes;
  };

  std::optional<std::string_view> cached(facts::FactKind kind, const core::ObjectId& blob);
  std::string single(const core::ObjectId& blob);
  const python::ParsedSource& parsed(const core::ObjectId& blob);
  core::Interface find_interface(const core::ObjectId& blob);
  core::Calls find_calls(const core::ObjectId& blob);
  core::NameFacts find_names(const core::ObjectId& blob);

  const git::Repository& repository_;
  const facts::FactCache cache_;
  std::optional<facts::FactCache::Reader> reader_;  // opened when first asked
  std::vector<std::unique_ptr<BlobFacts>> batches_;
  std::map<core::ObjectId, std::string> singles_;  // asked for one by one
  std::vector<Fresh> fresh_;                       // what the cache has not
  std::map<core::ObjectId, std::unique_ptr<python::ParsedSource>> parsed_;  // the last ones
  std::map<core::ObjectId, std::string_view> facts_;
  std::map<core::ObjectId, core::Interface> interfaces_;
  std::map<core::ObjectId, core::Calls> calls_;
  std::map<core::ObjectId, core::NameFacts> names_;
};

// The public interface of a single blob, from the cache or by parsing it.
core::Interface interface_of_blob(const git::Repository& repository, const core::ObjectId& blob);

}  // namespace gs::facts
