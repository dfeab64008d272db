#include "lib/agents/shell/shell_intent.h"

#include <algorithm>
#include <array>

#include "lib/agents/dialects/call.h"
#include "lib/agents/shell/shell_files.h"
#include "lib/agents/shell/shell_scene.h"
#include "lib/git/files.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;
using Words = std::span<const Word>;

constexpr int kMostShells = 4;  // sh -c within sh -c

// Programs that run another one, and those of their short options that take a word along.
struct Prefix {
  std::string_view name, with_value;
  int operands = 0;  // before the program
};
constexpr std::array kPrefixes{
    Prefix{"sudo", "ugpChrtTRD"}, Prefix{"doas", "uC"},   Prefix{"env", "uSC"},
    Prefix{"command", ""},        Prefix{"exec", "a"},    Prefix{"nohup", ""},
    Prefix{"nice", "n"},          Prefix{"ionice", "cn"}, Prefix{"stdbuf", "ioe"},
    Prefix{"timeout", "ks", 1},   Prefix{"setsid", ""},   Prefix{"builtin", ""}};
constexpr std::array<std::string_view, 5> kShells{"sh", "bash", "dash", "zsh", "ksh"};

class Walk {
 public:
  Walk(ShellScene& scene, int depth) : scene_(scene), depth_(depth) {}

  void run(std::string_view line) {
    const Reading reading = read_shell(line);
    std::vector<std::optional<fs::path>> folders;
    for (const Step& step : reading.steps) {
      if (step.kind == Step::Kind::open) {
        folders.push_back(scene_.folder());
      } else if (step.kind == Step::Kind::close) {
        if (folders.empty()) continue;
        scene_.go_to(folders.back());
        folders.pop_back();
      } else {
        command(step.command);
      }
    }
  }

 private:
  void command(const SimpleCommand& command) {
    for (const Redirection& redirection : command.redirections) {
      if (redirection.writes && !redirection.target.text.starts_with("/dev/"))
        scene_.touch(redirection.target);
    }
    for (const auto& [name, value] : command.assignments) read_assignment(scene_, name, value);
    program(command, command.words);
  }

  void program(const SimpleCommand& command, Words words) {
    words = without_prefixes(words);
    if (words.empty() || !words[0].exact) return;
    const std::string_view name = base_name(words[0].text);
    if (name == "cd" || name == "pushd" || name == "popd") {
      change_folder(command, words);
    } else if (name == "git") {
      read_git(scene_, words);
    } else if (name == "export" || name == "declare" || name == "typeset") {
      exported(words);
    } else if (name == "eval") {
      evaluate(words);
    } else if (std::find(kShells.begin(), kShells.end(), name) != kShells.end()) {
      shell(command, words);
    } else if (name == "apply_patch" || name == "applypatch") {
      patch(command, words);
    } else {
      files(words);
    }
  }

  void files(Words words) {
    const Written written = written_by(words);
    for (const Word& file : written.files) scene_.touch(file);
    for (const Word& target : written.targets)
      scene_.put_into(scene_.folder(), target, written.sources);
  }

  Words without_prefixes(Words words) {
    for (;;) {
      if (words.empty() || !words[0].exact) return words;
      const std::string_view name = base_name(words[0].text);
      const auto prefix = std::find_if(kPrefixes.begin(), kPrefixes.end(),
                                       [&](const Prefix& row) { return row.name == name; });
      if (prefix == kPrefixes.end()) return words;
      words = after_prefix(*prefix, words.subspan(1));
    }
  }

  Words after_prefix(const Prefix& prefix, Words words) {
    int operands = prefix.operands;
    while (!words.empty()) {
      const std::string& text = words[0].text;
      const std::size_t equals = text.find('=');
      if (text == "--") return words.subspan(1);
      if (text.size() > 1 && text[0] == '-') {
        const bool takes =
            text[1] != '-' && prefix.with_value.find(text.back()) != std::string_view::npos;
        words = words.subspan(takes ? std::min<std::size_t>(2, words.size()) : 1);
      } else if (equals != text.npos && equals > 0 && text.find('/') > equals) {
        Word value = words[0];
        value.text.erase(0, equals + 1);
        read_assignment(scene_, text.substr(0, equals), value);
        words = words.subspan(1);
      } else if (operands > 0) {
        --operands;
        words = words.subspan(1);
      } else {
        return words;
      }
    }
    return words;
  }

  void change_folder(const SimpleCommand& command, Words words) {
    if (command.apart) return;
    const std::vector<Word> to = operands(words, "");
    const bool known = base_name(words[0].text) == "cd" && !command.perhaps && to.size() == 1 &&
                       to[0].exact && to[0].text != "-" && scene_.folder();
    if (!known) return scene_.go_to(std::nullopt);
    const fs::path folder = *scene_.folder() / to[0].text;
    scene_.go_to(git::is_folder(folder) ? std::optional(git::real_path(folder)) : std::nullopt);
  }

  void exported(Words words) {
    for (const Word& word : words.subspan(1)) {
      const std::size_t equals = word.text.find('=');
      if (equals == word.text.npos) continue;
      Word value = word;
      value.text.erase(0, equals + 1);
      read_assignment(scene_, word.text.substr(0, equals), value);
    }
  }

  void evaluate(Words words) {
    std::string line;
    for (const Word& word : words.subspan(1)) {
      if (!word.exact) return scene_.go_to(std::nullopt);
      line += word.text + " ";
    }
    if (depth_ < kMostShells) Walk(scene_, depth_ + 1).run(line);
  }

  // sh -c 'LINE', and a here-document that a shell reads.
  void shell(const SimpleCommand& command, Words words) {
    if (depth_ >= kMostShells) return;
    const auto folder = scene_.folder();
    std::optional<std::string> line;
    for (std::size_t i = 1; i + 1 < words.size() && words[i].text.starts_with('-'); ++i) {
      if (words[i].text.starts_with("--") || !words[i].text.ends_with('c')) continue;
      if (words[i + 1].exact) line = words[i + 1].text;
      break;
    }
    if (!line && words.size() == 1) line = command.here;
    if (line) Walk(scene_, depth_ + 1).run(*line);
    scene_.go_to(folder);
  }

  void patch(const SimpleCommand& command, Words words) {
    std::string text = command.here;
    for (const Word& word : words.subspan(1)) text += "\n" + word.text;
    for (std::string& path : patch_paths(text)) scene_.touch({std::move(path)});
  }

  ShellScene& scene_;
  int depth_;
};

}  // namespace

Intent shell_intent(app::Session& session, const fs::path& folder, std::string_view line) {
  ShellScene scene(session,
                   git::is_folder(folder) ? std::optional(git::real_path(folder)) : std::nullopt);
  Walk(scene, 0).run(line);
  return scene.take();
}

}  // namespace gs::agents
