// SPDX-License-Identifier: BSD-3-Clause
#include "messages/control/control_answer.hpp"

#include "messages/call/remote_call.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

caf::error malformed_answer(const char* why) {
  return caf::make_error(ec::malformed,
                         std::string{"malformed answer to control: "} + why);
}

std::string text_of(const json& map, const char* key) {
  auto found = map.find(key);
  return found != map.end() && found->is_string() ? found->get<std::string>()
                                                  : std::string{};
}

} // namespace

std::string describe(const control_answer& answer) {
  if (answer.granted)
    return "the robot obeys this driver";
  if (answer.reason == to_string(control_fault::other_driver))
    return "the robot obeys another driver"
           + (answer.driver.empty() ? "" : ", " + answer.driver);
  auto what = answer.gamepad ? "gamepad " + std::to_string(*answer.gamepad)
                             : std::string{"control"};
  return what + " is not obeyed: " + answer.reason;
}

std::string describe_refusal(const control_verdict& verdict) {
  return describe(control_answer{.reason = to_string(*verdict.fault),
                                 .driver = verdict.driver,
                                 .gamepad = verdict.gamepad});
}

std::vector<uint8_t> encode_grant() {
  return encode(notification{"control_granted", json::array()});
}

std::vector<uint8_t> encode_refusal(const control_verdict& verdict,
                                    size_t most) {
  json map{{"reason", to_string(*verdict.fault)}};
  if (verdict.gamepad)
    map["gamepad"] = *verdict.gamepad;
  if (!verdict.driver.empty())
    map["driver"] = verdict.driver;
  auto encoded = [&] {
    return encode(notification{"control_refused", json::array({map})});
  };
  auto result = encoded();
  if (result.size() > most && map.erase("driver") > 0)
    result = encoded();
  if (result.size() > most)
    result.clear();
  return result;
}

caf::expected<control_answer>
decode_control_answer(std::span<const std::byte> payload) {
  auto message = decode(payload, {});
  if (!message)
    return message.error();
  auto call = std::get_if<notification>(&*message);
  if (call && call->method == "control_granted")
    return control_answer{.granted = true};
  if (!call || call->method != "control_refused")
    return malformed_answer("it is no notification of that name");
  if (call->args.size() != 1 || !call->args[0].is_object())
    return malformed_answer("the argument is not one map");
  const auto& map = call->args[0];
  control_answer result{.reason = text_of(map, "reason"),
                        .driver = text_of(map, "driver")};
  if (auto found = map.find("gamepad");
      found != map.end() && found->is_number_unsigned())
    result.gamepad = found->get<uint64_t>();
  return result;
}

} // namespace rr
