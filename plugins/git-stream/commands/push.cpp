// git stream push: git push, with the leases that the work needs.

#include <algorithm>
#include <cstdio>
#include <memory>

#include "lib/core/text.h"
#include "lib/gates/leases/lease_push.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

namespace {

using core::ExitCode;

struct PushOptions {
  bool set_upstream = false, tags = false, follow_tags = false, all = false, remove = false;
  bool force = false, if_includes = false, dry_run = false, quiet = false;
  std::vector<std::string> with_lease, push_options;
  std::string remote;
  std::vector<std::string> refspecs;
};

gates::PushWords words_of(const PushOptions& options) {
  gates::PushWords words;
  words.force = options.force;
  words.dry_run = options.dry_run;
  const auto add = [](std::vector<std::string>& to, bool given, const char* word) {
    if (given) to.emplace_back(word);
  };
  add(words.selecting, options.tags, "--tags");
  add(words.selecting, options.follow_tags, "--follow-tags");
  add(words.selecting, options.all, "--all");
  add(words.selecting, options.remove, "--delete");
  add(words.options, options.set_upstream, "--set-upstream");
  add(words.options, options.if_includes, "--force-if-includes");
  add(words.options, options.quiet, "--no-progress");
  for (const std::string& value : options.with_lease)
    words.options.push_back("--force-with-lease" + (value == kNoValue ? "" : '=' + value));
  for (const std::string& value : options.push_options)
    words.options.push_back("--push-option=" + value);
  words.remote = options.remote;
  words.refspecs = options.refspecs;
  return words;
}

std::string short_ref(const std::string& ref) {
  for (const std::string_view prefix : {"refs/heads/", "refs/tags/", "refs/remotes/"})
    if (ref.starts_with(prefix)) return ref.substr(prefix.size());
  return ref;
}

// As git says it.
void print_report(const gates::PushReport& report) {
  const bool any =
      std::ranges::any_of(report.refs, [](const auto& ref) { return ref.flag != '='; });
  for (const std::string& note : report.notes)
    std::fprintf(stderr, "%s\n", core::printable(note).c_str());
  if (!any && report.status == 0) std::fprintf(stderr, "Everything up-to-date\n");
  if (!any) return;
  if (!report.address.empty())
    std::fprintf(stderr, "To %s\n", core::printable(report.address).c_str());
  for (const gates::PushedRef& ref : report.refs) {
    if (ref.flag == '=') continue;
    const std::string from = ref.from.empty() ? "" : short_ref(ref.from) + " -> ";
    std::fprintf(stderr, " %c %-17s  %s\n", ref.flag, core::printable(ref.summary).c_str(),
                 core::printable(from + short_ref(ref.to)).c_str());
  }
}

void print_lost(const gates::LeasePush& push) {
  for (const coordination::LeaseName& name : push.lost)
    std::fprintf(stderr,
                 "git-stream: pushed, but the lease on %s was gone by then: somebody else may have "
                 "changed it too\n  next: git stream conflicts\n",
                 core::quote_path(name.path).c_str());
}

void print_unasked(const gates::LeasePush& push) {
  if (!push.unasked) return;
  std::fprintf(
      stderr,
      "git-stream: after the push the leases could not be asked for: %s\n  next: git stream sync\n",
      push.unasked->what());
}

void write_leases(core::JsonWriter& json, const char* name,
                  const std::vector<coordination::LeaseName>& leases) {
  json.key(name).begin_array();
  for (const coordination::LeaseName& lease : leases) {
    json.begin_object()
        .member("path", core::json_path(lease.path))
        .member("generation", lease.generation.number)
        .end_object();
  }
  json.end_array();
}

void answer(const gates::LeasePush& push, const Context& context) {
  core::JsonWriter json = Context::begin_json();
  json.member("pushed", !push.blocked && push.report.status == 0);
  json.member("address", push.report.address).member("atomic", push.atomic);
  json.key("refs").begin_array();
  for (const gates::PushedRef& ref : push.report.refs) {
    json.begin_object()
        .member("from", core::json_path(ref.from))
        .member("to", core::json_path(ref.to))
        .member("flag", std::string(1, ref.flag))
        .member("summary", core::printable(ref.summary))
        .end_object();
  }
  json.end_array();
  write_leases(json, "leases", push.leases);
  write_leases(json, "lost", push.lost);
  json.member("unasked", std::string(push.unasked ? push.unasked->what() : ""));
  context.answer(json);
}

ExitCode push(const PushOptions& options, Context& context) {
  const gates::LeasePush result = gates::push_with_leases(context.session(), words_of(options));
  if (context.wants_json()) answer(result, context);
  const bool wrong = result.report.status != 0;
  if (!result.blocked && (wrong || !options.quiet)) print_report(result.report);
  print_lost(result);
  print_unasked(result);
  if (result.blocked || !result.lost.empty() || result.report.status == 1)
    return ExitCode::findings;
  if (wrong) return ExitCode::broken;
  return result.unasked ? ExitCode::unreachable : ExitCode::clean;
}

}  // namespace

Action declare_push(CommandLine& app) {
  auto options = std::make_shared<PushOptions>();
  app.option("remote", options->remote, "where to, as git push has it");
  app.option("refspecs", options->refspecs, "what, as git push has it");
  app.flag("-u,--set-upstream", options->set_upstream, "as git push, like all that follow");
  app.flag("--tags", options->tags, "all tags, too");
  app.flag("--follow-tags", options->follow_tags, "annotated tags of what is pushed, too");
  Option all = app.flag("--all", options->all, "all branches");
  app.flag("-d,--delete", options->remove, "delete these refs").excludes({all});
  app.flag("-f,--force", options->force, "move refs backwards, too; never the leases");
  app.flag("--force-with-lease", options->with_lease,
           "move refs backwards that are where they were seen last, or [=REF[:ID]]");
  app.flag("--force-if-includes", options->if_includes,
           "with it: only where that was taken in here");
  app.flag("-n,--dry-run", options->dry_run, "push nothing; the leases are looked at");
  app.flag("-q,--quiet", options->quiet, "only what goes wrong");
  app.option("-o,--push-option", options->push_options, "for the remote's hooks")
      .takes(1, 1)
      .repeatable()
      .called("TEXT");
  return [options](Context& context) { return push(*options, context); };
}

}  // namespace gs::command
