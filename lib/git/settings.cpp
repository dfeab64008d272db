#include "lib/git/settings.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

#include "lib/core/wildmatch.h"
#include "lib/git/files.h"
#include "lib/git/run_git.h"

namespace gs::git {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

namespace {

// One word in single quotes as git's sq_quote writes it ('\'' and '\!' leave the quotes); nothing
// at the end of the text or when it is malformed.
std::optional<std::string> take_quoted(std::string_view& rest) {
  if (!rest.starts_with('\'')) return std::nullopt;
  std::string word;
  rest.remove_prefix(1);
  while (true) {
    const std::size_t end = rest.find('\'');
    if (end == rest.npos) return std::nullopt;
    word += rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (rest.size() < 3 || rest[0] != '\\' || rest[2] != '\'') return word;
    word += rest[1];
    rest.remove_prefix(3);
  }
}

// GIT_CONFIG_PARAMETERS: 'key=value' (to git 2.30) or 'key'='value', separated by spaces.
std::optional<std::string> from_parameters(std::string_view rest, std::string_view key) {
  std::optional<std::string> found;
  while (!rest.empty()) {
    if (rest.front() == ' ') {
      rest.remove_prefix(1);
      continue;
    }
    std::optional<std::string> name = take_quoted(rest);
    if (!name) return found;
    std::string value = "true";  // a key alone is true
    if (rest.starts_with('=')) {
      rest.remove_prefix(1);
      value = take_quoted(rest).value_or("");
    } else if (const std::size_t equals = name->find('='); equals != name->npos) {
      value = name->substr(equals + 1);
      name->resize(equals);
    }
    if (same_config_key(*name, key)) found = value;
  }
  return found;
}

std::optional<std::string> from_count(const std::string& count, std::string_view key) {
  std::optional<std::string> found;
  const long number = std::strtol(count.c_str(), nullptr, 10);
  for (long i = 0; i < number; ++i) {
    const char* name = std::getenv(("GIT_CONFIG_KEY_" + std::to_string(i)).c_str());
    const char* value = std::getenv(("GIT_CONFIG_VALUE_" + std::to_string(i)).c_str());
    if (name == nullptr || value == nullptr) break;
    if (same_config_key(name, key)) found = value;
  }
  return found;
}

std::optional<std::string> last_value(const ConfigEntries& entries, std::string_view key) {
  const auto of_key = [&](const ConfigEntry& entry) { return same_config_key(entry.key, key); };
  const auto last = std::find_if(entries.rbegin(), entries.rend(), of_key);
  return last != entries.rend() ? std::optional(last->value) : std::nullopt;
}

}  // namespace

fs::path user_config_folder() {
  if (const auto xdg = environment("XDG_CONFIG_HOME")) return *xdg;
  return fs::path(environment("HOME").value_or("/nonexistent")) / ".config";
}

// git_parse_maybe_bool: a word, or a number with or without its unit.
bool truth(const std::optional<std::string>& value) {
  if (!value || value->empty()) return false;
  for (const std::string_view word : {"true", "yes", "on"}) {
    if (core::same_text(*value, word, true)) return true;
  }
  char* end = nullptr;
  const long number = std::strtol(value->c_str(), &end, 0);
  const std::string_view unit(end);
  const bool counts = unit.empty() || (unit.size() == 1 && "kmg"sv.find(core::fold_case(unit[0])) !=
                                                               std::string_view::npos);
  return number != 0 && counts;
}

std::optional<std::string> config_from_environment(const std::string& key) {
  if (const auto parameters = environment("GIT_CONFIG_PARAMETERS")) {
    if (auto value = from_parameters(*parameters, key)) return value;
  }
  if (const auto count = environment("GIT_CONFIG_COUNT")) return from_count(*count, key);
  return std::nullopt;
}

namespace {

// What decides of the format, in the file itself: the last value of each key.
using OwnValues = std::map<std::string, std::string, std::less<>>;

OwnValues own_values(const ConfigEntries& entries) {
  OwnValues values;
  for (const auto& [key, value, included] : entries) {
    const bool counts = key.starts_with("extensions.") || key == "core.repositoryformatversion";
    if (counts && !included) values.insert_or_assign(key, value);
  }
  return values;
}

// Extensions that change nothing in what is read here, or that are read where they count; git
// 2.39 to 2.55 has them (technical/repository-version, git-config(1)).
bool is_harmless(std::string_view extension) {
  constexpr std::array<std::string_view, 8> kKnown{"compatobjectformat",
                                                   "noop",
                                                   "noop-v1",
                                                   "partialclone",
                                                   "preciousobjects",
                                                   "relativeworktrees",
                                                   "submodulepathconfig",
                                                   "worktreeconfig"};
  return std::ranges::find(kKnown, extension) != kKnown.end();
}

RepositoryFormat read_format(const OwnValues& values) {
  RepositoryFormat format;
  constexpr std::string_view kExtensions = "extensions.", kVersion = "core.repositoryformatversion";
  const auto version = values.find(kVersion);
  const bool extended = version != values.end() && version->second != "0";
  const auto unknown = [&](const auto& entry) {
    format.unknown = entry.first + " = " + entry.second;
  };
  if (extended && version->second != "1") unknown(*version);
  for (const auto& entry : values) {
    if (!entry.first.starts_with(kExtensions)) continue;
    const std::string_view name = std::string_view(entry.first).substr(kExtensions.size());
    if (name == "objectformat" && entry.second == "sha256") {
      format.objects = core::ObjectFormat::sha256;
    } else if (name == "refstorage") {
      const auto storage = parse_ref_storage(entry.second);
      if (!storage) unknown(entry);
      format.refs = storage.value_or(RefStorage{});
    } else if (name == "objectformat" ? entry.second != "sha1" : extended && !is_harmless(name)) {
      unknown(entry);
    }
  }
  format.refs.ids = format.objects;
  return format;
}

}  // namespace

// What was read, and the lock that whoever looks into it holds.
struct Settings::Cache {
  std::mutex mutex;
  std::optional<ConfigEntries> local;
  std::optional<ConfigFiles> all;
  // These are known with `local`, and from the common file alone, as git has them.
  bool worktree_config = false;  // extensions.worktreeConfig
  RepositoryFormat format;
  std::unique_ptr<Settings> main;
};

Settings::Settings(fs::path git_dir, fs::path common_dir)
    : git_dir_(std::move(git_dir)),
      common_dir_(std::move(common_dir)),
      cache_(std::make_unique<Cache>()) {}
Settings::~Settings() = default;
Settings::Settings(Settings&&) noexcept = default;
Settings& Settings::operator=(Settings&&) noexcept = default;

const ConfigEntries& Settings::repository_files() const {
  if (cache_->local) return *cache_->local;
  ConfigFiles files(std::nullopt);
  files.add(common_dir_ / "config");
  cache_->worktree_config = truth(last_value(files.entries(), "extensions.worktreeconfig"));
  cache_->format = read_format(own_values(files.entries()));
  if (const auto file = worktree_file()) files.add(*file);
  return cache_->local.emplace(files.entries());
}

std::optional<fs::path> Settings::worktree_file() const {
  if (!cache_->worktree_config) return std::nullopt;
  return git_dir_ / "config.worktree";
}

const ConfigFiles& Settings::all_files() const {
  if (cache_->all) return *cache_->all;
  repository_files();
  ConfigFiles files(git_dir_);
  if (!truth(environment("GIT_CONFIG_NOSYSTEM")))
    files.add(environment("GIT_CONFIG_SYSTEM").value_or("/etc/gitconfig"));
  if (const char* global = std::getenv("GIT_CONFIG_GLOBAL")) {
    if (*global != '\0') files.add(global);
  } else {
    files.add(user_config_folder() / "git/config");
    if (const auto home = environment("HOME")) files.add(fs::path(*home) / ".gitconfig");
  }
  files.add(common_dir_ / "config");
  if (const auto file = worktree_file()) files.add(*file);
  return cache_->all.emplace(std::move(files));
}

std::optional<std::string> Settings::local(const std::string& key) const {
  if (auto value = config_from_environment(key)) return value;
  const std::lock_guard lock(cache_->mutex);
  return last_value(repository_files(), key);
}

std::vector<std::string> Settings::local_values(const std::string& key) const {
  const std::lock_guard lock(cache_->mutex);
  std::vector<std::string> values;
  for (const ConfigEntry& entry : repository_files()) {
    if (same_config_key(entry.key, key)) values.push_back(entry.value);
  }
  return values;
}

std::optional<std::string> Settings::of_main_worktree(const std::string& key) const {
  const std::lock_guard lock(cache_->mutex);
  const ConfigEntries& own = repository_files();
  if (git_dir_ == common_dir_ || !cache_->worktree_config) return last_value(own, key);
  if (!cache_->main) cache_->main = std::make_unique<Settings>(common_dir_, common_dir_);
  return cache_->main->of_main_worktree(key);
}

std::optional<std::string> Settings::any(const std::string& key) const {
  if (auto value = config_from_environment(key)) return value;
  const std::lock_guard lock(cache_->mutex);
  const ConfigFiles& files = all_files();
  if (!files.undecided()) return last_value(files.entries(), key);
  process::Result result = run_git(git_dir_, {"config", "--null", "--get", key});
  if (result.status != 0 || result.output.empty()) return std::nullopt;
  result.output.pop_back();
  return std::move(result.output);
}

std::optional<ConfigEntries> Settings::all() const {
  if (environment("GIT_CONFIG_PARAMETERS") || environment("GIT_CONFIG_COUNT")) return std::nullopt;
  const std::lock_guard lock(cache_->mutex);
  const ConfigFiles& files = all_files();
  return files.undecided() ? std::nullopt : std::optional(files.entries());
}

RepositoryFormat Settings::format() const {
  const std::lock_guard lock(cache_->mutex);
  repository_files();
  return cache_->format;
}

std::optional<RefStorage> parse_ref_storage(std::string_view text) {
  constexpr std::string_view kBeforePlace = "://";
  RefStorage storage;
  const std::size_t end = text.find(kBeforePlace);
  const std::string_view name = text.substr(0, end);
  if (name == "reftable") {
    storage.kind = RefStorage::Kind::reftable;
  } else if (name != "files") {
    return std::nullopt;
  }
  if (end == text.npos) return storage;
  storage.place = text.substr(end + kBeforePlace.size());
  return storage.place->empty() ? std::nullopt : std::optional(storage);
}

namespace {

// Where a fetch with this refspec, "+refs/heads/*:refs/remotes/origin/*", puts the remote's ref;
// nothing when it leaves it alone.
std::optional<std::string> tracked(std::string_view refspec, std::string_view ref) {
  if (refspec.starts_with('+')) refspec.remove_prefix(1);
  const std::size_t colon = refspec.find(':');
  if (colon == refspec.npos || colon + 1 == refspec.size()) return std::nullopt;
  const std::string_view from = refspec.substr(0, colon), to = refspec.substr(colon + 1);
  const std::size_t star = from.find('*'), there = to.find('*');
  if (star == from.npos) return from == ref ? std::optional(std::string(to)) : std::nullopt;
  const std::string_view before = from.substr(0, star), after = from.substr(star + 1);
  if (there == to.npos || ref.size() < before.size() + after.size() || !ref.starts_with(before) ||
      !ref.ends_with(after))
    return std::nullopt;
  const std::string_view part = ref.substr(star, ref.size() - before.size() - after.size());
  return std::string(to.substr(0, there)).append(part).append(to.substr(there + 1));
}

}  // namespace

std::optional<std::string> upstream_of(const Settings& settings, const std::string& branch) {
  const std::optional<std::string> remote = settings.local("branch." + branch + ".remote");
  const std::optional<std::string> merge = settings.local("branch." + branch + ".merge");
  if (!remote || !merge || merge->empty()) return std::nullopt;
  if (*remote == ".") return merge;
  std::optional<std::string> result;
  for (const std::string& refspec : settings.local_values("remote." + *remote + ".fetch")) {
    // "^pattern" takes refs out of what the others fetch.
    const bool negative = refspec.starts_with('^');
    if (negative && tracked(refspec.substr(1) + ":" + refspec.substr(1), *merge))
      return std::nullopt;
    if (!negative && !result) result = tracked(refspec, *merge);
  }
  return result;
}

}  // namespace gs::git
