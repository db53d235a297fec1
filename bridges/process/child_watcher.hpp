// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/process/child_process.hpp"
#include "bridges/process/containment.hpp"
#include "bridges/process/output_reader.hpp"
#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/sign_of_life.hpp"
#include "bridges/system/stop_cord.hpp"

namespace rr {

class child_loop;
class child_orders;
class child_sentry;
class notify_reader;
class notify_socket;

struct child_watcher_settings {
  /// The launcher; empty to find it (see `find_launcher`).
  std::string launcher;
  /// A child that exits with it pulls the stop cord.
  int emergency_exit_code = 255;
  /// Between the pull of the cord and SIGKILL to all that is left; zero and up.
  std::chrono::nanoseconds emergency_terminate_timeout
    = std::chrono::milliseconds{250};
  containment_kind containment = containment_kind::automatic;
  /// Whether children are to have their memory bounded by control groups, where
  /// those can be had.
  bool bound_memory = false;
  /// Every child's soft limit of open files, up to the hard limit; none for
  /// this process's own.
  std::optional<uint64_t> descriptor_limit;
  /// Whether children that this process has before it has a watcher are reaped
  /// as they end: those of a program that executed this one. They are never
  /// killed.
  bool reap_inherited = false;
  /// Where the sockets of children lie that say of themselves how they do: of
  /// mode 0700 and this user's, as the runtime directory is; otherwise, and
  /// where it is empty, they have abstract names (see `notify_socket`), as have
  /// those of children that run as another user.
  std::string notify_directory;
  /// Told what goes wrong without being any start's failure. Called on the
  /// thread that starts children; must not block. May be empty.
  std::function<void(const caf::error&)> on_error;
};

/// The entry of every child's environment that no other start has, followed by
/// `=`. What a child starts inherits it.
constexpr auto process_cookie = std::string_view{"RR_PROCESS_COOKIE"};

/// Whether an entry of an environment is one.
inline bool is_process_cookie(std::string_view entry) noexcept {
  return entry.starts_with(process_cookie)
         && entry.substr(process_cookie.size()).starts_with('=');
}

/// Starts children, waits on them, signals them and reaps them. Two threads
/// that sleep until something happens: one sees ends and stops in an emergency,
/// the other does all that takes time. With control groups a third makes and
/// kills these, for which the kernel may keep it waiting.
///
///     start            launcher executes the program
///     ------> starting ------------------------------> running
///                |                                        |
///                | launcher failed, reaped                | ended, and reaped
///                v               all it started is dead   v
///          (start_failed)   (exited) <---------------- cleaning
///
/// A child's end is known from its process descriptor. Signals by number go out
/// only while the number is certain to be the child's: before it is reaped.
/// A child that exits with the emergency-stop code pulls the cord before
/// anything else happens on the first thread. Once the cord has been pulled, by
/// whomever, all that is left after `emergency_terminate_timeout` gets SIGKILL
/// from it.
///
/// Orphans that this process adopts in whatever role are reaped within a second
/// of their end. While there is a watcher, other parts of this process may not
/// start children: they would be taken for orphans.
class child_watcher final : public child_starter {
public:
  /// Starts the thread and the keeper, and ends what a dead runtime left.
  /// @param cord must outlive the watcher, and not be in use yet (it is
  /// observed). SIGCHLD must be blocked in all other threads (see
  /// `block_child_signal`); it will be in the calling one.
  /// @param take gets the children's output (see `output_reader`).
  /// @returns an `ec::system_error` or `ec::start_failed`.
  static caf::expected<std::unique_ptr<child_watcher>>
  make(child_watcher_settings settings, stop_cord& cord, line_callback take);

  child_watcher(const child_watcher&) = delete;
  child_watcher& operator=(const child_watcher&) = delete;

  /// Kills everything that is left and reaps it, five seconds at most; the
  /// listeners are still told.
  ~child_watcher() override;

  std::unique_ptr<child_process> start(process_settings settings,
                                       child_listener listener) override;

  /// SIGKILL to everything of every child. Thread safe, returns at once.
  void kill_all() noexcept;

  void flush_output() noexcept override;

  std::optional<child_usage> usage(int32_t pid) const override;

  /// Its threads, of which none may hang. They may outlive the watcher.
  /// @param bound how long the one that stops the robot may take to answer; it
  ///              comes first, and second the one that starts children.
  std::vector<heartbeat_witness>
  witnesses(std::chrono::nanoseconds bound) const;

  /// How many children there are that have not been reaped. Thread safe.
  size_t count() const noexcept override;

  std::string containment() const override;

  std::string memory_bound() const override;

private:
  child_watcher();

  /// Gives a child that wants one a socket to say of itself how it does.
  caf::expected<std::shared_ptr<notify_socket>>
  equip(process_settings& settings, child_listener& listener);

  file_descriptor launcher_;
  std::string notify_directory_;
  std::shared_ptr<child_orders> orders_;
  std::atomic<uint64_t> last_id_{0};
  /// Reads on while the loop's end kills the writers.
  std::unique_ptr<output_reader> reader_;
  std::unique_ptr<notify_reader> notices_;
  std::unique_ptr<child_sentry> sentry_;
  /// Has the children, which the sentry watches until it is stopped.
  std::unique_ptr<child_loop> loop_;
  std::thread thread_;
};

} // namespace rr
