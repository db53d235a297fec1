// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "app/runtime/application.hpp"
#include "bridges/call/message_channel.hpp"
#include "tests/simulation/fake_core.hpp"
#include "tests/simulation/operators.hpp"

namespace rr::simulation {

/// Remote calls to the broker of a robot, over a network that keeps order and
/// loses what it is told to lose: by a client that is not the robot's, and by
/// one that is, through the relay that threads call by. All the real ones.
class remote_calls {
public:
  remote_calls(caf::actor_system& system, robot_view robot, fake_core& core,
               operators& orders);

  /// The broker, and the client and relay of the robot, to be made with the
  /// root.
  std::vector<resource_settings> resources();

  void add_choices(std::vector<weighted_choice>& result) const;

  bool apply(const choice& step);

  std::optional<choice> calm_step() const;

  /// How many calls have not ended.
  size_t waiting() const noexcept {
    return waiting_;
  }

  std::string unanswered() const;

  /// Whether the broker owes somebody an answer whose time is over.
  void judge();

  void close();

private:
  struct packet {
    /// Whom it comes from.
    std::string sender;
    std::vector<std::byte> payload;
  };

  /// What is under way to somebody, and who that is.
  struct wire {
    std::string name;
    std::deque<packet> packets;
    channel_listener listener;
  };

  using network = std::vector<wire>;

  class channel;

  struct call {
    std::string what;
    size_t ends = 0;
  };

  /// By whom a call is made.
  enum class caller : uint16_t { client, relay, nobody };

  resource_settings broker();
  channel_opener opener(size_t end);
  void begin(uint16_t subject, uint16_t method, caller by);
  void begin_by_client(std::string method, json args);
  void begin_by_relay(std::string method, json args, bool waits);
  std::function<void()> count_end(const std::string& method);
  void deliver(uint16_t direction);
  void on_delivered(const packet& what);
  void on_answer(std::string_view recipient,
                 std::span<const std::byte> payload);

  caf::actor_system& system_;
  robot_view robot_;
  fake_core& core_;
  operators& orders_;
  std::shared_ptr<network> network_;
  remote_client_actor client_;
  caf::actor caller_;
  remote_client_actor own_client_;
  call_relay_actor relay_;
  bool broker_ended_ = false;
  std::deque<call> calls_;
  size_t waiting_ = 0;
  /// When the requests came that the broker has not answered, by whose they are
  /// and their number.
  std::map<std::pair<std::string, uint32_t>, caf::actor_clock::time_point>
    owed_;
};

} // namespace rr::simulation
