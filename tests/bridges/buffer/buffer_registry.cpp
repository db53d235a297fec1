// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE buffer_registry

#include "bridges/buffer/buffer_registry.hpp"

#include <filesystem>
#include <fstream>

#include <caf/test/dsl.hpp>

#include "bridges/buffer/buffer_directory.hpp"
#include "bridges/buffer/device_snapshots.hpp"
#include "bridges/buffer/memory_segment.hpp"
#include "tests/support/buffer_fixture.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/recording_log_output.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace buffer_registry_suite {
namespace {

struct fixture : buffer_fixture {
  std::shared_ptr<recording_log_output> events
    = std::make_shared<recording_log_output>();
  std::shared_ptr<robot_state> robot = make_state();

  fixture() {
    prefix += "-registry";
  }

  std::unique_ptr<buffer_registry> make(bool shared = true) {
    buffer_registry_settings settings;
    settings.prefix = prefix;
    settings.shared = shared;
    settings.types = catalog{{motor(), gamepad_type()}};
    settings.robot = robot;
    settings.log = event_log{events, "robot"};
    return std::make_unique<buffer_registry>(std::move(settings));
  }

  /// The keys of the buffers that are valid.
  static std::vector<device_key> keys(buffer_registry& registry) {
    std::vector<device_key> result;
    for (const auto& each : registry.valid())
      result.push_back(each.key());
    return result;
  }

