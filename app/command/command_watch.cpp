// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <iostream>

#include <unistd.h>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "bridges/udp/update_receiver.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

std::string dump(const json& value) {
  return value.dump(-1, ' ', true, json::error_handler_t::replace);
}

std::string as_json(const std::string& source, const device_update& update) {
  auto devices = json::object();
  for (const auto& [uid, values] : update)
    devices[uid] = values;
  return dump({{"source", source}, {"devices", std::move(devices)}}) + '\n';
}

/// What has changed; empty when nothing has.
std::string as_text(const std::string& source, const device_update& update) {
  if (update.empty())
    return source + "  no devices\n";
  std::string result;
  for (const auto& [uid, values] : update) {
    if (values.empty())
      continue;
    result += source + "  " + uid;
    for (const auto& [name, value] : values.items()) {
      auto quoted = dump(name);
      result += "  " + quoted.substr(1, quoted.size() - 2) + '=' + dump(value);
    }
    result += '\n';
  }
  return result;
}

/// A runtime sends more often than this.
constexpr auto patience = std::chrono::seconds{1};

/// Where updates would come from: `udp://224.1.1.1:6003 on 127.0.0.1`.
std::string group_of(const options& opts) {
  auto interface = opts.get<std::string>("update.interface");
  return opts.get<std::string>("update.address")
         + (interface.empty() ? "" : " on " + interface);
}

int print_updates(const command_arguments& given) {
  auto count = given.integer("count").value_or(0);
  auto receiver
    = update_receiver::make(given.opts().get<std::string>("update.address"),
                            given.opts().get<std::string>("update.interface"));
  if (!receiver)
    return run_time_error(receiver.error());
  // Whoever reads this has seen enough: that is no failure.
  std::signal(SIGPIPE, SIG_IGN);
  auto begin = std::chrono::steady_clock::now();
  auto end = begin + given.duration("timeout").value_or(forever);
  uint64_t printed = 0;
  auto problem = 0;
  update_listener listener;
  listener.received = [&](const std::string& source,
                          const device_update& update) {
    if (problem != 0 || (count != 0 && printed == count))
      return;
    auto text = given.as_json() ? as_json(source, update)
                                : as_text(source, update);
    if (text.empty())
      return;
    ++printed;
    problem = write_output(text, {.until = end});
  };
  listener.malformed = [](const std::string& source, const std::string& why) {
    std::cerr << "robot-runtime: warning: " << source << ": " << why << '\n';
  };
  // Whether it is still to be told that nothing has come.
  auto untold = true;
  while (problem == 0 && (count == 0 || printed < count)) {
    auto now = std::chrono::steady_clock::now();
    if (now >= end) {
      if (count == 0 && printed > 0)
        return exit_success;
      auto came = printed == 0 ? "nothing has" : "too few updates have";
      return run_time_error(
        caf::make_error(ec::system_error, std::string{came} + " come from "
                                            + group_of(given.opts())
                                            + "; does a runtime run, with this "
                                              "update.address and "
                                              "update.interface?"));
    }
    if (untold && printed == 0 && now >= begin + patience) {
      untold = false;
      std::cerr << "robot-runtime: nothing has come yet from "
                     + group_of(given.opts()) + '\n';
    }
    auto until = untold && printed == 0 ? std::min(end, begin + patience) : end;
    if ((*receiver)->wait(STDOUT_FILENO, 0, until - now))
      break;
    (*receiver)->receive(listener);
  }
  return problem == 0 || problem == EPIPE ? int{exit_success}
                                          : output_failure(problem);
}

} // namespace

command watch_command() {
  return {
    .help
    = {.name = "watch",
       .purpose
       = "Joins the group of device updates and prints what has changed; as "
         "JSON also updates without a change.",
       .options
       = {{"--count=N", "Ends after so many updates; never.", 1},
          format_option,
          {"--timeout=DURATION", "Ends after this, with 1 if too little came; "
                                 "never."}},
       .example = "watch --count=1"},
    .needs = {{"update.address", "update.interface"}},
    .function = print_updates};
}

} // namespace rr
