// What git is about to do behind the gates' backs, or to files.

#include <algorithm>
#include <array>
#include <cctype>

#include "lib/agents/shell/shell_files.h"
#include "lib/agents/shell/shell_scene.h"
#include "lib/app/enrolment.h"
#include "lib/core/policy.h"
#include "lib/core/text.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;
using Words = std::span<const Word>;
using core::Rule;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool sets_hooks_path(std::string_view setting) {
  return lower(setting.substr(0, setting.find('='))) == "core.hookspath";
}

void refuse_hooks_path(ShellScene& scene) {
  scene.refuse(Rule::protected_path, "core.hooksPath", "would leave out the hooks that judge",
               kPerson);
}

// As git takes abbreviated options: any beginning that no other option has.
bool abbreviates(std::string_view word, std::string_view option, std::size_t least) {
  return word.size() >= least && option.starts_with(word);
}

// Whether the short option stands in a cluster, before one that takes the rest as its value.
bool has_short(std::string_view word, char letter, std::string_view with_value) {
  if (word.size() < 2 || word[0] != '-' || word[1] == '-') return false;
  for (const char c : word.substr(1)) {
    if (c == letter) return true;
    if (with_value.find(c) != with_value.npos) return false;
  }
  return false;
}

// A value that stands as a word of its own looks like an option to nobody.
template <class Look>
void each_option(Words words, std::string_view with_value, const Look& look) {
  for (std::size_t i = 1; i < words.size() && words[i].text != "--"; ++i) {
    const std::string& text = words[i].text;
    look(text);
    const bool cluster = text.size() > 1 && text[0] == '-' && text[1] != '-';
    const bool long_value = text == "--message" || text == "--file" || text == "--author" ||
                            text == "--date" || text == "--template";
    if (long_value || (cluster && with_value.find(text.back()) != with_value.npos &&
                       !has_short(text.substr(0, text.size() - 1), text.back(), "")))
      ++i;
  }
}

void no_verify(ShellScene& scene, Words words, const std::string& command) {
  const bool commits = command == "commit";
  bool found = false;
  each_option(words, commits ? "mFCct" : "msXSo", [&](const std::string& text) {
    constexpr std::size_t kLeast = sizeof "--no-veri" - 1;  // --no-verb… is --no-verbose
    found = found || abbreviates(text, "--no-verify", kLeast) ||
            (commits && has_short(text, 'n', "mFCctuS"));
  });
  if (!found) return;
  scene.refuse(Rule::protected_path, "git " + command + " --no-verify", "would go round the gates",
               "git " + command);
}

std::string own_stream(app::Session& session) {
  const auto& stream = session.identity().stream;
  return stream ? stream->str() : "";
}

void push_to(ShellScene& scene, std::string branch) {
  constexpr std::string_view kHeads = "refs/heads/";
  if (branch.starts_with(kHeads)) branch.erase(0, kHeads.size());
  const auto stream = core::stream_of_branch(scene.session().policy(), core::BranchName(branch));
  if (!stream || stream->str() == own_stream(scene.session())) return;
  scene.refuse(Rule::scope, branch, "is the branch of stream " + stream->str(),
               "git push origin HEAD");
}

void push(ShellScene& scene, Words words) {
  for (const Word& word : words.subspan(1)) {
    if (word.text == "--all" || word.text == "--mirror" || word.text == "--branches")
      return scene.refuse(Rule::scope, "git push " + word.text, "pushes the branches of others too",
                          "git push origin HEAD");
  }
  const std::vector<Word> all = operands(words, "o");
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (!all[i].exact) continue;
    const std::string& text = all[i].text;
    const std::size_t colon = text.find(':');
    const std::size_t plus = text.starts_with('+') ? 1 : 0;
    push_to(scene, text.substr(colon == text.npos ? plus : colon + 1));
  }
}

void stash(ShellScene& scene, Words words) {
  constexpr std::array<std::string_view, 4> kReading{"list", "show", "create", "-h"};
  const std::vector<Word> all = operands(words, "");
  if (!all.empty() && std::find(kReading.begin(), kReading.end(), all[0].text) != kReading.end())
    return;
  if (scene.session().repository().worktrees().size() < 2) return;
  scene.refuse(Rule::scope, "git stash",
               "is one stack for all worktrees: what is on it can be another agent's",
               "git commit -m 'Work in progress'");
}

void config(ShellScene& scene, Words words) {
  constexpr std::array<std::string_view, 5> kReading{"--get", "--get-all", "--list", "-l", "get"};
  bool named = false, reads = false;
  std::size_t count = 0;
  for (const Word& word : words.subspan(1)) {
    named = named || sets_hooks_path(word.text) || lower(word.text) == "core";
    reads = reads || std::find(kReading.begin(), kReading.end(), word.text) != kReading.end();
    if (!word.text.starts_with('-')) ++count;
  }
  const bool removes = std::any_of(words.begin(), words.end(), [](const Word& word) {
    return word.text.starts_with("--unset") || word.text == "unset" ||
           word.text == "--remove-section" || word.text == "remove-section";
  });
  if (named && !reads && (count > 1 || removes)) refuse_hooks_path(scene);
}

