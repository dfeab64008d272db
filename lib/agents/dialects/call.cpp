#include "lib/agents/dialects/call.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>

#include "lib/agents/json_fields.h"
#include "lib/core/text.h"

namespace gs::agents {

namespace {

constexpr std::array<std::string_view, 4> kHeaders{
    "*** Add File:", "*** Update File:", "*** Delete File:", "*** Move to:"};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\v\f";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

}  // namespace

std::vector<std::string> patch_paths(std::string_view patch) {
  std::vector<std::string> paths;
  while (!patch.empty()) {
    const std::string_view whole = core::take_line(patch);
    const std::string_view line = trimmed(whole);
    for (const std::string_view header : kHeaders) {
      if (!line.starts_with(header)) continue;
      const std::string_view path = trimmed(line.substr(header.size()));
      if (!path.empty()) paths.emplace_back(path);
    }
  }
  return paths;
}

namespace {

constexpr std::string_view kRoots = "workspace_roots[]";
constexpr std::string_view kBackground = "tool_input.run_in_background";  // Claude Code's

std::vector<std::string_view> wanted_of(const Dialect& dialect) {
  std::vector<std::string_view> wanted{kRoots, kBackground};
  for (const std::string_view path :
       {dialect.session, dialect.cwd, dialect.event, dialect.tool, dialect.again}) {
    if (!path.empty()) wanted.push_back(path);
  }
  wanted.insert(wanted.end(), dialect.paths.begin(), dialect.paths.end());
  wanted.insert(wanted.end(), dialect.commands.begin(), dialect.commands.end());
  wanted.insert(wanted.end(), dialect.folders.begin(), dialect.folders.end());
  return wanted;
}

class Fields {
 public:
  explicit Fields(std::vector<JsonField> all) : all_(std::move(all)) {}

  // The last one counts, as for JSON.parse.
  std::string last(std::string_view path) const {
    for (auto field = all_.rbegin(); field != all_.rend(); ++field) {
      if (field->path == path) return field->text;
    }
    return {};
  }
  std::string first(std::string_view path) const {
    const auto found = all(std::span(&path, 1));
    return found.empty() ? std::string() : found.front();
  }
  std::vector<std::string> all(std::span<const std::string_view> paths) const {
    std::vector<std::string> found;
    for (const JsonField& field : all_) {
      if (std::find(paths.begin(), paths.end(), field.path) != paths.end() && !field.text.empty())
        found.push_back(field.text);
    }
    return found;
  }
  // The first of these fields that is there; an argv as a line of the shell.
  std::string command(std::span<const std::string_view> paths) const {
    for (const std::string_view path : paths) {
      if (!path.ends_with("[]")) {
        if (std::string text = last(path); !text.empty()) return text;
        continue;
      }
      std::string line;
      for (const std::string& word : all(std::span(&path, 1)))
        line += (line.empty() ? "" : " ") + core::quote_shell(word);
      if (!line.empty()) return line;
    }
    return {};
  }

 private:
  std::vector<JsonField> all_;
};

void read_edit(const Dialect& dialect, const Fields& fields, Call& call) {
  call.paths = fields.all(dialect.paths);
  // Programs that read another one's settings call a patch an edit.
  if (call.paths.empty()) call.paths = patch_paths(fields.command(dialect.commands));
  if (call.paths.empty()) throw Unreadable("of " + call.tool + " names no file");
}

void read_patch(const Dialect& dialect, const Fields& fields, Call& call) {
  call.paths = patch_paths(fields.command(dialect.commands));
  if (call.paths.empty()) throw Unreadable("of " + call.tool + " names no file");
}

void read_shell_call(const Dialect& dialect, const Fields& fields, Call& call) {
  call.command = fields.command(dialect.commands);
  if (call.command.empty()) throw Unreadable("of " + call.tool + " has no command");
  if (call.kind == ToolKind::powershell) {
    std::replace(call.command.begin(), call.command.end(), '\\', '/');  // it quotes nothing there
    call.kind = ToolKind::shell;
  }
  for (const std::string_view name : dialect.folders) {
    if (const std::string folder = fields.last(name); !folder.empty())
      call.cwd = (std::filesystem::path(call.cwd) / folder).string();
  }
}

// Some editors read, too, under the same name.
bool only_reads(const Fields& fields) {
  return fields.last("toolArgs.command") == "view" || fields.last("tool_input.command") == "view";
}

}  // namespace

Call read_call(const Dialect& dialect, std::string_view event, std::string_view json) {
  const std::vector<std::string_view> wanted = wanted_of(dialect);
  const Fields fields(read_fields(json, wanted));
  Call call;
  call.dialect = &dialect;
  call.json = json;
  call.event = fields.last(dialect.event);
  if (call.event.empty()) call.event = event;
  if (call.event.empty()) throw Unreadable("names no event");
  const NamedEvent* row = find_event(dialect, call.event);
  if (row == nullptr) return call;
  call.moment = row->moment;
  call.session = fields.last(dialect.session);
  call.cwd = fields.last(dialect.cwd);
  if (call.cwd.empty()) call.cwd = fields.first(kRoots);
  const std::string again = fields.last(dialect.again);
  call.again = !again.empty() && again != "false" && again != "0";
  call.tool = row->tool.empty() ? fields.last(dialect.tool) : std::string(row->tool);
  if (row->moment != Moment::before_tool && row->moment != Moment::after_tool) return call;
  if (call.tool.empty()) throw Unreadable("names no tool");
  call.kind = kind_of(dialect, call.tool);
  if (row->moment == Moment::after_tool) {
    if (call.kind == ToolKind::powershell) call.kind = ToolKind::shell;
    if (call.kind == ToolKind::shell) call.command = fields.command(dialect.commands);
    call.background = fields.last(kBackground) == "true";
    return call;
  }
  if (call.kind == ToolKind::edit && !only_reads(fields)) {
    read_edit(dialect, fields, call);
  } else if (call.kind == ToolKind::patch) {
    read_patch(dialect, fields, call);
  } else if (call.kind == ToolKind::shell || call.kind == ToolKind::powershell) {
    read_shell_call(dialect, fields, call);
  } else if (call.kind != ToolKind::server) {
    call.kind = ToolKind::none;
  }
  return call;
}

std::vector<std::string> arguments_of(const Call& call, std::span<const std::string_view> names) {
  std::vector<std::string> paths;
  for (const std::string_view name : names) {
    paths.push_back(std::string(call.dialect->arguments) + std::string(name));
    paths.push_back(paths.back() + "[]");
  }
  const std::vector<std::string_view> wanted(paths.begin(), paths.end());
  std::vector<std::string> found;
  for (JsonField& field : read_fields(call.json, wanted)) {
    if (!field.text.empty()) found.push_back(std::move(field.text));
  }
  return found;
}

}  // namespace gs::agents
