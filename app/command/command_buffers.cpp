// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <chrono>
#include <iostream>

#include <fmt/format.h>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/runtime/program_output.hpp"
#include "app/runtime/robot_devices.hpp"
#include "bridges/buffer/buffer_directory.hpp"
#include "bridges/buffer/buffer_snapshot.hpp"
#include "bridges/buffer/robot_state.hpp"
#include "bridges/buffer/shared_buffer.hpp"
#include "messages/device/plain_value.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

constexpr auto list_step = "robot-runtime buffers list tells which there are";

/// Buffers go by the steady clock, people by the calendar.
json calendar_seconds(std::chrono::nanoseconds steady) {
  if (steady.count() == 0)
    return nullptr;
  auto age = std::chrono::steady_clock::now().time_since_epoch() - steady;
  auto then = std::chrono::system_clock::now().time_since_epoch() - age;
  return std::chrono::duration<double>(then).count();
}

std::string one_line(const json& value) {
  auto result = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (result.size() > 200)
    result.replace(197, result.npos, "...");
  return result;
}

/// `{ "type", "uid", "valid", "connected" }`.
json buffer_as_json(const shared_buffer& buffer) {
  const auto& key = buffer.name().key;
  return {{"type", key.type},
          {"uid", to_string(key.uid)},
          {"valid", buffer.valid()},
          {"connected", buffer.connected()}};
}

/// The same and `"last_update"`, seconds since 1970 or null, and `"params"` and
/// `"requested"`, each a map from a parameter to its value. A request is null
/// where there is none to be followed. Byte strings are arrays of numbers.
/// @returns `ec::overloaded` when writers have overtaken the reading.
caf::expected<json> buffer_contents(const shared_buffer& buffer,
                                    const robot_state& robot) {
  auto values = buffer.snapshot(buffer_block::update);
  if (!values)
    return values.error();
  auto requests = buffer.requests(robot);
  if (!requests)
    return requests.error();
  auto result = buffer_as_json(buffer);
  result["last_update"] = calendar_seconds(values->last_change());
  result["params"] = without_bytes(values->values());
  result["requested"] = without_bytes(std::move(*requests));
  return result;
}

/// `, changed 5 s ago`.
std::string changed(const json& seconds) {
  if (!seconds.is_number())
    return ", never changed";
  auto now = std::chrono::duration<double>(
               std::chrono::system_clock::now().time_since_epoch())
               .count();
  return fmt::format(", changed {:.1f} s ago",
                     std::max(now - seconds.get<double>(), 0.0));
}

/// A buffer's contents for people.
std::string buffer_as_text(const json& contents) {
  auto flag = [&](const char* name) {
    return contents[name].get<bool>() ? std::string{name}
                                      : "not " + std::string{name};
  };
  auto result = contents["type"].get<std::string>() + " "
                + contents["uid"].get<std::string>() + ", " + flag("valid");
  // A device may work whose program never says that it drives it; of a gamepad
  // the runtime itself knows.
  if (contents["connected"].get<bool>() || contents["type"] == "gamepad")
    result += ", " + flag("connected");
  result += changed(contents["last_update"]) + "\n";
  for (const auto& [name, value] : contents["params"].items())
    result += "  " + name + " = " + one_line(value) + "\n";
  for (const auto& [name, value] : contents["requested"].items())
    result += "  " + name + " <- " + one_line(value) + "\n";
  return result;
}

/// A value from the command line: JSON, or else a text.
json value_of_argument(std::string_view text) {
  auto result = json::parse(text, nullptr, false);
  return result.is_discarded() ? json(text) : result;
}

/// Whether the buffer is that of a device that was named by its UID alone.
bool is_smart(const shared_buffer& buffer) {
  return buffer.type().device_id == buffer.name().key.uid.device_id;
}

caf::expected<shared_buffer::pointer> find_by_uid(const std::string& prefix,
                                                  const std::string& text,
                                                  const device_uid& uid) {
  for (const auto& each : list_buffers(prefix)) {
    if (each.key.uid != uid)
      continue;
    auto buffer = shared_buffer::open(each);
    if (!buffer || is_smart(**buffer))
      return buffer;
  }
  // Of another user, for instance.
  for (auto& each : list_unreadable(prefix))
    if (each.object.ends_with('-' + to_string(uid)))
      return std::move(each.why);
  return with_next_step(caf::make_error(ec::unknown_device,
                                        "no buffer of " + text
                                          + " is there under the prefix "
                                          + prefix),
                        list_step);
}

/// What the command line names; the buffer describes itself.
caf::expected<shared_buffer::pointer> open_device(const options& opts,
                                                  const std::string& text) {
  auto device = parse_device(text, names_of_devices(opts));
  if (!device)
    return with_next_step(device.error(), list_step);
  auto prefix = opts.get<std::string>("device.prefix");
  if (device->type.empty())
    return find_by_uid(prefix, text, device->uid);
  auto result = shared_buffer::open({prefix, {device->type, device->uid}});
  if (result || result.error() != ec::unknown_device)
    return result;
  return with_next_step(result.error(), list_step);
}

