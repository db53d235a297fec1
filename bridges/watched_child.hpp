// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "bridges/child_process.hpp"
#include "bridges/containment.hpp"
#include "bridges/file_descriptor.hpp"
#include "bridges/output_reader.hpp"

namespace rr {

/// How a child has ended, as `waitid` tells.
struct child_end {
  /// 0 to 255, or -N for death by signal N, or `unknown_exit_code`.
  int exit_code = 0;
  ended_by cause{};
};

/// What a start needs of the watcher.
struct launch_context {
  const std::string& launcher;
  /// The `KEY=VALUE` that goes into the environment.
  const std::string& cookie;
  /// `/dev/null`.
  int null;
  output_reader& reader;
  /// The child's soft limit of open files; none for this process's own.
  std::optional<uint64_t> descriptor_limit;
};

/// One child, from its launch to its end. For the watching thread alone.
class watched_child {
public:
  /// Executes the launcher. The child belongs to the caller, who must reap it.
  /// @returns an `ec::start_failed`; then nothing is left.
  static caf::expected<std::unique_ptr<watched_child>>
  launch(const launch_context& context, process_settings settings,
         std::unique_ptr<enclosure> inside);

  watched_child() = default;
  watched_child(const watched_child&) = delete;
  watched_child& operator=(const watched_child&) = delete;

  /// Reads what the launcher has to say, without waiting.
  /// @returns whether it has said it: the program executes, or `failure` says
  /// why it never will.
  bool read_launch();

  /// Looks whether the child has ended, without reaping it.
  /// @param stopped whether the cord has been pulled already.
  bool look(bool stopped) noexcept;

  /// Signals the group. Nothing once the child has been reaped.
  void terminate() noexcept;

  /// SIGKILL to the group, unless the child has been reaped, and to everything
  /// that it has started.
  void kill() noexcept;

  /// Kills what is left of the group, and only then frees its number.
  void reap() noexcept;

  uint64_t id = 0;
  std::string name;
  std::string program;
  std::string directory;
  /// Its `PATH`.
  std::string search_path;
  child_listener listener;
  pid_t pid = 0;
  file_descriptor process;
  /// Open while the launcher runs.
  file_descriptor launch_pipe;
  std::optional<size_t> slot;
  std::unique_ptr<enclosure> inside;
  /// Set when the child never was what it should have been.
  caf::error failure;
  std::optional<child_end> end;
  bool announced = false;
  bool reaped = false;
  /// When to give up waiting for what it has started.
  std::chrono::steady_clock::time_point give_up;

private:
  ended_by sent_ = ended_by::itself;
  /// Whether it was reaped by somebody else, its exit code with it.
  bool lost_ = false;
};

} // namespace rr
