// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/interfaces.hpp"
#include "actors/remote_method.hpp"
#include "actors/web_server.hpp"
#include "app/config/options.hpp"
#include "app/runtime/actor_config.hpp"
#include "app/runtime/application.hpp"
#include "app/runtime/broker.hpp"
#include "app/runtime/first_status.hpp"
#include "app/runtime/host_observers.hpp"
#include "app/runtime/remote_node.hpp"
#include "bridges/black_box/end_keeper.hpp"
#include "bridges/call/connected_services.hpp"
#include "bridges/call/message_channel.hpp"
#include "bridges/call/zmq_channel.hpp"
#include "bridges/control/control_session.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/log/log_dispatcher.hpp"
#include "bridges/process/child_watcher.hpp"
#include "bridges/process/recent_output.hpp"
#include "bridges/record/record_keeper.hpp"
#include "bridges/system/crash_notice.hpp"
#include "bridges/system/descriptor_guard.hpp"
#include "bridges/system/descriptor_writer.hpp"
#include "bridges/system/last_resort.hpp"
#include "bridges/system/rate_limit.hpp"
#include "bridges/system/sign_of_life.hpp"
#include "bridges/system/signal_listener.hpp"
#include "bridges/system/state_directory.hpp"
#include "bridges/system/stop_cord.hpp"
#include "bridges/system/worker_threads.hpp"
#include "bridges/web/web_conversation.hpp"
#include "bridges/zmq/socket_options.hpp"
#include "bridges/zmq/zmq_context.hpp"
#include "messages/call/routing.hpp"
#include "messages/device/device_update.hpp"
#include "messages/process/process.hpp"
#include "messages/process/reload.hpp"
#include "messages/record/run_record.hpp"

namespace rr {

/// A program on the Application as its main thread sees it. Who owns whom:
///
///     robot (`robot-runtime run`)
///                       or      --> host --> actor system --> Application
///     peer (one's own program)       |                            |
///                                    v                            v
///                          cord, log, threads of          the other actors,
///                          signals and children           each with its bridge
///
/// A robot or a peer picks the resources. The host makes the Application of
/// them, tells it to start and to stop, and waits for its end; should actors
/// hang, it ends the process without them. The Application stops all other
/// actors, in stages, and quits last.
///
/// Members end in reverse order: the threads that speak to actors before the
/// actor system, which ends before the cord.
///
/// First the resources are opened, each at most once, then `open_application`,
/// then `run`: all on the thread that made the host.
class host {
public:
  /// @param opts outlives the host; without errors.
  /// @param log where log events go, and the publisher is added to.
  /// @pre `block_stop_signals`.
  host(const options& opts, std::shared_ptr<log_dispatcher> log);

  ~host();

  host(const host&) = delete;
  host& operator=(const host&) = delete;

  // -- resources, in host_resources.cpp, and in host_links.cpp and host_web.cpp
  //    what speaks to others ------------------------------------------------

  /// The guard of the descriptors, for whoever lets others connect. First.
  caf::error guard_descriptors();

  /// The ZMQ context, which the router and services need.
  caf::error open_context();

  /// The log forwarder; returns once every address is bound.
  caf::error open_log_forwarder();

  /// Has `log.file` and standard output write what other programs publish at
  /// this host's forwarder. After the forwarder and the publisher.
  caf::error open_log_reader();

  /// The log publisher, at this host's own forwarder if there is one, otherwise
  /// at the backend that the options name. Does not depend on the forwarder
  /// being there.
  caf::error open_log_publisher();

  /// What is written down of this run in the state directory: its start, each
  /// end of a child, its own end. Before `open_children`, which then keeps the
  /// last lines of each child.
  /// @param hold see `record_writer_settings`.
  caf::error open_records(std::shared_ptr<state_directory> where, run_start run,
                          std::function<void(std::string_view, bool)> hold);

  /// The actor of the black box, and the watcher of children.
  void add_flight_recorder(std::shared_ptr<end_keeper> box);
  caf::error open_children();

  /// A child for the Application to supervise. After `open_children`.
  void supervise(process_settings process);

  /// The threads for what blocks.
  caf::error open_workers();

  /// The router; returns once every address is bound.
  caf::error open_router();

  /// A client, at the router's frontend unless the node says otherwise. Nobody
  /// need be there yet.
  caf::expected<call_relay_actor> open_client(const remote_node& node = {});

  /// A service, at the router's backend unless the node says otherwise. Nobody
  /// need be there yet; methods may need the workers.
  caf::error open_service(method_table methods, const remote_node& node = {});

  /// The runtime's own service, for a resource that is made together with the
  /// Application.
  remote_service_actor spawn_broker(method_table methods);

