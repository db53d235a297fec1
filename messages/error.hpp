// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <caf/error.hpp>
#include <caf/fwd.hpp>
#include <caf/make_message.hpp>

namespace rr {

/// Everything that goes wrong in this project. The context of an error is one
/// text that says what failed, on what, and why, as in
/// `cannot bind tcp://*:6000: address already in use`.
enum class ec : uint8_t {
  /// No error.
  none,
  /// An emergency stop: whoever quits with it stops the whole robot at once.
  emergency_stop,
  /// A child has failed for good and its `on-failure` says `stop`.
  process_failed,
  /// A child has ended well and its `on-success` says `stop`.
  process_finished,
  /// The exit of a process was asked for that never started.
  process_not_started,
  /// The exit code of a process was asked for that has not ended.
  process_running,
  /// No process has that name.
  unknown_process,
  /// What was asked for is not done while the robot stops.
  robot_stopping,
  /// What was asked for is not done while the configuration is read again.
  reloading,
  /// A process was started twice.
  process_already_started,
  /// A child could not be started: the launcher names the step that failed.
  start_failed,
  /// An actor that the runtime cannot do without has ended.
  core_actor_ended,
  /// A stop had to be forced by a second signal.
  stop_forced,
  /// Work that was given to a worker threw.
  work_failed,
  /// A bounded queue is full: try again later.
  overloaded,
  /// A bad configuration, command line or environment.
  bad_configuration,
  /// A system call or a library failed.
  system_error,
  /// A malformed value, refused before it was used.
  malformed,
  /// A remote call was not answered in time.
  call_timed_out,
  /// A remote method, or the service itself, answered with an error; its
  /// context holds a `call_error` beside the text.
  remote_error,
  /// A remote call over a channel by which no answer can come.
  no_answers,
  /// A remote call was in flight when its client ended.
  client_ended,
  /// No type, device or buffer goes by that name.
  unknown_device,
  /// The device's type has no parameter of that name.
  unknown_parameter,
  /// A parameter was read that is not readable, or written that is not
  /// writeable.
  access_refused,
  /// A value of a wrong type or length for its parameter, or no number.
  wrong_value,
  /// The buffer has been marked invalid.
  invalid_buffer,
  /// A shared object of another catalog or layout, or a damaged one.
  incompatible_buffer,
  /// The robot is disabled, and the parameter has no safe value.
  robot_disabled,
  /// Nobody has written the parameter yet, and it has no safe value.
  no_value,
};

const char* to_string(ec code) noexcept;

/// The error's text for people: the context alone when this project made it,
/// what CAF makes of it otherwise; `none` where nothing is wrong.
std::string describe(const caf::error& what);

/// The text of a library as a part of a sentence: its first letter small,
/// unless it begins an abbreviation such as `RPC`.
std::string as_cause(std::string text);

/// `strerror` as a part of a sentence: `no such file or directory`.
std::string error_text(int errno_value);

/// An `ec::system_error` that carries, beside its text, what it was about: an
/// address and a number of `errno.h`; empty and zero for none.
caf::error system_error_about(std::string text, std::string_view address,
                              int errno_value = 0);

/// An `ec::system_error` whose text is `what: error_text(errno_value)`.
caf::error system_error(std::string what, int errno_value);

/// Lets an actor system render `ec`, and registers every message of this
/// project. Called once for each configuration.
void register_messages(caf::actor_system_config& cfg);

} // namespace rr

CAF_ERROR_CODE_ENUM(rr::ec, "rr")
