#include "lib/detection/balanced_scopes.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string_view>

#include "lib/core/pattern.h"
#include "lib/core/text.h"

namespace gs::detection {

namespace {

constexpr std::size_t kMostUnits = 300;

// What is not divided further: a folder with all below it, the files directly in one, or a file.
struct Unit {
  enum class Kind { tree, direct, file };
  Kind kind = Kind::tree;
  std::string path;                  // a folder's, without '/' at its end; "" is the top
  std::vector<std::uint32_t> files;  // numbers, in path order
  std::uint64_t bytes = 0;
  bool whole = false;  // cannot be divided
};

class Division {
 public:
  Division(const std::vector<SizedFile>& files, std::size_t wanted) : files_(files) {
    Unit all;
    all.files.resize(files.size());
    std::iota(all.files.begin(), all.files.end(), 0U);
    all.bytes = sum(all.files);
    part_ = all.bytes / std::max<std::size_t>(wanted, 1);
    units_.push_back(std::move(all));
  }

  std::vector<Unit> take() {
    while (units_.size() < kMostUnits) {
      const auto largest = std::ranges::max_element(units_, {}, [](const Unit& unit) {
        return unit.whole ? std::uint64_t{0} : unit.bytes + 1;
      });
      const bool first = units_.size() == 1 && !largest->whole;
      if (largest->whole || (!first && largest->bytes <= part_)) break;
      divide(static_cast<std::size_t>(largest - units_.begin()));
    }
    return std::move(units_);
  }

 private:
  std::uint64_t sum(const std::vector<std::uint32_t>& numbers) const {
    std::uint64_t bytes = 0;
    for (const std::uint32_t number : numbers) bytes += files_[number].bytes;
    return bytes;
  }

  void divide(std::size_t index) {
    std::vector<Unit> parts =
        units_[index].kind == Unit::Kind::tree ? by_folder(units_[index]) : by_file(units_[index]);
    for (Unit& part : parts) part.bytes = sum(part.files);
    if (parts.size() == 1 && parts[0].path == units_[index].path &&
        parts[0].kind == units_[index].kind) {
      units_[index].whole = true;
      return;
    }
    units_.erase(units_.begin() + static_cast<std::ptrdiff_t>(index));
    std::ranges::move(parts, std::back_inserter(units_));
  }

  // Its folders, each with all below it, and the files that are in none of them.
  std::vector<Unit> by_folder(const Unit& unit) const {
    std::map<std::string, Unit> folders;
    Unit direct{Unit::Kind::direct, unit.path, {}, 0, false};
    const std::size_t begin = unit.path.empty() ? 0 : unit.path.size() + 1;
    for (const std::uint32_t number : unit.files) {
      const std::string& path = files_[number].path;
      const std::size_t slash = path.find('/', begin);
      if (slash == path.npos) {
        direct.files.push_back(number);
        continue;
      }
      Unit& below = folders[path.substr(0, slash)];
      below.path = path.substr(0, slash);
      below.files.push_back(number);
    }
    std::vector<Unit> parts;
    if (!direct.files.empty()) parts.push_back(std::move(direct));
    for (auto& [path, folder] : folders) parts.push_back(std::move(folder));
    return parts;
  }

  std::vector<Unit> by_file(const Unit& unit) const {
    if (unit.kind == Unit::Kind::file) return {unit};
    std::vector<Unit> parts;
    for (const std::uint32_t number : unit.files)
      parts.push_back({Unit::Kind::file, files_[number].path, {number}, 0, true});
    return parts;
  }

  const std::vector<SizedFile>& files_;
  std::vector<Unit> units_;
  std::uint64_t part_ = 0;
};

// Groups of units, joined until there are as many as are wanted.
class Joining {
 public:
  Joining(std::vector<Unit> units, std::size_t files, const std::vector<FileImport>& imports)
      : units_(std::move(units)), links_(units_.size(), std::vector<std::size_t>(units_.size())) {
    std::vector<std::size_t> unit_of(files);
    for (std::size_t i = 0; i < units_.size(); ++i) {
      for (const std::uint32_t number : units_[i].files) unit_of[number] = i;
      groups_.push_back({{i}, units_[i].bytes});
    }
    for (const FileImport& import : imports) {
      const std::size_t from = unit_of[import.from], to = unit_of[import.to];
      ++links_[from][to];
      if (from != to) ++links_[to][from];
    }
  }

