#pragma once
// The walk over a command line's syntax tree, for command_reader.h: what the shell would do, word
// by word. In four files, by what is read: statements (command_reader.cpp), words
// (word_reader.cpp), programs that run others (program_reader.cpp), and what is done to files
// (file_reader.cpp).

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/agents/shell/command_reader.h"
#include "lib/agents/shell/syntax.h"
#include "lib/agents/shell/words.h"

namespace gs::agents::walk {

namespace fs = std::filesystem;
using Words = std::span<const Word>;
using From = Draft::From;
// What a command prints; none: unknown.
using Output = std::optional<std::string>;

// So many say enough, and bound the time that any line takes.
inline constexpr int kDeepestLine = 6, kDeepestNode = 120, kMostSteps = 20'000;
inline constexpr std::size_t kMostActs = 20'000, kMostRounds = 200, kMostFiles = 10'000;
inline constexpr std::chrono::milliseconds kLongest{500};
inline constexpr std::string_view kProbe = "/\x01";  // a file that is nowhere

// A command's standard input.
struct Input {
  Output text;
  std::optional<Word> file;  // that it is read from
};

struct Value {
  std::vector<Word> items;
  bool known() const {
    return std::all_of(items.begin(), items.end(), [](const Word& item) { return item.known; });
  }
  bool operator==(const Value&) const = default;
};
inline Value unknown_value() {
  return {{{"", false}}};
}

struct Function {
  const SyntaxTree* tree;
  Node body;
};

// How far the shell has got out of what it was in.
enum class Left { no, loop, function, shell };

// What a subshell has its own copy of.
struct State {
  std::optional<fs::path> folder, old_folder;
  std::vector<std::optional<fs::path>> stack;  // of pushd
  std::map<std::string, Value> variables;
  std::map<std::string, Function> functions;
  std::optional<Word> name;                    // $0
  std::optional<std::vector<Word>> arguments;  // $1, …
  std::set<std::string> made;                  // folders
  Left left = Left::no;
};

// A command of a list or pipeline, and what stands before it.
struct Part {
  std::optional<Node> node;  // none: redirections alone
  std::vector<Node> redirects;
  std::string_view before;  // "&&", "||", "|" or nothing
};

struct Prefix;     // a program that runs another one
struct FindTests;  // of find

bool is_digit(char c);
bool is_letter(char c);
bool is_name(std::string_view text);  // of a variable
std::string_view last_part(std::string_view path);

class CommandReader {
 public:
  CommandReader(const ShellContext& context, ShellReading& reading)
      : context_(context), reading_(reading), deadline_(Clock::now() + kLongest) {
    state_.folder = context.folder;
  }
  Output line(std::string_view text);

 private:
  std::nullopt_t fail(const std::string& why);
  bool step();

  // --- Statements

  Output statements(const std::vector<Node>& nodes);
  Output run(const Node& node, const Input& input);
  Output run_kind(const Node& node, const Input& input);
  template <class Body>
  Output in_copy(const Body& body) {
    const State before = state_;
    const Output output = body();
    state_ = before;
    return output;
  }
  Output group(const Node& node);
  void note_errors(const SyntaxTree& tree);
  void lay_out(const Node& node, std::string_view before, std::vector<Part>& parts, int deep = 0);
  Output sequence(const Node& node, const Input& input);
  Output pipeline(std::span<const Part> parts, Input input);
  bool is_used(std::span<const Part> parts, std::size_t at);
  template <class Body>
  bool does_anything(const Body& body) {
    const std::size_t before = reading_.acts.size();
    const bool risky = reading_.risky;
    in_copy([&] {
      body();
      return Output();
    });
    const bool any = reading_.acts.size() > before;
    reading_.acts.resize(before);
    reading_.risky = risky;
    return any;
  }
  Output part(const Part& part, Input input);

  // --- Redirections

  bool redirects(const Node& node, Input& input, std::vector<Word>* arguments);
  void here_string(const Node& node, Input& input);
  void here_substitutions(std::string_view text);

  // --- Words

