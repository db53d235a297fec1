// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <iostream>

#include <unistd.h>

#include "app/command/command_arguments.hpp"
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

std::string as_text(const std::string& source, const device_update& update) {
  if (update.empty())
    return source + "  no devices\n";
  std::string result;
  for (const auto& [uid, values] : update) {
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

} // namespace

int command_watch(const arguments& args) {
  auto given
    = command_arguments::parse(args, {"count", "format", "timeout"},
                               {{"update.address", "update.interface"}});
  if (!given)
    return exit_usage;
  if (!given->positional().empty())
    return usage_error("watch: unexpected " + given->positional()[0]);
  auto format = given->get("format").value_or("pretty");
  if (format != "pretty" && format != "json")
    return usage_error("--format=" + format + ": expected pretty or json");
  uint64_t count = 0;
  if (auto text = given->get("count")) {
    auto [end, fault] = std::from_chars(text->data(),
                                        text->data() + text->size(), count);
    if (fault != std::errc{} || end != text->data() + text->size()
        || count == 0)
      return usage_error("--count=" + *text
                         + ": expected an integer of 1 and up");
  }
  auto forever = caf::timespan{std::chrono::hours{24 * 365}};
  auto timeout = given->duration("timeout", forever);
  if (!timeout)
    return exit_usage;
  auto receiver
    = update_receiver::make(given->opts().get<std::string>("update.address"),
                            given->opts().get<std::string>("update.interface"));
  if (!receiver)
    return run_time_error(receiver.error());
  // Whoever reads this has seen enough: that is no failure.
  std::signal(SIGPIPE, SIG_IGN);
  using clock = std::chrono::steady_clock;
  auto begin = clock::now();
  auto end = begin + *timeout;
  uint64_t printed = 0;
  auto problem = 0;
  update_listener listener;
  listener.received = [&](const std::string& source,
                          const device_update& update) {
    if (problem != 0 || (count != 0 && printed == count))
      return;
    ++printed;
    problem = write_output(format == "json" ? as_json(source, update)
                                            : as_text(source, update),
                           {.until = end});
  };
  listener.malformed = [](const std::string& source, const std::string& why) {
    std::cerr << "robot-runtime: warning: " << source << ": " << why << '\n';
  };
  // Whether it is still to be told that nothing has come.
  auto untold = true;
  while (problem == 0 && (count == 0 || printed < count)) {
    auto now = clock::now();
    if (now >= end) {
      if (count == 0 && printed > 0)
        return exit_success;
      auto came = printed == 0 ? "nothing has" : "too few updates have";
      return run_time_error(
        caf::make_error(ec::system_error, std::string{came} + " come from "
                                            + group_of(given->opts())));
    }
    if (untold && printed == 0 && now >= begin + patience) {
      untold = false;
      std::cerr << "robot-runtime: nothing has come yet from "
                     + group_of(given->opts()) + '\n';
    }
    auto until = untold && printed == 0 ? std::min(end, begin + patience) : end;
    if ((*receiver)->wait(STDOUT_FILENO, 0, until - now))
      break;
    (*receiver)->receive(listener);
  }
  return problem == 0 || problem == EPIPE ? int{exit_success}
                                          : output_failure(problem);
}

} // namespace rr
