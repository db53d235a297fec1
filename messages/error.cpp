// SPDX-License-Identifier: BSD-3-Clause
#include "messages/error.hpp"

#include <cctype>
#include <cstring>

#include <caf/deep_to_string.hpp>
#include <caf/message.hpp>

namespace rr {

namespace {

constexpr auto category = caf::detail::error_factory<ec>::category;

std::string render(uint8_t code, const caf::message& context) {
  std::string result = to_string(static_cast<ec>(code));
  if (!context.empty() && context.match_element<std::string>(0))
    return context.get_as<std::string>(0);
  if (!context.empty())
    result += to_string(context);
  return result;
}

} // namespace

const char* to_string(ec code) noexcept {
  switch (code) {
    case ec::none:
      return "no error";
    case ec::emergency_stop:
      return "emergency stop";
    case ec::process_failed:
      return "process failed";
    case ec::process_finished:
      return "process finished";
    case ec::process_not_started:
      return "process not started";
    case ec::process_running:
      return "process running";
    case ec::unknown_process:
      return "unknown process";
    case ec::robot_stopping:
      return "robot stopping";
    case ec::reloading:
      return "reloading";
    case ec::process_already_started:
      return "process already started";
    case ec::start_failed:
      return "start failed";
    case ec::core_actor_ended:
      return "core actor ended";
    case ec::stop_forced:
      return "stop forced";
    case ec::work_failed:
      return "work failed";
    case ec::overloaded:
      return "overloaded";
    case ec::bad_configuration:
      return "bad configuration";
    case ec::system_error:
      return "system error";
    case ec::malformed:
      return "malformed";
    case ec::call_timed_out:
      return "call timed out";
    case ec::remote_error:
      return "remote error";
    case ec::no_answers:
      return "no answers";
    case ec::client_ended:
      return "client ended";
    case ec::unknown_device:
      return "unknown device";
    case ec::unknown_parameter:
      return "unknown parameter";
    case ec::access_refused:
      return "access refused";
    case ec::wrong_value:
      return "wrong value";
    case ec::invalid_buffer:
      return "invalid buffer";
    case ec::incompatible_buffer:
      return "incompatible buffer";
    case ec::robot_disabled:
      return "robot disabled";
    case ec::no_value:
      return "no value";
  }
  return "unknown error";
}

std::string describe(const caf::error& what) {
  if (what && what.category() == category)
    return render(what.code(), what.context());
  return caf::to_string(what);
}

std::string as_cause(std::string text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.size() > 1 && std::islower(byte(1)) != 0)
    text[0] = static_cast<char>(std::tolower(byte(0)));
  return text;
}

std::string error_text(int errno_value) {
  return as_cause(std::strerror(errno_value));
}

// The context is the text, the address, the number, in this order. Here, apart
// from what it becomes in an event, because the C library has no log.
caf::error system_error_about(std::string text, std::string_view address,
                              int errno_value) {
  return caf::make_error(ec::system_error, std::move(text),
                         std::string{address}, int32_t{errno_value});
}

caf::error system_error(std::string what, int errno_value) {
  what += ": ";
  what += error_text(errno_value);
  return system_error_about(std::move(what), {}, errno_value);
}

} // namespace rr
