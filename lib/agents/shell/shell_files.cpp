#include "lib/agents/shell/shell_files.h"

#include <algorithm>
#include <array>

namespace gs::agents {

namespace {

using Words = std::span<const Word>;

// The rest of a short option's cluster may be its value: "-tDIR".
bool takes_next(std::string_view cluster, std::string_view with_value) {
  for (std::size_t i = 1; i < cluster.size(); ++i) {
    if (with_value.find(cluster[i]) != with_value.npos) return i + 1 == cluster.size();
  }
  return false;
}

// The value of the option `letter` or `name`, wherever it stands.
const Word* value_of(Words words, char letter, std::string_view name) {
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    const std::string& text = words[i].text;
    if (text == "--") break;
    const bool is_short =
        text.size() > 1 && text[0] == '-' && text[1] != '-' && text.back() == letter;
    if (is_short || text == name) return &words[i + 1];
  }
  return nullptr;
}

Word with_text(const Word& word, std::size_t from) {
  Word rest = word;
  rest.text.erase(0, from);
  rest.pattern.erase(0, std::min(from, rest.pattern.size()));
  return rest;
}

Written all_of(Words words, std::string_view with_value) {
  return {operands(words, with_value), {}, {}};
}

// The last operand, or the folder that -t names.
Written copied(Words words, std::string_view with_value, bool moved) {
  constexpr std::array<std::string_view, 2> kLong{"--target-directory", "--suffix"};
  std::vector<Word> all = operands(words, with_value, kLong);
  Written written;
  if (const Word* folder = value_of(words, 't', "--target-directory")) {
    written.targets.push_back(*folder);
  } else {
    for (const Word& word : words) {
      constexpr std::string_view kFolder = "--target-directory=";
      if (word.text.starts_with(kFolder))
        written.targets.push_back(with_text(word, kFolder.size()));
    }
  }
  if (written.targets.empty() && all.size() > 1) {
    written.targets.push_back(all.back());
    all.pop_back();
  }
  if (moved) written.files = all;
  written.sources = std::move(all);
  return written;
}

// Whether a cluster of letters, none of which before it takes a value, has the letter.
bool has_letter(std::string_view text, char letter, std::string_view ends) {
  if (text.size() < 2 || text[0] != '-' || text[1] == '-') return false;
  const std::size_t end = text.find_first_of(ends, 1);
  const std::size_t at = text.find(letter, 1);
  return at != text.npos && (end == text.npos || at <= end);
}

// sed and perl write what they read when told so; their script is no file.
Written edited_in_place(Words words, std::string_view with_value, std::string_view script_letters) {
  constexpr std::array<std::string_view, 4> kLong{"--expression", "--file", "--line-length", "--"};
  bool in_place = false, script = false;
  for (const Word& word : words.subspan(1)) {
    if (word.text == "--") break;
    in_place = in_place || has_letter(word.text, 'i', "efl") || word.text.starts_with("--in-place");
    for (const char letter : script_letters) script = script || has_letter(word.text, letter, "il");
    script = script || word.text.starts_with("--expression") || word.text.starts_with("--file");
  }
  if (!in_place) return {};
  std::vector<Word> files = operands(words, with_value, std::span(kLong).first(3));
  if (!script && !files.empty()) files.erase(files.begin());
  return {std::move(files), {}, {}};
}

Written after_first(Words words, std::string_view with_value) {
  std::vector<Word> files = operands(words, with_value);
  const bool by_reference = std::any_of(words.begin(), words.end(), [](const Word& word) {
    return word.text.starts_with("--reference");
  });
  if (!by_reference && !files.empty()) files.erase(files.begin());
  return {std::move(files), {}, {}};
}

Written of_dd(Words words) {
  constexpr std::string_view kOutput = "of=";
  Written written;
  for (const Word& word : words) {
    if (word.text.starts_with(kOutput)) written.files.push_back(with_text(word, kOutput.size()));
  }
  return written;
}

struct Row {
  std::string_view name;
  Written (*files)(Words words);
};
constexpr std::array kRows{
    Row{"rm", [](Words w) { return all_of(w, ""); }},
    Row{"rmdir", [](Words w) { return all_of(w, ""); }},
    Row{"unlink", [](Words w) { return all_of(w, ""); }},
    Row{"shred", [](Words w) { return all_of(w, "ns"); }},
    Row{"touch", [](Words w) { return all_of(w, "drt"); }},
    Row{"truncate", [](Words w) { return all_of(w, "sr"); }},
    Row{"tee", [](Words w) { return all_of(w, ""); }},
    Row{"sponge", [](Words w) { return all_of(w, ""); }},
    Row{"mv", [](Words w) { return copied(w, "St", true); }},
    Row{"cp", [](Words w) { return copied(w, "St", false); }},
    Row{"ln", [](Words w) { return copied(w, "St", false); }},
    Row{"install", [](Words w) { return copied(w, "Stmog", false); }},
    Row{"sed", [](Words w) { return edited_in_place(w, "efl", "ef"); }},
    Row{"perl", [](Words w) { return edited_in_place(w, "eEIMm", "eE"); }},
    Row{"chmod", [](Words w) { return after_first(w, ""); }},
    Row{"chown", [](Words w) { return after_first(w, ""); }},
    Row{"chgrp", [](Words w) { return after_first(w, ""); }},
    Row{"dd", of_dd},
};

}  // namespace

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::vector<Word> operands(Words words, std::string_view with_value,
                           std::span<const std::string_view> long_value) {
  std::vector<Word> found;
  bool options = true;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const Word& word = words[i];
    if (options && word.text == "--") {
      options = false;
    } else if (options && word.text.starts_with("--")) {
      if (std::find(long_value.begin(), long_value.end(), word.text) != long_value.end()) ++i;
    } else if (options && word.text.size() > 1 && word.text[0] == '-') {
      if (takes_next(word.text, with_value)) ++i;
    } else {
      found.push_back(word);
    }
  }
  return found;
}

Written written_by(Words words) {
  if (words.empty() || !words[0].exact) return {};
  const std::string_view name = base_name(words[0].text);
  for (const Row& row : kRows) {
    if (row.name == name) return row.files(words);
  }
  return {};
}

}  // namespace gs::agents
