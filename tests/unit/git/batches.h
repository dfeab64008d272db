#pragma once
// What a batch reads, on several threads.

#include <atomic>
#include <exception>
#include <thread>

#include "lib/core/error.h"
#include "lib/git/objects/bulk_reader.h"
#include "tests/unit/git/packs.h"

namespace gs::test {

// Fails when it is asked: proves that a batch found all in packs.
class NoReader : public git::BlobReader {
 public:
  std::string blob(const core::ObjectId& id) override {
    throw std::logic_error("asked for " + id.hex());
  }
};

// All contents by a batch, over several threads; throws when one is not delivered exactly once.
inline Contents batch_contents(const git::Repository& repository, const Ids& ids, bool packs_only,
                               unsigned threads = 2) {
  const git::BlobBatch batch(repository, ids);
  Contents contents(ids.size());
  std::vector<std::atomic<int>> times(ids.size());
  std::atomic<std::size_t> next = 0;
  std::vector<std::exception_ptr> failures(threads);
  const auto work = [&](std::size_t thread) {
    try {
      NoReader none;
      const auto reader = repository.blob_reader();
      for (std::size_t part = next++; part < batch.parts(); part = next++) {
        batch.read(part, packs_only ? none : *reader, [&](std::size_t number, std::string_view is) {
          contents.at(number) = is;
          ++times.at(number);
        });
      }
    } catch (...) {
      failures[thread] = std::current_exception();
    }
  };
  std::vector<std::thread> running;
  for (unsigned thread = 0; thread < threads; ++thread) running.emplace_back(work, thread);
  for (std::thread& thread : running) thread.join();
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
  for (const std::atomic<int>& count : times)
    if (count != 1) throw std::logic_error(fmt::format("a blob came {} times", count.load()));
  return contents;
}

// Which differ, by number: contents would be too long to print.
inline std::vector<std::size_t> differing(const Contents& a, const Contents& b) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i)
    if (i >= a.size() || i >= b.size() || a[i] != b[i]) numbers.push_back(i);
  return numbers;
}

}  // namespace gs::test
