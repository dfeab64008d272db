#pragma once
// Which files a program writes, moves and removes, by its words. A row of a table each: a program
// is added by a row. git is not among them (git_commands.h), nor what runs other programs
// (command_reader.cpp).

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gs::agents {

// A word of a command, without its quotes. What only running the line could tell is unknown: `text`
// is what stands before it, then.
struct Word {
  std::string text;
  bool known = true;

  bool operator==(const Word&) const = default;
};

struct FileUses {
  std::vector<Word> written, removed;
  std::vector<Word> filled;  // folders into which something is put that cannot be told
  std::vector<Word> made;    // folders
  // `sources` are copied to `target`: into it when it is a folder.
  std::vector<Word> sources;
  std::optional<Word> target;
  enum class Target { either, folder, file } target_is = Target::either;
  bool removes_sources = false;
  bool slash_means_content = false;  // of a source: `a/` is all that is in a
  // Folders among the files are meant with all that is in them.
  bool recursive = false;
  // Folders among the written are looked through for files to be changed: some, nobody knows which.
  bool some_of_folders = false;
};

// Nothing for a program that is not known to write. `words` starts with the program's name, which
// may have folders before it.
FileUses file_uses(std::span<const Word> words);

// A command's options and operands, by the options that take a value: single letters and whole
// options, separated by blanks ("t --target-directory").
struct Arguments {
  struct Option {
    std::string name;  // a letter, or "--long"
    std::optional<Word> value;
  };
  std::vector<Option> options;
  std::vector<Word> operands;
  std::optional<std::size_t> dashes;  // how many operands stand before "--"; none: there is no "--"

  bool has_any(std::string_view names) const;
  const Word* value_of(std::string_view names) const;  // the last one; null: none
};
struct OptionRules {
  std::string_view values = {};    // take a value
  std::string_view attached = {};  // take the rest of their word, if there is one
  bool whole_words = false;        // a single dash begins a whole name, in any case: PowerShell's
  bool modes = false;              // what has only a mode's letters is an operand: chmod's
};
Arguments read_arguments(std::span<const Word> words, const OptionRules& rules);

// Whether a list of names separated by blanks has the name.
bool is_listed(std::string_view names, std::string_view name);

// The name of a program without its folders.
std::string_view base_name(std::string_view path);

}  // namespace gs::agents
