#include "lib/agents/shell/programs.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace gs::agents {

namespace {

using Words = std::span<const Word>;

// What a program's operands are to it.
enum class Operands {
  read,
  written,
  removed,
  filled,
  made,
  copied,        // to the last
  moved,         // the same
  after_mode,    // written, but for the first
  after_script,  // written, but for the first unless an option carries the script
  first,         // alone is written
  second,
  last,
  from_url  // written, under the last part of their names
};

enum class Script { none, sed, awk };

struct Program {
  std::string_view names;  // a program's; "ruff format" is one with its first operand
  Operands operands = Operands::read;
  std::string_view values = {};       // options that take a value
  std::string_view attached = {};     // and those that take the rest of their word
  std::string_view when = {};         // operands count only with one of these
  std::string_view unless = {};       // nothing is written with one of these
  std::string_view writes = {};       // options whose value is a file that is written
  std::string_view writes_when = {};  // they are only with one of these
  std::string_view folders = {};      // options whose value is a folder that is filled
  std::string_view scripts = {};      // options that carry the script
  std::string_view recursive = {};    // options; "*": always
  std::string_view into = {};         // the option that names the target folder
  std::string_view keyed = {};        // an operand "of=FILE" is a written file
  Script script = Script::none;
  OptionRules rules = {};
  bool some_of_folders = false;
};

constexpr OptionRules kPowerShell{{}, {}, true, false};
constexpr OptionRules kModes{{}, {}, false, true};

using enum Operands;

// Programs of one row are separated by '|'.
constexpr Program kPrograms[] = {
    // Files as such
    {.names = "rm|srm", .operands = removed, .recursive = "r R --recursive"},
    {.names = "unlink", .operands = removed},
    {.names = "trash|trash-put|gio trash", .operands = removed, .recursive = "*"},
    {.names = "shred", .operands = written, .values = "n s --iterations --size --random-source"},
    {.names = "rmdir", .operands = filled},
    {.names = "mkdir", .operands = made, .values = "m --mode"},
    {.names = "mv|gmv",
     .operands = moved,
     .values = "S t --suffix --target-directory",
     .recursive = "*",
     .into = "t --target-directory"},
    {.names = "cp|gcp",
     .operands = copied,
     .values = "S t --suffix --target-directory",
     .recursive = "r R a --recursive --archive",
     .into = "t --target-directory"},
    {.names = "ln|link",
     .operands = copied,
     .values = "S t --suffix --target-directory",
     .into = "t --target-directory"},
    {.names = "install|ginstall",
     .operands = copied,
     .values = "S t m o g --suffix --target-directory --mode --owner --group",
     .into = "t --target-directory"},
    {.names = "rsync",
     .operands = copied,
     .values = "e f B T M --rsh --exclude --include --filter --exclude-from --include-from "
               "--files-from --backup-dir --suffix --log-file --port --chmod --info --max-size "
               "--min-size --temp-dir --compare-dest --copy-dest --link-dest",
     .unless = "n --dry-run --list-only",
     .writes = "--log-file",
     .recursive = "a r --archive --recursive"},
    {.names = "scp", .operands = copied, .values = "P i o F c l S J D X", .recursive = "r"},
    {.names = "touch",
     .operands = written,
     .values = "d r t --date --reference --time",
     .unless = "c --no-create"},
    {.names = "truncate", .operands = written, .values = "s r --size --reference"},
    {.names = "fallocate", .operands = written, .values = "l o --length --offset"},
    {.names = "mkfifo|mknod", .operands = first, .values = "m --mode"},
    {.names = "tee|sponge", .operands = written},
    {.names = "dd", .keyed = "of="},
    {.names = "chmod",
     .operands = after_mode,
     .scripts = "--reference",
     .recursive = "R --recursive",
     .rules = kModes},
    {.names = "chown|chgrp",
     .operands = after_mode,
     .values = "--from",
     .scripts = "--reference",
     .recursive = "R --recursive"},
    {.names = "setfacl|setfattr",
     .operands = written,
     .values = "m x n v M X --modify --remove --set --name --value",
     .recursive = "R --recursive"},
    {.names = "rename|prename", .operands = after_mode},
    // Text
    {.names = "sed|gsed",
     .operands = after_script,
     .values = "e f l --expression --file --line-length",
     .attached = "i --in-place",
     .when = "i --in-place",
     .scripts = "e f --expression --file",
     .script = Script::sed},
    {.names = "perl",
     .operands = after_script,
     .values = "e E I",
     .attached = "i 0 l M m F C D x",
     .when = "i",
     .unless = "c",
     .scripts = "e E"},
    {.names = "ruby",
     .operands = after_script,
     .values = "e I r C E",
     .attached = "i 0 F K x W T",
     .when = "i",
     .scripts = "e"},
    {.names = "awk|gawk|mawk|nawk|original-awk",
     .operands = after_script,
     .values = "F v f i E --field-separator --assign --file --include --exec",
     .when = "i=inplace --include=inplace",
     .scripts = "f E --file --exec",
     .script = Script::awk},
    {.names = "yq",
     .operands = after_script,
     .values = "p o I --input-format --output-format --indent --arg --argjson",
     .when = "i --inplace --in-place",
     .scripts = "--from-file --expression"},
    {.names = "sort",
     .values = "k t S T o --key --field-separator --buffer-size --temporary-directory --output "
               "--parallel --files0-from --batch-size --compress-program",
     .writes = "o --output"},
    {.names = "shuf",
     .values = "n i o --head-count --input-range --output --random-source",
     .writes = "o --output"},
    {.names = "uniq",
     .operands = second,
     .values = "f s w --skip-fields --skip-chars --check-chars"},
    {.names = "xxd", .operands = second, .values = "c g l o s --cols --groupsize --len --seek"},
    {.names = "iconv", .values = "f t o --from-code --to-code --output", .writes = "o --output"},
    {.names = "patch",
     .operands = first,
     .values = "p i d o r F B D V Y z g --strip --input --directory --output --reject-file --fuzz "
               "--prefix --ifdef --suffix --get",
     .unless = "--dry-run C --check",
     .writes = "o r --output --reject-file"},
    {.names = "ed|red", .operands = written, .values = "p --prompt"},
    {.names = "ex|vi|vim|nvim|gvim",
     .operands = written,
     .values = "c S s u U T i w W --cmd --startuptime",
     .unless = "R M h --help --version"},
    {.names = "nano|pico|micro|jed|joe",
     .operands = written,
     .unless = "v --view --help --version"},
    {.names = "dos2unix|unix2dos|mac2unix|unix2mac|fromdos|todos",
     .operands = written,
     .unless = "n --newfile i --info"},
    // Formatters; a folder is looked through for what is not formatted yet
    {.names = "black",
     .operands = written,
     .values = "l t c W C x --line-length --target-version --code --workers --config --include "
               "--exclude --extend-exclude --force-exclude --stdin-filename --required-version "
               "--enable-unstable-feature --line-ranges --python-cell-magics",
     .unless = "c --code --check --diff --version --help h",
     .some_of_folders = true},
    {.names = "isort",
     .operands = written,
     .values = "l p s o b t f m j w e i --line-length --project --skip --skip-glob --thirdparty "
               "--builtin --future --multi-line --jobs --profile --settings-path --settings-file "
               "--src --src-path --sp --py --python-version --add-import --remove-import "
               "--known-local-folder --extend-skip --extend-skip-glob --indent --wrap-length",
     .unless =
         "c d --check --check-only --diff --stdout --show-files --show-settings --version --help",
     .some_of_folders = true},
    {.names = "ruff format",
     .operands = written,
     .values = "--config --target-version --line-length --exclude --extend-exclude --cache-dir "
               "--stdin-filename --range --extension",
     .unless = "--check --diff --help",
     .some_of_folders = true},
    {.names = "ruff check",
     .operands = written,
     .values =
         "--config --target-version --line-length --exclude --extend-exclude --select "
         "--extend-select --ignore --extend-ignore --fixable --unfixable --output-format "
         "--output-file --cache-dir --stdin-filename --range --per-file-ignores --extension o",
     .when = "--fix --fix-only --add-noqa",
     .unless = "--diff --statistics --show-files --show-settings --help",
     .some_of_folders = true},
    {.names = "autopep8|yapf|autoflake|docformatter|unify|pyment",
     .operands = written,
     .values = "j p l e --jobs --pep8-passes --max-line-length --ignore --select --exclude --style "
               "--imports --wrap-summaries --wrap-descriptions",
     .when = "i --in-place",
     .some_of_folders = true},
    {.names = "pyupgrade|add-trailing-comma|reorder-python-imports|nbstripout|flynt|ssort|absolufy-"
              "imports|mdformat|rustfmt|stylua|usort format|jupyter-black",
     .operands = written,
     .values = "--application-directories --line-length --edition --config --wrap",
     .unless = "--check --diff --dry-run --help --version",
     .some_of_folders = true},
    {.names = "2to3|futurize|modernize|gofmt|goimports|shfmt|prettier",
     .operands = written,
     .values = "f x j p i ln d r --fix --nofix --config --parser --plugin --ignore-path",
     .when = "w --write",
     .some_of_folders = true},
    {.names = "clang-format",
     .operands = written,
     .values = "--style --style= --lines --offset --length",
     .when = "i",
     .unless = "n --dry-run",
     .some_of_folders = true},
    {.names = "eslint|stylelint|standard",
     .operands = written,
     .values = "c f o --config --format --output-file --rule --ext --ignore-path --ignore-pattern",
     .when = "--fix",
     .some_of_folders = true},
    {.names = "jupyter nbconvert",
     .operands = written,
     .values = "--to --output --output-dir --template",
     .when = "--inplace"},
    {.names = "xmlstarlet ed",
     .operands = last,
     .values = "N u v d i a s t n r --var",
     .when = "L --inplace"},
    // Downloads and archives
    {.names = "curl",
     .operands = from_url,
     .values = "o X H d F u A e b c D T r x m C y Y z w K E U Q t P --output --request --header "
               "--data --data-raw --data-binary --data-urlencode --form --user --user-agent "
               "--referer --cookie --cookie-jar --dump-header --upload-file --range --proxy "
               "--max-time --connect-timeout --retry --retry-delay --retry-max-time --write-out "
               "--config --cert --key --cacert --output-dir --url --json --resolve --limit-rate "
               "--max-redirs --trace --trace-ascii --stderr",
     .when = "O --remote-name --remote-name-all",
     .writes = "o D c --output --dump-header --cookie-jar --trace --trace-ascii --stderr",
     .folders = "--output-dir"},
    {.names = "wget",
     .operands = from_url,
     .values = "O o a P U t T e i A R D X I l Q w --output-document --output-file --append-output "
               "--directory-prefix --header --user-agent --tries --timeout --execute --input-file "
               "--post-data --post-file --user --password --accept --reject --domains --level "
               "--quota --wait --limit-rate --load-cookies --save-cookies --referer",
     .unless = "--spider --help --version",
     .writes = "O o a --output-document --output-file --append-output --save-cookies",
     .folders = "P --directory-prefix"},
    {.names = "tar|gtar|bsdtar",
     .values = "f C T X b H I K N V L F g --file --directory --files-from --exclude-from --exclude "
               "--transform --strip-components --format --use-compress-program --owner --group "
               "--mode --mtime",
     .writes = "f --file",
     .writes_when = "c r u A --create --append --update --delete",
     .folders = "C --directory"},
    {.names = "unzip", .values = "d P x", .unless = "l t v p Z z", .folders = "d"},
    {.names = "7z x|7za x|7zr x", .attached = "o p", .folders = "o"},
    {.names = "zip",
     .operands = first,
     .values = "b t n P x i --exclude --include --password",
     .unless = "--help h T"},
    {.names = "gzip|gunzip|bzip2|bunzip2|xz|unxz|lzma|compress|uncompress",
     .operands = written,
     .values = "S T --suffix --threads --memory",
     .unless = "c k l t --stdout --to-stdout --keep --list --test",
     .recursive = "r --recursive"},
    // Others that put what they say into a file
    {.names = "pytest|py.test",
     .values = "k m n p c o r W --junitxml --junit-xml --cov --cov-report --cov-config --rootdir "
               "--ignore --ignore-glob --deselect --maxfail --tb --durations --timeout --basetemp "
               "--log-file --log-level",
     .writes = "--junitxml --junit-xml --log-file"},
    {.names = "mypy",
     .values = "p m c --junit-xml --config-file --python-version --cache-dir",
     .writes = "--junit-xml"},
    {.names = "coverage xml|coverage json|coverage lcov",
     .values = "o i --rcfile --data-file --include --omit",
     .writes = "o"},
    {.names = "cc|gcc|g++|c++|clang|clang++|ld|rustc|as", .values = "o I L l D x", .writes = "o"},
    {.names = "pandoc|dot|neato|asciidoctor",
     .values = "o f t r w T G N E --output --from --to --metadata --template --out-file",
     .attached = "T G N E",
     .writes = "o --output --out-file"},
    {.names = "pip-compile|uv pip compile|poetry export|uv export",
     .values = "o f --output-file --output --format --extra --group --index-url --python-version "
               "--python-platform",
     .writes = "o --output-file --output"},
    {.names = "ssh-keygen", .values = "f t b C N P O --", .unless = "l y F R", .writes = "f"},
    {.names = "convert|magick|papermill", .operands = last, .values = "p f k y b r"},
    {.names = "script", .operands = first, .values = "c T I O B --command"},
    {.names = "strip", .operands = written, .values = "o", .writes = "o"},
    // PowerShell
    {.names = "remove-item|ri|del|erase|rd",
     .operands = removed,
     .values = "-filter -include -exclude -erroraction",
     .recursive = "-recurse -r",
     .rules = kPowerShell},
    {.names = "set-content|sc|add-content|ac|out-file|clear-content|clc|new-item|ni|tee-object",
     .operands = first,
     .values = "-value -encoding -itemtype -type -inputobject -width -erroraction",
     .rules = kPowerShell},
    {.names = "copy-item|cpi|copy",
     .operands = copied,
     .values = "-filter -include -exclude -erroraction",
     .recursive = "-recurse",
     .rules = kPowerShell},
    {.names = "move-item|mi|move|rename-item|rni|ren",
     .operands = moved,
     .values = "-filter -include -exclude -erroraction",
     .recursive = "*",
     .rules = kPowerShell},
};

constexpr std::string_view kNamedOperands =
    "-path -literalpath -filepath -destination -newname -name";

template <class Each>
void each_listed(std::string_view list, char separator, const Each& each) {
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(separator));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    if (!one.empty()) each(one);
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

Word rest_of(const Word& word, std::size_t from) {
  return {word.text.substr(std::min(from, word.text.size())), word.known};
}

bool is_mode(std::string_view text) {
  return text.find_first_not_of("-+=,rwxXstugo") == text.npos &&
         text.find_first_of("rwxXst") != text.npos;
}

// Options of whole words: -Path FILE, whose value is an operand, and -Value TEXT.
void read_whole_words(Words words, const OptionRules& rules, Arguments& found) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string name = lower(words[i].text);
    if (name.size() < 2 || name[0] != '-') {
      found.operands.push_back(words[i]);
    } else if (is_listed(rules.values, name) && i + 1 < words.size()) {
      found.options.push_back({name, words[++i]});
    } else if (!is_listed(kNamedOperands, name)) {
      found.options.push_back({name, std::nullopt});
    }
  }
}

