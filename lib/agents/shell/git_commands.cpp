#include "lib/agents/shell/git_commands.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "lib/core/text.h"
#include "lib/install/installation.h"
#include "lib/session/identity.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;
using Words = std::span<const Word>;

// One git command while it is read.
struct Git {
  const GitContext& context;
  GitReading reading;
  std::string what;     // "git push"
  Words words;          // from the command's name on
  Arguments arguments;  // without it

  void add(Effect effect, std::string name = {}) {
    reading.acts.push_back({effect, what, std::move(name), reading.folder});
  }
  bool has(std::string_view names) const { return arguments.has_any(names); }
  const std::vector<Word>& operands() const { return arguments.operands; }
};

enum class Does {
  look,     // nothing is changed, or only what all worktrees share and git guards
  change,   // files, index or branch of the worktree that it runs in
  discard,  // the same, and uncommitted work is lost
};

struct Command {
  std::string_view names;
  Does does = Does::look;
  std::string_view values = {};     // options that take a value
  std::string_view no_verify = {};  // options that leave out the hooks
  std::string_view writes = {};     // options whose value is a file that is written
  std::string_view folders = {};    // options whose value is a folder that is filled
  std::string_view unless = {};     // with one of these nothing is done
  void (*more)(Git& git) = nullptr;
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string without(std::string_view text, std::string_view prefix) {
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  return std::string(text);
}

constexpr std::string_view kHeads = "refs/heads/", kRemotes = "refs/remotes/";

// A setting's name as git compares it; the part in the middle keeps its case.
std::string setting_name(std::string_view name) {
  const std::size_t first = name.find('.'), last = name.rfind('.');
  if (first == name.npos) return lower(name);
  return lower(name.substr(0, first)) + std::string(name.substr(first, last - first)) +
         lower(name.substr(last));
}

struct Setting {
  std::string_view section, key;  // empty: any
  Effect effect;
};
constexpr std::array kSettings{Setting{"core", "hookspath", Effect::replaces_hooks},
                               Setting{"include", "path", Effect::replaces_hooks},
                               Setting{"includeif", "path", Effect::replaces_hooks},
                               Setting{"branch", "merge", Effect::sets_upstream},
                               Setting{"branch", "remote", Effect::sets_upstream},
                               Setting{"remote", "url", Effect::sets_remote},
                               Setting{"remote", "pushurl", Effect::sets_remote},
                               Setting{"remote", "fetch", Effect::sets_remote},
                               Setting{"url", "insteadof", Effect::sets_remote},
                               Setting{"url", "pushinsteadof", Effect::sets_remote}};

// hook.NAME.enabled and the like: ours, and the switch of an event that is judged.
bool switches_hooks(const std::string& name, bool section) {
  constexpr std::string_view kHook = "hook.", kEnabled = ".enabled";
  if (!name.starts_with(kHook)) return false;
  std::string_view middle = std::string_view(name).substr(kHook.size());
  if (middle.starts_with("git-stream-")) return true;
  if (section || !middle.ends_with(kEnabled)) return false;
  middle.remove_suffix(kEnabled.size());
  const auto is_middle = [&](std::string_view hook) { return hook == middle; };
  const auto& hooks = install::judged_hooks();
  return std::any_of(hooks.begin(), hooks.end(), is_middle);
}

// What it is to give the setting, or a whole section where no key is named, a value.
std::optional<Act> setting_act(std::string_view given, bool section) {
  const std::string name = setting_name(given);
  const std::string head = lower(name.substr(0, name.find('.')));
  if (switches_hooks(name, section))
    return Act{Effect::replaces_hooks, std::string(given), std::string(given)};
  const std::size_t last = section ? std::string::npos : name.rfind('.');
  const std::string key = section || last == std::string::npos ? "" : name.substr(last + 1);
  for (const Setting& row : kSettings) {
    if (row.section != head || (!section && row.key != key)) continue;
    Act act{row.effect, std::string(given), {}};
    if (name.size() > head.size() + 1)
      act.name =
          name.substr(head.size() + 1, last == std::string::npos ? last : last - head.size() - 1);
    if (row.effect == Effect::replaces_hooks) act.name = given;
    return act;
  }
  return std::nullopt;
}

void configure(Git& git) {
  constexpr std::string_view kLook =
      "l e --get --get-all --get-regexp --get-urlmatch --get-color --get-colorbool --list --edit";
  std::vector<Word> all = git.operands();
  if (git.has(kLook) || all.empty()) return;
  bool sets = git.has("--unset --unset-all --add --replace-all");
  bool section = git.has("--remove-section --rename-section");
  const std::string verb = all[0].text;
  if (is_listed("get list edit", verb) && all.size() < 3) return;
  if (is_listed("set unset remove-section rename-section", verb)) {
    section = section || verb.ends_with("section");
    sets = true;
    all.erase(all.begin());
  }
  if (all.empty() || !(sets || section || all.size() > 1)) return;
  const std::string& name = all[0].text;
  if (auto act = setting_act(name, section)) {
    act->what = "git config " + act->what;
    act->folder = git.reading.folder;
    git.reading.acts.push_back(std::move(*act));
  }
  if (lower(name).starts_with("alias.") && all.size() > 1 && all[1].known) {
    const std::string& line = all[1].text;
    git.reading.lines.push_back(line.starts_with('!') ? line.substr(1) : "git " + line);
  }
}

// ":refs/heads/x", "+a:b", "a": where a refspec leads.
std::string destination(std::string_view refspec) {
  if (refspec.starts_with('+')) refspec.remove_prefix(1);
  const std::size_t colon = refspec.find(':');
  return std::string(colon == refspec.npos ? refspec : refspec.substr(colon + 1));
}

void push(Git& git) {
  for (const auto& option : git.arguments.options) {
    if (!is_listed("--all --mirror --branches", option.name)) continue;
    git.what += " " + option.name;
    return git.add(Effect::pushes_all);
  }
  const auto& all = git.operands();
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (!all[i].known) continue;
    const std::string to = destination(all[i].text);
    if (to.empty()) {
      git.add(Effect::pushes_all);  // ":" is all that are on both sides
    } else if (!to.starts_with("refs/") || to.starts_with(kHeads)) {
      git.add(Effect::pushes, without(to, kHeads));
    }
  }
}

