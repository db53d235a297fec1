// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <caf/error.hpp>

#include "bridges/log_stream/log_receiver.hpp"
#include "bridges/system/rotating_file_reader.hpp"
#include "messages/json.hpp"

namespace rr {

/// What a runtime has kept of its log in files, and where that ends and what is
/// received from now on begins: no event is shown twice, and none is left out
/// that the files have.
class log_past {
public:
  using time_point = std::chrono::system_clock::time_point;

  /// @param path of `log.file`.
  log_past(std::string path, size_t max_files, time_point since);

  /// Hands over the events of the files that were not read before.
  caf::error read(const log_event_handler& show);

  /// Takes an event that was received, and hands over what is to be shown by
  /// now: nothing before the files have what was received first, or `give_up`.
  void receive(log_level level, const json& event,
               const log_event_handler& show);

  /// Looks whether the files have by now what was received first.
  caf::error join(const log_event_handler& show);

  /// Goes on with what was received, whatever the files have.
  void give_up(const log_event_handler& show);

  /// Whether what is received is shown at once.
  bool joined() const noexcept {
    return joined_;
  }

  bool found() const noexcept {
    return reader_.found();
  }

  /// Lines that are no events.
  uint64_t malformed() const noexcept {
    return malformed_;
  }

private:
  struct received_event {
    log_level level;
    json event;
  };

  bool was_read(const json& event);

  rotating_file_reader reader_;
  time_point since_;
  /// Only what is as young can be received as well.
  time_point begin_;
  std::multiset<std::string> read_;
  std::vector<received_event> held_;
  bool joined_ = false;
  uint64_t malformed_ = 0;
};

} // namespace rr
