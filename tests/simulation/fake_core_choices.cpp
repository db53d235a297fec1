// SPDX-License-Identifier: BSD-3-Clause
// What may become of core actors next.
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include "messages/error.hpp"
#include "tests/simulation/fake_core.hpp"

namespace rr::simulation {

namespace {

caf::error planted_end() {
  return caf::make_error(ec::system_error, "planted");
}

caf::exit_msg exit_with(caf::error reason) {
  return {caf::actor_addr{}, std::move(reason)};
}

} // namespace

// -- what may happen ----------------------------------------------------------

void fake_core::add_choices(std::vector<weighted_choice>& result) const {
  const auto& world = robot_.world;
  auto add_one = [&](step_kind kind, size_t subject, uint16_t detail) {
    if (auto weight = world.weight(kind); weight > 0)
      result.push_back(
        {{kind, static_cast<uint16_t>(subject), detail}, weight});
  };
  // One of them, and one way: all would drown what else there is.
  auto turn = static_cast<size_t>(robot_.clock.now().time_since_epoch().count()
                                  / 1'000'000);
  auto which = turn % parts_.size();
  add_one(step_kind::end_core, which,
          static_cast<uint16_t>(turn / parts_.size()
                                % static_cast<size_t>(way_to_go::count)));
  if (parts_[which].fail)
    add_one(step_kind::fail_bridge, which, 0);
  if (*written_)
    result.push_back({{step_kind::write_records}, 10});
  for (uint16_t detail = 0; detail < 3; ++detail)
    add_one(step_kind::control, 0, detail);
  if (control_is_due())
    result.push_back({{step_kind::control, 0, 9}, 20});
  add_one(step_kind::network, 0, 0);
  if (!air_->datagrams.empty())
    for (uint16_t i = 0; i < static_cast<uint16_t>(datagram_fate::count); ++i)
      add_one(step_kind::datagram, 0, i);
  add_one(step_kind::device, 0, 0);
  add_one(step_kind::device, 0, 1);
}

std::optional<choice> fake_core::calm_step() const {
  if (*written_)
    return choice{step_kind::write_records};
  if (control_is_due())
    return choice{step_kind::control, 0, 9};
  return std::nullopt;
}

fake_core::time_point fake_core::deadline() const {
  return control_thread_.expired()
           ? time_point::max()
           : control->deadline().value_or(time_point::max());
}

bool fake_core::control_is_due() const {
  return deadline() <= robot_.clock.now();
}

bool fake_core::apply(const choice& step) {
  switch (step.kind) {
    case step_kind::end_core:
      return step.subject < parts_.size()
             && end(parts_[step.subject], static_cast<way_to_go>(step.detail));
    case step_kind::fail_bridge:
      if (step.subject >= parts_.size() || !parts_[step.subject].fail)
        return false;
      parts_[step.subject].fail();
      return true;
    case step_kind::write_records:
      if (!*written_)
        return false;
      std::exchange(*written_, {})();
      return true;
    case step_kind::control:
      return send_control(step.detail);
    case step_kind::network:
      air_->is_down = !air_->is_down;
      return true;
    case step_kind::datagram:
      return pass_datagram(static_cast<datagram_fate>(step.detail));
    case step_kind::device:
      return use_device(step.detail == 0);
    default:
      return false;
  }
}

bool fake_core::end(part& which, way_to_go way) {
  which.touched = true;
  switch (way) {
    case way_to_go::thrown:
      caf::anon_send(which.handle, exit_with(caf::sec::runtime_error));
      return true;
    case way_to_go::shut_down:
      caf::anon_send_exit(which.handle, caf::exit_reason::user_shutdown);
      return true;
    case way_to_go::failed:
      caf::anon_send(which.handle, exit_with(planted_end()));
      return true;
    case way_to_go::emergency:
      caf::anon_send(which.handle,
                     exit_with(caf::make_error(ec::emergency_stop, "planted")));
      return true;
    default:
      return false;
  }
}

/// @param detail of whom; 9 for the end of their time.
bool fake_core::send_control(uint16_t detail) {
  auto now = robot_.clock.now();
  if (detail == 9) {
    if (!control_is_due())
      return false;
    control->expire(now);
    return true;
  }
  if (control_thread_.expired())
    return false;
  auto inputs = std::vector<gamepad_input>(detail < 2 ? 1 : 0);
  control->submit({control_source::way::udp, detail == 1 ? "other" : "driver"},
                  inputs, now);
  return true;
}

bool fake_core::pass_datagram(datagram_fate fate) {
  if (air_->datagrams.empty() || fate >= datagram_fate::count)
    return false;
  auto next = std::move(air_->datagrams.front());
  air_->datagrams.pop_front();
  if (fate == datagram_fate::is_torn)
    next.resize(next.size() / 2);
  // Nobody listens any more, or yet.
  if (!air_->listener.received)
    return true;
  for (auto left = fate == datagram_fate::comes_twice ? 2 : 1; left > 0; --left)
    if (auto update = decode_update(std::as_bytes(std::span{next})))
      air_->listener.received("robot", *update);
    else
      air_->listener.malformed("robot", describe(update.error()));
  return true;
}

void fake_core::judge_quiet() const {
  if (robot_.world.no_network && !update_reader_ended_)
    robot_.judge.accuse(promise::no_limping, "the update subscriber");
}

bool fake_core::use_device(bool opens) {
  if (opens)
    caf::anon_send(store, atom::open_v, std::string{"18295873486192705536"});
  else
    caf::anon_send(store, atom::list_v);
  return true;
}

} // namespace rr::simulation