// Refspecs that move local refs: into refs/remotes only as the remote has them; other branches only
// as the remote's branches of the same name.
void fetch(Git& git) {
  const auto& all = git.operands();
  for (std::size_t i = 1; i < all.size(); ++i) {
    const std::string spec = without(all[i].text, "+");
    const std::size_t colon = spec.find(':');
    if (!all[i].known || colon == std::string::npos) continue;
    const std::string from = without(spec.substr(0, colon), kHeads);
    const std::string to = spec.substr(colon + 1);
    const std::string& remote = all[0].text;
    const bool named = remote.find_first_of("./:") == std::string::npos;
    if (to.starts_with(kRemotes)) {
      if (!named || to != std::string(kRemotes) + remote + "/" + from)
        git.add(Effect::moves_remote_ref, to);
    } else if (!to.empty() && (!to.starts_with("refs/") || to.starts_with(kHeads))) {
      const std::string branch = without(to, kHeads);
      if (!named || branch != from) git.add(Effect::moves_branch, branch);
    }
  }
}

void branch(Git& git) {
  const auto& all = git.operands();
  const auto name = [&](std::size_t index) {
    if (index < all.size() && all[index].known)
      git.add(Effect::moves_branch, without(all[index].text, kHeads));
  };
  if (git.has("l list --list a r --all --remotes --contains --no-contains --merged --no-merged "
              "--points-at --show-current --format"))
    return;
  if (git.has("u --set-upstream-to --unset-upstream")) {
    if (!all.empty() && all[0].known) git.add(Effect::sets_upstream, all[0].text);
  } else if (git.has("--edit-description")) {
    return;
  } else if (git.has("m M c C d D --move --copy --delete")) {
    if (git.has("r --remotes")) return;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bool source = all.size() == 2 && i == 0 && git.has("c C --copy");
      if (!source) name(i);
    }
  } else {
    name(0);
  }
}

void update_ref(Git& git) {
  const auto& all = git.operands();
  if (all.empty() || !all[0].known) return;
  const std::string& ref = all[0].text;
  if (ref.starts_with(kHeads)) git.add(Effect::moves_branch, without(ref, kHeads));
  if (ref.starts_with(kRemotes) || ref.starts_with("refs/stream/"))
    git.add(Effect::moves_remote_ref, ref);
}

void symbolic_ref(Git& git) {
  const auto& all = git.operands();
  if (all.size() < 2 || !all[0].known || !all[1].known) return;
  git.reading.changes = true;
  if (all[0].text.starts_with(kRemotes)) git.add(Effect::moves_remote_ref, all[0].text);
  if (all[1].text.starts_with(kHeads)) git.add(Effect::moves_branch, without(all[1].text, kHeads));
}