  void join(std::size_t wanted) {
    std::uint64_t all = 0;
    for (const Unit& unit : units_) all += unit.bytes;
    const std::uint64_t limit = all / std::max<std::size_t>(wanted, 1) * 5 / 4;
    while (groups_.size() > wanted) {
      const auto [a, b] = pair_to_join(limit);
      merge(a, b);
    }
  }

  // The units of each group.
  std::vector<std::vector<Unit>> take() {
    std::vector<std::vector<Unit>> out;
    for (const Group& group : groups_) {
      std::vector<Unit>& units = out.emplace_back();
      for (const std::size_t unit : group.units) units.push_back(units_[unit]);
    }
    return out;
  }

 private:
  struct Group {
    std::vector<std::size_t> units;
    std::uint64_t bytes = 0;
  };

  void merge(std::size_t a, std::size_t b) {
    Group& into = groups_[a];
    into.units.insert(into.units.end(), groups_[b].units.begin(), groups_[b].units.end());
    into.bytes += groups_[b].bytes;
    for (std::size_t i = 0; i < links_.size(); ++i) {
      if (i == a) continue;
      links_[a][i] += links_[b][i];
      links_[i][a] = links_[a][i];
    }
    links_[a][a] += links_[b][b] + links_[a][b];
    erase(b);
  }

  void erase(std::size_t index) {
    const auto at = static_cast<std::ptrdiff_t>(index);
    groups_.erase(groups_.begin() + at);
    links_.erase(links_.begin() + at);
    for (auto& row : links_) row.erase(row.begin() + at);
  }

  std::size_t imports_of(std::size_t group) const {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < groups_.size(); ++i) sum += i == group ? 0 : links_[group][i];
    return sum;
  }

  std::pair<std::size_t, std::size_t> pair_to_join(std::uint64_t limit) const {
    std::vector<std::size_t> degree(groups_.size());
    for (std::size_t i = 0; i < groups_.size(); ++i) degree[i] = imports_of(i);
    std::pair<std::size_t, std::size_t> best{0, 0};
    double most = 0;
    for (std::size_t a = 0; a < groups_.size(); ++a) {
      for (std::size_t b = a + 1; b < groups_.size(); ++b) {
        if (links_[a][b] == 0 || groups_[a].bytes + groups_[b].bytes > limit) continue;
        const double share =
            static_cast<double>(links_[a][b]) / static_cast<double>(std::min(degree[a], degree[b]));
        if (share <= most) continue;
        most = share;
        best = {a, b};
      }
    }
    return most > 0 ? best : two_smallest();
  }

  std::pair<std::size_t, std::size_t> two_smallest() const {
    std::vector<std::size_t> order(groups_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return groups_[i].bytes; });
    return std::minmax(order[0], order[1]);
  }

  std::vector<Unit> units_;
  std::vector<std::vector<std::size_t>> links_;  // imports between groups, both ways together
  std::vector<Group> groups_;
};

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? std::string() : path.substr(0, slash);
}

// Puts a folder in the place of all its parts where a group has all of them.
void fold_folders(std::vector<Unit>& units, const std::vector<SizedFile>& files) {
  for (bool changed = true; changed;) {
    changed = false;
    std::map<std::string, std::vector<std::uint32_t>> below;
    for (const Unit& unit : units) {
      const std::string folder = unit.kind == Unit::Kind::direct ? unit.path : folder_of(unit.path);
      auto& numbers = below[folder];
      numbers.insert(numbers.end(), unit.files.begin(), unit.files.end());
    }
    for (auto& [folder, numbers] : below) {
      const std::string prefix = folder + '/';
      const auto all = std::ranges::count_if(
          files, [&](const SizedFile& file) { return file.path.starts_with(prefix); });
      const bool alone = std::ranges::any_of(units, [&](const Unit& unit) {
        return unit.kind == Unit::Kind::tree && unit.path == folder;
      });
      if (folder.empty() || alone || static_cast<std::size_t>(all) != numbers.size()) continue;
      std::erase_if(units, [&](const Unit& unit) {
        return unit.path.starts_with(prefix) || unit.path == folder;
      });
      std::ranges::sort(numbers);
      units.push_back({Unit::Kind::tree, folder, std::move(numbers), 0, false});
      changed = true;
      break;
    }
  }
}

