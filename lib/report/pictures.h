#pragma once
// The pictures of a report's page, as SVG elements: the graph of the streams and the timeline. They
// are coloured by the page's style sheet (page.css). And what they are measured with: how wide a
// text is, and where a time axis has its lines. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "lib/core/time.h"
#include "lib/report/document.h"
#include "lib/report/merge_report.h"

namespace gs::report {

// Phases from left to right, an arrow to each stream from those that it waits for directly.
std::string streams_svg(const std::vector<StreamSummary>& streams);

// A row an agent, with a sign for what was done in each bin, and a line below while it held a lock.
std::string timeline_svg(const Timeline& timeline, core::OffsetAt offset);
std::vector<Figure::Key> timeline_key();

// How wide a text is, in ems; the text is printable(). Nobody knows the reader's fonts here: this
// is what a wide one (DejaVu Sans) takes, and rather more than less.
double text_ems(std::string_view text, bool bold = false);
// The text where it takes no more than `ems`, otherwise as much of its beginning as does with a
// "…".
std::string fitted(std::string_view text, double ems, bool bold = false);

// Where a time axis has its lines, and what is written there: round times of the place, as fine as
// the span is short.
struct Tick {
  core::Instant at{};
  std::string
      text;  // "13:00:05", "13:05"; after its date where a day begins; "12-06", "2025-12-06"
};

// Two to seven of them for any span of a second or more, in order, none outside of it. Without an
// offset the times are UTC.
std::vector<Tick> time_ticks(core::Instant from, core::Instant to, core::OffsetAt offset);

// "2025-12-06 13:00 to 15:30", with seconds where it is about seconds, with both dates where they
// differ.
std::string period_text(core::Instant from, core::Instant to, core::OffsetAt offset);

}  // namespace gs::report
