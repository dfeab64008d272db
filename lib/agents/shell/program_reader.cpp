#include <array>
#include <cstdlib>
#include <fnmatch.h>

#include "lib/agents/shell/command_walk.h"
#include "lib/core/text.h"
#include "lib/git/files.h"

namespace gs::agents::walk {

// Programs that run the one behind their options and so many operands; separated by '|'.
struct Prefix {
  std::string_view names;
  std::string_view values;
  int operands = 0;
};

// What matches when no more than this is asked of each file.
struct FindTests {
  struct Test {
    std::string option, value;
    bool no = false;
  };
  std::vector<Test> tests;
  std::size_t least = 0, deepest = ~std::size_t{0};

  bool matches(const std::string& path, const fs::path& whole) const {
    std::error_code ignored;
    for (const Test& test : tests) {
      const bool is_case = test.option.starts_with("-i");
      const std::string option = is_case ? "-" + test.option.substr(2) : test.option;
      const std::string subject = option == "-name" ? std::string(last_part(path)) : path;
      bool yes = false;
      if (option == "-type") {
        const auto type = fs::symlink_status(whole, ignored).type();
        yes = (test.value.find('f') != std::string::npos && type == fs::file_type::regular) ||
              (test.value.find('d') != std::string::npos && type == fs::file_type::directory) ||
              (test.value.find('l') != std::string::npos && type == fs::file_type::symlink);
      } else if (option == "-empty") {
        yes = fs::is_empty(whole, ignored);
      } else {
        yes = fnmatch(test.value.c_str(), subject.c_str(), is_case ? FNM_CASEFOLD : 0) == 0;
      }
      if (yes == test.no) return false;
    }
    return true;
  }
};

namespace {

std::vector<std::string> lines_of(std::string_view text, char end) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find(end));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

constexpr std::array kPrefixes{
    Prefix{"sudo|doas", "u g p C h r t R T U --user --group"},
    Prefix{"command|builtin|nohup|setsid|chronic|unbuffer|caffeinate|busybox|toybox|then|do|else",
           ""},
    Prefix{"exec", "a"},
    Prefix{"nice|ionice", "n c p --adjustment --class --classdata"},
    Prefix{"time|gtime", "f o --format --output"},
    Prefix{"coproc", ""},
    Prefix{"stdbuf", "i o e --input --output --error"},
    Prefix{"timeout|gtimeout", "k s --kill-after --signal", 1},
    Prefix{"flock", "w E --timeout --conflict-exit-code", 1},
    Prefix{"taskset|chrt|faketime|gosu|su-exec|choom", "p", 1},
    Prefix{"strace|ltrace", "o e s p E u a P"},
    Prefix{"xvfb-run|dbus-run-session|setarch|firejail|systemd-run|setpriv|systemd-inhibit",
           "n s e f p u E"},
    Prefix{
        "uv run",
        "p --with --python --extra --group --project --directory --env-file --with-requirements"},
    Prefix{"poetry run|pipenv run|pdm run|hatch run|rye run|pixi run|pipx run|bundle exec|pnpm "
           "exec|mise exec",
           "C P --directory --project"},
    Prefix{"conda run|mamba run|micromamba run", "n p --name --prefix --cwd"},
    Prefix{"uvx|npx|bunx", "p --from --with --python --package"},
};
constexpr std::string_view kShells = "sh bash dash zsh ksh ash mksh rbash su";

// A program's own name, in one of the lists that '|' separates, with as many words as it has.
std::size_t names_program(std::string_view names, Words words) {
  const std::string name(base_name(words[0].text));
  const std::string both =
      words.size() > 1 && words[1].known ? name + " " + words[1].text : std::string();
  while (!names.empty()) {
    const std::string_view one = core::take_part(names, '|');
    if (one == name) return 1;
    if (one == both) return 2;
  }
  return 0;
}

// Where the options end that stand before another program's name.
std::size_t behind_options(Words words, std::size_t at, std::string_view values) {
  for (; at < words.size() && words[at].text.size() > 1 && words[at].text[0] == '-'; ++at) {
    const std::string& text = words[at].text;
    if (text == "--") return at + 1;
    const bool is_long = text[1] == '-';
    const std::string_view name =
        is_long ? std::string_view(text) : std::string_view(text).substr(text.size() - 1);
    // "-n5" has its value with it; "-n" has it behind.
    const bool takes = is_listed(values, name) && (is_long || text.size() == 2);
    if (takes) ++at;
  }
  return std::min(at, words.size());
}

}  // namespace

