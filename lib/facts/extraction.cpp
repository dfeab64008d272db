#include "lib/facts/extraction.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "lib/git/objects/bulk_reader.h"
#include "lib/python/imports/imports.h"

namespace gs::facts {

namespace {

class Extraction {
 public:
  Extraction(const git::Repository& repository, const std::vector<core::ObjectId>& blobs)
      : repository_(repository), batch_(repository, blobs), facts_(blobs.size()) {}

  std::vector<std::string> run(const std::function<void(std::size_t)>& done) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t threads = std::clamp<std::size_t>(batch_.parts() / 2, 1, cores);
    std::vector<std::jthread> others;
    try {
      for (std::size_t i = 1; i < threads; ++i) others.emplace_back([this] { work({}); });
    } catch (const std::system_error&) {
      // Fewer threads do as well.
    }
    work(done);
    others.clear();
    if (failure_) std::rethrow_exception(failure_);
    done(facts_.size());
    return std::move(facts_);
  }

 private:
  void work(const std::function<void(std::size_t)>& done) noexcept {
    try {
      const auto reader = repository_.blob_reader();
      while (true) {
        const std::size_t part = next_.fetch_add(1);
        if (part >= batch_.parts()) return;
        batch_.read(part, *reader, [&](std::size_t number, std::string_view content) {
          facts_[number] = python::imports_of(content);
          ++finished_;
        });
        if (done) done(finished_);
      }
    } catch (...) {
      const std::lock_guard guard(mutex_);
      if (!failure_) failure_ = std::current_exception();
      next_ = batch_.parts();
    }
  }

  const git::Repository& repository_;
  const git::BlobBatch batch_;
  std::vector<std::string> facts_;
  std::atomic<std::size_t> next_ = 0, finished_ = 0;
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace

std::vector<std::string> extract_imports(const git::Repository& repository,
                                         const std::vector<core::ObjectId>& blobs,
                                         const std::function<void(std::size_t)>& done) {
  if (blobs.empty()) return {};
  // To plan how whole packs are read takes longer than to read some few objects one by one.
  constexpr std::size_t kFew = 500;
  if (blobs.size() <= kFew) {
    std::vector<std::string> facts;
    for (const core::ObjectId& blob : blobs)
      facts.push_back(python::imports_of(repository.blob(blob)));
    done(blobs.size());
    return facts;
  }
  return Extraction(repository, blobs).run(done);
}

}  // namespace gs::facts
