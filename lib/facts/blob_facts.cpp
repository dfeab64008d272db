#include "lib/facts/blob_facts.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "lib/facts/tree_imports.h"
#include "lib/git/objects/bulk_reader.h"
#include "lib/python/imports/imports.h"
#include "lib/python/interface/calls.h"
#include "lib/python/interface/interface.h"
#include "lib/python/interface/parsed_source.h"
#include "lib/python/names/unbound_names.h"

namespace gs::facts {

struct BlobFacts::Impl {
  std::optional<facts::FactCache::Reader> reader;  // known facts are views into it
  std::vector<std::string> extracted;
  std::map<core::ObjectId, std::string_view> facts;
};

BlobFacts::BlobFacts(const git::Repository& repository, std::vector<core::ObjectId> blobs)
    : impl_(std::make_unique<Impl>()) {
  if (blobs.empty()) return;
  const facts::FactCache cache = open_fact_cache(repository.layout());
  impl_->reader.emplace(cache);
  std::vector<core::ObjectId> unknown;
  for (const core::ObjectId& blob : blobs) {
    const auto [at, is_new] = impl_->facts.try_emplace(blob);
    if (!is_new) continue;
    const auto known = impl_->reader->get(facts::FactKind::imports, blob);
    if (known) at->second = *known;
    if (!known) unknown.push_back(blob);
  }
  impl_->extracted = extract_imports(repository, unknown, [](std::size_t) {});
  std::vector<facts::FactCache::Entry> entries;
  for (std::size_t i = 0; i < unknown.size(); ++i) {
    impl_->facts[unknown[i]] = impl_->extracted[i];
    entries.push_back({facts::FactKind::imports, unknown[i], impl_->extracted[i]});
  }
  cache.put(entries);
}

BlobFacts::~BlobFacts() = default;

std::string_view BlobFacts::of(const core::ObjectId& blob) const {
  return impl_->facts.at(blob);
}

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

namespace {

// Another day, or on a faster machine, the same source may yield more.
bool was_cut_short(const core::Interface& interface) {
  return std::ranges::any_of(interface.partials, [](const core::Partial& partial) {
    return partial.trouble == core::Trouble::too_large;
  });
}

}  // namespace

BlobKnowledge::BlobKnowledge(const git::Repository& repository)
    : repository_(repository), cache_(open_fact_cache(repository.layout())) {}

BlobKnowledge::~BlobKnowledge() {
  std::vector<facts::FactCache::Entry> entries;
  for (const Fresh& fresh : fresh_) entries.push_back({fresh.kind, fresh.blob, fresh.bytes});
  cache_.put(entries);
}

std::optional<std::string_view> BlobKnowledge::cached(facts::FactKind kind,
                                                      const core::ObjectId& blob) {
  if (!reader_) reader_.emplace(cache_);
  return reader_->get(kind, blob);
}

void BlobKnowledge::learn(const std::vector<core::ObjectId>& blobs) {
  std::vector<core::ObjectId> fresh;
  for (const core::ObjectId& blob : blobs) {
    if (facts_.try_emplace(blob).second) fresh.push_back(blob);
  }
  if (fresh.empty()) return;
  batches_.push_back(std::make_unique<BlobFacts>(repository_, fresh));
  for (const core::ObjectId& blob : fresh) facts_[blob] = batches_.back()->of(blob);
}

std::string BlobKnowledge::single(const core::ObjectId& blob) {
  if (const auto known = cached(facts::FactKind::imports, blob)) return std::string(*known);
  fresh_.push_back({facts::FactKind::imports, blob, python::imports_of(repository_.blob(blob))});
  return fresh_.back().bytes;
}

// One at a time, planning how a whole pack is read costs more than reading.
std::string_view BlobKnowledge::facts(const core::ObjectId& blob) {
  const auto known = facts_.find(blob);
  if (known != facts_.end()) return known->second;
  const std::string& text = singles_.emplace(blob, single(blob)).first->second;
  return facts_.emplace(blob, text).first->second;
}

// Of one file, mostly several things are asked.
const python::ParsedSource& BlobKnowledge::parsed(const core::ObjectId& blob) {
  constexpr std::size_t kMost = 64;  // a tree takes some twenty times as much as its source
  const auto known = parsed_.find(blob);
  if (known != parsed_.end()) return *known->second;
  if (parsed_.size() >= kMost) parsed_.clear();
  auto source = std::make_unique<python::ParsedSource>(repository_.blob(blob));
  return *parsed_.emplace(blob, std::move(source)).first->second;
}

core::Interface BlobKnowledge::find_interface(const core::ObjectId& blob) {
  const auto known = cached(facts::FactKind::interface, blob);
  auto thawed = known ? core::thaw_interface(*known) : std::nullopt;
  if (thawed) return std::move(*thawed);
  core::Interface found = python::interface_of(parsed(blob));
  if (!was_cut_short(found))
    fresh_.push_back({facts::FactKind::interface, blob, core::serialize(found)});
  return found;
}

const core::Interface& BlobKnowledge::interface(const core::ObjectId& blob) {
  const auto known = interfaces_.find(blob);
  if (known != interfaces_.end()) return known->second;
  return interfaces_.emplace(blob, find_interface(blob)).first->second;
}

core::Calls BlobKnowledge::find_calls(const core::ObjectId& blob) {
  const auto known = cached(facts::FactKind::calls, blob);
  auto thawed = known ? core::thaw_calls(*known) : std::nullopt;
  if (thawed) return std::move(*thawed);
  auto found = python::calls_of(parsed(blob));
  if (!found) return {};
  fresh_.push_back({facts::FactKind::calls, blob, core::serialize(*found)});
  return std::move(*found);
}

const core::Calls& BlobKnowledge::calls(const core::ObjectId& blob) {
  const auto known = calls_.find(blob);
  if (known != calls_.end()) return known->second;
  return calls_.emplace(blob, find_calls(blob)).first->second;
}

core::NameFacts BlobKnowledge::find_names(const core::ObjectId& blob) {
  const auto known = cached(facts::FactKind::names, blob);
  auto thawed = known ? core::thaw_names(*known) : std::nullopt;
  if (thawed) return std::move(*thawed);
  auto found = python::names_of(parsed(blob));
  if (!found) return {};
  fresh_.push_back({facts::FactKind::names, blob, core::serialize(*found)});
  return std::move(*found);
}

const core::NameFacts& BlobKnowledge::names(const core::ObjectId& blob) {
  const auto known = names_.find(blob);
  if (known != names_.end()) return known->second;
  return names_.emplace(blob, find_names(blob)).first->second;
}

core::Interface interface_of_blob(const git::Repository& repository, const core::ObjectId& blob) {
  return BlobKnowledge(repository).interface(blob);
}

}  // namespace gs::facts
