#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/report/html_sections.h"
#include "lib/report/markup.h"

namespace gs::report {

namespace {

std::string command_text(const std::vector<std::string>& words) {
  constexpr std::size_t kLongest = 160;
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + core::quote_shell(word);
  if (text.size() <= kLongest) return core::printable(text);
  text.resize(kLongest);
  while (!text.empty() && !core::is_utf8(text)) text.pop_back();
  return core::printable(text) + "…";
}

std::string output(const StepRun& step) {
  if (step.tail.empty()) return {};
  std::string lines;
  for (const std::string& line : step.tail) lines += "<span class=\"l\">" + xml(line) + "</span>";
  return fmt::format(
      "<details{}><summary>{}: the last {} of its output</summary>\n<pre tabindex=\"0\"><code>{}"
      "</code></pre></details>\n",
      step.failed() ? " open" : "", html_name(step.name), core::counted(step.tail.size(), "line"),
      lines);
}

}  // namespace

std::string html_steps(const Account& account) {
  if (account.steps.empty() && account.steps_note.empty()) return {};
  std::string body;
  if (!account.steps.empty()) {
    body =
        "<table>\n<caption>The policy’s steps, in their order</caption>\n<thead><tr><th "
        "scope=\"col\">Step</th><th scope=\"col\">Result</th><th scope=\"col\" "
        "class=\"n\">Time</th>"
        "<th scope=\"col\">Command</th></tr></thead>\n<tbody>\n";
    for (const StepRun& step : account.steps) {
      const char* kind = step.ok() ? "good" : step.failed() ? "bad" : "warn";
      body += fmt::format(
          "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n t\">{}</td><td class=\"what\">"
          "<code>{}</code></td></tr>\n",
          xml(core::printable(step.name)), html_badge(kind, step.text),
          step.milliseconds > 0 ? duration_text(step.milliseconds) : "",
          xml(command_text(step.command)));
    }
    body = html_wide("Validation steps", body + "</tbody></table>\n");
  }
  for (const StepRun& step : account.steps) body += output(step);
  for (const StepRun& step : account.steps) {
    if (step.failed() && !step.log.empty())
      body += fmt::format("<p class=\"quiet\">All that {} printed: <code>{}</code></p>\n",
                          html_name(step.name), xml(core::quote_path(step.log)));
  }
  return html_section("steps", "Validation", account.steps_note, body);
}

}  // namespace gs::report
