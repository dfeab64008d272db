#pragma once
// Facts about blobs, kept between runs and shared by all worktrees of a repository. A cache: it may
// be deleted, damaged or unreadable at any time, and that costs time, never an answer.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "lib/core/change.h"

namespace gs::facts {

// Of blobs; what was worked out of more than one has a key in the blob's place.
enum class FactKind : std::uint8_t {
  imports = 1,
  interface = 2,
  calls = 3,
  worked_out = 4,
  names = 5
};

struct CacheLimits {
  std::uint64_t largest = 256U << 20U;  // bytes on disk; at most 4 GiB
};

// Safe with any number of readers and writers, in threads and processes, of which any may be
// stopped or killed at any instant. Nobody waits for another.
class FactCache {
 public:
  // In `folder`, which the first put() makes. `version` names the extractors' version: facts of
  // another one are never seen, and are deleted when nobody has written any for an hour.
  FactCache(std::filesystem::path folder, std::uint32_t version, const CacheLimits& limits = {});

  // What was kept when it was constructed; what it hands out lives as long as it does. One thread.
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
  // Keeps all of them, or none: where nothing can be written, on a full disk, when they are more
  // than a quarter of the limit. Stays within the limit, and drops what was put first.
  void put(std::span<const Entry> entries) const;

 private:
  std::filesystem::path folder_;
  std::uint32_t version_;
  std::uint64_t largest_;
};

}  // namespace gs::facts
