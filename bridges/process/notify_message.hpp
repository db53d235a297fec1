// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <optional>
#include <string_view>

#include "bridges/process/child_process.hpp"

namespace rr {

/// Bytes of a datagram; a longer one is refused, as systemd does.
constexpr size_t max_notify_message = 4096;

/// What one datagram of the `sd_notify` protocol says, as sd_notify(3) has it.
struct notify_message {
  /// All but `refused`; `heartbeat` is when it was read.
  child_news news;
  /// `MAINPID=`.
  std::optional<pid_t> main_pid;
  /// `FDSTORE=1`: to keep descriptors for it.
  bool keeps_descriptors = false;
};

/// Reads one datagram: lines of `KEY=VALUE`. Keys that are not known,
/// `RELOADING` among them, change nothing, and neither does a value that its
/// key cannot have. Of a key that comes twice the last counts.
/// @returns nothing when it is too long, or has a null byte before its end.
std::optional<notify_message>
read_notify_message(std::string_view text,
                    std::chrono::steady_clock::time_point now);

/// Adds what was said later.
void merge(child_news& news, child_news&& later);

} // namespace rr
