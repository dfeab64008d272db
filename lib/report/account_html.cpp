// One page: the frame, the headline and what is worth a glance; the sections are files of their
// own.

#include <algorithm>
#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/report/finding_text.h"
#include "lib/report/html_sections.h"
#include "lib/report/markup.h"
#include "lib/report/renderings.h"
#include "lib/report/state_colours.h"

namespace gs::report {

namespace {

struct Part {
  const char *id, *title;
  std::string (*render)(const Account&);
};
constexpr Part kParts[] = {
    {"findings", "Findings", html_findings},     {"steps", "Validation", html_steps},
    {"merged", "What was merged", html_merged},  {"streams", "Streams", html_streams},
    {"timeline", "Who did what", html_timeline}, {"layers", "Layers", html_layers},
};

std::string tile(std::string_view kind, const std::string& number, const std::string& label) {
  return fmt::format("<li class=\"{}\"><b>{}</b><span>{}</span></li>\n", kind, xml(number),
                     xml(label));
}

std::string noun(std::size_t count, std::string_view word) {
  return std::string(word) + (count == 1 ? "" : "s");
}

std::string tiles(const Account& account) {
  std::string out = "<ul class=\"tiles\" aria-label=\"At a glance\">\n";
  const Counts counts = count(account.entries());
  out += tile(counts.violations > 0 ? "bad" : "good", std::to_string(counts.violations),
              noun(counts.violations, "violation"));
  if (counts.warnings > 0)
    out += tile("warn", std::to_string(counts.warnings), noun(counts.warnings, "warning"));
  if (!account.steps.empty()) {
    const auto ok =
        std::ranges::count_if(account.steps, [](const auto& step) { return step.ok(); });
    const bool failed =
        std::ranges::any_of(account.steps, [](const auto& s) { return s.failed(); });
    const bool all = static_cast<std::size_t>(ok) == account.steps.size();
    out += tile(failed ? "bad"
                : all  ? "good"
                       : "warn",
                fmt::format("{} of {}", ok, account.steps.size()), "steps passed");
  }
  const Incoming& incoming = account.incoming;
  if (incoming.commit_count > 0) {
    out += tile("", std::to_string(incoming.commit_count),
                noun(incoming.commit_count, "commit") + " merged");
    out += tile("", std::to_string(incoming.file_count),
                noun(incoming.file_count, "file") + " changed");
  }
  if (!account.streams.empty()) {
    const auto merged = std::ranges::count_if(
        account.streams, [](const auto& stream) { return stream.state == NodeState::merged; });
    out += tile("", fmt::format("{} of {}", merged, account.streams.size()), "streams merged");
  }
  return out + "</ul>\n";
}

std::string headline(const Account& account) {
  const std::string branch = html_name(account.branch);
  if (account.sound() && account.verdict().starts_with("sound")) return branch + " is sound";
  return branch + ": " + xml(account.verdict());
}

std::string header(const Account& account, const std::string& nav) {
  std::string meta =
      fmt::format("at <span class=\"id\">{}</span> · {} · <time datetime=\"{}\">{}</time>",
                  xml(short_id(account.commit)), html_name(account.occasion),
                  core::format_utc(account.made_at), day_and_time(account, account.made_at));
  if (!account.who.empty()) meta += " · " + html_name(account.who);
  return fmt::format(
      "<header>\n<p class=\"eyebrow\">{}</p>\n<h1>{} {}</h1>\n<p class=\"meta\">{}</p>\n{}"
      "<nav aria-label=\"On this page\"><ul>\n{}</ul></nav>\n</header>\n",
      xml(core::printable(account.repository)), headline(account),
      account.sound() ? html_badge("good", "passed") : html_badge("bad", "failed"), meta,
      tiles(account), nav);
}

std::string footer(const Account& account) {
  std::string out = "<footer>\n";
  for (const std::string& trouble : account.troubles)
    out += "<p>Not known: " + xml(core::printable(trouble)) + "</p>\n";
  return out + fmt::format(
                   "<p>Made by git-stream {}. This page needs no network and no script."
                   "</p>\n</footer>\n",
                   xml(account.version));
}

// The characters that turn round the text after them, on paper or to deceive: shown, not obeyed.
std::string with_visible_directions(std::string_view page) {
  std::string out;
  out.reserve(page.size());
  while (!page.empty()) {
    const std::size_t at = std::min(page.find('\xe2'), page.size());
    out += page.substr(0, at);
    page.remove_prefix(at);
    const std::string_view character = page.substr(0, 3);
    const bool embedding = character >= "\u202a" && character <= "\u202e";
    const bool isolate = character >= "\u2066" && character <= "\u2069";
    if (embedding || isolate) {
      const int number =
          embedding ? 0x202a + (character[2] - "\u202a"[2]) : 0x2066 + (character[2] - "\u2066"[2]);
      out += fmt::format("[U+{:04X}]", number);
      page.remove_prefix(character.size());
    } else if (!page.empty()) {
      out += page.front();
      page.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace

std::string html_section(std::string_view id, std::string_view title, std::string_view remark,
                         std::string_view body) {
  return fmt::format(
      "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<div class=\"head\"><h2 "
      "id=\"{0}-title\">{1}</h2>{2}</div>\n{3}</section>\n",
      id, xml(title), remark.empty() ? "" : fmt::format("<p>{}</p>", xml(remark)), body);
}

std::string html_wide(std::string_view label, std::string_view body) {
  return fmt::format(
      "<div class=\"wide\" role=\"group\" aria-label=\"{}\" tabindex=\"0\">\n{}</div>\n",
      xml(label), body);
}

std::string html_name(std::string_view text) {
  return "<bdi>" + xml(core::printable(text)) + "</bdi>";
}

std::string html_badge(std::string_view kind, std::string_view text) {
  return fmt::format("<span class=\"badge {}\">{}</span>", kind, xml(core::printable(text)));
}

std::string state_class(NodeState state) {
  for (const StateColours& row : kStateColours) {
    if (row.state == state) return std::string(row.name);
  }
  return "waiting";
}

std::string account_html(const Account& account) {
  std::string nav, parts;
  for (const Part& part : kParts) {
    const std::string section = part.render(account);
    if (section.empty()) continue;
    nav += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", part.id, part.title);
    parts += section;
  }
  std::string page =
      fmt::format(
          "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          // Nothing is fetched and nothing runs, whatever names and messages hold.
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "style-src 'unsafe-inline'\">\n<title>{}: {} at {}</title>\n<style>",
          xml(core::printable(account.repository)), xml(core::printable(account.branch)),
          xml(short_id(account.commit))) +
      std::string(html_style()) +
      "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">To the content</a>\n" +
      header(account, nav) + "<main id=\"content\">\n" + parts + "</main>\n" + footer(account) +
      "</body>\n</html>\n";
  return with_visible_directions(page);
}

}  // namespace gs::report
