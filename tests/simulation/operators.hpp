// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "tests/simulation/fake_children.hpp"

namespace rr::simulation {

enum class operator_order : uint16_t { start, stop, restart, count };

/// Those who ask the root for something by a message, and count the answers.
class operators {
public:
  operators(caf::actor_system& system, robot_view robot,
            fake_children& children);

  void add_choices(std::vector<weighted_choice>& result) const;

  bool apply(const choice& step, const application_actor& root);

  /// How many wait for an answer.
  size_t waiting() const noexcept {
    return waiting_;
  }

  /// What one of them waits for.
  std::string unanswered() const;

  /// To be called when no actor has anything to do: every order is under way
  /// then, and has a child to wait for.
  void judge_quiet() const;

  /// Somebody else has given an order about a process, and need not say when it
  /// is done.
  void note_foreign_order(const std::string& process);

  void close();

private:
  struct question {
    std::string what;
    size_t answers = 0;
  };

  /// Of the orders about one process.
  struct order_book {
    size_t given = 0;
    size_t waiting = 0;
    bool foreign = false;
  };

  template <class Answer, class Message>
  void ask(const application_actor& root, std::string what, Message message,
           std::function<void(const Answer*)> then);

  template <class Order>
  void order(const application_actor& root, const std::string& process);

  caf::event_based_actor* self() const;

  robot_view robot_;
  fake_children& children_;
  caf::actor actor_;
  std::deque<question> questions_;
  size_t waiting_ = 0;
  std::map<std::string, order_book> books_;
  bool latched_ = false;
};

} // namespace rr::simulation