  /// What answers `emergency_method` in its place, from a connection and a
  /// thread of its own: whatever calls the broker has to answer first.
  remote_service_actor spawn_emergency_service(method_table methods);

  /// What sends updates of devices, as `[update]` says.
  /// @param may_end see `resource_settings`.
  caf::expected<update_publisher_actor>
  open_updates(std::function<device_update()> source, bool may_end = false);

  /// What hears drivers, as `[control]` says: gamepads go to the writer.
  struct opened_control {
    std::shared_ptr<control_session> session;
    control_receiver_actor receiver;
  };

  /// @param may_end see `resource_settings`.
  caf::expected<opened_control>
  open_control(std::shared_ptr<gamepad_writer> writer, bool may_end = false);

  /// The robot's page, as `[web]` says. After `open_workers`.
  /// @param metrics empty where there are none.
  /// @pre `web.address` is not empty.
  caf::expected<web_server_actor> open_web(std::vector<web_protocol> protocols,
                                           metrics_text metrics);

  /// A resource that is made together with the Application.
  void add(resource_settings resource);

  /// A resource whose actor has just been made. Returns once it works.
  /// @param may_end see `resource_settings`.
  /// @returns its status, or the error with which it quits when it cannot
  ///          work: one that is the program's own, not the end of an actor.
  template <class Status, class Handle>
  caf::expected<Status> add_made(std::string name, stop_stage stage,
                                 const Handle& made, bool may_end = false) {
    add_living(std::move(name), stage, caf::actor_cast<caf::actor>(made),
               may_end);
    return first_status<Status>(self_, made);
  }

  /// Sets what is done first when the end is forced or an actor hangs: nobody
  /// is left then who does it in order. Before `run`. It must not block, throw
  /// or allocate; any thread may call it, also twice.
  void at_forced_end(std::function<void(std::string_view reason)> action) {
    at_forced_end_ = std::move(action);
  }

  /// Sets what is waited for after an emergency stop, before the last log event
  /// and before the process ends, however it does. Before `open_application`.
  /// @param settle must not wait longer than half a second; at once where there
  ///               was no stop. Any thread may call it, also twice.
  /// @param secure does what is left of it that must not be left out, by a
  ///               thread without memory or locks that ends the process.
  /// @param latches whether a stop must be reset before the next start.
  void settle_emergencies(std::function<void()> settle,
                          std::function<void()> secure, bool latches) {
    settle_ = std::move(settle);
    secure_ = std::move(secure);
    latches_ = latches;
  }

  /// Sets what is done, twice maybe, when nothing more is told of the run.
  /// Before `run`. It must not wait longer than a second.
  void at_end(std::function<void(int exit_code)> action) {
    at_end_ = std::move(action);
  }

  /// Sets who hears that all that is to be started has been, that a stop
  /// begins, and that a reload begins or has ended: on a thread that runs
  /// actors, which it must not block. Before `open_application`.
  void at_phases(std::function<void()> running, std::function<void()> stopping,
                 std::function<void(bool begins)> reload) {
    at_running_ = std::move(running);
    at_stopping_ = std::move(stopping);
    at_reload_ = std::move(reload);
  }

  /// Before anything is opened that could pull the cord.
  void observe(host_observers who) {
    observers_ = std::move(who);
  }

  /// Sets how the configuration is read again, on a worker's thread: for a
  /// reload. Without it SIGHUP is ignored where there is no terminal. After
  /// `open_workers`, before `open_application`.
  /// @param read may block, and outlive this host.
  void reread_by(std::function<configuration_read()> read);

  /// A resource whose actor has just been made, and works at once.
  /// @param may_end see `resource_settings`.
  void add_living(std::string name, stop_stage stage, caf::actor handle,
                  bool may_end = false);

  // -- life -------------------------------------------------------------------

  /// Makes the Application of all resources. Starts no child.
  caf::error open_application();

  /// Those without whom the robot is to be disabled: the threads of the
  /// children and of control, and the Application. Then those whose silence is
  /// told, for they have no bound: the router and the log. After
  /// `open_application`; not to be asked after the host's end.
  /// @param bound how long the thread that stops the robot may take to answer.
  std::vector<heartbeat_witness>
  witnesses(std::chrono::nanoseconds bound) const;

  /// Starts the children, and returns when nothing is left: after SIGINT,
  /// SIGTERM, SIGQUIT, the end of the terminal, an emergency stop, or the end
  /// of what the program cannot do without.
  /// @returns the exit code.
  int run();

  /// Stops in order, for the reason given. From any thread.
  void stop(const std::string& reason);

  /// Gives the Application an order about a child, which nobody hears the
  /// answer of. Once the program runs; from any thread.
  void order(stop_process what);

