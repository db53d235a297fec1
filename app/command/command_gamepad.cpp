// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <atomic>
#include <iostream>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "actors/control_client.hpp"
#include "app/command/commands.hpp"
#include "app/runtime/actor_config.hpp"
#include "bridges/control/control_link.hpp"
#include "bridges/control/gamepad_device.hpp"
#include "bridges/system/signal_listener.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// So many that a loss of all but one harms nothing.
constexpr uint32_t rest_packets = 5;

/// Where nobody listens no robot runs, or another one than is meant.
constexpr const char* listener_step
  = "robot-runtime run starts a robot, and --config-file says which it is";

bool is_unheard(std::string_view text) {
  return text.find("nobody listens at ") != std::string_view::npos;
}

/// Events as lines on standard error.
class error_lines final : public log_output {
public:
  /// Whether there was any.
  std::atomic<bool> any = false;

  void write(const log_event& event) noexcept override {
    any = true;
    auto line = "robot-runtime: " + event.event;
    for (const auto& field : event.fields)
      if (auto text = std::get_if<std::string>(&field.value))
        line += ": " + *text;
    if (is_unheard(line))
      line.append("; ").append(listener_step);
    std::cerr << line + '\n';
  }
};

gamepad_input input_of(const command_arguments& given) {
  gamepad_input result;
  result.index = static_cast<uint8_t>(given.integer("index").value_or(0));
  constexpr const char* axes[] = {"lx", "ly", "rx", "ry"};
  for (size_t i = 0; i < result.axes.size(); ++i)
    result.axes[i] = given.number(axes[i]).value_or(0);
  result.buttons = given.integer("btn").value_or(0);
  return result;
}

/// What a gamepad of this machine does, as input of that index.
gamepad_input input_of(uint8_t index, const gamepad_state& state) {
  gamepad_input result;
  result.index = index;
  std::ranges::copy(state.axes, result.axes.begin());
  result.buttons = state.buttons;
  return result;
}

/// Lets the client send what a device does, and at rest what is gone.
caf::expected<std::unique_ptr<gamepad_device>>
follow(const std::string& path, uint8_t index, control_client_actor client,
       caf::actor owner) {
  gamepad_device_listener listener;
  listener.changed = [=](const gamepad_state& state) {
    caf::anon_send(client, input_of(index, state));
  };
  listener.strayed = [](const std::string& what) {
    std::cerr << "robot-runtime: warning: " + what + '\n';
  };
  listener.gone = [=](const caf::error& what) {
    caf::anon_send(client, input_of(index, {}));
    caf::anon_send(owner, atom::stop_v, describe(what));
  };
  return gamepad_device::open(path, std::move(listener));
}

/// Prints what a robot answers: each refusal once, until it obeys again.
class answer_printer {
public:
  explicit answer_printer(std::string address) : address_(std::move(address)) {
  }

  void operator()(const control_answer& answer) {
    auto text = describe(answer);
    if (text == last_ || (answer.granted && last_.empty()))
      return;
    last_ = text;
    // In one piece.
    std::cerr << "robot-runtime: " + address_ + ": " + text + '\n';
  }

private:
  std::string address_;
  std::string last_;
};

/// Who has been refused all along, or heard by nobody, has failed, which has
/// been said already unless it was found out with the last packet.
int end_of(control_link& link, bool told) {
  auto failure = link.hear();
  if (link.granted())
    return exit_success;
  if (link.refused())
    return exit_failure;
  if (failure && !told)
    return run_time_error(is_unheard(describe(failure))
                            ? with_next_step(failure, listener_step)
                            : failure);
  return failure ? exit_failure : exit_success;
}

/// Sends until the time is over, a signal comes, or the device goes.
/// @param device its path; empty to send `input` all the time.
int drive(const options& opts, const gamepad_input& input,
          const std::string& device, control_client_settings settings,
          caf::timespan duration) {
  auto address = opts.get<std::string>("control.address");
  auto link = control_link::make(address, answer_printer{address},
                                 control_link::patience(settings.interval));
  if (!link)
    return run_time_error(link.error());
  auto send = [raw = link->get()](const std::vector<uint8_t>& packet) {
    return raw->send(packet);
  };
  auto lines = std::make_shared<error_lines>();
  event_log log{lines, opts.get<std::string>("application.name"),
                log_level::warning};
  block_stop_signals();
  actor_config config{opts};
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  auto client = self->spawn(control_client, settings,
                            control_client_state::sender{send}, log);
  auto owner = caf::actor_cast<caf::actor>(self);
  std::unique_ptr<gamepad_device> followed;
  if (device.empty()) {
    self->send(client, input);
  } else {
    auto opened = follow(device, input.index, client, owner);
    if (!opened)
      self->send_exit(client, caf::exit_reason::user_shutdown);
    if (!opened)
      return run_time_error(with_next_step(
        opened.error(), device == "auto"
                          ? "plug one in, or be in the group that may read it"
                          : "--device=auto takes the first that there is"));
    followed = std::move(*opened);
  }
  auto signals = signal_listener::make([&self](int) {
    caf::anon_send(caf::actor_cast<caf::actor>(self), atom::stop_v);
  });
  if (!signals)
    return run_time_error(signals.error());
  std::string lost;
  self->receive([](atom::stop) {},
                [&](atom::stop, std::string& why) { lost = std::move(why); },
                caf::after(duration) >> [] {});
  // The robot is to hear that the gamepad is at rest.
  if (!lost.empty())
    self->receive([](atom::stop) {},
                  caf::after(rest_packets * settings.interval) >> [] {});
  followed.reset();
  self->send_exit(client, caf::exit_reason::user_shutdown);
  self->wait_for(client);
  auto code = end_of(**link, lines->any);
  return lost.empty() ? code
                      : run_time_error(caf::make_error(ec::system_error, lost));
}

int send_gamepad(const command_arguments& given) {
  auto device = given.get("device");
  if (device && device->empty())
    return usage_error("--device= names no device", "gamepad");
  for (auto name : {"lx", "ly", "rx", "ry", "btn"})
    if (device && given.get(name))
      return usage_error("--device and --" + std::string{name}
                           + " cannot both say what to send",
                         "gamepad");
  control_client_settings settings;
  settings.interval = std::chrono::duration_cast<caf::timespan>(
    std::chrono::duration<double>{1 / given.number("rate").value_or(50)});
  settings.rest_packets = rest_packets;
  return drive(given.opts(), input_of(given), device.value_or(std::string{}),
               settings,
               std::min(given.duration("duration").value_or(forever),
                        given.duration("timeout").value_or(forever)));
}

} // namespace

command gamepad_command() {
  return {
    .help
    = {.name = "gamepad",
       .purpose = "Sends control packets, as a driver station would. The first "
                  "of them show sticks at rest.",
       .options
       = {{"--index=N", "Which gamepad, 0 to 15; 0.", 0, gamepad_count - 1},
          {"--lx=X --ly=Y --rx=X --ry=Y", "The sticks, each -1 to 1; 0.", -1,
           1},
          {"--btn=N", "The buttons, bit i for the i-th; 0."},
          {"--device=FILE", "A gamepad's /dev/input/eventN, or auto; none."},
          {"--rate=X", "Packets a second, 1 to 10000; 50.", 1, 10000},
          {"--duration=DURATION", "Ends after this; never."},
          {"--timeout=DURATION", "The same, with 1 when nobody has obeyed."}},
       .example = "gamepad --ly=0.5 --btn=1 --duration=2s"},
    .needs = {{"control.address"}},
    .function = send_gamepad};
}

} // namespace rr