void remote(Git& git) {
  const auto& all = git.operands();
  if (all.size() > 1 && is_listed("set-url remove rm rename", all[0].text))
    git.add(Effect::sets_remote, all[1].text);
}

bool is_committed(const std::string& revision) {
  return revision == "HEAD" || revision == "@";
}

void checkout(Git& git) {
  if (const Word* made = git.arguments.value_of("b B --orphan"); made != nullptr) {
    if (made->known) git.add(Effect::moves_branch, made->text);
    return;
  }
  const auto& all = git.operands();
  std::size_t paths = git.arguments.dashes.value_or(0);
  if (!git.arguments.dashes) {
    if (all.size() < 2) return;  // a branch, or a file that is set back
    if (all[0].known && git.context.is_revision && git.context.is_revision(all[0].text)) paths = 1;
  }
  if (paths == 0 || is_committed(all[0].text)) return;
  git.reading.files.written.assign(all.begin() + static_cast<std::ptrdiff_t>(paths), all.end());
  git.reading.files.recursive = true;
}

void switch_to(Git& git) {
  if (const Word* made = git.arguments.value_of("c C --create --force-create --orphan");
      made != nullptr && made->known)
    git.add(Effect::moves_branch, made->text);
}

void restore(Git& git) {
  const Word* source = git.arguments.value_of("s --source");
  if (source == nullptr || is_committed(source->text)) return;
  git.reading.files.written = git.operands();
  git.reading.files.recursive = true;
}

void remove(Git& git) {
  git.reading.files.removed = git.operands();
  git.reading.files.recursive = git.has("r");
}

void move(Git& git) {
  std::vector<Word> all = git.operands();
  if (all.size() < 2) return;
  git.reading.files.target = all.back();
  all.pop_back();
  git.reading.files.sources = std::move(all);
  git.reading.files.removes_sources = git.reading.files.recursive = true;
}

void apply(Git& git) {
  if (git.has("--directory")) return;
  git.reading.patches = git.operands();
  git.reading.patch_input = git.operands().empty();
  if (const Word* strip = git.arguments.value_of("p"); strip != nullptr)
    git.reading.patch_strip = strip->text.empty() ? 1 : strip->text[0] - '0';
}

void stash(Git& git) {
  const auto& all = git.operands();
  if (all.empty() || !is_listed("list show create", all[0].text)) git.add(Effect::uses_stash);
}

void clean(Git& git) {
  if (!git.has("f --force") || !git.has("x X")) return;
  git.add(Effect::cleans_ignored);
  Act& act = git.reading.acts.back();
  for (const Word& word : git.words) act.details.push_back(word.text);
  for (const auto& option : git.arguments.options) {
    if (option.value && is_listed("e --exclude", option.name))
      act.excluded.push_back(option.value->text);
  }
  for (const Word& word : git.operands()) act.paths.push_back(word.known ? word.text : ".");
}

void worktree(Git& git) {
  const auto& all = git.operands();
  if (all.empty()) return;
  if (all[0].text == "add") {
    if (const Word* made = git.arguments.value_of("b B"); made != nullptr && made->known)
      git.add(Effect::moves_branch, made->text);
    if (all.size() > 1) git.reading.files.made.push_back(all[1]);
  } else if (is_listed("remove move", all[0].text) && all.size() > 1 && all[1].known) {
    git.add(Effect::removes_worktree, all[1].text);
    if (git.has("f --force")) git.reading.acts.back().details.emplace_back("--force");
  }
}

void clone(Git& git) {
  const auto& all = git.operands();
  if (all.empty()) return;
  Word made = all.back();
  if (all.size() == 1) {
    std::string_view name = base_name(made.text);
    if (name.ends_with(".git")) name.remove_suffix(4);
    made.text = name;
  }
  git.reading.files.made.push_back(std::move(made));
}

void checkout_index(Git& git) {
  if (const Word* prefix = git.arguments.value_of("--prefix"); prefix != nullptr)
    git.reading.files.filled.push_back(*prefix);
}

// A shell's line from the words behind the command.
std::string line_of(Words words) {
  std::string line;
  for (const Word& word : words) {
    if (!word.known) break;
    line +=
        (line.empty() ? "" : " ") + (words.size() == 1 ? word.text : core::quote_shell(word.text));
  }
  return line;
}