// A cluster of letters: "-rf", "-tDIR", "-t" and the next word. True when the next word was taken.
bool read_cluster(const Word& word, const Word* next, const OptionRules& rules, Arguments& found) {
  for (std::size_t i = 1; i < word.text.size(); ++i) {
    const std::string_view letter = std::string_view(word.text).substr(i, 1);
    const bool last = i + 1 == word.text.size();
    Arguments::Option option{std::string(letter), std::nullopt};
    const bool attached = is_listed(rules.attached, letter);
    if (attached || is_listed(rules.values, letter)) {
      const bool takes_next = last && word.known && !attached && next != nullptr;
      if (takes_next) option.value = *next;
      if (!last || !word.known) option.value = rest_of(word, i + 1);
      found.options.push_back(std::move(option));
      return takes_next;
    }
    found.options.push_back(std::move(option));
  }
  return false;
}

bool read_long(const Word& word, const Word* next, const OptionRules& rules, Arguments& found) {
  const std::size_t equals = word.text.find('=');
  if (equals != std::string::npos) {
    found.options.push_back({word.text.substr(0, equals), rest_of(word, equals + 1)});
    return false;
  }
  const bool takes_next = is_listed(rules.values, word.text) && next != nullptr;
  found.options.push_back({word.text, takes_next ? std::optional(*next) : std::nullopt});
  return takes_next;
}

