// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <initializer_list>
#include <optional>
#include <vector>

#include "messages/call/remote_call.hpp"
#include "messages/control/gamepad.hpp"

namespace rr::test {

/// What a driver station sends of its first gamepad.
inline std::vector<uint8_t> control_packet_of(double lx,
                                              std::optional<uint64_t> seq = {},
                                              std::optional<double> time = {}) {
  return encode(
    notification{"update_gamepads",
                 encode_control({{0, {lx, 0.0, 0.0, 0.0}, 1, seq, time}})});
}

/// At least 30 datagrams that are no control packet.
inline std::vector<std::vector<uint8_t>> malformed_control_packets() {
  std::vector<std::vector<uint8_t>> result;
  auto raw = [&](std::initializer_list<uint8_t> bytes) {
    result.emplace_back(bytes);
  };
  auto args = [&](const json& x) {
    result.push_back(encode(notification{"update_gamepads", x}));
  };
  auto pads = [&](const json& x) { args(json::array({x})); };
  auto pad = [&](const json& x) { pads({{"0", x}}); };
  raw({});
  raw({0x00});
  raw({0xff});
  raw({0x83, 0x02});
  raw({0x9a, 0x10, 0x00, 0x00, 0x00});
  result.push_back(std::vector<uint8_t>(8000, 0x7f));
  result.push_back(std::vector<uint8_t>(8000, 0x9f));
  result.emplace_back(8000, uint8_t{0x00});
  auto cut = control_packet_of(1);
  cut.pop_back();
  result.push_back(cut);
  auto longer = control_packet_of(1);
  longer.push_back(0);
  result.push_back(longer);
  result.push_back(encode(request{1, "update_gamepads", json::array({1})}));
  result.push_back(encode(notification{"update", json::array({1})}));
  args(json::array());
  args(json::array({1, 2}));
  pads(1);
  pads(json::array());
  for (auto index : {"-1", "0x0", "999999999999", "16", "", "00", " 1"})
    pads({{index, {{"lx", 1.0}}}});
  pad(1);
  pad({{"lx", "1"}});
  pad({{"lx", NAN}});
  pad({{"ly", INFINITY}});
  pad({{"rx", -INFINITY}});
  pad({{"ry", {{"deep", {{"deeper", 1}}}}}});
  pad({{"btn", -1}});
  pad({{"btn", 1.5}});
  pad({{"seq", "first"}});
  pad({{"time", NAN}});
  auto many = json::object();
  for (auto i = 0; i < 700; ++i)
    many[std::to_string(i)] = json::object();
  pads(many);
  auto deep = json::object();
  for (auto i = 0; i < 40; ++i)
    deep = json{{"x", deep}};
  pad(deep);
  return result;
}

} // namespace rr::test
