#pragma once
// Facts about blobs, kept between runs and shared by all worktrees of a repository (LMDB).
// A cache: it may be deleted at any time, and whatever is wrong with it, it is only a slower day.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/core/change.h"

namespace gs::cache {

// Of blobs; what was worked out of more than one has a key in the blob's place.
enum class FactKind : std::uint8_t { imports = 1, interface = 2, calls = 3, worked_out = 4 };

struct CacheLimits {
  std::uint64_t largest = 256U << 20U;  // bytes on disk
};

// Safe between processes, readers beside writers, and when one is killed at any instant.
class FactCache {
 public:
  // In `folder`, made when it is missing. `version` names the extractors' version: facts of another
  // one are never seen, and are dropped. Nothing where no cache can be: a read-only disk, say.
  static std::optional<FactCache> open(const std::filesystem::path& folder, std::uint32_t version,
                                       const CacheLimits& limits = {});
  FactCache(FactCache&&) noexcept;
  FactCache& operator=(FactCache&&) noexcept;
  ~FactCache();

  // One consistent view; what it hands out lives as long as it does. One at a time, one thread.
  class Reader {
   public:
    explicit Reader(const FactCache& cache);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    std::optional<std::string_view> get(FactKind kind, const core::ObjectId& blob) const;

   private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
  };

  struct Entry {
    FactKind kind = FactKind::imports;
    core::ObjectId blob;
    std::string_view facts;
  };
  // All of them in one transaction, or none: a full disk or a waiting writer costs nothing but the
  // facts. Stays within the limits, dropping what was not used lately.
  void put(std::span<const Entry> entries);

 private:
  struct Impl;
  explicit FactCache(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gs::cache
