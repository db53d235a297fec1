// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE gamepad

#include "messages/control/gamepad.hpp"

#include <cmath>
#include <limits>

#include "tests/support/actor_fixture.hpp"

using namespace rr;

namespace gamepad_suite {
namespace {

constexpr auto infinity = std::numeric_limits<double>::infinity();

gamepad_input one(const json& pad) {
  auto result = decode_control(json::array({{{"0", pad}}}));
  if (!result)
    CAF_FAIL(describe(result.error()));
  CAF_REQUIRE_EQUAL(result->size(), 1u);
  return result->front();
}

bool is_malformed(const json& args) {
  auto result = decode_control(args);
  return !result && result.error() == ec::malformed;
}

bool is_near(double x, double y) {
  return std::abs(x - y) < 1e-12;
}

} // namespace

CAF_TEST(a gamepad is decoded with everything that it can carry) {
  auto input = one({{"lx", 0.5},
                    {"ly", -0.5},
                    {"rx", 0},
                    {"ry", 1},
                    {"btn", 5u},
                    {"seq", 7u},
                    {"time", 12.5}});
  CAF_CHECK(input.axes[left_x] == 0.5 && input.axes[left_y] == -0.5);
  CAF_CHECK(input.axes[right_x] == 0.0 && input.axes[right_y] == 1.0);
  CAF_CHECK_EQUAL(input.buttons, 5u);
  CAF_CHECK(input.seq == 7u && input.time == 12.5);
}

CAF_TEST(what is absent stays absent and no button is pressed) {
  CAF_CHECK(one(json::object()) == gamepad_input{});
  CAF_CHECK(one({{"hat", "north"}}) == gamepad_input{});
}

CAF_TEST(indices go from 0 to 15) {
  for (size_t i = 0; i < gamepad_count; ++i) {
    auto result
      = decode_control(json::array({{{std::to_string(i), json::object()}}}));
    CAF_REQUIRE(result);
    CAF_CHECK_EQUAL(result->front().index, i);
  }
  for (auto text : {"", "-1", "+1", "00", "01", "16", "99", "0x0", " 1", "1 ",
                    "1.0", "999999999999", "one"})
    CAF_CHECK(is_malformed(json::array({{{text, json::object()}}})));
}

CAF_TEST(one fault anywhere rejects the whole packet) {
  for (const auto& bad :
       {json{{"lx", "1"}}, json{{"ly", nullptr}}, json{{"rx", true}},
        json{{"ry", json::array()}}, json{{"lx", NAN}}, json{{"lx", infinity}},
        json{{"lx", -infinity}}, json{{"btn", -1}}, json{{"btn", 1.0}},
        json{{"btn", "1"}}, json{{"btn", nullptr}}, json{{"seq", -1}},
        json{{"seq", 1.5}}, json{{"time", "now"}}, json{{"time", NAN}}, json(1),
        json("x"), json::array()})
    CAF_CHECK(is_malformed(json::array({{{"0", {{"lx", 1.0}}}, {"1", bad}}})));
}

CAF_TEST(anything but one map of gamepads is malformed) {
  for (const auto& bad : {json(nullptr), json(1), json::array(), json::object(),
                          json::array({1}), json::array({json::array()}),
                          json::array({{{"0", json::object()}}, 1})})
    CAF_CHECK(is_malformed(bad));
}

CAF_TEST(a map of none is a driver without a gamepad) {
  auto result = decode_control(json::array({json::object()}));
  CAF_REQUIRE(result);
  CAF_CHECK(result->empty());
}

CAF_TEST(axes beyond 1 are clamped and the first of them is told) {
  auto input = one({{"lx", 0.5}, {"rx", 7}, {"ly", -1e308}});
  CAF_CHECK(input.axes[right_x] == 1.0 && input.axes[left_y] == -1.0);
  CAF_CHECK(input.clamped == (clamped_axis{left_y, -1e308}));
  CAF_CHECK(!one({{"lx", 1}, {"ly", -1.0}}).clamped);
}

CAF_TEST(a stick outside the unit circle is scaled back onto it) {
  auto state = apply(one({{"lx", 1}, {"ly", 1}, {"rx", 0.6}, {"ry", 0.8}}), {});
  CAF_CHECK(is_near(state.axes[left_x], std::sqrt(0.5)));
  CAF_CHECK(is_near(state.axes[left_y], std::sqrt(0.5)));
  CAF_CHECK_EQUAL(state.axes[right_x], 0.6);
  CAF_CHECK_EQUAL(state.axes[right_y], 0.8);
}

CAF_TEST(each stick is scaled by itself) {
  auto state = apply(one({{"lx", 0.5}, {"rx", -1}, {"ry", -1}}), {});
  CAF_CHECK_EQUAL(state.axes[left_x], 0.5);
  CAF_CHECK(is_near(state.axes[right_x], -std::sqrt(0.5)));
  CAF_CHECK(is_near(state.axes[right_y], -std::sqrt(0.5)));
}

CAF_TEST(an absent axis keeps its value and is scaled with the other) {
  gamepad_state last{{0, 1, 0.25, 0}, 3};
  auto state = apply(one({{"lx", 1}}), last);
  CAF_CHECK(is_near(std::hypot(state.axes[left_x], state.axes[left_y]), 1));
  CAF_CHECK_EQUAL(state.axes[right_x], 0.25);
  CAF_CHECK_EQUAL(state.buttons, 0u);
}

CAF_TEST(rest is near 0 on every axis) {
  CAF_CHECK(at_rest({0.1, -0.1, 0, 0}));
  CAF_CHECK(!at_rest({0, 0, 0, 0.11}));
  CAF_CHECK(!at_rest({-0.11, 0, 0, 0}));
}

CAF_TEST(what is encoded decodes to the same) {
  gamepad_input full{15, {0.5, -0.5, 0.25, 0.0}, 9, 4, 1.5};
  gamepad_input bare{0, {}, 0, {}, {}};
  std::vector<gamepad_input> inputs{bare, full};
  auto result = decode_control(encode_control(inputs));
  CAF_REQUIRE(result);
  CAF_CHECK(*result == inputs);
}

CAF_TEST(a driver is told which value of its input is wrong) {
  auto told = [](const gamepad_input& input) { return describe(check(input)); };
  auto nan = std::numeric_limits<double>::quiet_NaN();
  CAF_CHECK(!check({15, {-1.0, 1.0, 0.0, {}}}));
  CAF_CHECK_EQUAL(told({16}), "gamepad 16: expected an index of 0 to 15");
  for (auto wrong : {-1.01, 1.01, infinity, -infinity, nan})
    CAF_CHECK_EQUAL(told({2, {0.0, {}, wrong}}),
                    "gamepad 2: rx: expected a number from -1 to 1");
}

} // namespace gamepad_suite