// sed's `w FILE`, also behind s///.
void add_sed_files(const Word& script, FileUses& uses) {
  const std::string& text = script.text;
  for (std::size_t at = text.find('w'); at != text.npos; at = text.find('w', at + 1)) {
    const bool command =
        at == 0 || std::string_view(" \t;{}/|,#$!\n0123456789gpI").find(text[at - 1]) !=
                       std::string_view::npos;
    const std::size_t begin = text.find_first_not_of(" \t", at + 1);
    if (!command || begin == text.npos || begin == at + 1) continue;
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string file = text.substr(begin, end - begin);
    if (file.find_first_of(" /") == std::string::npos || file.find(' ') == std::string::npos)
      uses.written.push_back({file});
  }
}

// awk's `print > "FILE"`: within one statement, outside of strings and brackets.
void add_awk_files(const Word& script, FileUses& uses) {
  const std::string& text = script.text;
  bool prints = false;
  int brackets = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (text.compare(i, 5, "print") == 0) prints = true;
    if (c == ';' || c == '}' || c == '\n') prints = false;
    if (c == '(') ++brackets;
    if (c == ')') --brackets;
    if (c == '>' && prints && brackets == 0) {
      const std::size_t quote = text.find_first_not_of("> \t", i);
      if (quote == text.npos || text[quote] != '"') continue;
      const std::size_t end = text.find('"', quote + 1);
      if (end == text.npos) return;
      const std::size_t next = text.find_first_not_of(" \t", end + 1);
      if (next == text.npos || std::string_view(";}\n").find(text[next]) != std::string_view::npos)
        uses.written.push_back({text.substr(quote + 1, end - quote - 1)});
      i = end;
    } else if (c == '"') {
      while (++i < text.size() && text[i] != '"') i += text[i] == '\\' ? 1U : 0U;
    }
  }
}

