#pragma once
// The syntax tree of a shell command line, by tree-sitter's grammar of Bash (npm: tree-sitter-bash
// 0.23.3; its src/node-types.json names the kinds of nodes).

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tree_sitter/api.h>
#include <vector>

namespace gs::agents {

// The named nodes that are told apart, called as the grammar calls them. `token`: an operator, a
// keyword, a quote; `missing`: what the parser put in to go on.
enum class Kind : std::uint8_t {
  other,
  token,
  error,
  missing,
  ansi_c_string,
  arithmetic_expansion,
  array,
  brace_expression,
  c_style_for_statement,
  case_item,
  case_statement,
  command,
  command_name,
  command_substitution,
  comment,
  compound_statement,
  concatenation,
  declaration_command,
  do_group,
  elif_clause,
  else_clause,
  expansion,
  extglob_pattern,
  file_redirect,
  for_statement,
  function_definition,
  heredoc_redirect,
  herestring_redirect,
  if_statement,
  list,
  negated_command,
  number,
  pipeline,
  process_substitution,
  program,
  raw_string,
  redirected_statement,
  regex,
  simple_expansion,
  special_variable_name,
  string,
  subscript,
  subshell,
  test_command,
  translated_string,
  unset_command,
  variable_assignment,
  variable_assignments,
  variable_name,
  while_statement,
  word
};

enum class Field : std::uint8_t {
  none,
  body,
  condition,
  destination,
  name,
  redirect,
  value,
  variable
};

struct Node {
  TSNode node;
  Kind kind = Kind::other;
  Field field = Field::none;  // what it is to its parent

  std::uint32_t begin() const { return ts_node_start_byte(node); }
  std::uint32_t end() const { return ts_node_end_byte(node); }
};

// Owns the text and the tree; nodes are valid as long as it lives.
class SyntaxTree {
 public:
  SyntaxTree(std::string text, TSTree* tree) : text_(std::move(text)), tree_(tree) {}

  Node root() const;
  std::vector<Node> children(const Node& node) const;
  std::string_view text(const Node& node) const;
  std::string_view text(std::uint32_t begin, std::uint32_t end) const;
  bool has_error() const;
  // What is no part of the language, or missing in it.
  std::vector<Node> errors() const;

 private:
  struct Deleter {
    void operator()(TSTree* tree) const { ts_tree_delete(tree); }
  };
  std::string text_;
  std::unique_ptr<TSTree, Deleter> tree_;
};

// What a redirection from a text, in place of a here-document, begins with. The shell runs commands
// that stand in the latter.
inline constexpr std::string_view kText = "\a", kExpandedText = "\a\a";

using Clock = std::chrono::steady_clock;

// The grammar knows at most one here-document a line, and none with more behind its name. So they
// are put in as redirections from a text: `cat <<E; ls` and its lines become `cat < $'\atext'; ls`.
//
// Null when there was no time until `deadline`, and for pipelines of over a thousand commands.
std::shared_ptr<const SyntaxTree> parse_shell(std::string_view line, Clock::time_point deadline);

}  // namespace gs::agents
