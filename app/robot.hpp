// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/interfaces.hpp"
#include "app/actor_config.hpp"
#include "app/application.hpp"
#include "app/options.hpp"
#include "app/robot_devices.hpp"
#include "bridges/child_watcher.hpp"
#include "bridges/event_log.hpp"
#include "bridges/output_reader.hpp"
#include "bridges/signal_listener.hpp"
#include "bridges/stop_cord.hpp"
#include "bridges/worker_threads.hpp"
#include "bridges/zmq_context.hpp"

namespace rr {

/// A robot that runs: an actor system with the Application in it, and the
/// bridges that it needs. Members end in reverse order: the threads that speak
/// to actors before the actor system, which ends before the cord.
class robot {
public:
  /// @param opts outlives the robot; without errors.
  /// @param types what `device.catalog` says; without any there is no buffer
  ///              store.
  /// @param output where log events go.
  /// @pre SIGINT and SIGTERM are blocked in every thread of this process.
  robot(const options& opts, catalog types, std::shared_ptr<log_output> output);

  ~robot();

  robot(const robot&) = delete;
  robot& operator=(const robot&) = delete;

  /// Opens the bridges and makes the Application. Starts no child.
  caf::error open();

  /// Starts the children, and returns when nothing of the robot is left: after
  /// SIGINT, SIGTERM, an emergency stop, or the end of what it cannot do
  /// without. Called once, after `open`, on the thread that made the robot.
  /// @returns the exit code of `run`.
  int run();

private:
  caf::error open_devices();
  caf::error open_children();
  caf::error open_router();
  caf::error open_workers();
  application_settings make_application_settings();
  std::vector<resource_settings> make_resources();
  caf::actor make_store(caf::local_actor* parent);
  caf::actor make_broker(caf::local_actor* parent,
                         const application_actor& root);
  void on_cord_pulled(const stop_cord_pulled& fact);
  void on_signal(int signal);
  caf::error wait_for_end();
  [[noreturn]] void abandon();

  const options& opts_;
  catalog types_;
  int emergency_exit_code_;
  event_log log_;
  stop_cord cord_;
  /// None without a catalog.
  std::unique_ptr<robot_devices> devices_;
  std::unique_ptr<zmq_context> zmq_;
  actor_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  application_actor application_;
  std::chrono::steady_clock::time_point started_at_
    = std::chrono::steady_clock::now();
  std::shared_ptr<job_runner> workers_;
  router_actor router_;
  worker_pool_actor pool_;
  /// None without a catalog.
  buffer_store_actor store_;
  /// Where the broker connects.
  std::string backend_;
  std::unique_ptr<child_watcher> children_;
  std::unique_ptr<signal_listener> signals_;
  /// Only the listener's thread touches it.
  int signals_seen_ = 0;
};

} // namespace rr
