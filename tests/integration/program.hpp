// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bridges/system/file_descriptor.hpp"
#include "tests/paths.hpp"

namespace rr {

/// The real program, `robot-runtime`, as a child of the test. What it starts is
/// known by a cookie in the environment. Killed at its end if it still runs.
class program {
public:
  using json = nlohmann::json;

  /// How long a test waits for anything before it fails.
  static constexpr auto patience = std::chrono::seconds{20};

  /// @param args with the command first.
  /// @param environment added to the test's own, each `KEY=VALUE`.
  /// @param executable what to run instead of the program.
  explicit program(std::vector<std::string> args,
                   std::vector<std::string> environment = {},
                   std::string executable = RR_PROGRAM);
  ~program();
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  pid_t pid() const noexcept {
    return pid_;
  }

  void signal(int number) const;

  /// Reads events from standard output until one has this text; null when the
  /// output ends or patience does. Every event read is kept.
  json wait_for_event(const std::string& text);

  /// The same, but for events that it has returned before.
  json wait_for_new_event(const std::string& text);

  /// Reads until standard error has this text; false when both streams end or
  /// patience does.
  bool wait_for_error(const std::string& text);

  /// Reads to the end and reaps: the exit code, or -N for death by a signal.
  int wait();

  /// All of standard output, after `wait`.
  const std::string& output() const noexcept {
    return text_;
  }

  /// What has been read of standard error; all of it after `wait`.
  const std::string& errors() const noexcept {
    return errors_;
  }

  /// The same without the lines that are only warnings.
  std::string faults() const;

  const std::vector<json>& events() const noexcept {
    return events_;
  }

  size_t count(const std::string& text) const;

  /// The processes that carry this program's cookie, zombies not counted.
  std::vector<pid_t> processes() const;

  /// Waits until none of them is left; false when patience ends.
  bool wait_until_nothing_is_left() const;

  /// Stops reading standard output, so that its pipe fills.
  void stop_reading() noexcept {
    reads_output_ = false;
  }

  /// Closes the reading end of standard output.
  void close_output() noexcept {
    output_.reset();
  }

private:
  /// Reads what there is; false at the end of both streams or of patience.
  bool read_some(std::chrono::steady_clock::time_point deadline);
  void take_lines();
  json wait_for_event_from(size_t& seen, const std::string& text);

  pid_t pid_ = -1;
  int exit_code_ = 0;
  bool reads_output_ = true;
  std::string cookie_;
  file_descriptor output_;
  file_descriptor error_output_;
  std::string text_;
  std::string partial_;
  std::string errors_;
  std::vector<json> events_;
  /// Where `wait_for_new_event` goes on.
  size_t next_ = 0;
};

} // namespace rr

namespace rr::test {

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace rr::test