// --- Simple commands

Output CommandReader::command(const Node& node, const std::vector<Node>& more, Input input) {
  std::vector<Word> words;
  std::vector<Node> assignments;
  bool into_file = false;
  for (const Node& child : tree_->children(node)) {
    if (child.field == Field::redirect || child.kind == Kind::file_redirect ||
        child.kind == Kind::herestring_redirect || child.kind == Kind::heredoc_redirect) {
      into_file = redirects(child, input, &words) || into_file;
    } else if (child.kind == Kind::variable_assignment) {
      assignments.push_back(child);
    } else if (child.kind == Kind::command_name) {
      const auto parts = tree_->children(child);
      const bool sums = !parts.empty() && parts[0].kind == Kind::arithmetic_expansion &&
                        tree_->text(child).starts_with("((");
      if (sums) return arithmetic(child);
      if (!(parts.size() == 1 && parts[0].kind == Kind::missing)) append(words, child);
    } else if (child.kind == Kind::error) {
      statements(tree_->children(child));
    } else if (!(child.kind == Kind::token && tree_->text(child) == "$")) {
      append(words, child);
    }
  }
  for (const Node& redirect : more) into_file = redirects(redirect, input, &words) || into_file;
  const auto before = state_.variables;
  for (const Node& assignment : assignments) assign(assignment);
  if (words.empty()) return "";
  const Output output = program(words, input);
  if (!assignments.empty()) state_.variables = before;
  return into_file ? Output("") : output;
}

void CommandReader::append(std::vector<Word>& words, const Node& node) {
  for (Word& word : expand(node)) words.push_back(std::move(word));
}

// `words` is not empty.
Output CommandReader::program(Words words, const Input& input) {
  if (!step() || !words[0].known || words[0].text.empty()) return std::nullopt;
  const std::string name(base_name(words[0].text));
  if (const auto function = state_.functions.find(words[0].text);
      function != state_.functions.end())
    return call(Function(function->second), words);
  if (const auto output = builtin(name, words)) return *output;
  if (name == "git" || name.starts_with("git-")) return git(name, words, input);
  if (is_listed(kShells, name)) return shell(words, input);
  if (name == "env") return environment(words, input);
  if (name == "xargs" || name == "gxargs") return xargs(words, input);
  if (name == "find" || name == "gfind") return find(words);
  if (name.starts_with("python") || name == "py" || name.starts_with("pypy"))
    return python(words, input);
  for (const Prefix& prefix : kPrefixes) {
    if (const std::size_t size = names_program(prefix.names, words); size > 0)
      return behind_prefix(prefix, words, size, input);
  }
  if (name == "apply_patch" || name == "applypatch") return apply_patch(words, input);
  if (name == "patch" && !patch(words, input)) return std::nullopt;
  use_files(file_uses(words), state_.folder, name);
  return printed(name, words, input);
}

