// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>

#include "actors/call_relay.hpp"
#include "actors/process_supervisor.hpp"
#include "actors/remote_client.hpp"
#include "app/peer/remote_caller.hpp"
#include "bridges/system/stop_cord.hpp"
#include "tests/support/fake_channel.hpp"
#include "tests/support/fake_child_starter.hpp"

#include "tests/support/actor_fixture.hpp"

namespace rr {

/// What `rr::peer` gives an actor of one's own, without a socket, a process, a
/// thread or a clock: the actors behind it are the real ones, and their bridges
/// are fakes, of which the test sees what leaves and says what comes.
///
///     struct fixture : rr::peer_fixture {
///       motor_guard_actor guard = own(self->spawn(motor_guard, client(),
///       log));
///     };
///
///     CAF_TEST_FIXTURE_SCOPE(motor_guard_tests, fixture)
///
///     CAF_TEST(it asks the motor) {
///       auto call = take_call("motor-service", "temperature");
///       answer(call, 41.5);
///       ...
///     }
///
/// `examples/motor_guard` of the source tree is a whole suite, to be copied. As
/// `actor_fixture.hpp`, this header comes last of all.
///
/// Everything here belongs to the test's one thread, on which all actors run.
struct peer_fixture : actor_fixture {
  /// A call as the service would get it.
  struct received_call {
    /// Whom it is for.
    std::string service;
    /// What it says.
    rr::request message;
  };

  ~peer_fixture() override {
    end_all();
  }

  /// Ends every actor; calls that have no answer are told so. The destructor
  /// does it, too late for a fixture of whose own members actors or answers
  /// make use: such a fixture calls it in its own.
  void end_all() {
    for (const auto& each : std::exchange(ended_with_this_, {}))
      self->send_exit(each, caf::exit_reason::kill);
    sched.run();
  }

  /// Watches over an actor as the Application does over those of `peer::own`,
  /// and lets it begin: `end_of(actor.address())` tells with what it has ended.
  /// It is killed with the fixture at the latest.
  template <class Handle>
  Handle own(Handle actor) {
    self->monitor(actor);
    end_with_this(actor);
    sched.run();
    return actor;
  }

  // -- remote calls -----------------------------------------------------------

  /// As `peer::client`: calls end up in `channel`, and time out by the test's
  /// clock (`elapse`) after five seconds, the default of `client.timeout`.
  remote_caller client() {
    if (!relay_) {
      auto made = sys.spawn(remote_client, remote_client_settings{},
                            open_fake(channel), log);
      relay_ = sys.spawn(call_relay, made, log);
      end_with_this(relay_);
      end_with_this(made);
      sched.run();
    }
    return {relay_, std::chrono::seconds{5}};
  }

  /// Takes the oldest call that has left and has not been taken. Fails the test
  /// when there is none, or it is another than this.
  received_call take_call(const std::string& service,
                          const std::string& method) {
    if (channel->sent.empty())
      CAF_FAIL("nobody has called " << method << " of " << service);
    auto [whom, what] = channel->take<rr::request>();
    CAF_REQUIRE_EQUAL(whom, service);
    CAF_REQUIRE_EQUAL(what.method, method);
    return {std::move(whom), std::move(what)};
  }

  /// Answers a call as its service would.
  void answer(const received_call& call, json result) {
    respond(call.service, {call.message.id, std::nullopt, std::move(result)});
  }

  /// Answers a call with an error, as its service would.
  void refuse(const received_call& call, call_error why) {
    respond(call.service, {call.message.id, std::move(why), nullptr});
  }

  // -- processes --------------------------------------------------------------

  /// A supervisor of a process that `children` starts: it waits for
  /// `atom::start`, and its child for what the test says by
  /// `children.listeners`.
  process_supervisor_actor supervise(process_settings settings) {
    return own(sys.spawn(process_supervisor, std::move(settings),
                         emergency_exit_code, &children, &cord, log,
                         process_observer_actor{}, run_recorder_actor{}));
  }

  // -- the emergency stop -----------------------------------------------------

  /// As `peer::emergency_stop`: pulls `cord`, for the reason given.
  void emergency_stop(const std::string& reason) {
    cord.pull({"", reason, emergency_exit_code});
  }

  /// What `emergency-stop.exit-code` is by default: a child that exits with it
  /// raises an emergency stop.
  static constexpr int emergency_exit_code = 255;

  /// Has no group of processes, and hence signals nobody. `cord.pulled()` tells
  /// whether the robot has been stopped, and `stops` why.
  stop_cord cord;

  /// The first pull of the cord; later ones count for nothing.
  std::vector<stop_cause> stops;

  /// Stands for what starts processes; the test says how they end.
  fake_child_starter children;

  /// What was sent to services, and the way of their answers.
  std::shared_ptr<channel_record> channel = std::make_shared<channel_record>();

  peer_fixture() {
    cord.observe(
      [this](const stop_cord_pulled& fact) { stops.push_back(fact.cause); });
  }

private:
  void respond(const std::string& service, response message) {
    channel->deliver(service, std::move(message));
    sched.run();
  }

  template <class Handle>
  void end_with_this(const Handle& actor) {
    ended_with_this_.push_back(caf::actor_cast<caf::actor>(actor));
  }

  call_relay_actor relay_;
  /// In this order.
  std::vector<caf::actor> ended_with_this_;
};

} // namespace rr
