#include "lib/python/imports/found.h"

#include <algorithm>

namespace gs::python {
namespace {

// More are of no use to anyone, and a file of rubbish has one at every byte.
constexpr std::size_t kMostPartials = 100;

}  // namespace

void Found::add(const core::Import& import, const Context& context) {
  Entry entry{{}, names_.size(), import.names.size(), context.guard};
  entry.import.kind = import.kind;
  entry.import.line = import.line;
  entry.import.level = import.level;
  entry.import.module = import.module;
  entry.import.alias = import.alias;
  entry.import.anchor = import.anchor;
  entry.import.type_checking = context.type_checking;
  entry.import.scope = scopes_[context.scope].kind;
  names_.insert(names_.end(), import.names.begin(), import.names.end());
  imports_.push_back(std::move(entry));
}

void Found::report(core::Trouble trouble, std::uint32_t line) {
  if (partials_.size() == kMostPartials) return;
  if (!partials_.empty() && partials_.back().trouble == trouble && partials_.back().line == line)
    return;
  partials_.push_back({trouble, line});
}

std::uint32_t Found::open_scope(core::ImportScope kind, std::uint32_t outer) {
  scopes_.push_back({kind, outer});
  return static_cast<std::uint32_t>(scopes_.size() - 1);
}

std::uint32_t Found::open_try(std::uint32_t outer) {
  tries_.push_back({outer, false});
  return static_cast<std::uint32_t>(tries_.size() - 1);
}

std::string Found::take() {
  // A try's number is above its outer one's.
  for (Try& each : tries_) each.guards = each.guards || tries_[each.outer].guards;
  const auto earlier = [](const auto& a, const auto& b) { return a.line < b.line; };
  std::stable_sort(imports_.begin(), imports_.end(),
                   [&](const Entry& a, const Entry& b) { return earlier(a.import, b.import); });
  std::stable_sort(partials_.begin(), partials_.end(), earlier);
  // The body of `if x: body` is read twice.
  const auto same = [](const core::Partial& a, const core::Partial& b) {
    return a.trouble == b.trouble && a.line == b.line;
  };
  partials_.erase(std::unique(partials_.begin(), partials_.end(), same), partials_.end());
  core::ImportWriter writer;
  core::Import import;
  for (Entry& entry : imports_) {
    entry.import.names.swap(import.names);
    import = std::move(entry.import);
    const auto first = names_.begin() + static_cast<std::ptrdiff_t>(entry.first_name);
    import.names.assign(first, first + static_cast<std::ptrdiff_t>(entry.names));
    import.guarded = tries_[entry.guard].guards;
    writer.add(import);
  }
  for (const core::Partial& partial : partials_) writer.add(partial);
  return writer.take();
}

}  // namespace gs::python
