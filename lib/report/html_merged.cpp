#include <algorithm>
#include <fmt/format.h>
#include <span>

#include "lib/core/text.h"
#include "lib/report/html_sections.h"
#include "lib/report/markup.h"

namespace gs::report {

namespace {

constexpr std::size_t kAtOnce = 25;

std::string commit_table(const Account& account, std::span<const MergedCommit> commits,
                         std::string_view caption) {
  std::string out = fmt::format(
      "<table>\n<caption>{}</caption>\n<thead><tr><th scope=\"col\">Change</th><th "
      "scope=\"col\">By</th><th scope=\"col\">Stream</th><th scope=\"col\">When</th><th "
      "scope=\"col\">Commit</th></tr></thead>\n<tbody>\n",
      caption);
  for (const MergedCommit& commit : commits) {
    out += fmt::format(
        "<tr><td class=\"what\">{}{}</td><td class=\"nowrap\">{}</td><td>{}</td><td "
        "class=\"t\">{}</td><td class=\"id\">{}</td></tr>\n",
        commit.merge ? html_badge("merged", "merge") + " " : "",
        xml(core::printable(commit.subject)), xml(core::printable(commit.author)),
        xml(core::printable(commit.stream)), day_and_time(account, commit.time),
        xml(short_id(commit.id)));
  }
  return out + "</tbody></table>\n";
}

}  // namespace

std::string html_merged(const Account& account) {
  const Incoming& incoming = account.incoming;
  if (incoming.commit_count == 0) return {};
  const std::span<const MergedCommit> all(incoming.commits);
  const std::size_t first = std::min(kAtOnce, all.size());
  std::string body = html_wide("Commits", commit_table(account, all.first(first), "Newest first"));
  if (all.size() > first) {
    body += fmt::format(
        "<details><summary>{} more</summary>\n{}</details>\n", all.size() - first,
        html_wide("More commits", commit_table(account, all.subspan(first), "Older ones")));
  }
  if (incoming.commit_count > all.size())
    body += fmt::format("<p class=\"quiet\">… and {} older ones.</p>\n",
                        incoming.commit_count - all.size());
  std::string remark = core::counted(incoming.commit_count, "commit") + ", " +
                       core::counted(incoming.file_count, "file");
  if (!incoming.before.empty()) remark += ", since " + short_id(incoming.before);
  return html_section("merged", "What was merged", remark, body);
}

}  // namespace gs::report