  const device_key motor_9 = name_of("motor", 9).key;
  const device_key gamepad_0 = name_of("gamepad").key;
};

std::string fault(const caf::expected<buffer_handle>& result) {
  return result ? "none" : describe(result.error());
}

/// What was read, or the error's text.
json read(const caf::expected<device_value>& result) {
  return result ? *result : json(describe(result.error()));
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(buffer_registry_tests, fixture)

CAF_TEST(a buffer is made once and opened again) {
  for (auto shared : {true, false}) {
    auto registry = make(shared);
    auto one = registry->open(motor_9);
    auto other = registry->open(motor_9);
    CAF_REQUIRE(one && other);
    CAF_CHECK(one->set("speed", 2.5));
    CAF_CHECK_EQUAL(read(other->get("speed")), 2.5);
    CAF_REQUIRE(registry->open(gamepad_0));
    CAF_CHECK_EQUAL(keys(*registry),
                    (std::vector<device_key>{gamepad_0, motor_9}));
    // Private ones are nobody else's.
    CAF_CHECK_EQUAL(list_buffers(prefix).size(), shared ? 2u : 0u);
  }
}

CAF_TEST(what the catalog does not have is not opened) {
  auto registry = make();
  CAF_CHECK_EQUAL(fault(registry->open(name_of("camera").key)),
                  "camera: the catalog has no type of this name");
  CAF_CHECK_EQUAL(fault(registry->open({"motor", {7, 0, 1}})),
                  to_string(device_uid{7, 0, 1})
                    + " is no UID of the type motor");
  CAF_CHECK(registry->valid().empty());
}

CAF_TEST(a buffer that is closed is invalid and gone and can come back) {
  for (auto shared : {true, false}) {
    auto registry = make(shared);
    auto before = registry->open(motor_9);
    CAF_REQUIRE(before);
    CAF_CHECK(!registry->close(motor_9));
    CAF_CHECK(!before->buffer().valid());
    CAF_CHECK(before->get("speed").error() == ec::invalid_buffer);
    CAF_CHECK(registry->valid().empty());
    CAF_CHECK(list_buffers(prefix).empty());
    CAF_CHECK(registry->close(motor_9) == ec::unknown_device);
    auto after = registry->open(motor_9);
    CAF_REQUIRE(after);
    CAF_CHECK(after->buffer().valid());
  }
}

CAF_TEST(what others have made is found) {
  auto registry = make();
  auto made = shared_buffer::create(name_of("motor", 9), motor());
  CAF_REQUIRE(made);
  CAF_CHECK((*made)->set("speed", 7.5));
  auto found = registry->valid();
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK_EQUAL(found[0].key(), motor_9);
  CAF_CHECK_EQUAL(read(found[0].get("speed")), 7.5);
  // Its device went away, and came back.
  (*made)->set_valid(false);
  CAF_CHECK(registry->valid().empty());
  (*made)->set_valid(true);
  CAF_CHECK_EQUAL(registry->valid().size(), 1u);
}

CAF_TEST(what others make is found at once however fast they are) {
  auto registry = make();
  std::vector<shared_buffer::pointer> made;
  for (uint64_t i = 0; i < 300; ++i) {
    auto next = shared_buffer::create(name_of("motor", i), motor());
    CAF_REQUIRE(next);
    made.push_back(std::move(*next));
    CAF_REQUIRE_EQUAL(registry->valid().size(), made.size());
  }
}

CAF_TEST(a device whose driver has ended is removed after a grace) {
  auto registry = make();
  auto name = name_of("motor", 9);
  auto others
    = unbox(shared_buffer::create(name_of("gamepad"), gamepad_type()));
  auto buffer = unbox(shared_buffer::create(name, motor()));
  auto drive_and_end = [&] {
    CAF_CHECK_EQUAL(
      forked{[&] { return buffer->set_connected(true) ? 1 : 7; }}.join(), 7);
  };
  auto at = [&](auto time) {
    return registry->valid(buffer_registry::clock::time_point{100s} + time)
      .size();
  };
  drive_and_end();
  CAF_CHECK_EQUAL(at(0ms), 2u);
  CAF_CHECK_EQUAL(at(999ms), 2u);
  // Another one has taken it over and ended since.
  drive_and_end();
  CAF_CHECK_EQUAL(at(1001ms), 2u);
  CAF_CHECK_EQUAL(at(2000ms), 2u);
  // One that lives.
  CAF_CHECK(!buffer->set_connected(true));
  CAF_CHECK_EQUAL(at(2001ms), 2u);
  CAF_CHECK_EQUAL(at(9s), 2u);
  CAF_CHECK(!buffer->set_connected(false));
  CAF_CHECK_EQUAL(at(20s), 2u);
  drive_and_end();
  CAF_CHECK_EQUAL(at(30s), 2u);
  CAF_CHECK(events->events().empty());
  CAF_CHECK_EQUAL(at(31s), 1u);
  CAF_CHECK(!buffer->valid());
  CAF_CHECK(others->valid());
  CAF_CHECK_EQUAL(list_buffers(prefix).size(), 1u);
  auto seen = events->events();
  CAF_REQUIRE_EQUAL(seen.size(), 1u);
  CAF_CHECK_EQUAL(seen[0].event, "Device removed");
  CAF_CHECK_EQUAL(seen[0].level, log_level::warning);
  CAF_CHECK(seen[0].fields
            == (log_fields{{"device", "motor"},
                           {"uid", to_string(motor_9.uid)},
                           {"cause", "its driver has ended"}}));
  // It comes back.
  auto again = unbox(shared_buffer::create(name, motor()));
  CAF_CHECK(!again->set_connected(true));
  CAF_CHECK_EQUAL(at(32s), 2u);
  CAF_CHECK(!again->remove());
  CAF_CHECK_EQUAL(at(33s), 1u);
}

CAF_TEST(a device whose object was deleted is gone and can come back) {
  auto registry = make();
  auto name = name_of("motor", 9);
  auto before = unbox(shared_buffer::create(name, motor()));
  CAF_CHECK(before->set("speed", 1.5));
  CAF_CHECK_EQUAL(registry->valid().size(), 1u);
  CAF_CHECK_EQUAL(remove_segment(to_string(name)), caf::none);
  CAF_CHECK(registry->valid().empty());
  // Or else its driver would go on and nobody would see it.
  CAF_CHECK(!before->valid());
  auto seen = events->events();
  CAF_REQUIRE_EQUAL(seen.size(), 1u);
  CAF_CHECK_EQUAL(seen[0].event, "Device removed");
  // There is another one at once.
  auto between = unbox(shared_buffer::create(name, motor()));
  CAF_CHECK_EQUAL(registry->valid().size(), 1u);
  CAF_CHECK_EQUAL(remove_segment(to_string(name)), caf::none);
  auto after = unbox(shared_buffer::create(name, motor()));
  CAF_CHECK(after->set("speed", 7.5));
  auto found = registry->valid();
  CAF_CHECK(!between->valid());
  CAF_CHECK(after->valid());
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK_EQUAL(read(found[0].get("speed")), 7.5);
}

CAF_TEST(a device that cannot be read is told of without values) {
  auto registry = make();
  auto name = name_of("motor", 9);
  auto made = unbox(shared_buffer::create(name, motor()));
  auto uid = to_string(name.key.uid);
  auto update = read_devices(*registry);
  CAF_REQUIRE_EQUAL(update.size(), 1u);
  CAF_CHECK_EQUAL(update[0].uid, uid);
  CAF_CHECK(update[0].values.contains("speed"));
  // A writer seems to be many versions ahead: docs/buffers.md has the layout.
  std::fstream memory{"/dev/shm/" + to_string(name)};
  uint64_t counters = 0;
  memory.seekg(232);
  memory.read(reinterpret_cast<char*>(&counters), sizeof counters);
  memory.seekp(static_cast<std::streamoff>(counters + 8));
  memory.write("\x7f\0\0\0\0\0\0", 8);
  memory.flush();
  CAF_CHECK(made->get("speed").error() == ec::overloaded);
  update = read_devices(*registry);
  CAF_REQUIRE_EQUAL(update.size(), 1u);
  CAF_CHECK_EQUAL(update[0].uid, uid);
  CAF_CHECK_EQUAL(update[0].values, json::object());
}

CAF_TEST(the end marks every buffer invalid and removes it) {
  auto registry = make();
  auto ours = registry->open(motor_9);
  auto theirs = shared_buffer::create(name_of("gamepad"), gamepad_type());
  CAF_REQUIRE(ours && theirs);
  registry->close_all();
  CAF_CHECK(!ours->buffer().valid());
  CAF_CHECK(!(*theirs)->valid());
  CAF_CHECK(list_buffers(prefix).empty());
  CAF_CHECK_EQUAL(fault(registry->open(motor_9)), "the robot is stopping");
  CAF_CHECK(registry->valid().empty());
}

CAF_TEST(the end removes a buffer that was written over) {
  auto registry = make();
  CAF_REQUIRE(registry->open(motor_9));
  auto path = "/dev/shm/" + to_string(name_of("motor", 9));
  std::fstream{path} << std::string(64, 'x');
  CAF_CHECK(list_buffers(prefix).empty());
  CAF_CHECK(std::filesystem::exists(path));
  registry->close_all();
  CAF_CHECK(!std::filesystem::exists(path));
}

CAF_TEST(what a dead runtime left is removed at the start) {
  auto left = shared_buffer::create(name_of("motor", 9), motor());
  auto near = name_of("motor", 9);
  near.prefix += "-2";
  auto neighbour = shared_buffer::create(near, motor());
  CAF_REQUIRE(left && neighbour);
  auto registry = make();
  CAF_CHECK_EQUAL(registry->removed(), 1u);
  CAF_CHECK(!(*left)->valid());
  CAF_CHECK(list_buffers(prefix).empty());
  // Of another prefix, which only begins as this one does.
  CAF_CHECK((*neighbour)->valid());
  CAF_CHECK(!remove_buffer(near));
}

CAF_TEST(a number that is clamped is warned of once a second) {
  auto registry = make(false);
  auto device = registry->open(motor_9);
  CAF_REQUIRE(device);
  for (auto i = 0; i < 3; ++i)
    CAF_CHECK(device->write("duty_cycle", 1.5));
  CAF_CHECK(device->write("mode", 300));
  CAF_CHECK(device->write("duty_cycle", 0.5));
  auto seen = events->events();
  CAF_REQUIRE_EQUAL(seen.size(), 2u);
  CAF_CHECK_EQUAL(seen[0].event, "Value out of range");
  CAF_CHECK_EQUAL(seen[0].level, log_level::warning);
  CAF_CHECK(seen[0].fields
            == (log_fields{{"device", "motor"},
                           {"uid", to_string(motor_9.uid)},
                           {"parameter", "duty_cycle"}}));
  CAF_CHECK(seen[1].fields[2] == (log_field{"parameter", "mode"}));
}

CAF_TEST(the next warning tells how many were not written) {
  range_warnings warnings{event_log{events, "robot"}, motor_9, 2};
  auto start = range_warnings::time_point{10s};
  warnings.warn(0, "speed", start);
  warnings.warn(0, "speed", start + 500ms);
  warnings.warn(0, "speed", start + 999ms);
  warnings.warn(1, "mode", start + 999ms);
  CAF_CHECK_EQUAL(events->events().size(), 2u);
  warnings.warn(0, "speed", start + 1s);
  auto seen = events->events();
  CAF_REQUIRE_EQUAL(seen.size(), 3u);
  CAF_CHECK(seen[2].fields.back() == (log_field{"suppressed", uint64_t{2}}));
}

CAF_TEST(requests are followed while the robot is enabled) {
  robot->enable();
  auto registry = make(false);
  auto device = registry->open(motor_9);
  CAF_REQUIRE(device);
  CAF_CHECK(device->write("duty_cycle", 0.5));
  CAF_CHECK_EQUAL(read(device->requested("duty_cycle")), 0.5);
  robot->disable("test");
  CAF_CHECK_EQUAL(read(device->requested("duty_cycle")), 0.25);
  CAF_CHECK(device->requested("mode").error() == ec::robot_disabled);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace buffer_registry_suite
