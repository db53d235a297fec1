// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>

#include "bridges/control/control_session.hpp"
#include "messages/error.hpp"

#include <caf/test/dsl.hpp>

namespace rr::test {

/// What a reader of the buffers would see.
class fake_pads : public gamepad_writer {
public:
  caf::error write(uint8_t index, const gamepad_state& state) override {
    ++writes;
    if (broken)
      return caf::make_error(ec::overloaded, "no turn");
    states[index] = state;
    connected[index] = true;
    return {};
  }

  caf::error neutral(uint8_t index) override {
    ++neutrals;
    if (broken)
      return caf::make_error(ec::overloaded, "no turn");
    states[index] = {};
    connected[index] = false;
    return {};
  }

  std::map<int, gamepad_state> states;
  std::map<int, bool> connected;
  int writes = 0;
  int neutrals = 0;
  bool broken = false;
};

inline const control_source laptop{control_source::way::udp, "127.0.0.1:4000"};
const control_source other{control_source::way::udp, "127.0.0.1:4001"};

inline gamepad_input stick(double lx, uint64_t buttons = 0) {
  return {0, {lx, 0.0, 0.0, 0.0}, buttons, {}, {}};
}

inline gamepad_input numbered(uint64_t seq, double lx = 0) {
  auto result = stick(lx);
  result.seq = seq;
  return result;
}

inline gamepad_input sent_at(double time) {
  auto result = stick(0.5);
  result.time = time;
  return result;
}

inline gamepad_input of(uint8_t index, double lx = 0, uint64_t buttons = 0) {
  auto result = stick(lx, buttons);
  result.index = index;
  return result;
}

inline gamepad_input with_time(gamepad_input input, double time) {
  input.time = time;
  return input;
}

inline gamepad_input with(gamepad_input input, uint64_t seq,
                          std::optional<double> time = {}) {
  input.seq = seq;
  input.time = time;
  return input;
}

inline double seconds_of(control_session::clock::duration x) {
  return std::chrono::duration<double>(x).count();
}

struct control_session_fixture {
  std::shared_ptr<fake_pads> pads = std::make_shared<fake_pads>();
  control_settings settings;
  std::vector<std::string> facts;
  control_session::time_point start{std::chrono::hours{1}};
  std::unique_ptr<control_session> made;

  control_session& session() {
    if (!made)
      made = std::make_unique<control_session>(settings, pads, listener());
    return *made;
  }

  control_listener listener() {
    control_listener result;
    result.connected = [this](const control_connected& x) {
      facts.push_back(
        (x.resumed ? "resumed " : "connected ") + x.source
        + (x.gamepad ? " pad " + std::to_string(*x.gamepad) : ""));
    };
    result.lost = [this](const control_lost& x) {
      auto text = "lost " + x.source;
      for (auto i = 0; i < 16; ++i)
        if ((x.gamepads >> i & 1) != 0)
          text += " pad " + std::to_string(i);
      facts.push_back(text + (x.driver_too ? "" : " alone"));
    };
    result.clamped = [this](const control_clamped& x) {
      facts.push_back("clamped " + std::to_string(x.gamepad) + ' ' + x.axis
                      + ' ' + std::to_string(x.value));
    };
    result.ignored = [this](const control_ignored& x) {
      facts.push_back(std::string{to_string(x.fault)} + ' '
                      + std::to_string(x.suppressed));
    };
    result.emergency = [this](std::string_view why) {
      facts.push_back("emergency " + std::string{why} + ' '
                      + std::to_string(pads->neutrals));
    };
    return result;
  }

  bool send(const gamepad_input& input, control_session::clock::duration at,
            const control_source& from = laptop) {
    return session().submit(from, {input}, start + at).obeyed;
  }

  void send_both(control_session::clock::duration at) {
    CAF_CHECK(
      session().submit(laptop, {of(0), of(1, 1, 1)}, start + at).obeyed);
  }

  double lx(int index = 0) {
    return pads->states[index].axes[left_x];
  }

  uint64_t buttons() {
    return pads->states[0].buttons;
  }

  control_counters counters() {
    return session().status().counters;
  }
};

} // namespace rr::test