void run_lines(Git& git) {
  for (const auto& option : git.arguments.options) {
    if (option.value && option.value->known && is_listed("x --exec", option.name))
      git.reading.lines.push_back(option.value->text);
  }
}

void run_rest(Git& git) {
  const auto verb = std::find_if(git.words.begin(), git.words.end(), [](const Word& word) {
    return word.text == "foreach" || word.text == "run";
  });
  if (verb == git.words.end()) return;
  Words rest(verb + 1, git.words.end());
  while (!rest.empty() && rest[0].text.starts_with("--")) rest = rest.subspan(1);
  git.reading.lines.push_back(line_of(rest));
}

void bundle(Git& git) {
  const auto& all = git.operands();
  if (all.size() > 1 && all[0].text == "create") git.reading.files.written.push_back(all[1]);
}

void rewrite_all(Git& git) {
  git.add(Effect::moves_all_branches);
}

// `git stream`, as a person uses it: identities, other people's locks.
void stream(Git& git) {
  const auto& all = git.operands();
  if (all.empty()) return;
  const std::string& command = all[0].text;
  git.what += " " + command;
  if (command == "uninstall") git.add(Effect::uninstalls);
  if (command == "install" && git.has("--agent --stream --owner"))
    git.add(Effect::changes_identity);
  if (command == "unlock" && git.has("--force")) git.add(Effect::takes_locks);
}

using enum Does;
constexpr std::string_view kLogValues =
    "n S G L O --format --pretty --since --until --after --before --author --committer --grep "
    "--diff-filter --output --max-count --skip --date -l";

// Commands of one row are separated by blanks. What is not here only looks, or is an alias.
constexpr Command kCommands[] = {
    {.names = "log show diff shortlog whatchanged range-diff diff-tree diff-index diff-files",
     .values = kLogValues,
     .writes = "--output"},
    {.names = "format-patch",
     .values = "o n v --output-directory --start-number --subject-prefix --output",
     .writes = "--output",
     .folders = "o --output-directory"},
    {.names = "archive", .values = "o --output --format --prefix --remote", .writes = "o --output"},
    {.names = "bundle", .more = bundle},
    {.names =
         "status ls-files ls-tree rev-parse rev-list grep blame annotate describe cat-file "
         "for-each-ref merge-base name-rev reflog show-ref show-branch cherry count-objects fsck "
         "gc help version var check-ignore check-attr check-ref-format verify-commit verify-tag "
         "ls-remote hash-object mktree write-tree commit-tree tag notes maintenance rerere "
         "credential whatchanged interpret-trailers stripspace column merge-tree merge-file "
         "pack-refs prune repack instaweb bugreport diagnose request-pull"},
    {.names = "clone init",
     .values = "b o c u j --branch --origin --config --depth --upload-pack --reference "
               "--separate-git-dir --template --jobs --initial-branch --filter",
     .more = clone},
    {.names = "config",
     .values = "f --file --blob --type --default --comment --value",
     .more = configure},
    {.names = "branch",
     .values = "u --set-upstream-to --sort --points-at --contains --no-contains --merged "
               "--no-merged --format --track --color --column --abbrev",
     .more = branch},
    {.names = "fetch",
     .values =
         "j o --depth --deepen --shallow-since --shallow-exclude --jobs --refmap --server-option "
         "--upload-pack --filter --negotiation-tip --recurse-submodules-default",
     .more = fetch},
    {.names = "remote", .values = "t m", .more = remote},
    {.names = "update-ref", .values = "m", .more = update_ref},
    {.names = "symbolic-ref", .values = "m", .more = symbolic_ref},
    {.names = "worktree", .values = "b B --reason --expire", .more = worktree},
    {.names = "push send-pack",
     .does = change,
     .values = "o --push-option --receive-pack --exec --repo --signed",
     .no_verify = "--no-verify",
     .more = push},
    {.names = "commit",
     .does = change,
     .values = "m F C c t --message --file --author --date --template --reuse-message "
               "--reedit-message --fixup --squash --cleanup --trailer --pathspec-from-file",
     .no_verify = "n --no-verify"},
    {.names = "merge",
     .does = change,
     .values = "m F s X --message --file --strategy --strategy-option --cleanup --into-name",
     .no_verify = "--no-verify"},
    {.names = "am",
     .does = change,
     .values = "p C --directory --exclude --include --patch-format",
     .no_verify = "n --no-verify"},
    {.names = "rebase",
     .does = change,
     .values = "x s X C --exec --strategy --strategy-option --onto --whitespace",
     .no_verify = "--no-verify",
     .more = run_lines},
    {.names = "pull",
     .does = change,
     .values = "s X --strategy --strategy-option --depth --upload-pack",
     .no_verify = "--no-verify",
     .more = fetch},
    {.names = "checkout",
     .does = discard,
     .values = "b B --orphan --conflict --pathspec-from-file",
     .more = checkout},
    {.names = "switch",
     .does = discard,
     .values = "c C --create --force-create --orphan --conflict",
     .more = switch_to},
    {.names = "restore",
     .does = discard,
     .values = "s --source --conflict --pathspec-from-file",
     .more = restore},
    {.names = "reset", .does = discard, .values = "--pathspec-from-file"},
    {.names = "clean",
     .does = discard,
     .values = "e --exclude",
     .unless = "n --dry-run",
     .more = clean},
    {.names = "stash",
     .does = discard,
     .values = "m --message --pathspec-from-file",
     .more = stash},
    {.names = "rm",
     .does = discard,
     .values = "--pathspec-from-file",
     .unless = "n --dry-run",
     .more = remove},
    {.names = "mv", .does = change, .unless = "n --dry-run", .more = move},
    {.names = "apply",
     .does = change,
     .values = "p C --exclude --include --whitespace --directory --build-fake-ancestor",
     .unless = "--check --stat --numstat --summary",
     .more = apply},
    {.names = "checkout-index",
     .does = discard,
     .values = "--prefix --stage",
     .more = checkout_index},
    {.names = "read-tree sparse-checkout", .does = discard, .values = "--prefix --index-output"},
    {.names = "submodule", .does = change, .more = run_rest},
    {.names = "bisect", .does = change, .more = run_rest},
    {.names = "add stage cherry-pick revert update-index merge-index fast-import citool gui",
     .does = change,
     .values =
         "m s X --mainline --strategy --strategy-option --chmod --pathspec-from-file --cacheinfo"},
    {.names = "filter-branch filter-repo", .does = change, .more = rewrite_all},
    {.names = "stream",
     .values = "--agent --stream --reason --task --ttl --wait --to",
     .more = stream},
};

