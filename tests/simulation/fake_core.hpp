// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "app/runtime/application.hpp"
#include "bridges/control/control_session.hpp"
#include "bridges/record/record_keeper.hpp"
#include "bridges/system/hold_list.hpp"
#include "bridges/udp/update_socket.hpp"
#include "tests/simulation/robot_view.hpp"

namespace rr::simulation {

/// How a core actor may end. Not by `exit_reason::kill`, which nobody sends: no
/// actor can handle it, and by a link it is the end of the root as well.
enum class way_to_go : uint16_t { thrown, shut_down, failed, emergency, count };

/// What becomes of an update on its way.
enum class datagram_fate : uint16_t { arrives, comes_twice, is_torn, count };

/// The core actors of a robot, which are the real ones, with bridges that do
/// nothing but fail when they are told to.
class fake_core {
public:
  using time_point = caf::actor_clock::time_point;

  fake_core(caf::actor_system& system, robot_view robot);

  fake_core(const fake_core&) = delete;
  fake_core& operator=(const fake_core&) = delete;

  std::vector<resource_settings> resources();

  run_recorder_actor recorder() const {
    return recorder_;
  }

  void add_choices(std::vector<weighted_choice>& result) const;

  bool apply(const choice& step);

  std::optional<choice> calm_step() const;

  time_point deadline() const;

  /// How often the end of the robot has been recorded.
  size_t recorded() const noexcept {
    return *recorded_;
  }

  /// The actors of the broker's context, and what it shares with them.
  router_actor router;
  log_forwarder_actor log_forwarder;
  log_publisher_actor log_publisher;
  log_subscriber_actor log_reader;
  update_publisher_actor updates;
  buffer_store_actor store;
  std::shared_ptr<control_session> control;
  std::shared_ptr<hold_list> holds;

  /// Whom to tell of the end of an actor that nobody but the root has ended.
  /// Before `resources`.
  void on_end(std::function<void(const std::string& name)> tell) {
    tell_end_ = std::move(tell);
  }

  /// How many have not ended.
  size_t living() const noexcept {
    return living_;
  }

  /// To be called when no actor has anything to do.
  void judge_quiet() const;

  /// Lets go of all that holds an actor, and ends what is left of them.
  void close();

  /// Adds an actor to those that may be ended.
  void add(std::string name, stop_stage stage, caf::actor handle);

private:
  struct part {
    std::string name;
    stop_stage stage{};
    caf::actor handle;
    /// Has its bridge fail; empty without one.
    std::function<void()> fail = {};
    /// Whether it has been ended by somebody else.
    bool touched = false;
  };

  /// What the bridge of a part has to say.
  template <class Failure>
  struct bridge_record {
    std::function<void(const Failure&)> listener;
  };

  class keeper;
  class reception;

  /// Where updates go, and who is there to hear them.
  struct air {
    std::deque<std::vector<uint8_t>> datagrams;
    update_listener listener;
    bool is_down = false;
  };

  template <class Failure>
  std::function<void()> failing(std::shared_ptr<bridge_record<Failure>> record);

  void open_router();
  void open_log();
  void open_recorder();
  void open_updates();
  void open_update_reader();
  void open_control();
  void open_store();
  bool send_control(uint16_t detail);
  bool pass_datagram(datagram_fate fate);
  bool use_device(bool opens);
  bool end(part& which, way_to_go way);

  bool control_is_due() const;
  void observe(const std::string& name, const caf::actor& handle);

  std::function<void(const std::string&)> tell_end_;
  size_t living_ = 0;

  caf::actor_system& system_;
  robot_view robot_;
  /// The thread that hears drivers, as long as it is there.
  std::weak_ptr<void> control_thread_;
  std::vector<part> parts_;
  run_recorder_actor recorder_;
  std::shared_ptr<size_t> recorded_ = std::make_shared<size_t>(0);
  std::shared_ptr<std::function<void()>> written_
    = std::make_shared<std::function<void()>>();
  std::shared_ptr<air> air_ = std::make_shared<air>();
  update_subscriber_actor update_reader_;
  bool update_reader_ended_ = false;
};

} // namespace rr::simulation
