// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/hold_sources.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "bridges/system/descriptor_guard.hpp"
#include "messages/error.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

/// A fault that comes back within this time is the same one.
constexpr std::chrono::seconds same_fault{10};

/// Bytes of a list of names that are told.
constexpr size_t max_names = 512;

/// Whether a reader of standard output is there, and has made room.
bool output_takes_lines() noexcept {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&output, 1, 0) == 1 && output.revents == POLLOUT;
}

/// What holds, for people, by the output's name.
std::string text_of(const sink_loss& loss) {
  auto result = loss.sink == "standard-output" ? std::string{"standard output"}
                : loss.sink == "file"          ? "the log file"
                : loss.sink == "journal"
                  ? "the journal"
                  : "the log's " + std::string{loss.sink};
  result += " loses events";
  return loss.error == 0 ? result : result + ": " + error_text(loss.error);
}

} // namespace

bool loss_hold::update(uint64_t lost, bool usable, time_point now) noexcept {
  if (lost > lost_) {
    if (!holds_)
      quiet_ = released_ != time_point{} && now - released_ < same_fault
                 ? std::min<std::chrono::milliseconds>(quiet_ * 2,
                                                       longest_quiet)
                 : first_quiet;
    holds_ = true;
    last_ = now;
  } else if (holds_ && usable && now - last_ >= quiet_) {
    holds_ = false;
    released_ = now;
  }
  lost_ = lost;
  return holds_;
}

hold_watch_settings::look
look_at_driver(std::shared_ptr<control_session> control) {
  return [control](hold_list& holds, auto) {
    holds.set("no driver", control->status().driver.empty());
  };
}

hold_watch_settings::look look_at_log(std::shared_ptr<log_dispatcher> log) {
  return [log, known = std::map<std::string, loss_hold>{}](hold_list& holds,
                                                           auto now) mutable {
    for (const auto& loss : log->losses()) {
      std::string sink{loss.sink};
      auto usable = sink != "standard-output" || output_takes_lines();
      auto held = known[sink].update(loss.count, usable, now);
      holds.tell("log " + sink, held ? text_of(loss) : std::string{});
    }
  };
}

hold_watch_settings::look look_at_descriptors() {
  return [known = loss_hold{}](hold_list& holds, auto now) mutable {
    holds.set("connections are refused: too few descriptors are left",
              known.update(descriptor_guard::refused(), true, now));
  };
}

hold_watch_settings::look
look_at_devices(std::shared_ptr<buffer_registry> buffers, device_names names) {
  return [buffers, names = std::move(names)](hold_list& holds, auto) {
    if (names.empty())
      return;
    auto there = buffers->valid();
    for (const auto& [name, uid] : names) {
      auto found = std::ranges::any_of(there, [&id = uid](const auto& x) {
        return x.key().uid == id;
      });
      holds.set("device " + name + " is not there", !found);
    }
  };
}

void hold_for_unsafe(hold_list& holds, const catalog& types) {
  std::string all;
  for (const auto& type : types.types())
    for (const auto& each : type.parameters)
      if (each.writeable && !each.safe)
        all += (all.empty() ? "" : ", ") + type.name + '.' + each.name;
  if (all.empty())
    return;
  if (all.size() > max_names)
    all = std::string{utf8_prefix(all, max_names)} + "...";
  holds.set("parameters have no safe value: " + all, true);
}

} // namespace rr
