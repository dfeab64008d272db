#pragma once
// The keys and words of a policy: tables that the parser walks, and that tests hold the schema to.

#include <string>
#include <string_view>
#include <vector>

#include "lib/core/policy.h"
#include "lib/policy/reader.h"

namespace gs::policy {

// The maps of a policy, each with the table that reads it.
void read_streams(Reader& reader, const YamlNode& node, core::Policy& policy);
void read_layers(Reader& reader, const YamlNode& node, core::Policy& policy);
void read_python(Reader& reader, const YamlNode& node, core::Policy& policy);
void read_locks(Reader& reader, const YamlNode& node, core::Policy& policy);
void read_coordination(Reader& reader, const YamlNode& node, core::Policy& policy);
void read_rules(Reader& reader, const YamlNode& node, core::Policy& policy);
void read_validate(Reader& reader, const YamlNode& node, core::Policy& policy);
void read_agent_hooks(Reader& reader, const YamlNode& node, core::Policy& policy);
void read_agent_tools(Reader& reader, const YamlNode& node, core::Policy& policy);
void read_tasks(Reader& reader, const YamlNode& node, core::Policy& policy);

// A table as plain text. `object` is where it stands: "", "streams.*", "layers[]", …
struct KeySet {
  std::string_view object;
  std::vector<std::string_view> keys, required;
};
// The words of an enumerated value at `value`: "streams.*.parallel", …
struct WordSet {
  std::string value;
  std::vector<std::string_view> words;
};
std::vector<KeySet> grammar_keys();
std::vector<WordSet> grammar_words();

template <class T, std::size_t N>
KeySet key_set(std::string_view object, const Field<T> (&table)[N]) {
  KeySet set{object, {}, {}};
  for (const Field<T>& row : table) {
    set.keys.push_back(row.key);
    if (!row.example.empty()) set.required.push_back(row.key);
  }
  return set;
}

template <class E, std::size_t N>
WordSet word_set(const std::string& value, const Word<E> (&table)[N]) {
  WordSet set{value, {}};
  for (const Word<E>& row : table) set.words.push_back(row.word);
  return set;
}

// The parts of grammar_keys() and grammar_words(), one a source file.
void add_stream_grammar(std::vector<KeySet>& keys, std::vector<WordSet>& words);
void add_settings_grammar(std::vector<KeySet>& keys, std::vector<WordSet>& words);
void add_work_grammar(std::vector<KeySet>& keys, std::vector<WordSet>& words);

}  // namespace gs::policy
