// git stream ask: a request to another agent, and the answer to it.

#include <algorithm>
#include <cstdio>

#include "lib/core/text.h"
#include "lib/session/identity.h"
#include "lib/state/clock.h"
#include "lib/state/requests.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/handoff_text.h"

namespace gs::command {

namespace {

using core::Error;
using core::ExitCode;
using state::Request;

struct AskOptions {
  std::string to;
  std::vector<std::string> words;
  std::size_t done = 0;
  bool all = false;
  Option answers;
};

constexpr std::size_t kLongest = 4000;  // bytes: it is shown at the start of a session

std::string text_of(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  if (!core::is_utf8(text)) throw Error(ExitCode::usage, "a request is text, in UTF-8");
  if (text.size() > kLongest)
    throw Error(ExitCode::usage, "a request has no more than 4000 bytes",
                "name a file in it that says the rest");
  return text;
}

state::Asking asking(session::Session& session) {
  const core::Identity& who = session.named();
  return {state::now(), who.name(), who.stream ? who.stream->str() : ""};
}

void tell(Context& context, const std::vector<Request>& requests) {
  if (context.json) {
    core::JsonWriter json = Context::begin_json();
    write_requests(json, requests);
    Context::print_json(json);
    return;
  }
  for (const Request& request : requests)
    std::printf("%s", request_text(request, context.session().now()).c_str());
}

ExitCode list(const AskOptions& options, Context& context) {
  std::vector<Request> requests = state::read_requests(context.session().state().activity());
  if (!options.all) std::erase_if(requests, [](const Request& one) { return !one.open(); });
  tell(context, requests);
  return ExitCode::clean;
}

// Who was asked, who asked, and people.
bool may_answer(session::Session& session, const Request& request) {
  const core::Identity& who = session.identity();
  return who.outsider() || core::same_holder(request.from, who.name()) ||
         state::is_for(request, who, session.policy());
}

ExitCode answer(const AskOptions& options, Context& context) {
  session::Session& session = context.session();
  std::vector<std::string> words = options.words;
  if (!options.to.empty()) words.insert(words.begin(), options.to);
  const std::string text = text_of(words);
  const auto all = state::read_requests(session.state().activity());
  const auto found = std::ranges::find(all, options.done, &Request::number);
  if (found == all.end())
    throw Error(ExitCode::usage, "there is no request " + std::to_string(options.done),
                "git stream ask lists those that are open");
  if (!may_answer(session, *found))
    throw Error(ExitCode::findings, "request " + std::to_string(options.done) + " is for " +
                                        core::printable(found->to) + ", not for " +
                                        session.identity().name());
  const auto request =
      state::answer(session.state().activity(), asking(session), options.done, text);
  if (request) {
    tell(context, {*request});
  } else {
    context.done("request " + std::to_string(options.done) + " was answered already");
  }
  return ExitCode::clean;
}

ExitCode ask(const AskOptions& options, Context& context) {
  session::Session& session = context.session();
  const session::KnownName to = session::known_name(session.policy(), options.to);
  const std::string text = text_of(options.words);
  if (text.find_first_not_of(" \t\r\n") == text.npos)
    throw Error(ExitCode::usage, "what is asked?", "git stream ask " + options.to + " TEXT");
  const std::string name = to.agent ? to.agent->full() : "stream-" + to.stream.str();
  if (name == session.identity().name())
    throw Error(ExitCode::usage, name + " is who asks", "git stream ask AGENT TEXT");
  session.state().create();
  tell(context, {state::ask(session.state().activity(), asking(session), name, text)});
  return ExitCode::clean;
}

}  // namespace

Action declare_ask(CommandLine& app) {
  auto options = std::make_shared<AskOptions>();
  app.option("NAME", options->to, "who is asked: an agent or a stream (F1, F)");
  app.option("TEXT", options->words, "what; without it, the open requests are listed");
  options->answers = app.option("--done", options->done, "this request is answered, by TEXT if any")
                         .called("NUMBER");
  app.flag("--all", options->all, "list those that were answered, too");
  return [options](Context& context) {
    if (options->answers.given()) return answer(*options, context);
    return options->to.empty() ? list(*options, context) : ask(*options, context);
  };
}

}  // namespace gs::command