const Command* find_command(std::string_view name) {
  const auto row = std::find_if(std::begin(kCommands), std::end(kCommands),
                                [&](const Command& one) { return is_listed(one.names, name); });
  return row == std::end(kCommands) ? nullptr : &*row;
}

// As git takes abbreviated options: any beginning that no other option has.
bool skips_hooks(const Git& git, std::string_view options) {
  constexpr std::string_view kLong = "--no-verify";
  constexpr std::size_t kLeast = sizeof "--no-veri" - 1;  // --no-verb… is --no-verbose
  if (options.empty()) return false;
  return git.has(options) ||
         std::any_of(git.arguments.options.begin(), git.arguments.options.end(),
                     [&](const Arguments::Option& option) {
                       return option.name.size() >= kLeast && kLong.starts_with(option.name);
                     });
}

void read_command(Git& git, const Command& row) {
  OptionRules rules{row.values, {}, false, false};
  if (is_listed(row.names, "commit")) rules.attached = "u S";
  git.arguments = read_arguments(git.words.subspan(1), rules);
  if (git.has("--help") || git.has(row.unless)) return;
  if (skips_hooks(git, row.no_verify)) git.add(Effect::skips_hooks);
  for (const auto& option : git.arguments.options) {
    if (!option.value) continue;
    if (is_listed(row.writes, option.name)) git.reading.files.written.push_back(*option.value);
    if (is_listed(row.folders, option.name)) git.reading.files.filled.push_back(*option.value);
  }
  const bool looks =
      row.does == look || (is_listed(row.names, "stash") && !git.operands().empty() &&
                           is_listed("list show", git.operands()[0].text));
  if (!looks) git.reading.changes = true;
  if (row.more != nullptr) row.more(git);
  const Effect effect = row.does == discard ? Effect::discards : Effect::changes_worktree;
  if (git.reading.changes) {
    git.add(effect);
    const auto& git_dir = git.context.git_dir;
    if (git_dir && git_dir->known) {
      git.add(effect);
      git.reading.acts.back().folder = git.context.folder.value_or("/") / git_dir->text;
    }
  }
}

// Options before the command.
struct Head {
  std::size_t size = 1;
  std::vector<std::string> settings;  // of -c
};

std::optional<fs::path> below(const std::optional<fs::path>& folder, const Word& word) {
  if (!word.known || (!folder && !word.text.starts_with('/'))) return std::nullopt;
  return folder.value_or("/") / word.text;
}

