#include "lib/git/refs/reftable_stack.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/refs/reftable.h"
#include "lib/platform/file.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

constexpr char kList[] = "tables.list";

[[noreturn]] void broken(const std::string& what, const std::string& hint) {
  throw core::Error(core::ExitCode::broken, what, hint);
}

std::vector<std::string> names_in(std::string_view list, const fs::path& folder) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::string_view line = core::take_line(list);
    if (line.empty()) continue;
    if (line.find('/') != line.npos || line.starts_with('.')) {
      broken((folder / kList).string() + " names what is no table: " + core::printable(line),
             "git fsck");
    }
    names.emplace_back(line);
  }
  return names;
}

Ref ref_of(const RefRecord& record, core::ObjectFormat format) {
  if (record.kind == RefRecord::Kind::symbolic) return {{}, std::string(record.value)};
  return {core::ObjectId::from_raw(record.value, format), {}};
}

}  // namespace

struct ReftableStack::Table {
  Table(std::string file, platform::Mapping mapping, const fs::path& path,
        core::ObjectFormat format)
      : name(std::move(file)),
        bytes(std::move(mapping)),
        table(bytes.bytes(), path.string(), core::raw_size(format)) {}

  std::string name;
  platform::Mapping bytes;
  Reftable table;
};

struct ReftableStack::Snapshot {
  platform::Descriptor list;  // open, so that no other list gets its inode
  std::optional<platform::FileStamp> stamp;
  std::vector<std::shared_ptr<const Table>> tables;  // the newest first
};

struct ReftableStack::Cache {
  std::mutex mutex;
  std::shared_ptr<const Snapshot> snapshot;
};

ReftableStack::ReftableStack(fs::path folder, core::ObjectFormat format, bool required)
    : folder_(std::move(folder)),
      format_(format),
      required_(required),
      cache_(std::make_unique<Cache>()) {}
ReftableStack::~ReftableStack() = default;
ReftableStack::ReftableStack(ReftableStack&&) noexcept = default;
ReftableStack& ReftableStack::operator=(ReftableStack&&) noexcept = default;

std::shared_ptr<const ReftableStack::Snapshot> ReftableStack::now() const {
  const std::lock_guard lock(cache_->mutex);
  if (const Snapshot* known = cache_->snapshot.get()) {
    if (known->stamp && platform::file_stamp(folder_ / kList) == known->stamp)
      return cache_->snapshot;
  }
  cache_->snapshot = read(cache_->snapshot.get());
  return cache_->snapshot;
}

// Whoever compacts tables writes the list anew before it removes them: when one is gone, the list
// is another by now.
std::shared_ptr<const ReftableStack::Snapshot> ReftableStack::read(const Snapshot* known) const {
  const fs::path file = folder_ / kList;
  for (std::vector<std::string> before;;) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->list = open_file(file);
    snapshot->stamp = platform::file_stamp(snapshot->list);
    if (!snapshot->stamp && required_)
      broken("the refs in " + folder_.string() + " are gone",
             "git refs migrate may have moved them");
    const std::string list = snapshot->list ? read_all(snapshot->list, file) : std::string();
    const std::vector<std::string> names = names_in(list, folder_);
    const auto open = [&](const std::string& name) -> std::shared_ptr<const Table> {
      for (std::size_t i = 0; known != nullptr && i < known->tables.size(); ++i)
        if (known->tables[i]->name == name) return known->tables[i];
      auto mapping = map_file(folder_ / name);
      return mapping ? std::make_shared<Table>(name, std::move(*mapping), folder_ / name, format_)
                     : nullptr;
    };
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      auto table = open(*name);
      if (!table) break;
      snapshot->tables.push_back(std::move(table));
    }
    if (snapshot->tables.size() == names.size()) return snapshot;
    if (names == before) {
      broken("a ref table is missing: " +
                 (folder_ / core::printable(names[names.size() - 1 - snapshot->tables.size()]))
                     .string(),
             "git fsck; a clone that fetched from here has the branches");
    }
    before = names;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::optional<Ref> ReftableStack::find(const std::string& name) const {
  const std::shared_ptr<const Snapshot> snapshot = now();
  for (const auto& table : snapshot->tables) {
    if (const auto record = table->table.find(name)) {
      if (record->kind == RefRecord::Kind::deleted) return std::nullopt;
      return ref_of(*record, format_);
    }
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, Ref>> ReftableStack::list(const std::string& prefix) const {
  using Entry = std::pair<std::string, std::optional<Ref>>;  // nothing: deleted
  const std::shared_ptr<const Snapshot> snapshot = now();
  std::vector<Entry> merged;
  for (const auto& table : snapshot->tables) {
    std::vector<Entry> older, both;
    table->table.refs_from(prefix, [&](const RefRecord& record) {
      if (!record.name.starts_with(prefix)) return false;
      const bool deleted = record.kind == RefRecord::Kind::deleted;
      older.emplace_back(record.name,
                         deleted ? std::nullopt : std::optional(ref_of(record, format_)));
      return true;
    });
    // Of equal ones it takes the first.
    std::set_union(std::make_move_iterator(merged.begin()), std::make_move_iterator(merged.end()),
                   std::make_move_iterator(older.begin()), std::make_move_iterator(older.end()),
                   std::back_inserter(both),
                   [](const Entry& a, const Entry& b) { return a.first < b.first; });
    merged = std::move(both);
  }
  std::vector<std::pair<std::string, Ref>> refs;
  for (auto& [name, ref] : merged)
    if (ref) refs.emplace_back(std::move(name), std::move(*ref));
  return refs;
}

std::vector<RefMove> ReftableStack::moves_of(const std::string& name) const {
  const std::shared_ptr<const Snapshot> snapshot = now();
  std::map<std::uint64_t, std::optional<RefMove>> moves;  // nothing: taken out of the log
  for (const auto& table : snapshot->tables) {
    table->table.moves_of(name, [&](const LogRecord& record) {
      if (moves.contains(record.update_index)) return;
      std::optional<RefMove>& move = moves[record.update_index];
      if (record.deleted) return;
      move = RefMove{core::ObjectId::from_raw(record.before, format_),
                     core::ObjectId::from_raw(record.after, format_), std::string(record.message)};
      move->message.erase(move->message.find_last_not_of('\n') + 1);
    });
  }
  std::vector<RefMove> result;
  for (auto& [index, move] : moves) {
    // One without ids only says that there is a log.
    if (move && !(move->before.is_zero() && move->after.is_zero()))
      result.push_back(std::move(*move));
  }
  return result;
}

}  // namespace gs::git