class Reader {
 public:
  Reader(const Program& program, Words words) : program_(program) {
    OptionRules rules = program.rules;
    rules.values = program.values;
    rules.attached = program.attached;
    std::vector<Word> all(words.begin(), words.end());
    // tar's first word is a cluster of letters with or without its dash.
    const bool bundled = !program.writes_when.empty() && !all.empty() && !all[0].text.empty() &&
                         all[0].text[0] != '-';
    if (bundled) all[0].text.insert(0, "-");
    arguments_ = read_arguments(all, rules);
  }

  FileUses uses() {
    if (arguments_.has_any(program_.unless)) return {};
    uses_.some_of_folders = program_.some_of_folders;
    uses_.recursive = program_.recursive == "*" || arguments_.has_any(program_.recursive);
    options();
    script();
    if (!program_.keyed.empty()) keyed();
    std::erase_if(arguments_.operands,
                  [](const Word& word) { return word.known && word.text.empty(); });
    if (program_.when.empty() || arguments_.has_any(program_.when)) operands();
    std::erase_if(uses_.written, [](const Word& word) { return word.text == "-"; });
    return std::move(uses_);
  }

 private:
  void options() {
    const bool writes = program_.writes_when.empty() || arguments_.has_any(program_.writes_when);
    for (const Arguments::Option& option : arguments_.options) {
      if (!option.value) continue;
      if (writes && is_listed(program_.writes, option.name)) uses_.written.push_back(*option.value);
      const bool fills = program_.writes_when.empty() || !writes;
      if (fills && is_listed(program_.folders, option.name)) uses_.filled.push_back(*option.value);
    }
  }