struct Git {
  ShellScene& scene;
  std::optional<fs::path> folder;
};

void touch_all(const Git& git, const std::vector<Word>& files) {
  for (const Word& file : files) git.scene.touch_in(git.folder, file);
}

// `git checkout [REV] -- PATH…`: without "--" a word may be a branch.
void checkout(const Git& git, Words words) {
  const auto dashes =
      std::find_if(words.begin(), words.end(), [](const Word& word) { return word.text == "--"; });
  if (dashes == words.end()) return;
  touch_all(git, std::vector<Word>(dashes + 1, words.end()));
}

void restore(const Git& git, Words words) {
  bool staged = false, worktree = false;
  for (const Word& word : words) {
    staged = staged || word.text == "--staged" || has_short(word.text, 'S', "s");
    worktree = worktree || word.text == "--worktree" || has_short(word.text, 'W', "s");
  }
  constexpr std::array<std::string_view, 2> kLong{"--source", "--pathspec-from-file"};
  if (!staged || worktree) touch_all(git, operands(words, "s", kLong));
}

void remove(const Git& git, Words words) {
  const bool dry = std::any_of(words.begin(), words.end(), [](const Word& word) {
    return word.text == "-n" || word.text == "--dry-run";
  });
  if (!dry) touch_all(git, operands(words, ""));
}

// The last name may be a folder's, into which the others go.
void move(const Git& git, Words words) {
  std::vector<Word> sources = operands(words, "");
  if (sources.size() < 2) return;
  const Word target = sources.back();
  sources.pop_back();
  touch_all(git, sources);
  git.scene.put_into(git.folder, target, sources);
}

// `git stream` as a person uses it: identities, other people's locks.
void stream(ShellScene& scene, Words words) {
  if (words.size() < 2) return;
  const std::string& command = words[1].text;
  const auto has = [&](std::string_view option) {
    return std::any_of(words.begin(), words.end(), [&](const Word& word) {
      return word.text == option || word.text.starts_with(std::string(option) + "=");
    });
  };
  const std::string what = "git stream " + command;
  if (command == "uninstall") {
    scene.refuse(Rule::protected_path, what, "would take the gates out", kPerson);
  } else if (command == "install" && (has("--agent") || has("--stream"))) {
    scene.refuse(Rule::protected_path, what, "would change who works here", kPerson);
  } else if (command == "unlock" && has("--force")) {
    scene.refuse(Rule::lock, what + " --force", "is for people", "git stream lock --wait 30m PATH");
  }
}

void subcommand(const Git& git, Words words) {
  const std::string& name = words[0].text;
  constexpr std::array<std::string_view, 6> kVerifying{"commit", "merge",  "push",
                                                       "am",     "rebase", "pull"};
  if (std::find(kVerifying.begin(), kVerifying.end(), name) != kVerifying.end())
    no_verify(git.scene, words, name);
  if (name == "push") push(git.scene, words);
  if (name == "stash") stash(git.scene, words);
  if (name == "config") config(git.scene, words);
  if (name == "checkout") checkout(git, words);
  if (name == "restore") restore(git, words);
  if (name == "rm") remove(git, words);
  if (name == "mv") move(git, words);
  if (name == "stream") stream(git.scene, words);
}

}  // namespace

void read_git(ShellScene& scene, Words words) {
  if (!scene.session().pinned()) return;
  Git git{scene, scene.folder()};
  std::size_t i = 1;
  for (; i < words.size() && words[i].text.starts_with('-'); ++i) {
    const std::string& text = words[i].text;
    const bool value = text == "-C" || text == "-c" || text == "--git-dir" ||
                       text == "--work-tree" || text == "--namespace" || text == "--config-env";
    if (text.starts_with("--config-env=") && sets_hooks_path(text.substr(sizeof "--config-env")))
      refuse_hooks_path(scene);
    if (!value || i + 1 >= words.size()) continue;
    const Word& next = words[++i];
    if ((text == "-c" || text == "--config-env") && sets_hooks_path(next.text))
      refuse_hooks_path(scene);
    if (text != "-C") continue;
    const bool known = next.exact && (git.folder || next.text.starts_with('/'));
    git.folder = known ? std::optional(git.folder.value_or("/") / next.text) : std::nullopt;
  }
  if (i < words.size() && words[i].exact) subcommand(git, words.subspan(i));
}

void read_assignment(ShellScene& scene, const std::string& name, const Word& value) {
  if (!scene.session().pinned()) return;
  if (name == app::kBypassVariable) {
    scene.refuse(Rule::protected_path, name, "is for people", kPerson);
  } else if (name == app::kAgentVariable) {
    const auto agent = core::AgentId::parse(value.text);
    const auto& own = scene.session().identity().agent;
    if (!value.exact || !agent || agent != own)
      scene.refuse(Rule::protected_path, name, "is not for an agent to set", kPerson);
  } else if ((name.starts_with("GIT_CONFIG_KEY_") && sets_hooks_path(value.text)) ||
             (name == "GIT_CONFIG_PARAMETERS" &&
              lower(value.text).find("core.hookspath") != std::string::npos)) {
    refuse_hooks_path(scene);
  }
}

}  // namespace gs::agents
