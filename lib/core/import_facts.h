#pragma once
// What a Python file imports, as facts: values, and the bytes in which they are kept.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gs::core {

enum class ImportKind : std::uint8_t { import, from, star, dynamic };
enum class ImportScope : std::uint8_t { module, class_body, function };

std::string_view kind_name(ImportKind kind);     // "import", "from", "star", "dynamic"
std::string_view scope_name(ImportScope scope);  // "module", "class", "function"

struct ImportedName {
  std::string_view name, alias;  // alias: empty when there is none
};

// One imported module as it is written: `import a, b` are two, `from p import x, y` is one. Text is
// UTF-8, identifiers NFKC-folded. The views live as long as the bytes they were read from.
struct Import {
  ImportKind kind = ImportKind::import;
  ImportScope scope = ImportScope::module;
  bool type_checking = false, guarded = false;
  std::uint32_t line = 0;   // 1-based: the statement's (or the call's) first
  std::uint32_t level = 0;  // leading dots
  std::string_view module;  // without the dots; empty in `from . import x`
  std::string_view alias;   // of `import module as alias`
  std::string_view anchor;  // dynamic and relative: the package it starts from; "__package__"
                            // and "__name__" are the file's own
  std::vector<ImportedName> names;  // of `from`, and of __import__(…, fromlist=[…])
};

// Why a file's facts may be incomplete: something there could hide an import.
enum class Trouble : std::uint8_t {
  unreadable_import,  // an import statement that makes no sense
  open_string,        // a string without its end
  open_bracket,       // a bracket without its end, or an end without its bracket
  indentation,        // a line indented as no block is
  conflict_marker,    // <<<<<<< of an unfinished merge
  nul_byte,
  unknown_encoding,  // a coding cookie that is not known
  bad_encoding,      // bytes that the declared encoding does not have
  syntax,            // anything else that is no Python
  too_large          // beyond the size that is read at all
};

std::string_view trouble_text(Trouble trouble);  // for people: "a string without its end"

struct Partial {
  Trouble trouble = Trouble::syntax;
  std::uint32_t line = 0;
};

// Puts facts into bytes, in the order of their lines.
class ImportWriter {
 public:
  ImportWriter();
  void add(const Import& import);
  void add(const Partial& partial);
  std::string take();

 private:
  std::string bytes_;
};

// Reads them back in place, without copying text. Never reads beyond the bytes: whoever damaged
// them gets `damaged()`, and the rest is not there.
class ImportReader {
 public:
  explicit ImportReader(std::string_view bytes);

  // The next import; false at the end. `import.names` is reused.
  bool next(Import& import);
  bool damaged() const { return damaged_; }
  const std::vector<Partial>& partials() const { return partials_; }  // whole after the last next()

 private:
  std::string_view rest_;
  std::vector<Partial> partials_;
  bool damaged_ = false;
};

// ---- An import that has been resolved in a tree: who imports which module, and where it is
// written.

struct ImportEdge {
  std::string importer;  // module: "llm.news_analyzer"
  std::string path;      // its file
  std::uint32_t line = 0;
  std::string target;              // module: "llm.sentiment"
  std::string target_path;         // its file; empty: a namespace package, external, or not there
  std::vector<std::string> names;  // taken from the target: `from target import name`
  ImportKind kind = ImportKind::import;
  ImportScope scope = ImportScope::module;
  bool type_checking = false, guarded = false;
  bool internal = false;    // the first component of the target resolves
  bool beyond_top = false;  // a relative import beyond the top level: no edge; target as written

  bool operator==(const ImportEdge&) const = default;
};

}  // namespace gs::core
