#include <algorithm>

#include "lib/app/survey.h"
#include "lib/syntax/interface.h"

namespace gs::app {

namespace {

// Another day, or on a faster machine, the same source may yield more.
bool was_cut_short(const core::Interface& interface) {
  return std::any_of(
      interface.partials.begin(), interface.partials.end(),
      [](const core::Partial& partial) { return partial.trouble == core::Trouble::too_large; });
}

}  // namespace

core::Interface interface_of_blob(const git::Repository& repository, const core::ObjectId& blob) {
  std::optional<cache::FactCache> cache = open_fact_cache(repository.layout());
  return interface_of_blob(repository, blob, cache ? &*cache : nullptr);
}

core::Interface interface_of_blob(const git::Repository& repository, const core::ObjectId& blob,
                                  cache::FactCache* cache) {
  if (cache != nullptr) {
    const cache::FactCache::Reader reader(*cache);
    const auto known = reader.get(cache::FactKind::interface, blob);
    auto thawed = known ? core::thaw_interface(*known) : std::nullopt;
    if (thawed) return std::move(*thawed);
  }
  core::Interface interface = syntax::interface_of(repository.blob(blob));
  if (cache != nullptr && !was_cut_short(interface)) {
    const std::string frozen = core::freeze(interface);
    const cache::FactCache::Entry entry{cache::FactKind::interface, blob, frozen};
    cache->put({&entry, 1});
  }
  return interface;
}

}  // namespace gs::app
