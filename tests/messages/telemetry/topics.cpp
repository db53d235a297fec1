// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE topics

#include "messages/telemetry/topics.hpp"

#include <limits>
#include <vector>

#include "tests/support/buffer_fixture.hpp"
#include "tests/support/message_schemas.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace topics_suite {
namespace {

log_event event_of(std::string text, log_fields fields) {
  using namespace std::chrono;
  return {std::move(text), log_level::warning,
          sys_days{2024y / May / 1} + 9h + 125us, "robot", std::move(fields)};
}

json schema_of(const telemetry_topic& topic) {
  return json::parse(topic.schema);
}

json status_of_a_robot() {
  auto result = json::parse(R"({
    "name": "robot", "state": "running", "uptime": 1.5, "latched": false,
    "held_by": [], "containment": "cgroup", "update": null,
    "processes": [{"name": "arm", "pid": null, "state": "exited",
      "restarts": 0, "last_exit": 3, "last_end": {"time": "t", "ran": 0.5,
      "exit_code": 3, "reason": "it failed"}, "cpu": null,
      "resident_kib": null, "containment": null, "limits": {"nice": 5,
      "cpu_affinity": [0, 1], "memory_max": 1024, "memory_by": null},
      "ready": false, "since": "t", "waiting_for": [], "status_text": "",
      "startup": {"began": 0.1, "ready": null, "after": ["leg"]}}],
    "router": {"frontend": {"routed": 1}, "backend": {}},
    "log": {"source": "x", "dropped": 0}, "control": {"driver": null},
    "endpoints": {"router_frontend": ["tcp://127.0.0.1:6000"]},
    "stops": {"count": 0, "worst_signal_us": null}
  })");
  return result;
}

} // namespace

