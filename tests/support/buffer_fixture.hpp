// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <unistd.h>

#include <limits>
#include <memory>
#include <string>

#include "bridges/buffer/buffer_directory.hpp"
#include "bridges/buffer/robot_state.hpp"
#include "bridges/buffer/shared_buffer.hpp"
#include "messages/device/catalog.hpp"

namespace rr {

/// Device types for tests, and names that no other test has; what is left of
/// shared memory at its end is removed.
struct buffer_fixture {
  buffer_fixture() : prefix("t" + std::to_string(::getpid())) {
  }

  ~buffer_fixture() {
    remove_buffers(prefix);
  }

  static parameter make(uint16_t id, const char* name, const char* type) {
    parameter result;
    result.id = id;
    result.name = name;
    result.type = *parse_value_type(type);
    return result;
  }

  static device_type motor() {
    device_type result;
    result.name = "motor";
    result.device_id = 13;
    result.sub_interval = std::chrono::milliseconds{20};
    auto duty_cycle = make(0, "duty_cycle", "float");
    duty_cycle.lower = -1.0;
    duty_cycle.upper = 1.0;
    duty_cycle.safe = 0.25;
    duty_cycle.writeable = true;
    auto speed = make(2, "speed", "double");
    auto mode = make(5, "mode", "uint8");
    mode.readable = false;
    mode.writeable = true;
    auto trace = make(7, "trace", "int16[3]");
    trace.subscribed = false;
    result.parameters = {duty_cycle, speed, mode, trace};
    return result;
  }

  static device_type camera_type() {
    device_type result;
    result.name = "camera";
    result.parameters = {make(0, "exposure", "uint16"),
                         make(1, "image", "uint8[128][128][3]")};
    for (auto& each : result.parameters)
      each.writeable = true;
    result.parameters[1].safe = 7;
    return result;
  }

  static device_type gamepad_type() {
    device_type result;
    result.name = "gamepad";
    result.parameters = {make(0, "joystick_left_x", "float"),
                         make(1, "button_a", "bool")};
    return result;
  }

  /// Every scalar, and arrays of every kind.
  static device_type everything() {
    device_type result;
    result.name = "everything";
    uint16_t id = 0;
    for (const auto* type :
         {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16",
          "uint32", "uint64", "float", "double", "char", "char[8]", "bool[3]",
          "uint8[2][3]", "double[2][2][2]", "int16[5]", "uint64[100]"}) {
      auto name = "v" + std::to_string(id);
      result.parameters.push_back(make(id++, name.c_str(), type));
    }
    result.parameters[0].name = "flag";
    for (auto& each : result.parameters)
      each.writeable = true;
    result.parameters[3].lower = -100'000;
    result.parameters[4].upper = 9'007'199'254'740'993;
    result.parameters[12].safe = "stop";
    result.parameters[14].safe = {{1, 2, 3}, {4, 5, 6}};
    return result;
  }

  static device_value every_value() {
    device_value result{{"flag", true},
                        {"v1", -128},
                        {"v2", -32768},
                        {"v3", 2147483647},
                        {"v4", std::numeric_limits<int64_t>::min()},
                        {"v5", 255},
                        {"v6", 65535},
                        {"v7", 4294967295},
                        {"v8", std::numeric_limits<uint64_t>::max()},
                        {"v9", 0.5},
                        {"v10", 0.1},
                        {"v11", "x"},
                        {"v12", "ahead"},
                        {"v13", {true, false, true}},
                        {"v14", {{1, 2, 3}, {4, 5, 6}}},
                        {"v15", {{{1., 2.}, {3., 4.}}, {{5., 6.}, {7., 8.}}}},
                        {"v16", {-1, 2, -3, 4, -5}}};
    auto& many = result["v17"];
    for (uint64_t i = 0; i < 100; ++i)
      many.push_back(i * i);
    return result;
  }

  buffer_name name_of(const char* type, uint64_t number = 0) const {
    device_uid uid;
    uid.random = number;
    if (type == std::string_view{"motor"})
      uid.device_id = 13;
    return {prefix, {type, uid}};
  }

  shared_buffer::pointer make_private(const char* type,
                                      const device_type& what) const {
    return *shared_buffer::make_private(name_of(type), what);
  }

  std::unique_ptr<robot_state> make_state() const {
    return std::move(*robot_state::make_private());
  }

  std::string prefix;
};

} // namespace rr