/// Without a runtime the robot is as one that is disabled.
caf::expected<std::unique_ptr<robot_state>> open_state(const options& opts) {
  auto result = robot_state::open(opts.get<std::string>("device.prefix"));
  return result ? std::move(result) : robot_state::make_private();
}

int list(const options& opts, bool as_json) {
  auto prefix = opts.get<std::string>("device.prefix");
  auto all = json::array();
  for (const auto& each : list_buffers(prefix))
    if (auto buffer = shared_buffer::open(each))
      all.push_back(buffer_as_json(**buffer));
  for (const auto& each : list_unreadable(prefix))
    print_error("warning: " + describe(each.why));
  if (as_json)
    return print(as_line(all));
  std::string text;
  for (const auto& each : all)
    text += each["type"].get<std::string>() + ' '
            + each["uid"].get<std::string>() + (each["valid"] ? "" : " invalid")
            + (each["connected"] ? " connected" : "") + '\n';
  return print(text);
}

int show(const options& opts, const std::string& device, bool as_json) {
  auto buffer = open_device(opts, device);
  if (!buffer)
    return run_time_error(buffer.error());
  auto state = open_state(opts);
  if (!state)
    return run_time_error(state.error());
  auto contents = buffer_contents(**buffer, **state);
  if (!contents)
    return run_time_error(contents.error());
  return print(as_json ? as_line(*contents) : buffer_as_text(*contents));
}

/// What helps with a parameter or a value that was refused.
std::string step_after(const caf::error& what, const std::string& device) {
  if (what == ec::access_refused)
    return "the catalog says which parameters are";
  if (what == ec::unknown_parameter || what == ec::wrong_value)
    return "robot-runtime buffers show " + device + " tells what there is";
  return "robot-runtime status tells whether the robot runs";
}

/// A person's request outlives this process, for `duration` if that is not
/// zero.
int change(const options& opts, const std::vector<std::string>& words,
           caf::timespan duration) {
  auto buffer = open_device(opts, words[1]);
  if (!buffer)
    return run_time_error(buffer.error());
  auto value = value_of_argument(words[3]);
  auto fit = words[0] == "set" ? (*buffer)->set(words[2], value)
                               : (*buffer)->hold(words[2], value, duration);
  if (!fit)
    return run_time_error(
      with_next_step(fit.error(), step_after(fit.error(), words[1])));
  if (*fit == value_fit::clamped)
    std::cerr << "warning: " << words[2] << ": " << words[3]
              << " is out of range and was clamped\n";
  return exit_success;
}

/// How many words follow what is to be done; none for what is unknown.
std::optional<size_t> operands_of(const std::string& verb) {
  if (verb == "list")
    return 0;
  if (verb == "show")
    return 1;
  if (verb == "set" || verb == "write")
    return 3;
  return std::nullopt;
}

int use_buffers(const command_arguments& given) {
  const auto& words = given.positional();
  if (words.empty())
    return usage_error("buffers: expected list, show, set or write", "buffers");
  auto operands = operands_of(words[0]);
  if (!operands)
    return usage_error("buffers: unknown " + words[0]
                         + ", expected list, show, set or write",
                       "buffers");
  if (words.size() != *operands + 1)
    return usage_error("buffers " + words[0] + ": expected "
                         + std::to_string(*operands) + " arguments, got "
                         + std::to_string(words.size() - 1),
                       "buffers");
  if (given.get("for") && words[0] != "write")
    return usage_error("buffers " + words[0]
                         + ": --for is of write alone, which requests a value",
                       "buffers");
  const auto& opts = given.opts();
  if (!opts.get<bool>("device.shared"))
    return run_time_error(caf::make_error(
      ec::unknown_device,
      "device.shared is false: private buffers are seen by the runtime alone; "
      "set it to true to see them"));
  if (words[0] == "list")
    return list(opts, given.as_json());
  if (words[0] == "show")
    return show(opts, words[1], given.as_json());
  return change(opts, words, given.duration("for").value_or(caf::timespan{0}));
}

} // namespace

command buffers_command() {
  return {
    .help
    = {.name = "buffers",
       .arguments = "list | show DEVICE | set|write DEVICE PARAM VALUE",
       .purpose
       = "Reads and writes devices in shared memory, also without a runtime. "
         "DEVICE is a UID, a name of device.names, or TYPE:NUMBER; VALUE is "
         "JSON. set changes a current value, write requests one, which holds "
         "until it is replaced or the robot is disabled.",
       .options
       = {format_option,
          {"--for=DURATION", "What is requested holds for so long at most."}},
       .example = "buffers write left duty_cycle 0.5 --for=2s"},
    .needs = {{"device.prefix", "device.names", "device.shared"}},
    .function = use_buffers};
}

} // namespace rr
