#include "lib/git/settings.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

#include "lib/core/error.h"
#include "lib/git/files.h"
#include "lib/git/run_git.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Section and variable are case-insensitive, what stands between them is not.
bool same_key(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const std::size_t first = a.find('.');
  const std::size_t last = a.rfind('.');
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool exact = first != last && i > first && i < last;
    if (exact ? a[i] != b[i] : lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

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
    if (same_key(*name, key)) found = value;
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
    if (same_key(name, key)) found = value;
  }
  return found;
}

void add_file(git_config* config, const fs::path& path, git_config_level_t level,
              const git_repository* repository) {
  check(git_config_add_file_ondisk(config, path.c_str(), level, repository, 1),
        "cannot read " + path.string());
}

std::vector<std::string> values(git_config* config, const std::string& key) {
  int status = 0;
  const auto iterator = make_handle<ConfigIterator>(status, [&](git_config_iterator** out) {
    return git_config_multivar_iterator_new(out, config, key.c_str(), nullptr);
  });
  std::vector<std::string> result;
  git_config_entry* entry = nullptr;
  while (iterator && git_config_next(&entry, iterator.get()) == 0) {
    result.emplace_back(entry->value != nullptr ? entry->value : "true");
  }
  return result;
}

std::optional<std::string> last_value(git_config* config, const std::string& key) {
  git_config_entry* entry = nullptr;
  if (git_config_get_entry(&entry, config, key.c_str()) < 0) return std::nullopt;
  std::string value = entry->value != nullptr ? entry->value : "true";
  git_config_entry_free(entry);
  return value;
}

Config new_config() {
  int status = 0;
  Config config = make_handle<Config>(status, [](git_config** out) { return git_config_new(out); });
  check(status, "cannot read the configuration");
  return config;
}

// Files themselves are looked at again with every question.
Config as_they_are(const Config& files) {
  int status = 0;
  Config config = make_handle<Config>(
      status, [&](git_config** out) { return git_config_snapshot(out, files.get()); });
  check(status, "cannot read the configuration");
  return config;
}

bool is_as_libgit2_reads(const RefStorage& storage) {
  return storage.kind == RefStorage::Kind::files && !storage.place;
}

// Whether some file is included for some branches only.
bool depends_on_branch(git_config* config) {
  const auto found = [](const git_config_entry*, void*) { return 1; };
  return git_config_foreach_match(config, "^includeif\\.onbranch:", found, nullptr) == 1;
}

fs::path user_config_folder() {
  if (const auto xdg = environment("XDG_CONFIG_HOME")) return *xdg;
  return fs::path(environment("HOME").value_or("/nonexistent")) / ".config";
}

}  // namespace

bool truth(const std::optional<std::string>& value) {
  int flag = 0;
  return value && git_config_parse_bool(&flag, value->c_str()) == 0 && flag != 0;
}

std::optional<std::string> config_from_environment(const std::string& key) {
  if (const auto parameters = environment("GIT_CONFIG_PARAMETERS")) {
    if (auto value = from_parameters(*parameters, key)) return value;
  }
  if (const auto count = environment("GIT_CONFIG_COUNT")) return from_count(*count, key);
  return std::nullopt;
}