  std::vector<Word> expand(const Node& node);
  Word expand_whole(const Node& node);
  Draft draft(const Node& node, bool quoted = false);
  void add(const Node& node, bool quoted, Draft& all);
  void add_text(std::string_view text, bool quoted, Draft& all);
  void add_range(const Node& node, std::uint32_t begin, std::uint32_t end, bool quoted, Draft& all);
  void add_value(const std::vector<Word>& items, bool quoted, Draft& all);
  std::optional<Value> value_of(std::string_view name);
  void variable(std::string_view name, bool quoted, Draft& all);
  void expansion(const Node& node, bool quoted, Draft& all);
  void operation(const Node& node, std::string_view rest, const std::optional<Value>& value,
                 bool quoted, Draft& all);
  static std::string stripped(const std::string& text, const std::string& pattern, bool beginning,
                              bool longest);
  void substitution(const Node& node, bool quoted, Draft& all);
  void substitutions(const Node& node);
  Output arithmetic(const Node& node);

  // --- Variables

  void assign(const Node& node);
  void set_variable(const std::string& name, Value value, bool appends = false, bool list = false);
  void forget_variable(const Word& name);
  Output declare(const Node& node);
  void exported(const Word& word);
  Output unset(const Node& node);

  // --- Compound commands

  Output branches(const Node& node);
  void branches_of(const Node& clause, State& after);
  void end_round(const State& before);
  Output loop(const Node& node);
  Output for_each(const Node& node);
  Output cases(const Node& node);
  Output define(const Node& node);
  Output call(const Function& function, Words words);

  // --- Simple commands

  Output command(const Node& node, const std::vector<Node>& more, Input input);
  void append(std::vector<Word>& words, const Node& node);
  Output program(Words words, const Input& input);
  Output behind_prefix(const Prefix& prefix, Words words, std::size_t at, const Input& input);
  static bool is_assignment(const Word& word);
  Output nested(const Word& text);
  std::optional<Output> builtin(const std::string& name, Words words);
  Output set_arguments(Words words);
  Output evaluate(Words words);
  bool is_there(const fs::path& folder) const;
  Output change_folder(const std::string& name, Words words);
  std::optional<fs::path> home_folder() const;
  std::optional<fs::path> folder_named(const Word& to) const;
  Output shell(Words words, const Input& input);
  Output environment(Words words, const Input& input);
  Output python(Words words, const Input& input);
  Output xargs(Words words, const Input& input);
  Output with_items(const std::vector<Word>& base, const std::string& mark,
                    const std::vector<Word>& items);
  static void put_in(Word& word, const std::string& mark, const Word& item);
  Output find(Words words);
  void find_command(const std::vector<Word>& command, bool together,
                    const std::vector<Word>& matches);
  bool find_matches(const std::vector<Word>& roots, const FindTests& tests,
                    std::vector<Word>& matches);
  Output apply_patch(Words words, const Input& input);
  Output content(const Input& input) const;
  static Output file_content(const Word& name, const std::optional<fs::path>& folder);
  bool patch(Words words, const Input& input);

  // --- git

  Output git(const std::string& name, Words words, const Input& input);
  void git_patches(const GitReading& reading, const Input& input);
  static Output rev_parse(Words words, const std::optional<fs::path>& folder);

  // --- What a command prints, where that is plain to see

  Output printed(const std::string& name, Words words, const Input& input) const;
  static std::string joined(Words words);
  static Output formatted(Words words);
  static Output sequence_to(const std::string& last);
  Output listed(Words words) const;

  // --- What is done to files

  void add_act(Act act);
  void touch(Effect effect, const Word& word, const std::optional<fs::path>& folder,
             std::string what, bool recursive = false);
  static std::pair<Word, std::optional<fs::path>> from_top(Word word,
                                                           std::optional<fs::path> folder);
  std::vector<Word> as_pathspec(const Word& word, const std::optional<fs::path>& folder) const;
  void use_files(const FileUses& uses, const std::optional<fs::path>& folder,
                 const std::string& program);
  void copy(const FileUses& uses, const std::optional<fs::path>& folder,
            const std::string& program);

  const ShellContext& context_;
  ShellReading& reading_;
  Clock::time_point deadline_;
  std::vector<std::shared_ptr<const SyntaxTree>> trees_;
  const SyntaxTree* tree_ = nullptr;
  State state_;
  bool listing_ = false;  // what is printed is looked at
  int depth_ = 0, nested_ = 0, steps_ = 0, lines_ = 0;
};

}  // namespace gs::agents::walk
