#pragma once
// A program's settings as JSON text that people write too (comments are taken), changed in place:
// what is not ours keeps its bytes.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gs::agents {

// A value's place in the text.
struct SettingsNode {
  enum class Kind { object, array, other };
  Kind kind = Kind::other;
  std::size_t begin = 0, end = 0;
  struct Child {
    std::string key;        // of an object's member, as it stands between its quotes
    std::size_t begin = 0;  // of the member: its key's quote
    std::size_t value = 0;  // index in SettingsText's nodes
  };
  std::vector<Child> children;
};

class SettingsText {
 public:
  // Throws core::Error (usage) naming the file for what is no JSON object.
  SettingsText(std::string text, std::string file);

  const std::string& text() const { return text_; }

  // The texts of an array's items; empty where there is no such array. `path`: member names.
  std::vector<std::string> items(const std::vector<std::string>& path) const;
  std::vector<std::string> members(const std::vector<std::string>& path) const;
  bool has(const std::vector<std::string>& path) const;
  // A value's text, if it is there.
  std::optional<std::string> value(const std::vector<std::string>& path) const;

  // Adds a member to the object at `path`, or an item to the array there, at its end; objects on
  // the way, and the array, are made. Throws core::Error (usage) where another kind of value is.
  void set_member(const std::vector<std::string>& path, const std::string& name,
                  const std::string& value);
  void append(const std::vector<std::string>& path, const std::string& item);

  // Takes out of the array at `path` every item of which `ours` holds; the array too when nothing
  // is left in it. An item that is an object with an array `inner` loses only that array's items,
  // where others stay.
  void remove(const std::vector<std::string>& path, const std::string& inner,
              const std::function<bool(std::string_view)>& ours);
  // Takes a member out.
  void remove_member(const std::vector<std::string>& path, const std::string& name);

 private:
  void parse();
  const SettingsNode* find(const std::vector<std::string>& path) const;
  std::string_view slice(const SettingsNode& node) const;
  void make_array(const std::vector<std::string>& path);
  void insert(const SettingsNode& node, const std::string& content);
  void cut(const SettingsNode& node, std::size_t index);
  std::string indent_at(std::size_t at) const;
  std::string unit() const;

  std::string text_, file_;
  std::vector<SettingsNode> nodes_;  // the root last
};

}  // namespace gs::agents
