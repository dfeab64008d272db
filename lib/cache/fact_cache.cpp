#include "lib/cache/fact_cache.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "lib/cache/environment.h"
#include "lib/cache/seal.h"

namespace gs::cache {

namespace {

using Key = std::array<char, 21>;

constexpr std::string_view kYoung = "young";

Key key_of(FactKind kind, const core::ObjectId& blob) {
  Key key;
  key[0] = static_cast<char>(kind);
  std::memcpy(&key[1], blob.bytes.data(), blob.bytes.size());
  return key;
}

std::string_view text_of(const Key& key) {
  return {key.data(), key.size()};
}

MDB_val value_of(std::string_view text) {
  return {text.size(), const_cast<char*>(text.data())};
}

std::string_view text_of(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

// The younger of the two generations takes what is written; the older one is the next to go.
unsigned young(MDB_txn* transaction, const Environment& environment) {
  MDB_val key = value_of(kYoung), value;
  if (mdb_get(transaction, environment.marks(), &key, &value) != 0) return 0;
  return text_of(value) == "1" ? 1 : 0;
}

std::optional<std::string_view> find(MDB_txn* transaction, MDB_dbi table, const Key& key) {
  MDB_val name = value_of(text_of(key)), value;
  if (mdb_get(transaction, table, &name, &value) != 0) return std::nullopt;
  return unsealed(text_of(key), text_of(value));
}

struct Fact {
  Key key;
  std::string_view facts;
};

}  // namespace

struct FactCache::Impl {
  std::shared_ptr<Environment> environment;
  // Found in the older generation: used lately, and so to be kept when it goes.
  std::shared_ptr<std::vector<Key>> aging = std::make_shared<std::vector<Key>>();

  int write(std::vector<Fact> facts) const;
  int make_room(MDB_txn* transaction, unsigned& number, std::size_t bytes) const;
};

FactCache::FactCache(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FactCache::FactCache(FactCache&&) noexcept = default;
FactCache& FactCache::operator=(FactCache&&) noexcept = default;
FactCache::~FactCache() = default;

std::optional<FactCache> FactCache::open(const std::filesystem::path& folder, std::uint32_t version,
                                         const CacheLimits& limits) {
  auto impl = std::make_unique<Impl>();
  impl->environment = Environment::open(folder, version, limits);
  if (!impl->environment) return std::nullopt;
  return FactCache(std::move(impl));
}

struct FactCache::Reader::Impl {
  std::shared_ptr<Environment> environment;
  std::shared_ptr<std::vector<Key>> aging;
  Transaction transaction;
  unsigned young = 0;
};

FactCache::Reader::Reader(const FactCache& cache) : impl_(std::make_unique<Impl>()) {
  impl_->environment = cache.impl_->environment;
  impl_->aging = cache.impl_->aging;
  impl_->transaction = impl_->environment->read();
  if (impl_->transaction)
    impl_->young = cache::young(impl_->transaction.get(), *impl_->environment);
}

FactCache::Reader::~Reader() = default;

std::optional<std::string_view> FactCache::Reader::get(FactKind kind,
                                                       const core::ObjectId& blob) const {
  MDB_txn* const transaction = impl_->transaction.get();
  if (transaction == nullptr) return std::nullopt;
  const Key key = key_of(kind, blob);
  const Environment& environment = *impl_->environment;
  if (const auto facts = find(transaction, environment.generation(impl_->young), key)) return facts;
  const auto facts = find(transaction, environment.generation(impl_->young + 1), key);
  if (facts) impl_->aging->push_back(key);
  return facts;
}

int FactCache::Impl::make_room(MDB_txn* transaction, unsigned& number, std::size_t bytes) const {
  MDB_stat stat;
  if (const int status = mdb_stat(transaction, environment->generation(number), &stat))
    return status;
  const std::uint64_t pages = stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
  // Two generations, the one that goes, and the copies of changed pages: a quarter each.
  if (stat.ms_entries == 0 || pages * stat.ms_psize + bytes <= environment->largest() / 4) return 0;
  number = (number + 1) % 2;
  if (const int status = mdb_drop(transaction, environment->generation(number), 0)) return status;
  MDB_val key = value_of(kYoung), value = value_of(number == 0 ? "0" : "1");
  return mdb_put(transaction, environment->marks(), &key, &value, 0);
}

int FactCache::Impl::write(std::vector<Fact> facts) const {
  Transaction transaction = environment->write();
  if (!transaction) return 0;
  unsigned number = young(transaction.get(), *environment);
  std::vector<std::string> kept;
  kept.reserve(aging->size());  // the views must stay where they are
  for (const Key& key : *aging) {
    const auto old = find(transaction.get(), environment->generation(number + 1), key);
    if (old) facts.push_back({key, kept.emplace_back(*old)});
  }
  std::size_t bytes = 0;
  for (const Fact& fact : facts) bytes += fact.key.size() + fact.facts.size();
  // In their order pages are filled one after the other.
  std::sort(facts.begin(), facts.end(),
            [](const Fact& a, const Fact& b) { return text_of(a.key) < text_of(b.key); });
  if (const int status = make_room(transaction.get(), number, bytes)) return status;
  for (const Fact& fact : facts) {
    const std::string seal = sealed(text_of(fact.key), fact.facts);
    MDB_val key = value_of(text_of(fact.key)), value = value_of(seal);
    const MDB_dbi table = environment->generation(number);
    if (const int status = mdb_put(transaction.get(), table, &key, &value, 0)) return status;
  }
  return mdb_txn_commit(transaction.release());
}

void FactCache::put(std::span<const Entry> entries) {
  if (entries.empty() && impl_->aging->empty()) return;
  const Environment& environment = *impl_->environment;
  std::vector<Fact> facts;
  facts.reserve(entries.size() + impl_->aging->size());
  std::uint64_t bytes = 0;
  for (const Entry& entry : entries) {
    facts.push_back({key_of(entry.kind, entry.blob), entry.facts});
    bytes += entry.facts.size();
  }
  if (bytes > environment.largest() / 4) return;
  // Few facts are found again sooner than they are waited for.
  const auto patience =
      std::chrono::milliseconds(std::min<std::size_t>(1 + facts.size() / 100, 200));
  const auto held = environment.writing(patience);
  if (!held) return;
  if (is_damage(impl_->write(std::move(facts)))) environment.discard();
  impl_->aging->clear();
  environment.tidy();
}

}  // namespace gs::cache
