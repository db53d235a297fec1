// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "bridges/launcher/launcher.h"
#include "bridges/process/child_process.hpp"
#include "bridges/process/containment.hpp"
#include "bridges/process/low_descriptors.hpp"
#include "bridges/process/output_reader.hpp"
#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/stop_cord.hpp"

namespace rr {

/// How a child has ended, as `waitid` tells.
struct child_end {
  /// 0 to 255, or -N for death by signal N, or `unknown_exit_code`.
  int exit_code = 0;
  ended_by cause{};
  bool core_dumped = false;
  /// Known once it has been reaped.
  std::chrono::nanoseconds cpu{0};
  uint64_t max_resident_kib = 0;
};

/// What a start needs of the watcher.
struct launch_context {
  const std::string& launcher;
  /// The `KEY=VALUE` that goes into the environment.
  const std::string& cookie;
  output_reader& reader;
  stop_cord& cord;
  low_descriptors& low;
  /// The child's soft limit of open files; none for this process's own.
  std::optional<uint64_t> descriptor_limit;
};

/// The `PATH` of an environment, or what `execvp` takes where there is none.
std::string search_path_of(const shared_strings& environment);

/// One child, from its launch to its end. It is the owner's, the thread that
/// starts and reaps it; what the sentry alone may touch while it watches the
/// child says so.
class watched_child {
public:
  /// Executes the launcher. The child is on the cord's list from its first
  /// moment. It belongs to the caller, who must reap it.
  /// @returns an `ec::start_failed`; then nothing is left.
  static caf::expected<std::unique_ptr<watched_child>>
  launch(const launch_context& context, process_settings settings,
         std::unique_ptr<enclosure> inside);

  watched_child() = default;
  watched_child(const watched_child&) = delete;
  watched_child& operator=(const watched_child&) = delete;

  /// Reads what the launcher has to say, without waiting. For the sentry.
  /// @returns whether it has said it: the program executes, or
  /// `launch_failure` says why it never will.
  bool read_launch() noexcept;

  /// Once `read_launch` was true, whether the program executes. For the sentry.
  bool executed() const noexcept {
    return !launch_failure && !doomed;
  }

  /// Once the launcher has had its say, and told of no failure: whether the
  /// program executes or has executed. A launcher that was killed says nothing,
  /// either. For the owner, before it is reaped.
  bool has_executed() const;

  /// Why the launcher has failed. For the owner, once the launcher has had its
  /// say.
  void take_launch_failure();

  /// Looks whether the child has ended, without reaping it. For the sentry.
  /// @param stopped whether the cord has been pulled already.
  bool look(bool stopped) noexcept;

  /// Whether the child has ended, whatever the sentry knows.
  bool has_ended() const noexcept;

  /// Signals the group, and the child wherever it is. Nothing once it has been
  /// reaped.
  void terminate() noexcept;

  /// SIGKILL to the group, and to the child wherever it is. Nothing once it has
  /// been reaped.
  void kill_group() noexcept;

  /// Takes down that the group has got SIGKILL. For either.
  void note_kill() noexcept {
    sent_ = ended_by::kill;
  }

  /// `kill_group`, and SIGKILL to everything that it has started.
  void kill() noexcept;

  /// The limit that has ended it, as `process_exited` tells it; empty for none.
  std::string limit_reached() const;

  /// Kills one that never was watched, and reaps it.
  void abandon(stop_cord& cord) noexcept;

  /// Kills what is left of the group, and only then frees its number. The end
  /// is told what the child has used.
  void reap() noexcept;

  uint64_t id = 0;
  std::string name;
  std::string program;
  std::string directory;
  limit_settings limits;
  /// Its `PATH`.
  std::string search_path;
  child_listener listener;
  pid_t pid = 0;
  file_descriptor process;
  /// Open while the launcher runs.
  file_descriptor launch_pipe;
  /// On the cord's list, until it is reaped.
  std::optional<stop_cord::slot> slot;
  std::unique_ptr<enclosure> inside;
  /// Set when the child never was what it should have been.
  caf::error failure;
  /// Whether it had failed before the sentry watched it.
  bool doomed = false;
  bool announced = false;
  /// Whether the emergency-stop code of it is one.
  bool raises_emergency = true;
  bool reaped = false;
  /// When to look again for what it has started, and when to give that up.
  std::chrono::steady_clock::time_point look_at;
  std::chrono::steady_clock::time_point give_up;

  // -- the sentry's, and the owner's once it has news of it -------------------

  std::optional<rr_launch_failure> launch_failure;
  std::optional<child_end> end;
  bool launch_told = false;
  /// Of `child_sentry::kills`, before it was launched.
  unsigned kills_before = 0;
  watched_child* next_told = nullptr;
  /// Of `child_sentry::news`.
  std::atomic<unsigned> news{0};

private:
  /// Where the child has a namespace of its own: waits for the launcher, a few
  /// seconds at most, until it has made the child, which takes its place here.
  /// @returns an `ec::start_failed`.
  caf::error enter_namespace(stop_cord& cord);

  bool launch_said_ = false;
  std::atomic<ended_by> sent_{ended_by::itself};
  /// Whether it was reaped by somebody else, its exit code with it.
  bool lost_ = false;
};

} // namespace rr
