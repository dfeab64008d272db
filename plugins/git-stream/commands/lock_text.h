#pragma once
// Locks as text and as JSON.

#include <string>
#include <string_view>

#include "lib/core/json_writer.h"
#include "lib/core/lock.h"

namespace gs::command {

// "llm/sentiment.py until 11:00 (60 min)"
std::string lock_until(const core::Lock& lock);

// "name": [{"path", "agent", "stream", "acquired", "expires", "task", "generation", "automatic"}]
void write_locks(core::JsonWriter& json, std::string_view name, const core::LockTable& locks);

}  // namespace gs::command