std::vector<std::string> patterns_of(const Unit& unit, const std::vector<SizedFile>& files) {
  if (unit.kind == Unit::Kind::file) return {core::literal_pattern(unit.path)};
  const std::string folder = unit.path.empty() ? "" : core::literal_pattern(unit.path) + '/';
  if (unit.kind == Unit::Kind::tree) return {folder + "**"};
  std::set<std::string> endings;
  for (const std::uint32_t number : unit.files) {
    const std::string& path = files[number].path;
    endings.insert(folder + '*' + path.substr(path.rfind('.')));
  }
  return {endings.begin(), endings.end()};
}

// The folder that all files are in, with '/' at its end; empty: the top.
std::string common_folder(const std::vector<SizedFile>& files) {
  std::string common = files.front().path;
  for (const SizedFile& file : files) {
    const auto [end, other] = std::ranges::mismatch(common, file.path);
    common.erase(end, common.end());
  }
  return common.substr(0, common.rfind('/') + 1);  // npos + 1 is 0
}

// Seen from a folder, without a file's ending.
std::string label(const Unit& unit, const std::string& folder) {
  if (unit.path.size() < folder.size()) return folder.substr(0, folder.size() - 1);
  const std::string path = unit.path.substr(folder.size());
  if (path.empty()) return "the top";
  return unit.kind == Unit::Kind::file ? path.substr(0, path.rfind('.')) : path;
}

Scope scope_of(std::vector<Unit> units, const std::vector<SizedFile>& files,
               const std::string& folder) {
  fold_folders(units, files);
  Scope scope;
  for (Unit& unit : units) {
    unit.bytes = 0;
    for (const std::uint32_t number : unit.files) unit.bytes += files[number].bytes;
    scope.bytes += unit.bytes;
    scope.files += unit.files.size();
    for (std::string& pattern : patterns_of(unit, files)) scope.patterns.push_back(pattern);
  }
  std::ranges::sort(scope.patterns);
  std::ranges::stable_sort(units, std::greater<>(), &Unit::bytes);
  scope.name = core::listed(
      units, [&](const Unit& unit) { return label(unit, folder); }, 2);
  return scope;
}

void count_imports(std::vector<Scope>& scopes, const std::vector<std::size_t>& scope_of_file,
                   const std::vector<FileImport>& imports) {
  for (const FileImport& import : imports) {
    const std::size_t from = scope_of_file[import.from], to = scope_of_file[import.to];
    if (from == to) {
      ++scopes[from].within;
    } else {
      ++scopes[from].across;
      ++scopes[to].across;
    }
  }
}

}  // namespace

std::vector<Scope> balanced_scopes(const std::vector<SizedFile>& files,
                                   const std::vector<FileImport>& imports, std::size_t wanted) {
  if (files.empty()) return {};
  Joining joining(Division(files, wanted).take(), files.size(), imports);
  joining.join(wanted);
  const std::string folder = common_folder(files);
  std::vector<Scope> scopes;
  std::vector<std::size_t> scope_of_file(files.size());
  for (std::vector<Unit>& units : joining.take()) {
    for (const Unit& unit : units) {
      for (const std::uint32_t number : unit.files) scope_of_file[number] = scopes.size();
    }
    scopes.push_back(scope_of(std::move(units), files, folder));
  }
  count_imports(scopes, scope_of_file, imports);
  std::ranges::stable_sort(scopes, std::greater<>(), &Scope::bytes);
  return scopes;
}

}  // namespace gs::detection