Head read_head(Words words, GitContext& context, GitReading& reading) {
  Head head;
  for (; head.size < words.size() && words[head.size].text.starts_with('-'); ++head.size) {
    std::string name = words[head.size].text;
    Word value;
    if (const std::size_t equals = name.find('='); name.starts_with("--") && equals != name.npos) {
      value = {name.substr(equals + 1), words[head.size].known};
      name.erase(equals);
    } else if (is_listed("-C -c --git-dir --work-tree --namespace --config-env --exec-path",
                         name)) {
      if (head.size + 1 >= words.size()) break;
      if (name == "--exec-path") continue;
      value = words[++head.size];
    } else {
      continue;
    }
    if (name == "-C") context.folder = below(context.folder, value);
    if (name == "--git-dir") context.git_dir = value;
    if (name == "--work-tree") context.worktree = value;
    if (name != "-c" && name != "--config-env") continue;
    head.settings.push_back(value.text);
    if (auto act = setting_act(value.text.substr(0, value.text.find('=')), false)) {
      if (act->effect == Effect::replaces_hooks) reading.acts.push_back(std::move(*act));
    }
  }
  return head;
}

std::optional<std::string> alias_of(const std::string& name, const Head& head,
                                    const GitContext& context) {
  std::optional<std::string> found;
  for (const std::string& setting : head.settings) {
    const std::string prefix = "alias." + lower(name) + "=";
    if (lower(setting).starts_with(prefix)) found = setting.substr(prefix.size());
  }
  if (!found && context.alias) found = context.alias(name);
  return found;
}

}  // namespace

std::string_view effect_name(Effect effect) {
  constexpr std::array<std::string_view, 21> kNames{
      "writes",           "removes",          "fills",
      "changes worktree", "discards",         "skips hooks",
      "replaces hooks",   "moves branch",     "moves all branches",
      "moves remote ref", "pushes",           "pushes all",
      "sets upstream",    "sets remote",      "uses stash",
      "cleans ignored",   "removes worktree", "uninstalls",
      "changes identity", "takes locks",      "sets variable"};
  return kNames[static_cast<std::size_t>(effect)];
}

GitReading read_git(Words words, const GitContext& given) {
  GitContext context = given;
  GitReading reading;
  const Head head = read_head(words, context, reading);
  reading.folder = context.folder;
  if (context.worktree) {
    reading.folder = below(context.folder, *context.worktree);
  } else if (context.git_dir) {
    reading.folder = below(context.folder, *context.git_dir);
  }
  if (head.size >= words.size() || !words[head.size].known) return reading;
  const std::string& name = words[head.size].text;
  const Words rest = words.subspan(head.size);
  const Command* row = find_command(name);
  if (row == nullptr) {
    const auto alias = alias_of(name, head, context);
    if (!alias || alias->empty()) return reading;
    std::string line = alias->starts_with('!') ? alias->substr(1) : "git " + *alias;
    for (const Word& word : rest.subspan(1)) {
      if (word.known) line += " " + core::quote_shell(word.text);
    }
    reading.lines.push_back(std::move(line));
    return reading;
  }
  Git git{context, std::move(reading), "git " + name, rest, {}};
  read_command(git, *row);
  return std::move(git.reading);
}

std::optional<Act> read_assignment(const std::string& name, const Word& value) {
  const std::string text = lower(value.text);
  const bool named = name.starts_with("GIT_CONFIG_KEY_");
  if (named || name == "GIT_CONFIG_PARAMETERS") {
    if (named && switches_hooks(setting_name(value.text), false))
      return Act{Effect::replaces_hooks, name, value.text};
    for (const std::string_view setting :
         {"core.hookspath", "include.path", "includeif.", "hook.git-stream-"}) {
      if (named ? text.starts_with(setting) : text.find(setting) != text.npos)
        return Act{Effect::replaces_hooks, name, value.text};
    }
  }
  constexpr std::array<std::string_view, 6> kIdentities{
      session::kBypassVariable, session::kAgentVariable, "CLAUDE_CODE_SESSION_ID",
      "CODEX_THREAD_ID",        "GEMINI_SESSION_ID",     "COPILOT_SESSION_ID"};
  if (std::find(kIdentities.begin(), kIdentities.end(), name) == kIdentities.end())
    return std::nullopt;
  Act act{Effect::sets_variable, name, name};
  if (value.known) act.details.push_back(value.text);
  return act;
}

}  // namespace gs::agents