Output CommandReader::behind_prefix(const Prefix& prefix, Words words, std::size_t at,
                                    const Input& input) {
  const bool looks_up = words[0].text == "command" && words.size() > 1 &&
                        (words[1].text == "-v" || words[1].text == "-V");
  if (looks_up) return std::nullopt;
  at = behind_options(words, at, prefix.values);
  if (prefix.names.starts_with("flock") && at < words.size())
    touch(Effect::writes, words[at], state_.folder, "");
  at += static_cast<std::size_t>(prefix.operands);
  if (prefix.names.starts_with("flock") && at + 1 < words.size() && words[at].text == "-c")
    return nested(words[at + 1]);
  at = behind_options(words, std::min(at, words.size()), prefix.values);
  while (at < words.size() && is_assignment(words[at])) exported(words[at++]);
  return at < words.size() ? program(words.subspan(at), input) : Output();
}

bool CommandReader::is_assignment(const Word& word) {
  const std::size_t equals = word.text.find('=');
  return equals != std::string::npos && is_name(std::string_view(word.text).substr(0, equals));
}

// A line that another shell runs.
Output CommandReader::nested(const Word& text) {
  if (!text.known) return std::nullopt;
  return in_copy([&] {
    const Output output = line(text.text);
    state_.left = Left::no;
    return output;
  });
}

// What the shell does itself; none: it is another program.
std::optional<Output> CommandReader::builtin(const std::string& name, Words words) {
  if (name == "cd" || name == "chdir" || name == "pushd" || name == "popd")
    return change_folder(name, words);
  if (name == "eval") return evaluate(words);
  if (name == "trap")
    return words.size() > 2 ? nested(words[words[1].text == "--" ? 2 : 1]) : Output("");
  if (name == "export" || name == "declare" || name == "typeset" || name == "readonly" ||
      name == "local") {
    for (const Word& word : words.subspan(1)) exported(word);
    return Output("");
  }
  if (name == "exit" || name == "return" || name == "break" || name == "continue") {
    state_.left = name == "exit" ? Left::shell : name == "return" ? Left::function : Left::loop;
    return Output("");
  }
  if (name == "set") return set_arguments(words);
  if (name == "shift") {
    if (state_.arguments && !state_.arguments->empty())
      state_.arguments->erase(state_.arguments->begin());
    return Output("");
  }
  if (name == "read" || name == "mapfile" || name == "readarray" || name == "getopts" ||
      name == "let" || name == "unset") {
    for (const Word& word : words.subspan(1))
      forget_variable({word.text.substr(0, word.text.find_first_of("=+-*/ ")), word.known});
    return Output("");
  }
  if (name == "printf" && words.size() > 2 && words[1].text == "-v") {
    forget_variable(words[2]);
    return Output("");
  }
  if (is_listed("true false : test [ wait umask ulimit alias shopt hash source .", name))
    return Output();
  return std::nullopt;
}

Output CommandReader::set_arguments(Words words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i].text == "--") {
      state_.arguments =
          std::vector<Word>(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      return "";
    }
    if (!words[i].text.starts_with('-') && !words[i].text.starts_with('+')) {
      if (words[i - 1].text != "-o" && words[i - 1].text != "+o" &&
          !words[i - 1].text.ends_with('o'))
        state_.arguments.reset();
      return "";
    }
  }
  return "";
}

Output CommandReader::evaluate(Words words) {
  std::string text;
  for (const Word& word : words.subspan(1)) {
    if (!word.known) return std::nullopt;
    text += word.text + " ";
  }
  return line(text);
}

bool CommandReader::is_there(const fs::path& folder) const {
  if (git::is_folder(folder)) return true;
  const std::string path = folder.lexically_normal().string();
  return std::any_of(state_.made.begin(), state_.made.end(), [&](const std::string& made) {
    return made == path || (made.starts_with(path) && made[path.size()] == '/');
  });
}

Output CommandReader::change_folder(const std::string& name, Words words) {
  const Arguments arguments = read_arguments(words.subspan(1), {});
  const std::vector<Word>& to = arguments.operands;
  const auto before = state_.folder;
  if (name == "popd") {
    const bool simple = to.empty() && !state_.stack.empty();
    state_.folder = simple ? state_.stack.back() : std::nullopt;
    if (simple) state_.stack.pop_back();
  } else if (name == "pushd" && (to.size() != 1 || to[0].text.starts_with('+'))) {
    state_.folder.reset();
    state_.stack.clear();
  } else {
    if (name == "pushd") state_.stack.push_back(before);
    state_.folder = to.empty() ? home_folder() : folder_named(to[0]);
  }
  state_.old_folder = before;
  return "";
}

