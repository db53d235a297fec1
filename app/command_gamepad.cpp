// SPDX-License-Identifier: BSD-3-Clause
#include <charconv>
#include <iostream>
#include <optional>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "actors/control_client.hpp"
#include "app/actor_config.hpp"
#include "app/command_arguments.hpp"
#include "app/commands.hpp"
#include "bridges/signal_listener.hpp"
#include "bridges/udp_socket.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// So many that a loss of all but one harms nothing.
constexpr uint32_t rest_packets = 5;

/// Events as lines on standard error.
class error_lines final : public log_output {
public:
  void write(const log_event& event) noexcept override {
    auto line = "robot-runtime: " + event.event;
    for (const auto& field : event.fields)
      if (auto text = std::get_if<std::string>(&field.value))
        line += ": " + *text;
    std::cerr << line + '\n';
  }
};

/// A number from `least` to `most`; `initial` when it was not given.
/// @returns none after printing what is wrong.
template <class T>
std::optional<T> number(const command_arguments& given, const char* name,
                        T initial, T least, T most) {
  auto text = given.get(name);
  if (!text)
    return initial;
  T value{};
  auto last = text->data() + text->size();
  auto [end, fault] = std::from_chars(text->data(), last, value);
  if (fault == std::errc{} && end == last && value >= least && value <= most)
    return value;
  std::string what{std::is_integral_v<T> ? "an integer" : "a number"};
  usage_error("--" + std::string{name} + '=' + *text + ": expected " + what
              + " from " + json(least).dump() + " to " + json(most).dump());
  return std::nullopt;
}

std::optional<gamepad_input> input_of(const command_arguments& given) {
  gamepad_input result;
  auto index = number<unsigned>(given, "index", 0, 0, gamepad_count - 1);
  if (!index)
    return std::nullopt;
  result.index = static_cast<uint8_t>(*index);
  constexpr const char* axes[] = {"lx", "ly", "rx", "ry"};
  for (size_t i = 0; i < result.axes.size(); ++i) {
    result.axes[i] = number<double>(given, axes[i], 0, -1, 1);
    if (!result.axes[i])
      return std::nullopt;
  }
  auto buttons = number<uint64_t>(given, "btn", 0, 0, UINT64_MAX);
  if (!buttons)
    return std::nullopt;
  result.buttons = *buttons;
  return result;
}

/// Sends until the time is over or a signal comes.
int drive(const options& opts, const gamepad_input& input,
          control_client_settings settings, caf::timespan duration) {
  auto address = opts.get<std::string>("control.address");
  auto socket = connect_udp_socket(address);
  if (!socket)
    return run_time_error(socket.error());
  auto send = [fd = socket->get()](const std::vector<uint8_t>& packet) {
    return send_datagrams(fd, nullptr, std::span{&packet, 1});
  };
  event_log log{std::make_shared<error_lines>(),
                opts.get<std::string>("application.name"), log_level::warning};
  block_stop_signals();
  actor_config config{opts};
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  auto client = self->spawn(control_client, settings,
                            control_client_state::sender{send}, log);
  self->send(client, input);
  auto signals = signal_listener::make([&self](int) {
    caf::anon_send(caf::actor_cast<caf::actor>(self), atom::stop_v);
  });
  if (!signals)
    return run_time_error(signals.error());
  self->receive([](atom::stop) {}, caf::after(duration) >> [] {});
  self->send_exit(client, caf::exit_reason::user_shutdown);
  self->wait_for(client);
  return exit_success;
}

} // namespace

int command_gamepad(const arguments& args) {
  auto given = command_arguments::parse(args, {"index", "lx", "ly", "rx", "ry",
                                               "btn", "rate", "duration"});
  if (!given)
    return exit_usage;
  if (!given->positional().empty())
    return usage_error("gamepad: unexpected " + given->positional()[0]);
  auto input = input_of(*given);
  if (!input)
    return exit_usage;
  auto rate = number<double>(*given, "rate", 50, 1, 10000);
  if (!rate)
    return exit_usage;
  auto forever = caf::timespan{std::chrono::hours{24 * 365}};
  auto duration = given->duration("duration", forever);
  if (!duration)
    return exit_usage;
  control_client_settings settings;
  settings.interval = std::chrono::duration_cast<caf::timespan>(
    std::chrono::duration<double>{1 / *rate});
  settings.rest_packets = rest_packets;
  return drive(given->opts(), *input, settings, *duration);
}

} // namespace rr
