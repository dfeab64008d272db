#include "lib/core/text.h"

#include <fmt/format.h>

#include "lib/report/finding_text.h"
#include "lib/report/report.h"

namespace gs::report {

std::string text(const Subject& subject, const std::vector<Entry>& entries) {
  constexpr std::size_t kAbbreviated = 10;
  std::string out;
  for (const Entry& entry : entries) {
    std::string remark = entry.accepted ? "accepted" : "";
    if (!entry.commit.empty()) {
      remark += fmt::format("{}in {}", remark.empty() ? "" : ", ",
                            core::printable(entry.commit.substr(0, kAbbreviated)));
    }
    out += finding_text(entry.finding, remark);
  }
  out += summary_text(subject, entries) + '\n';
  if (!subject.notes.empty()) out += subject.notes;
  if (out.back() != '\n') out += '\n';
  return out;
}

}  // namespace gs::report