std::optional<fs::path> CommandReader::home_folder() const {
  if (context_.home.empty()) return std::nullopt;
  return fs::path(context_.home);
}

std::optional<fs::path> CommandReader::folder_named(const Word& to) const {
  if (!to.known) return std::nullopt;
  if (to.text == "-") return state_.old_folder;
  if (to.text.empty()) return state_.folder;
  if (!state_.folder && to.text[0] != '/') return std::nullopt;
  const fs::path folder = state_.folder.value_or("/") / to.text;
  if (git::is_folder(folder)) return git::real_path(folder);
  return is_there(folder) ? std::optional(folder.lexically_normal()) : std::nullopt;
}

// sh -c 'LINE' NAME ARGUMENT…, or what it reads.
Output CommandReader::shell(Words words, const Input& input) {
  bool takes_line = false, reads = false;
  std::size_t at = 1;
  for (; at < words.size() && (words[at].text.starts_with('-') || words[at].text.starts_with('+'));
       ++at) {
    const std::string& text = words[at].text;
    if (text == "--" || text == "-") {
      ++at;
      break;
    }
    if (is_listed("--rcfile --init-file -o +o -O +O --command", text)) {
      takes_line = takes_line || text == "--command";
      if (text != "--command") ++at;
      continue;
    }
    if (text.starts_with("--")) continue;
    takes_line = takes_line || text.find('c') != text.npos;
    reads = reads || text.find('s') != text.npos;
    if (text.size() > 2 && text.back() == 'o') ++at;
  }
  at = std::min(at, words.size());
  const Words rest = words.subspan(at);
  if (takes_line && rest.empty()) return std::nullopt;
  const bool from_input = !takes_line && (reads || rest.empty());
  if (!takes_line && !from_input) return std::nullopt;  // a script's content is not read
  return in_copy([&]() -> Output {
    if (takes_line && rest.size() > 1) state_.name = rest[1];
    const std::size_t first = takes_line ? std::min<std::size_t>(2, rest.size()) : 0;
    state_.arguments =
        std::vector<Word>(rest.begin() + static_cast<std::ptrdiff_t>(first), rest.end());
    if (from_input && !input.text) return std::nullopt;
    return takes_line ? nested(rest[0]) : nested({*input.text});
  });
}

Output CommandReader::environment(Words words, const Input& input) {
  return in_copy([&]() -> Output {
    std::size_t at = 1;
    for (; at < words.size(); ++at) {
      const Word& word = words[at];
      const auto value = [&](std::string_view letter,
                             std::string_view name) -> std::optional<Word> {
        if (word.text == letter || word.text == name)
          return at + 1 < words.size() ? std::optional(words[++at]) : std::nullopt;
        if (word.text.starts_with(std::string(name) + "="))
          return Word{word.text.substr(name.size() + 1), word.known};
        if (word.text.starts_with(letter) && !word.text.starts_with("--"))
          return Word{word.text.substr(letter.size()), word.known};
        return std::nullopt;
      };
      if (!word.known && word.text.empty()) continue;
      if (is_assignment(word)) {
        exported(word);
      } else if (word.text == "--") {
        ++at;
        break;
      } else if (!word.text.starts_with('-')) {
        break;
      } else if (const auto folder = value("-C", "--chdir")) {
        state_.folder = folder_named(*folder);
      } else if (const auto text = value("-S", "--split-string")) {
        std::string whole = text->text;
        for (const Word& more : words.subspan(at + 1))
          whole += more.known ? " '" + more.text + "'" : "";
        return nested({whole, text->known});
      } else if (const auto name = value("-u", "--unset")) {
        forget_variable(*name);
      }
    }
    return at < words.size() ? program(words.subspan(at), input) : Output();
  });
}

