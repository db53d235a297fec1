// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/fwd.hpp>
#include <caf/timespan.hpp>

#include "actors/remote_method.hpp"
#include "app/config/options.hpp"
#include "app/peer/device_buffers.hpp"
#include "app/peer/executor.hpp"
#include "app/peer/gamepad_driver.hpp"
#include "app/peer/peer_resource.hpp"
#include "app/peer/remote_caller.hpp"
#include "app/runtime/remote_node.hpp"
#include "app/runtime/stop_stage.hpp"
#include "bridges/log/event_log.hpp"
#include "messages/control/control.hpp"
#include "messages/device/device_update.hpp"
#include "messages/error.hpp"
#include "messages/log/log_forwarding.hpp"
#include "messages/process/process.hpp"

namespace rr {

class control_link;
class host;
class log_dispatcher;
class log_output;
class robot_devices;
class runtime_directory;

class peer;

/// What a program does before it runs: a function of the `peer` that returns a
/// `caf::error`, or nothing, when nothing can fail.
class peer_set_up {
public:
  /// Takes any function of that kind; not explicit, so that `run_peer` is
  /// handed one as it is.
  template <std::invocable<peer&> Function>
  // NOLINTNEXTLINE(google-explicit-constructor): a function is an argument.
  peer_set_up(Function function) {
    if constexpr (std::is_void_v<std::invoke_result_t<Function&, peer&>>)
      function_ = [function = std::move(function)](peer& p) mutable {
        function(p);
        return caf::error{};
      };
    else
      function_ = std::move(function);
  }

  /// @returns an error when the program is not to run.
  caf::error operator()(peer& p) const {
    return function_(p);
  }

private:
  std::function<caf::error(peer&)> function_;
};

/// What the event `Health check` tells.
struct peer_health {
  /// Of this process.
  uint64_t thread_count = 0;
  /// That run in it.
  uint64_t actor_count = 0;
  /// Children that have not ended.
  uint64_t process_count = 0;
  /// Of memory, in KiB.
  uint64_t resident_kib = 0;
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

  /// Hears an event, a map as on the wire.
  using log_handler = std::function<void(log_level level, const json& event)>;

  /// Hears an update, and from which robot, `ip:port`.
  using update_handler
    = std::function<void(const std::string& robot, const device_update&)>;

  /// Hears what a driver does with a gamepad: its axes and buttons, or that it
  /// is at rest because it is connected no longer.
  using control_handler = std::function<void(
    uint8_t index, const gamepad_state& state, bool connected)>;

  /// For `run_peer`, which makes it.
  peer(const options& opts, std::vector<std::string> arguments,
       std::shared_ptr<log_dispatcher> log,
       std::shared_ptr<log_output> printed);
  ~peer();

  // Resources, to be picked while `run_peer` sets the program up: each works
  // from when the set-up is done to the program's end, unless it is ended
  // before. An error of a pick, or of a resource later, ends the program with
  // exit code 1 and says why; so does a handler that throws. A handler without
  // an executor is called on the resource's own thread, and must not block.

  // -- remote calls -----------------------------------------------------------

  /// Answers these methods, by default as `<app>-service`, `<app>` being the
  /// option `application.name`, which the runtime sets to the process's name.
  /// `ping` answers `"pong"` unless the methods have one of their own. There
  /// may be several, under different names:
  ///
  ///     p.serve({{"add", remote_method::at_once(two, add)}});
  ///     p.serve(methods, remote_node::named("camera"));
  ///     p.serve(methods, remote_node::udp("udp://127.0.0.1:6010").bound());
  ///
  /// A method that returns `ec::emergency_stop`, at once or on a worker, raises
  /// an emergency stop. Events of one that has a name have it as `service`.
  void serve(method_table methods, const remote_node& node = {});

  /// A client, by default `<app>-client`; a second call for the same node
  /// returns the same. It can be used once the set-up is done, as
  /// `ec::client_ended` says of earlier calls that outlast a set-up that fails.
  ///
  ///     auto arm = p.client().with_timeout(200ms);
  ///     arm.call("arm-service", "position", {}, print_answer);
  ///     auto news = p.client(remote_node::publisher("ipc:///tmp/news.sock"));
  ///     news.notify("", "update", {"hello"});
  remote_caller client(const remote_node& node = {});

