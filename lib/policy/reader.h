#pragma once
// Reads typed values out of the tree; the tables of keys and words in grammar.h drive it.

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/ids.h"
#include "lib/core/time.h"
#include "lib/policy/yaml.h"

namespace gs::policy {

// ---- The rows of the tables that say which keys a map may have and which words a value may be.

class Reader;

// One key of a map that is read into a T.
template <class T>
struct Field {
  std::string_view key;
  void (*read)(Reader&, const YamlNode&, T&);
  std::string_view example = {};  // of a required key, for the hint; empty: it may be left out

  std::string_view name() const { return key; }
};

// One word of a value that is one of several.
template <class E>
struct Word {
  std::string_view word;
  E value;

  std::string_view name() const { return word; }
};

template <class T>
const Field<T>* find_key(std::span<const Field<T>> table, std::string_view key) {
  for (const Field<T>& row : table) {
    if (row.key == key) return &row;
  }
  return nullptr;
}

template <class Row>
std::vector<std::string> names_of(std::span<const Row> table) {
  std::vector<std::string> all;
  for (const Row& row : table) all.emplace_back(row.name());
  return all;
}

// ---- What a policy's parts say about each other, with places: checked once everything is read.

struct Reference {
  std::string from, to;  // stream or agent ids; for a layer: its name and the module
  const YamlNode* at = nullptr;
};

struct TaskReference {
  std::size_t task = 0;  // its index
  const YamlNode *stream = nullptr, *agent = nullptr;
};

struct References {
  std::vector<Reference> streams;     // `from` is the stream, at its key
  std::vector<Reference> agents;      // `from` is the agent, `to` its stream, at its key
  std::vector<Reference> depends_on;  // stream to stream
  std::vector<Reference> after;       // agent to agent
  std::vector<Reference> modules;     // layer to module
  std::vector<TaskReference> tasks;
  const YamlNode* branch = nullptr;  // where the naming rule and the integration branch are
  const YamlNode* integration_branch = nullptr;  // given; null where the default stands
};

// Every method throws core::Error with the node's place when the node is not what is asked for.
class Reader {
 public:
  explicit Reader(const Source& source) : source_(source) {}

  std::string text(const YamlNode& node);                // not empty
  std::vector<std::string> texts(const YamlNode& node);  // a list of text
  std::vector<std::string> argv(const YamlNode& node);   // the same, at least one
  bool boolean(const YamlNode& node);                    // true or false
  core::Seconds duration(const YamlNode& node);          // longer than nothing
  core::StreamId stream_id(const YamlNode& node);
  core::AgentId agent_id(const YamlNode& node);
  std::string pattern(const YamlNode& node);
  std::vector<std::string> patterns(const YamlNode& node);
  std::span<const YamlNode* const> list(const YamlNode& node);
  // Of a map: key, value, key, value, … `what` names it in messages; empty: by its key.
  std::span<const YamlNode* const> pairs(const YamlNode& node, std::string_view what = {});

  template <class E, std::size_t N>
  E word(const YamlNode& node, const Word<E> (&words)[N]) {
    const std::string given = text(node);
    for (const Word<E>& row : words) {
      if (row.word == given) return row.value;
    }
    fail_word(node, given, names_of<Word<E>>(words));
  }

  // Reads a map by its table; `what` names it in messages: "a stream".
  template <class T>
  void fields(const YamlNode& node, std::span<const Field<T>> table, std::string_view what,
              T& out) {
    const std::span<const YamlNode* const> all = pairs(node, what);
    std::vector<std::string_view> given;
    for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
      const Field<T>* row = find_key(table, all[i]->text);
      if (row == nullptr) fail_key(*all[i], what, names_of(table));
      given.push_back(row->key);
      at_key(row->key, [&] { row->read(*this, *all[i + 1], out); });
    }
    for (const Field<T>& row : table) {
      if (row.example.empty() || std::ranges::count(given, row.key) != 0) continue;
      fail(node, std::string(what) + " needs the key '" + std::string(row.key) + "'",
           "for example: " + std::string(row.example));
    }
  }

  [[noreturn]] void fail(const YamlNode& node, const std::string& message,
                         std::string hint = {}) const {
    source_.fail(node.place, message, std::move(hint));
  }
  std::string_view key() const { return key_; }  // whose value is being read

  // Reads with another key in messages.
  template <class Read>
  void at_key(std::string_view key, const Read& read) {
    const std::string_view outer = std::exchange(key_, key);
    read();
    key_ = outer;
  }

  References references;

 private:
  [[noreturn]] void fail_key(const YamlNode& key, std::string_view what,
                             const std::vector<std::string>& known) const;
  [[noreturn]] void fail_word(const YamlNode& node, const std::string& given,
                              const std::vector<std::string>& known) const;
  [[noreturn]] void fail_kind(const YamlNode& node, std::string_view wanted, std::string hint,
                              std::string_view what = {}) const;
  std::string subject(const YamlNode& node) const;  // "'files'", or "an item of 'files'"
  const std::string& scalar(const YamlNode& node);  // may be empty
  void count(const YamlNode& node);

  const Source& source_;
  std::string_view key_;
  std::size_t visits_ = 0;  // bounds what aliases can blow up to
};

// "did you mean 'x'?", or what there is to choose from.
std::string word_hint(std::string_view given, const std::vector<std::string>& known);

}  // namespace gs::policy
