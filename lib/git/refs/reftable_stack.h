#pragma once
// The refs of one folder of tables: DIR/reftable, whose tables.list names the tables, the oldest
// first. What a newer one says of a ref hides what older ones say.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/git/refs/ref.h"

namespace gs::git {

// For any number of threads. All functions see what tables.list names when they are called, and
// throw core::Error (broken) for what is damaged.
class ReftableStack {
 public:
  // `required`: that there is no tables.list is an error; else there are no refs then.
  ReftableStack(std::filesystem::path folder, core::ObjectFormat format, bool required);
  ~ReftableStack();
  ReftableStack(ReftableStack&&) noexcept;
  ReftableStack& operator=(ReftableStack&&) noexcept;

  std::optional<Ref> find(const std::string& name) const;
  // All whose names start with the prefix, in the order of their names.
  std::vector<std::pair<std::string, Ref>> list(const std::string& prefix) const;
  // The earliest first.
  std::vector<RefMove> moves_of(const std::string& name) const;

 private:
  struct Table;
  struct Snapshot;
  struct Cache;
  std::shared_ptr<const Snapshot> now() const;
  std::shared_ptr<const Snapshot> read(const Snapshot* known) const;

  std::filesystem::path folder_;
  core::ObjectFormat format_;
  bool required_;
  std::unique_ptr<Cache> cache_;
};

}  // namespace gs::git
