#pragma once
// A glance at a log from its end: who was last heard of, without reading every line as JSON.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/store/journal.h"

namespace gs::store {

// Which group (a dense number) a line belongs to, by its stream and agent; nothing: to none.
using LineGroup =
    std::function<std::optional<std::size_t>(std::string_view stream, std::string_view agent)>;

// The last line of each of `groups` groups, as far as the log's last 64 MiB have one. A missing log
// is empty; what is no line of ours is passed over.
std::vector<std::optional<Activity>> last_activities(const std::filesystem::path& log,
                                                     std::size_t groups, const LineGroup& group);

// How many lines each group has that are not older than its time; none are counted where it has no
// time.
std::vector<std::size_t> count_since(const std::filesystem::path& log,
                                     const std::vector<std::optional<core::Instant>>& since,
                                     const LineGroup& group);

}  // namespace gs::store
