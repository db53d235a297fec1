// SPDX-License-Identifier: BSD-3-Clause
#include <charconv>
#include <csignal>
#include <iostream>

#include <unistd.h>

#include "app/command_arguments.hpp"
#include "app/commands.hpp"
#include "bridges/update_receiver.hpp"
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

} // namespace

int command_watch(const arguments& args) {
  auto given = command_arguments::parse(
    args, {"count", "format"}, {{"update.address", "update.interface"}});
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
  auto receiver
    = update_receiver::make(given->opts().get<std::string>("update.address"),
                            given->opts().get<std::string>("update.interface"));
  if (!receiver)
    return run_time_error(receiver.error());
  // Whoever reads this has seen enough: that is no failure.
  std::signal(SIGPIPE, SIG_IGN);
  uint64_t printed = 0;
  update_listener listener;
  listener.received = [&](const std::string& source,
                          const device_update& update) {
    if (count != 0 && printed == count)
      return;
    ++printed;
    std::cout << (format == "json" ? as_json(source, update)
                                   : as_text(source, update))
              << std::flush;
  };
  listener.malformed = [](const std::string& source, const std::string& why) {
    std::cerr << "robot-runtime: warning: " << source << ": " << why << '\n';
  };
  while (std::cout && (count == 0 || printed < count)) {
    if ((*receiver)->wait(STDOUT_FILENO, 0))
      break;
    (*receiver)->receive(listener);
  }
  return exit_success;
}

} // namespace rr