  // -- for whoever makes resources --------------------------------------------

  /// What a broker tells of this host, and acts on; the rest is the robot's.
  broker_context make_broker_context(const application_actor& root);

  const options& opts() const noexcept {
    return opts_;
  }

  const event_log& log() const noexcept {
    return log_;
  }

  stop_cord& cord() noexcept {
    return cord_;
  }

  /// After `open_context`.
  zmq::context_t& zmq() noexcept {
    return zmq_->get();
  }

  caf::actor_system& system() noexcept {
    return system_;
  }

  /// What `emergency-stop.exit-code` says.
  int emergency_exit_code() const noexcept {
    return emergency_exit_code_;
  }

  /// Null before `open_workers`.
  const std::shared_ptr<job_runner>& workers() const noexcept {
    return workers_;
  }

  /// How many children live.
  size_t process_count() const noexcept {
    return children_ ? children_->count() : 0;
  }

  const log_publisher_actor& log_publisher() const noexcept {
    return log_publisher_;
  }

private:
  channel_opener dealer(zmq_channel_settings settings);
  remote_service_actor spawn_inside(method_table methods,
                                    const std::string& identity,
                                    size_t least_payload = 0);
  remote_service_actor spawn_service(method_table methods, channel_opener open,
                                     event_log log, size_t least_payload = 0);
  channel_opener opener(const remote_node& node,
                        const std::vector<std::string>& router,
                        const std::string& role);
  void on_cord_pulled(const stop_cord_pulled& fact);
  void on_signal(int signal);
  caf::error wait_for_end();
  void force_end(std::string_view reason);
  void end_at_once(last_resort::cause why);
  void say_last(std::string_view line) noexcept;
  [[noreturn]] void abandon(const std::string& who);
  [[noreturn]] void end_without_actors(int exit_code);

  const options& opts_;
  int emergency_exit_code_;
  std::shared_ptr<log_dispatcher> outputs_;
  event_log log_;
  stop_cord cord_;
  /// How long children have in an emergency.
  std::chrono::milliseconds grace_;
  std::function<void()> secure_ = [] {};
  /// Standard error, made beforehand for the last resort.
  std::unique_ptr<descriptor_writer> errors_;
  std::string last_error_;
  std::string no_memory_error_;
  /// Uses only what is above.
  last_resort last_resort_;
  /// Before the sockets, and until all of them are closed.
  std::unique_ptr<descriptor_guard> descriptors_;
  std::unique_ptr<zmq_context> zmq_;
  actor_config config_;
  crash_notice starting_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  application_actor application_;
  /// Whether other threads may use `application_`.
  std::atomic<bool> has_application_{false};
  std::vector<resource_settings> resources_;
  std::vector<process_settings> processes_;
  /// Those of them that live already.
  std::vector<caf::actor> made_;
  std::shared_ptr<job_runner> workers_;
  /// Who is connected to the router's backend.
  std::shared_ptr<connected_services> services_
    = std::make_shared<connected_services>();
  router_actor router_;
  log_forwarder_actor log_forwarder_;
  log_publisher_actor log_publisher_;
  log_subscriber_actor log_reader_;
  run_recorder_actor recorder_;
  flight_recorder_actor flight_recorder_;
  /// Where clients and services connect.
  std::vector<std::string> frontend_;
  std::vector<std::string> backend_;
  /// How the broker connects to the router: whoever bore its identity would be
  /// given its calls, and orders to stop are among them.
  reserved_service broker_;
  std::function<void(std::string_view)> at_forced_end_;
  std::function<void()> settle_ = [] {};
  std::function<void(int)> at_end_ = [](int) {};
  bool latches_ = false;
  std::function<void()> at_running_;
  std::function<void()> at_stopping_;
  std::function<void(bool)> at_reload_;
  host_observers observers_;
  /// Empty where the configuration is not read again.
  std::function<void(const application_actor&)> reread_;
  /// Threads of bridges, to be asked whether they live.
  std::vector<heartbeat_witness> watched_;
  std::shared_ptr<sign_of_life> life_ = std::make_shared<sign_of_life>();
  /// An actor hangs, and the Application has gone on without it.
  std::atomic<bool> hangs_{false};
  /// The last lines of each child; none without records.
  std::shared_ptr<recent_output> recent_output_;
  std::unique_ptr<child_watcher> children_;
  /// Asks the watcher, tells an actor. None without a state directory.
  std::shared_ptr<record_keeper> records_;
  /// Only the listener's thread touches these. Whoever may signal may do it
  /// without end.
  int signals_seen_ = 0;
  std::map<int, rate_limit> ignored_signals_;
  std::unique_ptr<signal_listener> signals_;
};

} // namespace rr