CAF_TEST(a log event is a foxglove Log) {
  auto topic = log_topic();
  CAF_CHECK_EQUAL(topic.name, "/log");
  CAF_CHECK_EQUAL(topic.schema_name, "foxglove.Log");
  auto message
    = log_message(event_of("Process failed", {{"process", "arm"},
                                              {"pid", 17},
                                              {"reason", "out of memory"},
                                              {"core_dumped", false}}));
  CAF_CHECK_EQUAL(misfit(schema_of(topic), message), "");
  CAF_CHECK_EQUAL(message["timestamp"]["sec"], 1714554000);
  CAF_CHECK_EQUAL(message["timestamp"]["nsec"], 125'000);
  CAF_CHECK_EQUAL(message["level"], 3);
  CAF_CHECK_EQUAL(message["name"], "arm");
  CAF_CHECK_EQUAL(message["message"], "Process failed pid=17 reason=\"out of "
                                      "memory\" core_dumped=false");
}

CAF_TEST(an event of no process bears the name of its program) {
  auto message = log_message(event_of("Robot held", {{"what", "x"}}));
  CAF_CHECK_EQUAL(message["name"], "robot");
}

CAF_TEST(a line of a child is its text alone) {
  auto message = log_message(event_of(
    "turning", {{"process", "arm"}, {"pid", 17}, {"stream", "stdout"}}));
  CAF_CHECK_EQUAL(message["message"], "turning");
}

CAF_TEST(a value of several lines stands below the event) {
  auto message = log_message(
    event_of("Unhandled error", {{"traceback", "one\ntwo\n"}, {"pid", 3}}));
  CAF_CHECK_EQUAL(message["message"],
                  "Unhandled error pid=3\ntraceback:\n  one\n  two");
}

CAF_TEST(hostile text is made visible) {
  auto message = log_message(
    event_of("\x1b[2J\xff", {{"process", "a\nb"}, {"k\r", "v\x07"}}));
  auto text = message_text(message);
  CAF_CHECK_EQUAL(json::parse(text), message);
  CAF_CHECK_EQUAL(message["message"], "\\x1b[2J\\xff k\\r=v\\x07");
  CAF_CHECK_EQUAL(message["name"], "a\\nb");
}

CAF_TEST(a time before 1970 is 0) {
  auto event = event_of("x", {});
  event.timestamp = {};
  event.timestamp -= 1ms;
  auto message = log_message(event);
  CAF_CHECK_EQUAL(message["timestamp"]["sec"], 0);
  CAF_CHECK_EQUAL(message["timestamp"]["nsec"], 0);
}

CAF_TEST(a state message is the status without what there is none of) {
  auto topic = state_topic();
  CAF_CHECK_EQUAL(topic.name, "/robot/state");
  auto message = state_message(status_of_a_robot());
  CAF_CHECK_EQUAL(misfit(schema_of(topic), message), "");
  CAF_CHECK_EQUAL(message["processes"][0]["last_exit"], 3);
  CAF_CHECK(!message["processes"][0].contains("pid"));
  CAF_CHECK(!message.contains("update"));
  CAF_CHECK_EQUAL(message_text(message).find("null"), std::string::npos);
}

CAF_TEST(a control message has who drives and each gamepad) {
  auto topic = control_topic();
  CAF_CHECK_EQUAL(topic.name, "/control");
  control_view view;
  auto nobody = control_message(view);
  CAF_CHECK_EQUAL(nobody["driver"], "");
  view.driver = "127.0.0.1:4000";
  view.gamepads = {{0, true, {{0.5, -1., 0., 1.}, 5}}, {15, false, {}}};
  auto message = control_message(view);
  CAF_CHECK_EQUAL(misfit(schema_of(topic), message), "");
  CAF_CHECK_EQUAL(message["gamepads"]["0"]["ly"], -1.);
  CAF_CHECK_EQUAL(message["gamepads"]["0"]["btn"], 5);
  CAF_CHECK_EQUAL(message["gamepads"]["15"]["connected"], false);
}

CAF_TEST(a device message has what is readable and what was requested) {
  auto type = buffer_fixture::motor();
  auto topic = device_topic("left-arm", type);
  CAF_CHECK_EQUAL(topic.name, "/devices/left-arm");
  CAF_CHECK_EQUAL(topic.schema_name, "robot_runtime.device.motor");
  auto message
    = device_message(type,
                     {{"duty_cycle", 0.5},
                      {"speed", 2.},
                      {"mode", 1},
                      {"trace", {1, 2, 3}},
                      {"unknown", 1}},
                     {{"duty_cycle", 1.}, {"mode", nullptr}, {"speed", 3.}});
  CAF_CHECK_EQUAL(misfit(schema_of(topic), message), "");
  json expected{{"current",
                 {{"duty_cycle", 0.5}, {"speed", 2.}, {"trace", {1, 2, 3}}}},
                {"requested", {{"duty_cycle", 1.}}}};
  CAF_CHECK_EQUAL(message, expected);
}

CAF_TEST(limits hold for what is requested and not for zeros at first) {
  auto type = buffer_fixture::motor();
  type.parameters[0].lower = 0.5;
  auto schema = schema_of(device_topic("x", type));
  auto zero = device_message(type, {{"duty_cycle", 0.}}, json::object());
  CAF_CHECK_EQUAL(misfit(schema, zero), "");
  auto wrong = device_message(type, json::object(), {{"duty_cycle", 0.}});
  CAF_CHECK_NOT_EQUAL(misfit(schema, wrong), "");
}

CAF_TEST(values of every type have a form that tools read) {
  auto type = buffer_fixture::everything();
  auto schema = schema_of(device_topic("x", type));
  auto values = buffer_fixture::every_value();
  auto message = device_message(type, values, values);
  CAF_CHECK_EQUAL(misfit(schema, message), "");
  CAF_CHECK_EQUAL(unreadable(schema), "");
  // An array of arrays is flat.
  auto flat = json{1, 2, 3, 4, 5, 6};
  CAF_CHECK_EQUAL(message["current"]["v14"], flat);
  CAF_CHECK_EQUAL(message["current"]["v15"].size(), 8u);
  CAF_CHECK_EQUAL(message["current"]["v8"],
                  std::numeric_limits<uint64_t>::max());
}

CAF_TEST(text that is not UTF 8 and what is no number is valid JSON) {
  auto type = buffer_fixture::everything();
  auto message
    = device_message(type,
                     {{"v12", json::binary({'a', 0xff})},
                      {"v9", std::numeric_limits<double>::quiet_NaN()}},
                     {{"v12", {97, 255}}});
  auto text = message_text(message);
  json expected{{"current", {{"v12", "a\xef\xbf\xbd"}}},
                {"requested", {{"v12", "a\xef\xbf\xbd"}}}};
  CAF_CHECK_EQUAL(json::parse(text), expected);
}

CAF_TEST(a large array is neither in the message nor in the schema) {
  auto type = buffer_fixture::camera_type();
  CAF_CHECK(!is_told(type.parameters[1]));
  auto topic = device_topic("camera:0", type);
  CAF_CHECK_EQUAL(topic.schema.find("image"), std::string::npos);
  auto message = device_message(type, {{"exposure", 1}, {"image", {1}}},
                                {{"exposure", 2}, {"image", {1}}});
  json expected{{"current", {{"exposure", 1}}},
                {"requested", {{"exposure", 2}}}};
  CAF_CHECK_EQUAL(message, expected);
}

CAF_TEST(tools can read every schema) {
  device_type empty;
  empty.name = "empty";
  for (const auto& topic :
       {log_topic(), state_topic(), control_topic(),
        device_topic("x", buffer_fixture::motor()), device_topic("y", empty)}) {
    auto schema = schema_of(topic);
    CAF_CHECK_EQUAL(unreadable(schema), "");
    CAF_CHECK_EQUAL(schema["title"], topic.schema_name);
  }
}

} // namespace topics_suite