  void script() {
    if (program_.script == Script::none) return;
    const auto add = program_.script == Script::sed ? add_sed_files : add_awk_files;
    const bool in_option = arguments_.has_any(program_.scripts);
    for (const Arguments::Option& option : arguments_.options) {
      if (option.value && is_listed("e --expression", option.name)) add(*option.value, uses_);
    }
    if (in_option) return;
    const auto script = std::find_if(arguments_.operands.begin(), arguments_.operands.end(),
                                     [](const Word& word) { return !word.text.empty(); });
    if (script != arguments_.operands.end()) add(*script, uses_);
  }

  void keyed() {
    for (const Word& word : arguments_.operands) {
      if (word.text.starts_with(program_.keyed))
        uses_.written.push_back(rest_of(word, program_.keyed.size()));
    }
  }

  void operands() {
    std::vector<Word>& all = arguments_.operands;
    const auto only = [&](std::size_t index) {
      if (index < all.size()) uses_.written.push_back(all[index]);
    };
    switch (program_.operands) {
      case read:
        return;
      case written:
        for (Word& word : all) {
          if (!word.text.starts_with('+')) uses_.written.push_back(std::move(word));  // vim's +CMD
        }
        return;
      case removed:
        uses_.removed = std::move(all);
        return;
      case filled:
        uses_.filled = std::move(all);
        return;
      case made:
        uses_.made = std::move(all);
        return;
      case copied:
      case moved:
        return copies();
      case after_mode:
      case after_script:
        if (!arguments_.has_any(program_.scripts) && !all.empty()) all.erase(all.begin());
        uses_.written.insert(uses_.written.end(), all.begin(), all.end());
        return;
      case first:
        return only(0);
      case second:
        return only(1);
      case last:
        return only(all.size() - 1);
      case from_url:
        if (arguments_.has_any(program_.folders) || !uses_.written.empty()) return;
        for (const Word& word : all) {
          const std::string_view path = std::string_view(word.text).substr(0, word.text.find('?'));
          if (word.known && path.find('/') != path.npos && !path.ends_with('/'))
            uses_.written.push_back({std::string(base_name(path))});
        }
    }
  }

