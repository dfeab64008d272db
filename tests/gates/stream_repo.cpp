#include "tests/gates/stream_repo.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <ostream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace gs::test {

namespace fs = std::filesystem;

std::string two_streams(const std::string& more) {
  return R"(version: 1
integration_branch: develop
streams:
  E:
    name: Models
    agents:
      E1: {scope: Risk models, files: ["models/**"]}
  F:
    name: LLM
    agents:
      F1: {scope: Sentiment, files: ["llm/sentiment*.py", "llm/agents/"]}
      F2: {scope: News, files: ["llm/news*.py"]}
shared: ["tests/**", "docs/**"]
protected: [".streams.yaml"]
)" + more +
         // Nobody's types and tests are what these tests are about.
         (more.find("validate:") == more.npos ? "validate: []\n" : "");
}

void PrintTo(const Said& said, std::ostream* out) {
  *out << "exit " << said.status << (said.moved ? ", HEAD moved" : "")
       << "\nstdout: " << said.output << "\nstderr: " << said.errors;
}

Place Place::in(const fs::path& folder) const {
  Place place = *this;
  place.path_ /= folder;
  return place;
}

Place Place::with(const std::string& variable) const {
  Place place = *this;
  place.variables_.push_back(variable);
  return place;
}

namespace {

// wait_for CONDITION: until that shell line succeeds, for a minute or more. On the script's first
// line.
constexpr char kWaitFor[] =
    "wait_for() { n=0; until eval \"$1\"; do n=$((n+1)); "
    "[ $n -lt 3000 ] || { echo \"in vain: $1\" >&2; exit 9; }; sleep 0.02; done; }; ";

std::string first_line(const fs::path& file) {
  std::string line;
  std::ifstream in(file);
  std::getline(in, line);
  return line;
}

// What HEAD is at, where a loose ref or HEAD itself says so: of two processes for each script that
// a test runs, tests take a fifth of their time. Empty: git knows.
std::string loose_head(const fs::path& worktree) {
  fs::path git_dir = worktree / ".git";
  if (!fs::is_directory(git_dir)) {
    const std::string link = first_line(git_dir);
    if (!link.starts_with("gitdir: ")) return {};
    git_dir = worktree / link.substr(8);
  }
  const std::string head = first_line(git_dir / "HEAD");
  if (!head.starts_with("ref: ")) return head;
  const std::string common = first_line(git_dir / "commondir");
  return first_line(git_dir / common / head.substr(5));
}

std::string environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

}  // namespace

Said Place::sh(const std::string& script) const {
  std::vector<std::string> set{"PATH=" + environment("GITSTREAM_BUILD", GS_BUILD_DIR) +
                               "/bin:" + environment("PATH", "")};
  set.insert(set.end(), variables_.begin(), variables_.end());
  const auto head = [&] {
    const std::string loose = loose_head(path_);
    if (!loose.empty()) return loose + "\n";
    return repo_->run_in(path_, {"git", "rev-parse", "-q", "--verify", "HEAD"}).output;
  };
  Said said;
  const std::string before = head();
  static_cast<process::Result&>(said) = repo_->run_in(path_, {"sh", "-ec", kWaitFor + script}, set);
  said.moved = head() != before;
  return said;
}

std::string Place::must(const std::string& script) const {
  const Said said = sh(script);
  if (said.status != 0) {
    std::ostringstream text;
    PrintTo(said, &text);
    throw std::runtime_error(script + "\n" + text.str());
  }
  return said.output;
}

void Place::unjudged(const std::string& command) const {
  must("git -c core.hooksPath=/dev/null " + command + " -q");
}

