// python, locks and rules.

#include <fmt/core.h>

#include "lib/core/edge_rule.h"
#include "lib/policy/grammar.h"
#include "lib/policy/names.h"

namespace gs::policy {

namespace {

using core::Action;
using core::Policy;
using core::Rules;

struct Ignored {};
constexpr Word<Ignored> kIgnore[] = {{"type_checking", {}}, {"dynamic", {}}};

void read_roots(Reader& reader, const YamlNode& node, Policy& policy) {
  for (const YamlNode* item : reader.list(node)) {
    policy.python_roots.push_back(reader.text(*item));
    if (!stays_inside(policy.python_roots.back())) {
      reader.fail(*item, fmt::format("{} is no folder of the repository", in_quotes(item->text)),
                  "relative to its root, without '..': src");
    }
  }
}

// A word, or a rule "importer -> target".
void read_ignore(Reader& reader, const YamlNode& item, Policy& policy) {
  const std::string text = reader.text(item);
  if (!core::looks_like_edge_rule(text)) {
    reader.word(item, kIgnore);
  } else if (const auto fault = core::edge_rule_fault(text)) {
    reader.fail(item, fmt::format("{} is no rule: {}", in_quotes(text), *fault),
                "importer -> target, where * is one part and ** any number: api.** -> models.*");
  }
  policy.python_ignore.push_back(text);
}

const Field<Policy> kPython[] = {
    {"roots", read_roots},
    {"ignore",
     [](Reader& r, const YamlNode& n, Policy& policy) {
       for (const YamlNode* item : r.list(n)) read_ignore(r, *item, policy);
     }},
};

const Field<Policy> kLocks[] = {
    {"ttl", [](Reader& r, const YamlNode& n, Policy& policy) { policy.lock_ttl = r.duration(n); }},
    {"auto", [](Reader& r, const YamlNode& n, Policy& policy) { policy.lock_auto = r.boolean(n); }},
};

constexpr Word<Action> kAction[] = {
    {"block", Action::block}, {"warn", Action::warn}, {"off", Action::off}};
constexpr Word<core::Unowned> kUnowned[] = {{"lock", core::Unowned::lock},
                                            {"allow", core::Unowned::allow},
                                            {"block", core::Unowned::block}};
constexpr Word<core::Outsider> kOutsider[] = {{"allow", core::Outsider::allow},
                                              {"warn", core::Outsider::warn},
                                              {"block", core::Outsider::block}};
constexpr Word<core::Bypass> kBypass[] = {{"allow", core::Bypass::allow},
                                          {"block", core::Bypass::block}};

template <Action Rules::*rule>
void read_action(Reader& reader, const YamlNode& node, Rules& rules) {
  rules.*rule = reader.word(node, kAction);
}

const Field<Rules> kRules[] = {
    {"scope", read_action<&Rules::scope>},
    {"lock", read_action<&Rules::lock>},
    {"unowned",
     [](Reader& r, const YamlNode& n, Rules& rules) { rules.unowned = r.word(n, kUnowned); }},
    {"layer", read_action<&Rules::layer>},
    {"import-conflict", read_action<&Rules::import_conflict>},
    {"branch-name", read_action<&Rules::branch_name>},
    {"outsider",
     [](Reader& r, const YamlNode& n, Rules& rules) { rules.outsider = r.word(n, kOutsider); }},
    {"bypass",
     [](Reader& r, const YamlNode& n, Rules& rules) { rules.bypass = r.word(n, kBypass); }},
};

}  // namespace

void read_python(Reader& reader, const YamlNode& node, Policy& policy) {
  reader.fields<Policy>(node, kPython, "'python'", policy);
}

void read_locks(Reader& reader, const YamlNode& node, Policy& policy) {
  reader.fields<Policy>(node, kLocks, "'locks'", policy);
}

void read_rules(Reader& reader, const YamlNode& node, Policy& policy) {
  reader.fields<Rules>(node, kRules, "'rules'", policy.rules);
}

void add_settings_grammar(std::vector<KeySet>& keys, std::vector<WordSet>& words) {
  keys.push_back(key_set("python", kPython));
  keys.push_back(key_set("locks", kLocks));
  keys.push_back(key_set("rules", kRules));
  words.push_back(word_set("python.ignore[]", kIgnore));
  for (const std::string rule : {"scope", "lock", "layer", "import-conflict", "branch-name"}) {
    words.push_back(word_set("rules." + rule, kAction));
  }
  words.push_back(word_set("rules.unowned", kUnowned));
  words.push_back(word_set("rules.outsider", kOutsider));
  words.push_back(word_set("rules.bypass", kBypass));
}

}  // namespace gs::policy
