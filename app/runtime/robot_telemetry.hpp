// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/error.hpp>

#include "actors/interfaces.hpp"
#include "app/runtime/robot_devices.hpp"
#include "app/runtime/status_bell.hpp"
#include "app/runtime/status_query.hpp"
#include "bridges/log/log_dispatcher.hpp"
#include "bridges/system/hold_list.hpp"
#include "bridges/telemetry/telemetry_feed.hpp"
#include "bridges/telemetry/telemetry_output.hpp"
#include "bridges/web/page_conversation.hpp"

namespace rr {

class host;

/// What a robot tells those who watch it, and what they may do. A robot that
/// nobody can watch has none.
class robot_telemetry {
public:
  robot_telemetry();

  /// Has the log and what holds the robot back tell of what happens. Before
  /// others have either of them.
  /// @param app the robot's name.
  caf::error hear(log_dispatcher& log, hold_list& holds,
                  const std::string& app);

  /// By whom a host tells of what happens, for as long as it likes.
  host_observers observers(const std::string& app) const;

  /// Has listeners hear of all events up to now, and of no other.
  void end_log(log_dispatcher& log) const {
    log.remove(output_);
  }

  /// Something of the robot has changed.
  void ring() const {
    bell_->ring();
  }

  const std::shared_ptr<telemetry_feed>& feed() const noexcept {
    return feed_;
  }

  /// Has the host make the actor that keeps the status.
  /// @param whom makes the sources, once the root is there.
  /// @param broker is made before.
  void watch_status(
    host& owner,
    std::function<status_sources(const application_actor& root)> whom,
    std::function<remote_service_actor()> broker) const;

  /// What the page's conversations are about. Orders are refused while there is
  /// no root: before `watch_status` has made its actor, and after `close`.
  /// @param devices null for none.
  page_services services_of_page(host& owner,
                                 std::shared_ptr<control_session> control,
                                 const robot_devices* devices) const;

  /// Lets go of actors, before their system ends.
  void close();

private:
  /// The root, for threads that give it orders.
  class order_desk {
  public:
    void set(application_actor root) {
      std::lock_guard guard{mutex_};
      root_ = std::move(root);
    }

    application_actor get() const {
      std::lock_guard guard{mutex_};
      return root_;
    }

  private:
    mutable std::mutex mutex_;
    application_actor root_;
  };

  static void give(caf::actor_system& system, const order_desk& desk,
                   const page_order& order, page_services::answer done);

  std::shared_ptr<telemetry_feed> feed_ = std::make_shared<telemetry_feed>();
  std::shared_ptr<telemetry_output> output_;
  std::shared_ptr<status_bell> bell_ = std::make_shared<status_bell>();
  std::shared_ptr<order_desk> desk_ = std::make_shared<order_desk>();
};

} // namespace rr