  /// A router, for a program without a runtime. It takes the runtime directory,
  /// so that one with a runtime is refused. To be picked first of all.
  /// Identities of peers that bring none come from `rand()`, which the program
  /// may seed.
  void route();

  // -- clocks -----------------------------------------------------------------

  /// Calls a function at once and at every interval (above zero), on a fixed
  /// grid and never twice at once. It must not block.
  ///
  ///     auto blink = p.spin(500ms, [] { return toggle_light(); });
  ///     blink.end();
  peer_resource spin(caf::timespan interval, periodic function);

  /// Every second.
  peer_resource spin(periodic function);

  /// The same for a function that may block: on a worker's thread, of which
  /// there are `application.thread-pool-workers`.
  peer_resource spin_on_worker(caf::timespan interval, periodic function);

  /// Where handlers run that block: a worker's thread, one at a time and in
  /// their order.
  executor worker();

  // -- the log ----------------------------------------------------------------

  /// Publishes log events to the runtime's forwarder (`log.backend`), in place
  /// of standard output, from which a runtime would publish each of them once
  /// more. Under a runtime, which started it or what started it, that is done
  /// before the set-up; to be called by one that is not, and on a terminal it
  /// prints them all the same. To call it twice does no more.
  void publish_log();

  /// A log forwarder, for programs without a runtime; as `route`.
  void forward_log();

  /// Hears the events of all programs at `log.frontend`, those at and above a
  /// level. Malformed ones are counted, and what was missed.
  ///
  ///     p.subscribe_log(log_level::error, [](log_level, const json& event) {
  ///       page_somebody(event["app"], event["event"]);
  ///     }, p.worker());
  counting_resource<log_subscriber_status>
  subscribe_log(log_level level, log_handler handler, executor where = {});

  // -- devices ----------------------------------------------------------------

  /// Hears updates of devices, as `[update]` says. Malformed ones are counted.
  ///
  ///     p.subscribe_updates([](const std::string& robot,
  ///                            const device_update& update) {
  ///       for (const auto& device : update)
  ///         show(robot, device.uid, device.values);
  ///     });
  counting_resource<update_reception> subscribe_updates(update_handler handler,
                                                        executor where = {});

  /// Sends updates of devices at every `update.interval`: of those that the
  /// source tells of, what has changed. For a program without a runtime.
  ///
  ///     p.publish_updates([] {
  ///       return device_update{{"4722366482869645213697",
  ///                             {{"speed", motor_speed()}}}};
  ///     });
  /// @param source must not block.
  counting_resource<update_status>
  publish_updates(std::function<device_update()> source);

  /// The buffers of `device.catalog`: those of the runtime, where there is one,
  /// or else this program's own, which end with it; with `device.shared` off
  /// they are private. A program with its own is the robot to all who read
  /// them: requests are followed while it lives and has raised no emergency.
  /// To be called before all that could raise one.
  ///
  ///     auto devices = p.buffers();
  ///     p.spin(20ms, [devices] {
  ///       auto motor = devices.open("left-motor");
  ///       return motor ? motor->set("speed", 0.5).error() : motor.error();
  ///     });
  device_buffers buffers();

  // -- control ----------------------------------------------------------------

  /// Drives a robot: sends the state of gamepads at a rate.
  ///
  ///     auto driver = p.drive({.rate = 50});
  ///     p.spin(20ms, [driver] {
  ///       return driver.send({.axes = {0, read_stick(), 0, 0}});
  ///     });
  gamepad_driver drive(drive_settings settings = {});

  /// Sends one packet to `control.address`, without number and time. Does not
  /// block; from any thread, also while the program runs.
  ///
  ///     gamepad_input pressed{.index = 1, .buttons = 4};
  ///     if (auto failed = p.send_gamepads({pressed}))
  ///       p.log().warning("Not sent", {{"error", describe(failed)}});
  /// @returns `ec::wrong_value`, or why nobody hears it as far as is known.
  caf::error send_gamepads(const std::vector<gamepad_input>& inputs);