Output CommandReader::python(Words words, const Input& input) {
  for (std::size_t at = 1; at + 1 < words.size() && words[at].text.starts_with('-'); ++at) {
    if (words[at].text == "-m") return program(words.subspan(at + 1), input);
    if (words[at].text == "-X" || words[at].text == "-W") ++at;
    if (words[at].text == "-c") break;
  }
  return std::nullopt;
}

// Each item of the input is put behind the command, or in place of `{}`.
Output CommandReader::xargs(Words words, const Input& input) {
  const std::size_t end = behind_options(
      words, 1,
      "I L n P s a d E --max-args --max-procs --delimiter --arg-file --max-lines --replace");
  const Arguments options = read_arguments(
      words.subspan(1, end - 1),
      {.values = "I L n P s a d E --delimiter --arg-file", .attached = "i l --replace"});
  const std::vector<Word> base(words.begin() + static_cast<std::ptrdiff_t>(end), words.end());
  if (base.empty()) return std::nullopt;
  std::string mark;
  if (const Word* given = options.value_of("I --replace"); given != nullptr) mark = given->text;
  if (mark.empty() && options.has_any("i --replace")) mark = "{}";
  const bool from_file = options.has_any("a --arg-file");
  if (!input.text || from_file)
    return in_copy([&] { return with_items(base, mark, {{"", false}}); });
  std::vector<Word> items;
  const char separator = options.has_any("0 --null") ? '\0' : '\n';
  std::string text = *input.text;
  const bool by_line = !mark.empty() || separator == '\0' || options.has_any("d --delimiter");
  if (!by_line) std::replace(text.begin(), text.end(), ' ', '\n');
  for (std::string& item : lines_of(text, separator)) items.push_back({std::move(item)});
  return in_copy([&] { return with_items(base, mark, items); });
}

Output CommandReader::with_items(const std::vector<Word>& base, const std::string& mark,
                                 const std::vector<Word>& items) {
  if (mark.empty()) {
    std::vector<Word> all = base;
    all.insert(all.end(), items.begin(), items.end());
    return program(all, {});
  }
  for (std::size_t i = 0; i < items.size() && i < kMostRounds; ++i) {
    std::vector<Word> one = base;
    for (Word& word : one) put_in(word, mark, items[i]);
    program(one, {});
  }
  return std::nullopt;
}

void CommandReader::put_in(Word& word, const std::string& mark, const Word& item) {
  for (std::size_t at = word.text.find(mark); at != std::string::npos;
       at = word.text.find(mark, at + item.text.size())) {
    word.text.replace(at, mark.size(), item.text);
    if (item.known) continue;
    word = {word.text.substr(0, at), false};
    return;
  }
}