void Place::write(std::string_view relative, std::string_view content) const {
  const fs::path file = path_ / relative;
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << content;
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

std::string Place::read(std::string_view relative) const {
  std::ifstream in(path_ / relative, std::ios::binary);
  std::ostringstream text;  // not character by character: a file may have fifty megabytes
  text << in.rdbuf();
  return text.str();
}

bool Place::has(std::string_view relative) const {
  return fs::exists(fs::symlink_status(path_ / relative));
}

Said Place::commit(std::string_view relative, std::string_view content) const {
  write(relative, content);
  must("git add -- " + word(relative));
  return sh("git commit -q -m change");
}

// What a StreamRepo of a policy begins as, and what an agent's worktree of it does: made once in
// this process, and copied. Only two files know where they are.
class StreamRepo::Original {
 public:
  static const Original& of(const std::string& policy) {
    static std::map<std::string, Original> all;
    const auto found = all.find(policy);
    return found != all.end() ? found->second : all.try_emplace(policy, policy).first->second;
  }

  explicit Original(const std::string& policy) : start_(new StreamRepo(Unmade{})) {
    start_->make(policy);
  }
  const fs::path& path() const { return start_->path(); }

  // Whether git and git-stream would make an agent's worktree of this repository as of the
  // original.
  bool is_like(const StreamRepo& repo) const {
    const auto same = [&](const char* file) {
      return repo.read(file) == with_path_of(repo, start_->read(file));
    };
    return same(".streams.yaml") && same(".git/config") && same(".git/HEAD") &&
           same(".git/refs/heads/develop") && same(".git/packed-refs") &&
           same(".git/hooks/pre-commit") && same(".git/hooks/reference-transaction") &&
           (!in_tables(repo) || tip(repo) == tip(*start_));
  }

  // A text of the original's, such as a hook's, as it is in this copy.
  std::string with_path_of(const StreamRepo& repo, std::string text) const {
    const std::string from = path().string(), to = repo.path().string();
    for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
      text.replace(at, from.size(), to);
    return text;
  }

  // The hooks of a copy start its own program.
  void move_hooks(const StreamRepo& repo) const {
    for (const auto& entry : fs::directory_iterator(path() / ".git/hooks")) {
      const std::string name = ".git/hooks/" + entry.path().filename().string();
      const std::string text = start_->read(name), moved = with_path_of(repo, text);
      if (moved != text) repo.TempRepo::write(name, moved);
    }
  }

  // FOLDER/NAME and what its repository has of it.
  void copy_agent(const std::string& name, const StreamRepo& repo) const {
    std::unique_ptr<StreamRepo>& with = with_agent_[name];
    if (with == nullptr) {
      with.reset(new StreamRepo(Unmade{}, path()));
      move_hooks(*with);
      with->git({"update-index", "-q", "--refresh"});
      with->make_agent(name);
    }
    std::vector<std::string> parts{".git/worktrees/" + name, "../" + name};
    if (in_tables(repo)) {
      repo.git({"-c", "core.hooksPath=/dev/null", "branch", "-q", "--no-track", "work-" + name,
                "develop"});
    } else {
      parts.push_back(".git/refs/heads/work-" + name);
      parts.push_back(".git/logs/refs/heads/work-" + name);
    }
    for (const std::string& part : parts) {
      fs::create_directories((repo.path() / part).parent_path());
      fs::copy(with->path() / part, repo.path() / part,
               fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    }
    const fs::path entry = repo.path() / ".git/worktrees" / name, tree = repo.folder() / name;
    repo.write(".git/worktrees/" + name + "/gitdir", (tree / ".git").string() + "\n");
    repo.write("../" + name + "/.git", "gitdir: " + entry.string() + "\n");
    fs::remove(tree / ".claude/state");
    fs::create_symlink(repo.path() / ".git/stream/state", tree / ".claude/state");
    repo.git_in(tree, {"update-index", "-q", "--refresh"});
  }

 private:
  static bool in_tables(const StreamRepo& repo) {
    return fs::exists(repo.path() / ".git/reftable");
  }
  static std::string tip(const StreamRepo& repo) { return repo.git({"rev-parse", "develop"}); }

  std::unique_ptr<StreamRepo> start_;
  mutable std::map<std::string, std::unique_ptr<StreamRepo>> with_agent_;
};

StreamRepo::StreamRepo(const std::string& policy)
    : TempRepo(Copy::of, Original::of(policy).path()), original_(&Original::of(policy)) {
  original_->move_hooks(*this);
  git({"update-index", "-q", "--refresh"});
}

void StreamRepo::make(const std::string& policy) const {
  write(".streams.yaml", policy);
  for (const char* file : {"llm/sentiment.py", "llm/news.py", "llm/agents/base.py",
                           "models/risk.py", "tests/test_llm.py", "docs/guide.md", "setup.py"}) {
    TempRepo::write(file, std::string("# ") + file + "\nfirst = 1\nsecond = 2\nthird = 3\n");
  }
  commit_all("Start");
  owner().must("git stream init");
}

Place StreamRepo::worktree(const std::string& name, const std::string& branch) const {
  owner().must("git worktree add -q --no-track -b " + branch + " ../" + name + " develop");
  return Place(*this, folder() / name);
}

Place StreamRepo::agent(const std::string& name) const {
  if (!original_->is_like(*this)) return make_agent(name);
  original_->copy_agent(name, *this);
  return Place(*this, folder() / name);
}

Place StreamRepo::make_agent(const std::string& name) const {
  Place place = worktree(name, "work-" + name);
  place.must("git stream install --agent " + name);
  return place;
}

void StreamRepo::set_policy(const std::string& policy) const {
  write(".streams.yaml", policy);
  git({"commit", "-q", "--no-verify", "-m", "Policy", "--", ".streams.yaml"});
}

std::string StreamRepo::state(std::string_view file) const {
  return read(".claude/state/" + std::string(file));
}

void StreamRepo::write_state(std::string_view file, std::string_view content) const {
  write(".claude/state/" + std::string(file), content);
}

std::string StreamRepo::log(const std::string& arguments) const {
  return without_times(owner().must("git stream log " + arguments));
}

std::string StreamRepo::locks() const {
  return without_times(owner().must("git stream locks"));
}

std::string json_of(const Place& place, const std::string& command, const std::string& expression) {
  const std::string script =
      "import json,sys\nd = json.load(sys.stdin)\nassert d[\"schema\"] == 1\n" +
      ("print(" + expression + ")");
  return place.must("git stream " + command + " --json | python3 -c " + word(script));
}

std::string word(std::string_view path) {
  std::string text = "'";
  for (const char c : path) c == '\'' ? text += "'\\''" : text += c;
  return text + "'";
}

std::string without_times(std::string text) {
  static const std::pair<std::regex, std::string> kRules[] = {
      {std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"), "TIME"},
      {std::regex(R"((\d{4}-\d\d-\d\d )\d\d:\d\d:\d\d)"), "TIME"},
      {std::regex(R"(until (\d{4}-\d\d-\d\d )?\d\d:\d\d \(\d+ \w+( \d+ min)?\))"), "until TIME"},
      {std::regex(R"(--wait \d+\w)"), "--wait LONG"},
      {std::regex(R"(\b[0-9a-f]{10}\b)"), "COMMIT"}};
  for (const auto& [pattern, replacement] : kRules)
    text = std::regex_replace(text, pattern, replacement);
  return text;
}

Findings findings_said(const std::string& errors, const std::string& who, const std::string& what) {
  Findings found;
  std::istringstream lines(without_times(errors));
  std::string line, next;
  if (!std::getline(lines, line) || line != "git-stream: " + what + " blocked for " + who)
    found.push_back("NO HEADER: " + line);
  while (std::getline(lines, line)) {
    const bool finding = line.starts_with("  ") && line.size() > 2 && line[2] != ' ';
    found.push_back(finding ? line.substr(2) : "NO FINDING: " + line);
    if (!std::getline(lines, next) || !next.starts_with("    next: git "))
      found.push_back("NO NEXT STEP: " + next);
  }
  return found;
}

Findings findings_among(const std::string& errors, const std::string& who,
                        const std::string& what) {
  const std::size_t start = std::min(errors.find("git-stream: "), errors.size());
  std::size_t end = errors.find('\n', start);
  while (end != errors.npos && errors.compare(end + 1, 2, "  ") == 0)
    end = errors.find('\n', end + 1);
  return findings_said(errors.substr(start, end == errors.npos ? end : end + 1 - start), who, what);
}

bool is_one_complaint(const std::string& errors) {
  const bool named = errors.starts_with("git-stream: ") && errors.ends_with('\n');
  const std::size_t end = errors.find('\n');
  const std::string rest = named ? errors.substr(end + 1) : "?";
  return rest.empty() || (rest.starts_with("  next: ") && rest.find('\n') == rest.size() - 1);
}

}  // namespace gs::test