  /// Hears drivers, as `[control]` says: one drives at a time, a gamepad that
  /// falls silent is at rest after `control.timeout`, and what `on-timeout`
  /// says is done. For a program without a runtime.
  ///
  ///     p.receive_control([](uint8_t, const gamepad_state& pad, bool) {
  ///       set_speed(pad.axes[left_y]);
  ///     });
  counting_resource<control_status> receive_control(control_handler handler,
                                                    executor where = {});

  // -- processes, and actors of one's own -------------------------------------

  /// Starts a child and supervises it, as a `[process.NAME]` section does:
  /// `Process started`, `Process exited normally`, `Process failed`,
  /// `Terminated process` and `Killed process` are its events, its failure does
  /// what `on_failure` says, and the emergency-stop code stops this program.
  /// Nothing that it starts outlives it, nor this program. To end the resource
  /// terminates the child.
  ///
  ///     p.supervise({.name = "camera",
  ///                  .command = {"/usr/bin/camera", "--fast"},
  ///                  .on_failure = robot_reaction::ignore});
  ///
  /// While there is a child, the program may start no others by itself.
  /// @param process without an environment it gets this program's, as children
  ///                of a runtime do. `after` names some that were picked
  ///                before.
  peer_resource supervise(process_settings process);

  /// An actor of one's own: the Application makes it, links and monitors it,
  /// and ends it by an exit message in its stage. It ends by `quit()` when it
  /// has done its work; with an error the program ends, and with
  /// `ec::emergency_stop` that is one. It may keep what it needs of this peer.
  ///
  ///     p.own("blinker", stop_stage::services, [](caf::local_actor* parent) {
  ///       return caf::actor_cast<caf::actor>(parent->spawn(blinker, 500ms));
  ///     });
  peer_resource own(std::string name, stop_stage stage,
                    std::function<caf::actor(caf::local_actor* parent)> make);

  // -- verbs, from any thread -------------------------------------------------

  /// Raises an emergency stop: the program ends at once, with the exit code by
  /// which the runtime stops the whole robot.
  void emergency_stop(const std::string& reason);

  /// Stops this program in order, with exit code 0.
  void stop(const std::string& reason);

  /// How this program is, now. Every `health.interval` the event `Health check`
  /// says so.
  ///
  ///     if (auto now = p.health())
  ///       show(now->thread_count, now->resident_kib);
  /// @returns `ec::system_error` when the kernel does not tell.
  caf::expected<peer_health> health() const;

  // -- what it is made of -----------------------------------------------------

  /// The options that the program was started with.
  const options& opts() const noexcept {
    return opts_;
  }

  /// What of the command line is no option.
  const std::vector<std::string>& arguments() const noexcept {
    return arguments_;
  }

  /// Where this program's events go.
  const event_log& log() const noexcept;

private:
  friend int run_peer(int, char**, const peer_set_up&);

  int run(const peer_set_up& set_up);
  caf::error open(const peer_set_up& set_up);
  caf::error open_services();
  caf::error open_children();
  peer_resource add_spin(caf::timespan interval, periodic function,
                         bool on_worker);
  template <class Status, class Handle>
  counting_resource<Status> add(const counting_resource<Status>& resource,
                                const char* name, const Handle& made);
  bool take_runtime_directory();
  void fail(caf::error what);
  remote_method watched(remote_method method);

  const options& opts_;
  std::vector<std::string> arguments_;
  std::unique_ptr<runtime_directory> directory_;
  std::shared_ptr<log_dispatcher> outputs_;
  std::shared_ptr<log_output> printed_;
  /// Its own, if any. Threads of the host use it.
  std::unique_ptr<robot_devices> devices_;
  std::unique_ptr<host> host_;
  std::vector<std::pair<remote_node, method_table>> services_;
  std::vector<std::pair<remote_node, remote_caller>> clients_;
  std::vector<process_settings> children_;
  /// For single packets.
  std::mutex control_mutex_;
  std::unique_ptr<control_link> control_;
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