// find ROOT… TEST… -delete, -exec COMMAND ; or +
Output CommandReader::find(Words words) {
  std::size_t at = 1;
  while (at < words.size() && is_listed("-H -L -P", words[at].text)) ++at;
  std::vector<Word> roots;
  for (; at < words.size() && !words[at].text.starts_with('-') && words[at].text != "(" &&
         words[at].text != "!";
       ++at)
    roots.push_back(words[at]);
  if (roots.empty()) roots.push_back({"."});
  FindTests tests;
  bool known = true, no = false, deletes = false, ends_in_nul = false;
  std::vector<std::vector<Word>> commands;
  std::vector<bool> together;
  for (; at < words.size(); ++at) {
    const std::string& option = words[at].text;
    const Word* next = at + 1 < words.size() ? &words[at + 1] : nullptr;
    if (is_listed("-exec -execdir -ok -okdir", option)) {
      commands.emplace_back();
      while (++at < words.size() && words[at].text != ";" && words[at].text != "+")
        commands.back().push_back(words[at]);
      together.push_back(at < words.size() && words[at].text == "+");
    } else if (option == "-delete") {
      deletes = true;
    } else if (is_listed("-name -iname -path -ipath -wholename -type", option) && next != nullptr) {
      known = known && next->known;
      tests.tests.push_back({option == "-wholename" ? "-path" : option, words[++at].text, no});
      no = false;
    } else if (option == "-empty") {
      tests.tests.push_back({option, "", no});
      no = false;
    } else if (option == "!" || option == "-not") {
      no = !no;
    } else if (is_listed("-maxdepth -mindepth", option) && next != nullptr) {
      const auto depth = static_cast<std::size_t>(std::atoi(words[++at].text.c_str()));
      (option == "-maxdepth" ? tests.deepest : tests.least) = depth;
    } else if (is_listed("-fprint -fprint0 -fls -fprintf", option) && next != nullptr) {
      touch(Effect::writes, words[++at], state_.folder, "find");
    } else if (option == "-print0") {
      ends_in_nul = true;
    } else if (!is_listed("-print -depth -mount -xdev -follow -a -and", option)) {
      known = false;
    }
  }
  std::vector<Word> matches;
  bool used = deletes || (listing_ && commands.empty());
  for (std::size_t i = 0; i < commands.size() && !used; ++i)
    used = does_anything([&] { find_command(commands[i], true, {{std::string(kProbe)}}); });
  if (!used) return std::nullopt;
  if (known) known = find_matches(roots, tests, matches);
  if (deletes) {
    for (const Word& root : known ? std::vector<Word>() : roots)
      touch(Effect::fills, root, state_.folder, "find -delete");
    for (const Word& match : matches) touch(Effect::removes, match, state_.folder, "find -delete");
  }
  for (std::size_t i = 0; i < commands.size(); ++i)
    find_command(commands[i], together[i], known ? matches : std::vector<Word>{{"", false}});
  if (!known || deletes || !commands.empty()) return std::nullopt;
  std::string text;
  for (const Word& match : matches) text.append(match.text).append(1, ends_in_nul ? '\0' : '\n');
  return text;
}

void CommandReader::find_command(const std::vector<Word>& command, bool together,
                                 const std::vector<Word>& matches) {
  if (command.empty()) return;
  const auto run_with = [&](std::span<const Word> items) {
    std::vector<Word> all;
    for (const Word& word : command) {
      if (word.text == "{}") {
        all.insert(all.end(), items.begin(), items.end());
      } else {
        all.push_back(word);
        if (!items.empty()) put_in(all.back(), "{}", items[0]);
      }
    }
    if (!all.empty()) in_copy([&] { return program(all, {}); });
  };
  if (together) {
    if (!matches.empty()) run_with(matches);
    return;
  }
  for (std::size_t i = 0; i < matches.size() && i < kMostRounds; ++i)
    run_with(std::span(&matches[i], 1));
}

bool CommandReader::find_matches(const std::vector<Word>& roots, const FindTests& tests,
                                 std::vector<Word>& matches) {
  for (const Word& root : roots) {
    if (!root.known || (!state_.folder && !root.text.starts_with('/'))) return false;
    const fs::path top = state_.folder.value_or("/") / root.text;
    const auto take = [&](const std::string& path, std::size_t depth) {
      if (depth >= tests.least && depth <= tests.deepest &&
          tests.matches(path, state_.folder.value_or("/") / path))
        matches.push_back({path});
    };
    take(root.text, 0);
    if (!git::is_folder(top)) continue;
    const auto all = files_below(top, kMostFiles, true);
    if (all.size() >= kMostFiles) return false;
    const std::string prefix = root.text.ends_with('/') ? root.text : root.text + "/";
    for (const std::string& path : all)
      take(prefix + path, 1 + static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')));
  }
  return true;
}

}  // namespace gs::agents::walk
