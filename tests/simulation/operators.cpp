// SPDX-License-Identifier: BSD-3-Clause
#include "tests/simulation/operators.hpp"

#include "messages/error.hpp"
#include "messages/process/status.hpp"

namespace rr::simulation {

namespace {

/// Nobody's name.
constexpr auto stranger = "nobody";

template <class Order>
constexpr const char* verb = "restart ";
template <>
constexpr const char* verb<start_process> = "start ";
template <>
constexpr const char* verb<stop_process> = "stop ";

/// Whether a child of a process that is so may come, or be there.
bool may_live(process_state state) {
  return state != process_state::idle && state != process_state::exited
         && state != process_state::failed;
}

/// Whether an error is one that whoever asks can make sense of.
bool is_plain(const caf::error& what) {
  return what.category() == caf::detail::error_factory<ec>::category
         || what == caf::sec::request_receiver_down;
}

} // namespace

operators::operators(caf::actor_system& system, robot_view robot,
                     fake_children& children)
  : robot_(robot),
    children_(children),
    actor_(system.spawn<caf::hidden>(
      [](caf::event_based_actor*) { return caf::behavior{[](int32_t) {}}; })) {
}

void operators::add_choices(std::vector<weighted_choice>& result) const {
  const auto& world = robot_.world;
  auto subjects = static_cast<uint16_t>(world.processes.size() + 1);
  if (auto weight = world.weight(step_kind::order); weight > 0)
    for (uint16_t which = 0; which < subjects; ++which)
      for (uint16_t i = 0; i < static_cast<uint16_t>(operator_order::count);
           ++i) {
        // Whoever starts may be told to stop, and no more of it.
        auto stops = i == static_cast<uint16_t>(operator_order::stop);
        result.push_back(
          {{step_kind::order, which, i}, stops ? 2 * weight : weight});
      }
  if (auto weight = world.weight(step_kind::ask); weight > 0)
    result.push_back({{step_kind::ask}, weight});
}

bool operators::apply(const choice& step, const application_actor& root) {
  const auto& processes = robot_.world.processes;
  if (step.kind == step_kind::ask) {
    // In its last moments the root may end before those have answered whom it
    // asks itself; none of the robot's own actors is left then.
    if (robot_.stop_begun)
      return false;
    ask<robot_status>(
      root, "status", atom::status_v, [this](const robot_status* now) {
        if (now && latched_ && !now->latched)
          robot_.judge.accuse(promise::stays_disabled, "status says so");
        latched_ |= now && now->latched;
      });
    return true;
  }
  if (step.kind != step_kind::order || step.subject > processes.size())
    return false;
  auto name = step.subject == processes.size() ? std::string{stranger}
                                               : processes[step.subject].name;
  switch (static_cast<operator_order>(step.detail)) {
    case operator_order::start:
      order<start_process>(root, name);
      return true;
    case operator_order::stop:
      order<stop_process>(root, name);
      return true;
    case operator_order::restart:
      order<restart_process>(root, name);
      return true;
    default:
      return false;
  }
}

template <class Order>
void operators::order(const application_actor& root,
                      const std::string& process) {
  constexpr auto stops = std::is_same_v<Order, stop_process>;
  if (!stops)
    children_.note_start_order(process);
  auto& book = books_[process];
  auto alone = book.waiting == 0 && !book.foreign;
  auto number = ++book.given;
  ++book.waiting;
  ask<process_status>(
    root, verb<Order> + process, Order{process},
    [=, this, &book](const process_status* now) {
      --book.waiting;
      if (!now && process == stranger)
        return;
      if (now && process == stranger)
        robot_.judge.accuse(promise::answered_once,
                            "an order about nobody is carried out");
      if (!stops || !now || !alone || book.given != number || book.foreign)
        return;
      if (may_live(now->state))
        robot_.judge.accuse(promise::stopped_for_good,
                            process + " is " + to_string(now->state));
      children_.note_stopped(process);
    });
}

template <class Answer, class Message>
void operators::ask(const application_actor& root, std::string what,
                    Message message, std::function<void(const Answer*)> then) {
  auto& asked = questions_.emplace_back(question{std::move(what), 0});
  ++waiting_;
  auto end = [this, &asked, then](const Answer* answer) {
    if (++asked.answers > 1)
      return robot_.judge.accuse(promise::answered_once,
                                 asked.what + ": answered twice");
    --waiting_;
    then(answer);
  };
  self()
    ->request(root, caf::infinite, message)
    .then([end](const Answer& answer) { end(&answer); },
          [this, end, &asked](const caf::error& error) {
            if (!is_plain(error))
              robot_.judge.accuse(promise::answered_once,
                                  asked.what + ": " + describe(error));
            end(nullptr);
          });
}

std::string operators::unanswered() const {
  for (const auto& each : questions_)
    if (each.answers == 0)
      return each.what;
  return {};
}

void operators::judge_quiet() const {
  for (const auto& [process, book] : books_)
    if (book.waiting > 0 && !children_.has_any(process))
      robot_.judge.accuse(promise::answered_once,
                          "an order about " + process + " waits for nothing");
}

void operators::note_foreign_order(const std::string& process) {
  books_[process].foreign = true;
  children_.note_start_order(process);
}

/// It speaks outside of its turn, when it is nowhere.
caf::event_based_actor* operators::self() const {
  auto result = static_cast<caf::event_based_actor*>(
    caf::actor_cast<caf::abstract_actor*>(actor_));
  result->context(nullptr);
  return result;
}

void operators::close() {
  caf::anon_send_exit(actor_, caf::exit_reason::kill);
}

} // namespace rr::simulation