  void copies() {
    std::vector<Word>& all = arguments_.operands;
    if (program_.names.starts_with("install") && arguments_.has_any("d --directory")) {
      uses_.made = std::move(all);
      return;
    }
    uses_.removes_sources =
        program_.operands == moved || arguments_.has_any("--remove-source-files");
    uses_.slash_means_content = program_.names == "rsync";
    if (arguments_.has_any("T --no-target-directory")) uses_.target_is = FileUses::Target::file;
    if (const Word* into = arguments_.value_of(program_.into); into != nullptr) {
      uses_.target = *into;
      uses_.target_is = FileUses::Target::folder;
    } else if (all.size() > 1) {
      uses_.target = all.back();
      all.pop_back();
    } else if (all.size() == 1 && program_.names.starts_with("ln")) {
      uses_.target = Word{"."};  // the link is made here
    }
    uses_.sources = std::move(all);
    // HOST:PATH is elsewhere.
    const auto remote = [](const Word& word) {
      const std::size_t colon = word.text.find(':');
      return colon != std::string::npos && word.text.find('/') > colon;
    };
    const bool copies_hosts = program_.names == "rsync" || program_.names == "scp";
    if (copies_hosts && uses_.target && remote(*uses_.target)) uses_ = {};
  }

  const Program& program_;
  Arguments arguments_;
  FileUses uses_;
};

}  // namespace

bool is_listed(std::string_view names, std::string_view name) {
  bool found = false;
  each_listed(names, ' ', [&](std::string_view one) { found = found || one == name; });
  return found;
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool Arguments::has_any(std::string_view names) const {
  return std::any_of(options.begin(), options.end(), [&](const Option& option) {
    return is_listed(names, option.name) ||
           (option.value && is_listed(names, option.name + "=" + option.value->text));
  });
}

const Word* Arguments::value_of(std::string_view names) const {
  const Word* value = nullptr;
  for (const Option& option : options) {
    if (option.value && is_listed(names, option.name)) value = &*option.value;
  }
  return value;
}

Arguments read_arguments(Words words, const OptionRules& rules) {
  Arguments found;
  if (rules.whole_words) {
    read_whole_words(words, rules, found);
    return found;
  }
  bool options = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Word& word = words[i];
    const Word* next = i + 1 < words.size() ? &words[i + 1] : nullptr;
    if (options && word.text == "--" && word.known) {
      options = false;
      found.dashes = found.operands.size();
    } else if (!options || word.text.size() < 2 || word.text[0] != '-') {
      found.operands.push_back(word);
    } else if (rules.modes && found.operands.empty() && is_mode(word.text)) {
      found.operands.push_back(word);
    } else if (word.text[1] == '-' ? read_long(word, next, rules, found)
                                   : read_cluster(word, next, rules, found)) {
      ++i;
    }
  }
  return found;
}

FileUses file_uses(Words words) {
  if (words.empty() || !words[0].known) return {};
  const std::string name = lower(base_name(words[0].text));
  const std::string both =
      words.size() > 1 && words[1].known ? name + " " + words[1].text : std::string();
  const Program* found = nullptr;
  std::size_t skipped = 1;
  for (const Program& program : kPrograms) {
    each_listed(program.names, '|', [&](std::string_view one) {
      if (one != name && one != both) return;
      found = &program;
      skipped = one == name ? 1 : 2;
    });
    if (found != nullptr) break;
  }
  if (found == nullptr) return {};
  return Reader(*found, words.subspan(skipped)).uses();
}

}  // namespace gs::agents
