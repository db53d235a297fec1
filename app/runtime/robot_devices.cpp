// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/robot_devices.hpp"

#include <array>
#include <cstdio>

#include "app/runtime/host.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

caf::expected<std::shared_ptr<robot_state>> make_state(const options& opts) {
  auto prefix = opts.get<std::string>("device.prefix");
  auto shared = opts.get<bool>("device.shared");
  auto patience = opts.get<caf::timespan>("emergency-stop.heartbeat-timeout");
  auto state = shared ? robot_state::own(prefix, patience)
                      : robot_state::make_private(patience);
  // The object's own name tells nobody what to change.
  if (!state && shared) {
    auto why = describe(state.error());
    if (why.find("another runtime does") != std::string::npos)
      why += "; end that one, or give this robot a prefix of its own";
    return caf::make_error(ec::system_error, "cannot use device.prefix \""
                                               + prefix + "\": " + why);
  }
  if (!state)
    return state.error();
  return std::shared_ptr<robot_state>{std::move(*state)};
}

} // namespace

device_names names_of_devices(const options& opts) {
  device_names result;
  for (const auto& [name, text] : opts.get<caf::settings>("device.names"))
    if (auto uid = parse_device_uid(caf::get<std::string>(text)))
      result.emplace(name, *uid);
  return result;
}

caf::expected<std::unique_ptr<robot_devices>>
robot_devices::make(const options& opts, catalog types, event_log log) {
  auto state = make_state(opts);
  if (!state)
    return state.error();
  buffer_registry_settings settings;
  settings.prefix = opts.get<std::string>("device.prefix");
  settings.shared = opts.get<bool>("device.shared");
  settings.types = std::move(types);
  settings.robot = *state;
  settings.log = log;
  auto buffers = std::make_shared<buffer_registry>(std::move(settings));
  if (buffers->removed() > 0)
    log.warning("Removed buffers of a dead runtime",
                {{"count", buffers->removed()}});
  (*state)->enable();
  return std::unique_ptr<robot_devices>{new robot_devices{
    std::move(*state), std::move(buffers), names_of_devices(opts)}};
}

robot_devices::robot_devices(std::shared_ptr<robot_state> state,
                             std::shared_ptr<buffer_registry> buffers,
                             device_names names)
  : state_(std::move(state)),
    buffers_(std::move(buffers)),
    names_(std::move(names)) {
}

void robot_devices::show(hold_list& holds) const {
  holds.on_change([state = state_](const std::vector<hold>& all) {
    std::string lines;
    for (const auto& each : all)
      lines += each.what + '\n';
    state->tell_holds(lines);
  });
}

void robot_devices::disable_by(host& owner) const {
  owner.at_forced_end(
    [state = state_](std::string_view reason) { state->disable(reason); });
  owner.cord().at_first([state = state_](const stop_cause_view& cause) {
    // On the stack: nothing is allocated here.
    std::array<char, 256> reason;
    auto is_process = !cause.process.empty();
    auto who = is_process ? cause.process : cause.cause;
    std::snprintf(reason.data(), reason.size(), "emergency stop by %s%.*s",
                  is_process ? "process " : "", static_cast<int>(who.size()),
                  who.data());
    state->disable(reason.data());
  });
}

} // namespace rr
