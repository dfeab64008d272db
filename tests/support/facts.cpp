#include "tests/support/facts.h"

#include <sstream>
#include <stdexcept>

namespace gs::test {

namespace {

void read_module(const std::string& word, core::Import& import) {
  import.level = static_cast<std::uint32_t>(std::min(word.find_first_not_of('.'), word.size()));
  import.module = std::string_view(word).substr(import.level);
}

void add(const std::string& text, core::ImportWriter& writer) {
  core::Import import;
  std::istringstream words(text);
  std::string word, module;
  for (words >> word; word.find_first_not_of("0123456789") != word.npos; words >> word) {
    import.type_checking |= word == "tc";
    import.guarded |= word == "guarded";
    if (word == "def") import.scope = core::ImportScope::function;
    if (word == "class") import.scope = core::ImportScope::class_body;
  }
  import.line = static_cast<std::uint32_t>(std::stoul(word));
  words >> word >> module;
  read_module(module, import);
  std::vector<std::string> names;
  if (word == "from") {
    words >> word;
    if (word != "import") throw std::invalid_argument(text);
    import.kind = core::ImportKind::from;
    while (words >> word) {
      if (word.ends_with(',')) word.pop_back();
      names.push_back(word);
    }
    if (names == std::vector<std::string>{"*"}) {
      import.kind = core::ImportKind::star;
      names.clear();
    }
    for (const std::string& name : names) import.names.push_back({name, {}});
  } else if (word == "dynamic") {
    import.kind = core::ImportKind::dynamic;
    if (words >> word) import.anchor = word;
  }
  writer.add(import);
}

}  // namespace

std::string facts(const std::vector<std::string>& imports,
                  const std::vector<core::Partial>& partials) {
  core::ImportWriter writer;
  for (const std::string& text : imports) add(text, writer);
  for (const core::Partial& partial : partials) writer.add(partial);
  return writer.take();
}

}  // namespace gs::test