namespace {

// The last value of a key in the file itself.
using OwnValues = std::map<std::string, std::string, std::less<>>;

OwnValues own_values(git_config* config) {
  int status = 0;
  const auto iterator = make_handle<ConfigIterator>(
      status, [&](git_config_iterator** out) { return git_config_iterator_new(out, config); });
  check(status, "cannot read the configuration");
  OwnValues values;
  git_config_entry* entry = nullptr;
  while (git_config_next(&entry, iterator.get()) == 0) {
    const std::string_view name = entry->name;
    const bool counts = name.starts_with("extensions.") || name == "core.repositoryformatversion";
    if (counts && entry->level == GIT_CONFIG_LEVEL_LOCAL && entry->include_depth == 0)
      values.insert_or_assign(std::string(name), entry->value != nullptr ? entry->value : "true");
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
  Config local, all;
  bool all_by_git = false;  // known with `all`
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

git_config* Settings::repository_files() const {
  if (cache_->local) return cache_->local.get();
  const Config files = new_config();
  add_file(files.get(), common_dir_ / "config", GIT_CONFIG_LEVEL_LOCAL, nullptr);
  cache_->worktree_config = truth(last_value(files.get(), "extensions.worktreeconfig"));
  cache_->format = read_format(own_values(files.get()));
  // Level APP stands above LOCAL: the worktree's own file has the last word.
  if (const auto file = worktree_file())
    add_file(files.get(), *file, GIT_CONFIG_LEVEL_APP, nullptr);
  cache_->local = as_they_are(files);
  return cache_->local.get();
}

std::optional<fs::path> Settings::worktree_file() const {
  if (!cache_->worktree_config) return std::nullopt;
  return git_dir_ / "config.worktree";
}

git_config* Settings::all_files() const {
  if (cache_->all) return cache_->all.get();
  repository_files();
  // Only conditional includes need a repository; without one they are passed over.
  int status = 0;
  const auto repository = make_handle<RepositoryHandle>(status, [&](git_repository** out) {
    return git_repository_open_ext(out, git_dir_.c_str(),
                                   GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT,
                                   nullptr);
  });
  Config config = new_config();
  const auto add = [&](const fs::path& path, git_config_level_t level) {
    add_file(config.get(), path, level, repository.get());
  };
  if (!truth(environment("GIT_CONFIG_NOSYSTEM"))) {
    add(environment("GIT_CONFIG_SYSTEM").value_or("/etc/gitconfig"), GIT_CONFIG_LEVEL_SYSTEM);
  }
  if (const char* global = std::getenv("GIT_CONFIG_GLOBAL")) {
    if (*global != '\0') add(global, GIT_CONFIG_LEVEL_GLOBAL);
  } else {
    add(user_config_folder() / "git/config", GIT_CONFIG_LEVEL_XDG);
    if (const auto home = environment("HOME"))
      add(fs::path(*home) / ".gitconfig", GIT_CONFIG_LEVEL_GLOBAL);
  }
  add(common_dir_ / "config", GIT_CONFIG_LEVEL_LOCAL);
  if (const auto file = worktree_file()) add(*file, GIT_CONFIG_LEVEL_APP);
  // libgit2 would take HEAD's file for the branch.
  cache_->all_by_git = !is_as_libgit2_reads(cache_->format.refs) && depends_on_branch(config.get());
  cache_->all = std::move(config);
  return cache_->all.get();
}

std::optional<std::string> Settings::local(const std::string& key) const {
  if (auto value = config_from_environment(key)) return value;
  const std::lock_guard lock(cache_->mutex);
  return last_value(repository_files(), key);
}

std::vector<std::string> Settings::local_values(const std::string& key) const {
  const std::lock_guard lock(cache_->mutex);
  return values(repository_files(), key);
}

std::optional<std::string> Settings::of_main_worktree(const std::string& key) const {
  const std::lock_guard lock(cache_->mutex);
  git_config* own = repository_files();
  if (git_dir_ == common_dir_ || !cache_->worktree_config) return last_value(own, key);
  if (!cache_->main) cache_->main = std::make_unique<Settings>(common_dir_, common_dir_);
  return cache_->main->of_main_worktree(key);
}

std::optional<std::string> Settings::any(const std::string& key) const {
  if (auto value = config_from_environment(key)) return value;
  const std::lock_guard lock(cache_->mutex);
  git_config* config = all_files();
  if (!cache_->all_by_git) return last_value(config, key);
  process::Result result = run_git(git_dir_, {"config", "--null", "--get", key});
  if (result.status != 0 || result.output.empty()) return std::nullopt;
  result.output.pop_back();
  return std::move(result.output);
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

// Where a fetch with this refspec puts the remote's ref; nothing when it leaves it alone.
std::optional<std::string> tracked(const std::string& text, const std::string& ref) {
  int status = 0;
  const auto refspec = make_handle<Refspec>(
      status, [&](git_refspec** out) { return git_refspec_parse(out, text.c_str(), 1); });
  if (!refspec || git_refspec_src_matches(refspec.get(), ref.c_str()) == 0) return std::nullopt;
  git_buf name = GIT_BUF_INIT;
  std::optional<std::string> result;
  if (git_refspec_transform(&name, refspec.get(), ref.c_str()) == 0 && name.size > 0)
    result = std::string(name.ptr, name.size);
  git_buf_dispose(&name);
  return result;
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
