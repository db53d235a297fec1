// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/meta/type_name.hpp>

#include "messages/process/process.hpp"

namespace rr {

/// Order: read the configuration again, and do what has changed of processes.
struct reload_processes {
  /// Who wants it, for people.
  std::string by;
  friend bool operator==(const reload_processes&, const reload_processes&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, reload_processes& x) {
  return f(caf::meta::type_name("reload_processes"), x.by);
}

/// Fact: the configuration has been read again.
struct configuration_read {
  /// What is wrong with it, or needs a restart of the runtime, a line each, and
  /// warnings; with any, there are no processes here.
  std::vector<std::string> problems;
  /// In the configuration's order.
  std::vector<process_settings> processes;
  friend bool operator==(const configuration_read&, const configuration_read&)
    = default;
};

/// What a reload does, by the names of processes.
struct process_changes {
  /// Those that were not there before; in the new configuration's order.
  std::vector<std::string> started;
  /// Those that are there no more; in the old one's order.
  std::vector<std::string> stopped;
  /// Those whose sections have changed; in the new one's order.
  std::vector<std::string> restarted;
  friend bool operator==(const process_changes&, const process_changes&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, process_changes& x) {
  return f(caf::meta::type_name("process_changes"), x.started, x.stopped,
           x.restarted);
}

} // namespace rr

// They never leave this process.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rr::configuration_read)
