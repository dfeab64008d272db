#include "lib/gates/message_hook.h"

#include <filesystem>

#include "lib/core/error.h"
#include "lib/core/trailers.h"
#include "lib/state/files.h"

namespace gs::gates {

namespace {

constexpr std::size_t kLargestMessage = 64 << 20;  // with the diff that `commit -v` shows

// With "auto" git has chosen one by now, and begun its own lines at the end with it.
std::string chosen_comment(std::string_view message) {
  constexpr std::string_view kCandidates = "#;@!$%^&|:";
  while (!message.empty() && message.back() == '\n') message.remove_suffix(1);
  const std::size_t start = message.rfind('\n') + 1;
  const char first = start < message.size() ? message[start] : '#';
  return kCandidates.find(first) == kCandidates.npos ? "#" : std::string(1, first);
}

// What begins the lines that git drops from a message.
std::string comment_mark(const git::Repository& repository, std::string_view message) {
  for (const char* key : {"core.commentstring", "core.commentchar"}) {
    if (const auto mark = repository.config(key); mark && !mark->empty())
      return *mark == "auto" ? chosen_comment(message) : *mark;
  }
  return "#";
}

std::vector<core::Trailer> trailers_of(const core::Identity& who) {
  std::vector<core::Trailer> trailers;
  if (who.agent) trailers.push_back({"Agent", who.agent->full()});
  if (who.stream) trailers.push_back({"Stream", who.stream->str()});
  return trailers;
}

void sign(session::Session& session, const std::filesystem::path& file) {
  if (!session.policy().trailers || session.identity().outsider()) return;
  const auto message = state::read_file(file, kLargestMessage);
  if (!message) return;
  const std::string comment = comment_mark(session.repository(), *message);
  if (core::blank_message(*message, comment)) return;
  const std::string text = core::add_trailers(*message, trailers_of(session.identity()), comment);
  if (text == *message) return;
  state::AtomicFile out(file, state::AtomicFile::Durability::cache);
  out.write(text);
  out.commit();
}

}  // namespace

int sign_message(HookRun& run) {
  if (const int status = run.chain(); status != 0) return status;
  if (run.arguments().empty()) return 0;
  try {
    sign(run.session(), run.arguments()[0]);
  } catch (const core::Error&) {
    // The other hooks of this commit meet the same, and say it.
  }
  return 0;
}

}  // namespace gs::gates
