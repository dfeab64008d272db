#pragma once
// Every Python file of a tree with its import facts: from the cache where they are known, read from
// the blobs otherwise.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/facts/fact_cache.h"
#include "lib/core/source_tree.h"
#include "lib/git/repository.h"

namespace gs::facts {

struct SurveyedFile {
  std::string path;
  core::ObjectId blob;
  std::string_view facts;  // for core::ImportReader; lives as long as the survey
};

// Told how far a survey is: files done of all. Called from one thread, some hundred times.
using Progress = std::function<void(std::size_t done, std::size_t all)>;

class Survey {
 public:
  // The index, or a commit's tree. Blobs that are not here (a partial clone) throw core::Error.
  static Survey of_index(const git::Repository& repository, const Progress& progress = {});
  static Survey of_commit(const git::Repository& repository, const core::ObjectId& commit,
                          const Progress& progress = {});
  Survey(Survey&&) noexcept;
  ~Survey();

  const std::vector<SurveyedFile>& files() const;  // in path order
  // The surveyed tree, from what was listed: no further reading.
  core::SourceTree& tree();
  std::optional<core::ObjectId> blob(std::string_view path) const;  // of any file in the tree

 private:
  struct Impl;
  explicit Survey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Where facts are kept: below the common git directory.
facts::FactCache open_fact_cache(const git::Layout& layout);

}  // namespace gs::facts
