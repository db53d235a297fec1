// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <caf/error.hpp>
#include <caf/timespan.hpp>

#include "actors/remote_method.hpp"
#include "app/config/options.hpp"
#include "app/peer/remote_caller.hpp"
#include "bridges/log/event_log.hpp"
#include "messages/error.hpp"

namespace rr {

class host;
class log_dispatcher;
class log_output;
class runtime_directory;

class peer;

/// What a program does before it runs: a function of the `peer` that returns a
/// `caf::error`, or nothing, when nothing can fail.
class peer_set_up {
public:
  template <std::invocable<peer&> Function>
  peer_set_up(Function function) {
    if constexpr (std::is_void_v<std::invoke_result_t<Function&, peer&>>)
      function_ = [function = std::move(function)](peer& p) mutable {
        function(p);
        return caf::error{};
      };
    else
      function_ = std::move(function);
  }

  caf::error operator()(peer& p) const {
    return function_(p);
  }

private:
  std::function<caf::error(peer&)> function_;
};

/// A program of one's own: a `host`, whose resources it picks, and whose
/// Application stops them in the same order as the runtime's.
///
///     int main(int argc, char** argv) {
///       return rr::run_peer(argc, argv, [](rr::peer& p) {
///         p.serve({{"add", rr::remote_method::at_once(
///                            rr::argument_count::exactly(2), add)}});
///       });
///     }
///
/// It lives until `run_peer` returns, longer than every function that it was
/// given: those may capture a reference to it.
class peer {
public:
  /// What is called at an interval; an error ends the program.
  using periodic = std::function<caf::error()>;

  peer(const options& opts, std::vector<std::string> arguments,
       std::shared_ptr<log_dispatcher> log,
       std::shared_ptr<log_output> printed);
  ~peer();

  // -- resources; to be picked while `run_peer` sets the program up -----------

  /// Answers these methods as `<app>-service`, `<app>` being the option
  /// `application.name`, which the runtime sets to the process's name. Called
  /// once; starts when the set-up is done. `ping` answers `"pong"` unless the
  /// methods have one of their own.
  ///
  /// A method that returns `ec::emergency_stop`, at once or on a worker, raises
  /// an emergency stop.
  void serve(method_table methods);

  /// A client, `<app>-client`; every call of this function returns the same.
  /// It can be used once the set-up is done, as `ec::client_ended` says of
  /// earlier calls that outlast a set-up that fails.
  remote_caller client();

  /// Calls a function at every interval (above zero), on a fixed grid and never
  /// twice at once. It must not block.
  void spin(caf::timespan interval, periodic function);

  /// The same for a function that may block: on a worker's thread, of which
  /// there are `application.thread-pool-workers`.
  void spin_on_worker(caf::timespan interval, periodic function);

  /// Publishes log events to the runtime's forwarder (`log.backend`), in place
  /// of standard output, from which a runtime would publish each of them once
  /// more. Under a runtime, which started it or what started it, that is done
  /// before the set-up; to be called by one that is not, and on a terminal it
  /// prints them all the same. To call it twice does no more.
  void publish_log();

  /// A router, for a program without a runtime. It takes the runtime directory,
  /// so that one with a runtime is refused. To be picked first of all.
  /// Identities of peers that bring none come from `rand()`, which the program
  /// may seed.
  void route();

  // -- verbs, from any thread -------------------------------------------------

  /// Raises an emergency stop: the program ends at once, with the exit code by
  /// which the runtime stops the whole robot.
  void emergency_stop(const std::string& reason);

  /// Stops this program in order, with exit code 0.
  void stop(const std::string& reason);

  // -- what it is made of -----------------------------------------------------

  const options& opts() const noexcept {
    return opts_;
  }

  /// What of the command line is no option.
  const std::vector<std::string>& arguments() const noexcept {
    return arguments_;
  }

  const event_log& log() const noexcept;

private:
  friend int run_peer(int, char**, const peer_set_up&);

  int run(const peer_set_up& set_up);
  caf::error open(const peer_set_up& set_up);
  void add_spin(caf::timespan interval, periodic function, bool on_worker);
  void fail(caf::error what);
  remote_method watched(remote_method method);

  const options& opts_;
  std::vector<std::string> arguments_;
  std::unique_ptr<runtime_directory> directory_;
  std::shared_ptr<log_dispatcher> outputs_;
  std::shared_ptr<log_output> printed_;
  std::unique_ptr<host> host_;
  std::optional<method_table> methods_;
  std::optional<remote_caller> client_;
  /// Of the set-up, the first.
  caf::error failure_;
};

/// The whole of a program: takes its options from the command line
/// (`--group.key=value`), the environment (`RR_*`) and the file in
/// `RR_CONFIG_FILE`, as the runtime does, calls `set_up`, and runs until
/// SIGINT, SIGTERM, SIGQUIT, the end of the terminal, `peer::stop`, an
/// emergency stop, or the end of a resource. Sections of processes are none of
/// its business. To be called before any other thread exists.
///
/// `--help` (`-h`) prints the options that concern such a program, `--version`
/// its name and the version; then nothing is opened, and the exit code is 0.
///
/// @returns the exit code: 0 after an orderly stop; the emergency-stop code
///          after an emergency stop; 1, with a line on standard error, when a
///          resource cannot be made, when `set_up` returns an error or throws,
///          and when a resource ends unexpectedly; 2, with
///          the problems on standard error, for bad options. Does not return,
///          but exits with that code, when a function on a worker hangs.
int run_peer(int argc, char** argv, const peer_set_up& set_up);

} // namespace rr
