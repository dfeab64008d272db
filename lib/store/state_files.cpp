#include "lib/store/state_files.h"

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/exclusive.h"
#include "lib/store/json_tree.h"
#include "lib/store/lock_file.h"
#include "lib/store/lock_waits.h"
#include "lib/store/posix.h"

namespace gs::store {

namespace {

const Json& member_of(const Json& object, const std::string& name) {
  const Json* value = find_member(object, name);
  if (value == nullptr) throw Damaged("it has no \"" + name + '"');
  return *value;
}

void check_entries(const Json& container, const std::string& name) {
  for (const Json& entry : container) {
    if (!entry.is_object()) throw Damaged("an entry of \"" + name + "\" is no object");
  }
}

}  // namespace

void check_locks(std::string_view text) {
  parse_lock_file(text);
}

void check_waits(std::string_view text) {
  parse_waits(text);
}

void check_handoffs(std::string_view text) {
  const Json tree = parse_json(text);
  const Json& list = member_of(tree, "handoffs");
  if (!list.is_array()) throw Damaged("\"handoffs\" is no list");
  check_entries(list, "handoffs");
}

void check_streams(std::string_view text) {
  const Json tree = parse_json(text);
  const Json& streams = member_of(tree, "streams");
  if (!streams.is_object()) throw Damaged("\"streams\" is no object");
  check_entries(streams, "streams");
}

void check_tasks(std::string_view text) {
  const Json tree = parse_json(text);
  const Json& list = member_of(tree, "tasks");
  if (!list.is_array()) throw Damaged("\"tasks\" is no list");
  check_entries(list, "tasks");
}

std::optional<std::string> damage_of(const std::filesystem::path& file, const StateFile& kind) {
  try {
    if (const std::optional<std::string> text = read_state_file(file, kStateLimit)) {
      kind.check(*text);
    }
    return std::nullopt;
  } catch (const Damaged& damage) {
    return core::printable(damage.what());
  } catch (const core::Error& error) {
    // "FILE is a symbolic link": the file is named beside it.
    const std::string_view what = error.what();
    const std::string name = core::quote_path(file.native()) + ' ';
    return std::string(what.starts_with(name) ? what.substr(name.size()) : what);
  }
}

}  // namespace gs::store
