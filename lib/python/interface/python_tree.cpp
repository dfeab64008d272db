#include "lib/python/interface/python_tree.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

#include "lib/core/error.h"

extern "C" const TSLanguage* tree_sitter_python();

namespace gs::python {

namespace {

struct Named {
  std::string_view name;
  Kind kind;
};

// As the grammar calls them.
constexpr auto kNodes = std::to_array<Named>({
    {"module", Kind::module},
    {"block", Kind::block},
    {"if_statement", Kind::if_},
    {"for_statement", Kind::for_},
    {"while_statement", Kind::while_},
    {"try_statement", Kind::try_},
    {"with_statement", Kind::with},
    {"match_statement", Kind::match},
    {"function_definition", Kind::function},
    {"class_definition", Kind::class_},
    {"decorated_definition", Kind::decorated},
    {"expression_statement", Kind::expression_statement},
    {"delete_statement", Kind::delete_},
    {"global_statement", Kind::global},
    {"nonlocal_statement", Kind::nonlocal},
    {"type_alias_statement", Kind::type_alias},
    {"exec_statement", Kind::exec},
    {"print_statement", Kind::print},
    {"assert_statement", Kind::simple_statement},
    {"return_statement", Kind::simple_statement},
    {"raise_statement", Kind::simple_statement},
    {"pass_statement", Kind::simple_statement},
    {"break_statement", Kind::simple_statement},
    {"continue_statement", Kind::simple_statement},
    {"future_import_statement", Kind::future_import},
    {"import_from_statement", Kind::from_import},
    {"import_statement", Kind::import_},
    {"elif_clause", Kind::elif_clause},
    {"else_clause", Kind::else_clause},
    {"except_clause", Kind::except_clause},
    {"except_group_clause", Kind::except_clause},
    {"finally_clause", Kind::finally_clause},
    {"case_clause", Kind::case_clause},
    {"with_clause", Kind::with_clause},
    {"with_item", Kind::with_item},
    {"case_pattern", Kind::case_pattern},
    {"class_pattern", Kind::class_pattern},
    {"keyword_pattern", Kind::keyword_pattern},
    {"splat_pattern", Kind::splat_pattern},
    {"as_pattern", Kind::as_pattern},
    {"as_pattern_target", Kind::as_pattern_target},
    {"list_pattern", Kind::list_pattern},
    {"tuple_pattern", Kind::tuple_pattern},
    {"pattern_list", Kind::pattern_list},
    {"dict_pattern", Kind::dict_pattern},
    {"union_pattern", Kind::union_pattern},
    {"list_splat_pattern", Kind::list_splat_pattern},
    {"dictionary_splat_pattern", Kind::dictionary_splat_pattern},
    {"list_splat", Kind::list_splat},
    {"list", Kind::list},
    {"tuple", Kind::tuple},
    {"expression_list", Kind::expression_list},
    {"parenthesized_expression", Kind::parenthesized},
    {"assignment", Kind::assignment},
    {"augmented_assignment", Kind::augmented_assignment},
    {"named_expression", Kind::named_expression},
    {"lambda", Kind::lambda},
    {"list_comprehension", Kind::comprehension},
    {"set_comprehension", Kind::comprehension},
    {"dictionary_comprehension", Kind::comprehension},
    {"generator_expression", Kind::comprehension},
    {"for_in_clause", Kind::for_in_clause},
    {"call", Kind::call},
    {"attribute", Kind::attribute},
    {"subscript", Kind::subscript},
    {"identifier", Kind::identifier},
    {"dotted_name", Kind::dotted_name},
    {"aliased_import", Kind::aliased_import},
    {"relative_import", Kind::relative_import},
    {"import_prefix", Kind::import_prefix},
    {"wildcard_import", Kind::wildcard_import},
    {"decorator", Kind::decorator},
    {"argument_list", Kind::argument_list},
    {"keyword_argument", Kind::keyword_argument},
    {"pair", Kind::pair},
    {"dictionary", Kind::dictionary},
    {"dictionary_splat", Kind::dictionary_splat},
    {"parameters", Kind::parameters},
    {"lambda_parameters", Kind::parameters},
    {"typed_parameter", Kind::typed_parameter},
    {"default_parameter", Kind::default_parameter},
    {"typed_default_parameter", Kind::typed_default_parameter},
    {"keyword_separator", Kind::keyword_separator},
    {"positional_separator", Kind::positional_separator},
    {"generic_type", Kind::generic_type},
    {"constrained_type", Kind::constrained_type},
    {"member_type", Kind::member_type},
    {"type_parameter", Kind::type_parameter},
    {"type", Kind::type},
    {"binary_operator", Kind::binary_operator},
    {"string", Kind::string},
    {"concatenated_string", Kind::concatenated_string},
    {"string_start", Kind::string_start},
    {"string_content", Kind::string_content},
    {"escape_sequence", Kind::escape_sequence},
    {"interpolation", Kind::interpolation},
    {"format_expression", Kind::interpolation},
    {"comment", Kind::comment},
    {"line_continuation", Kind::line_continuation},
});

std::vector<Kind> kinds_by_symbol() {
  const TSLanguage* language = tree_sitter_python();
  std::vector<Kind> kinds(ts_language_symbol_count(language), Kind::other);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const auto symbol = static_cast<TSSymbol>(i);
    if (ts_language_symbol_type(language, symbol) != TSSymbolTypeRegular) continue;
    const std::string_view name = ts_language_symbol_name(language, symbol);
    const auto node = std::ranges::find(kNodes, name, &Named::name);
    if (node != kNodes.end()) kinds[i] = node->kind;
  }
  return kinds;
}

// What the program was built with does not fit together: nothing that a source can cause.
core::Error mismatch() {
  return {core::ExitCode::broken,
          "this program's Python grammar (ABI " +
              std::to_string(ts_language_version(tree_sitter_python())) +
              ") does not fit its tree-sitter library",
          "build it anew with a library that takes the grammar"};
}

}  // namespace

Kind kind_of(TSNode node) {
  static const std::vector<Kind> kinds = kinds_by_symbol();
  if (ts_node_is_null(node)) return Kind::other;
  const TSSymbol symbol = ts_node_symbol(node);
  if (symbol < kinds.size()) return kinds[symbol];
  return Kind::error;  // the one symbol that no grammar counts
}

TSFieldId field_named(std::string_view name) {
  const auto length = static_cast<std::uint32_t>(name.size());
  return ts_language_field_id_for_name(tree_sitter_python(), name.data(), length);
}

std::optional<PythonTree> PythonTree::parse(std::string_view text,
                                            std::chrono::milliseconds limit) {
  using Micros = std::chrono::microseconds;
  const std::unique_ptr<TSParser, decltype([](TSParser* parser) { ts_parser_delete(parser); })>
      parser(ts_parser_new());
  if (!ts_parser_set_language(parser.get(), tree_sitter_python())) throw mismatch();
  // To the parser, 0 is no limit.
  const Micros::rep micros = std::max<Micros::rep>(Micros(limit).count(), 1);
  ts_parser_set_timeout_micros(parser.get(), static_cast<std::uint64_t>(micros));
  if (text.size() > std::numeric_limits<std::uint32_t>::max() / 2) return std::nullopt;
  TSTree* tree = ts_parser_parse_string(parser.get(), nullptr, text.data(),
                                        static_cast<std::uint32_t>(text.size()));
  if (!tree) return std::nullopt;
  return PythonTree(text, tree);
}

TSNode child_of(TSNode node, TSFieldId field) {
  return ts_node_is_null(node) ? node : ts_node_child_by_field_id(node, field);
}

}  // namespace gs::python
