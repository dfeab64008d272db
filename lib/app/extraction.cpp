#include "lib/app/extraction.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "lib/syntax/imports.h"

namespace gs::app {

namespace {

class Extraction {
 public:
  Extraction(const git::Repository& repository, const std::vector<core::ObjectId>& blobs)
      : repository_(repository), blobs_(blobs), facts_(blobs.size()) {}

  std::vector<std::string> run(const std::function<void(std::size_t)>& done) {
    constexpr std::size_t kWorthAThread = 64, kReports = 200, kLargestChunk = 64;
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t threads = std::clamp<std::size_t>(blobs_.size() / kWorthAThread, 1, cores);
    // Neighbours in the tree are neighbours in a pack.
    chunk_ = std::clamp<std::size_t>(blobs_.size() / (threads * kReports), 1, kLargestChunk);
    std::vector<std::jthread> others;
    try {
      for (std::size_t i = 1; i < threads; ++i) others.emplace_back([this] { work({}); });
    } catch (const std::system_error&) {
      // Fewer threads do as well.
    }
    work(done);
    others.clear();
    if (failure_) std::rethrow_exception(failure_);
    done(blobs_.size());
    return std::move(facts_);
  }

 private:
  void work(const std::function<void(std::size_t)>& done) noexcept {
    try {
      const auto reader = repository_.blob_reader();
      while (true) {
        const std::size_t begin = next_.fetch_add(chunk_);
        if (begin >= blobs_.size()) return;
        const std::size_t end = std::min(begin + chunk_, blobs_.size());
        for (std::size_t i = begin; i < end; ++i)
          facts_[i] = syntax::imports_of(reader->blob(blobs_[i]));
        finished_ += end - begin;
        if (done) done(finished_);
      }
    } catch (...) {
      const std::lock_guard guard(mutex_);
      if (!failure_) failure_ = std::current_exception();
      next_ = blobs_.size();
    }
  }

  const git::Repository& repository_;
  const std::vector<core::ObjectId>& blobs_;
  std::vector<std::string> facts_;
  std::size_t chunk_ = 1;
  std::atomic<std::size_t> next_ = 0, finished_ = 0;
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace

std::vector<std::string> extract_imports(const git::Repository& repository,
                                         const std::vector<core::ObjectId>& blobs,
                                         const std::function<void(std::size_t)>& done) {
  if (blobs.empty()) return {};
  return Extraction(repository, blobs).run(done);
}

}  // namespace gs::app
