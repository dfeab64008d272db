#pragma once
// The parts of the page, for this room only. Each is a whole <section>, or empty where there is
// nothing to show.

#include <string>
#include <string_view>

#include "lib/report/account.h"

namespace gs::report {

std::string html_findings(const Account& account);
std::string html_steps(const Account& account);
std::string html_merged(const Account& account);
std::string html_streams(const Account& account);   // a graph, and the same as a table
std::string html_timeline(const Account& account);  // lanes, and the same as a table
std::string html_layers(const Account& account);

std::string_view html_style();  // the style sheet: light and dark, narrow and wide, and on paper

// `body` is markup already; the title is not.
std::string html_section(std::string_view id, std::string_view title, std::string_view remark,
                         std::string_view body);
// What may be wider than the screen: it scrolls by itself, with the keyboard too.
std::string html_wide(std::string_view label, std::string_view body);
// What others named, within a sentence: its direction is its own matter.
std::string html_name(std::string_view text);
// A word on a ground of its colour: "good", "bad", "warn", "plain", or a state's name.
std::string html_badge(std::string_view kind, std::string_view text);
std::string state_class(NodeState state);  // "in_progress"

}  // namespace gs::report
