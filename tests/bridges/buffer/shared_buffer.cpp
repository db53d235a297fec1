// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE shared_buffer

#include "bridges/buffer/shared_buffer.hpp"

#include <caf/test/dsl.hpp>

#include <cmath>
#include <limits>

#include "bridges/buffer/buffer_directory.hpp"
#include "bridges/buffer/buffer_snapshot.hpp"
#include "bridges/buffer/buffer_transaction.hpp"
#include "tests/support/buffer_fixture.hpp"

using namespace rr;

namespace shared_buffer_suite {
namespace {

struct fixture : buffer_fixture {
  shared_buffer::pointer buffer = make_private("motor", motor());

  device_value get(const char* parameter) {
    return unbox(buffer->get(parameter));
  }

  template <class T>
  ec code_of(const caf::expected<T>& result) {
    return result ? ec::none : static_cast<ec>(result.error().code());
  }

  template <class T>
  std::string text_of(const caf::expected<T>& result) {
    return result ? "no error" : describe(result.error());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(shared_buffer_tests, fixture)

CAF_TEST(values of every type come back as they were set) {
  auto all = make_private("everything", everything());
  auto values = every_value();
  for (auto& [name, value] : values.items()) {
    CAF_MESSAGE(name);
    CAF_CHECK(unbox(all->set(name, value)) == value_fit::exact);
    CAF_CHECK_EQUAL(unbox(all->get(name)), value);
  }
  CAF_CHECK_EQUAL(unbox(all->snapshot(buffer_block::update)).values(),
                  every_value());
}

CAF_TEST(a large array comes back as it was set) {
  auto camera = make_private("camera", camera_type());
  auto bytes = device_value::binary_t{};
  bytes.resize(128 * 128 * 3);
  for (size_t version = 1; version < 6; ++version) {
    for (size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<uint8_t>(i * version);
    CAF_REQUIRE(camera->set("image", device_value::binary(bytes)));
    auto image = unbox(camera->get("image"));
    CAF_CHECK_EQUAL(image[0][1][2], 5 * version % 256);
    CAF_CHECK_EQUAL(image[127][127][2], (bytes.size() - 1) * version % 256);
    auto seen = unbox(camera->snapshot(buffer_block::update));
    CAF_CHECK(std::memcmp(seen.bytes(1).data(), bytes.data(), bytes.size())
              == 0);
  }
}

CAF_TEST(what was never set is all zeros and what was never requested is not ) {
  CAF_CHECK_EQUAL(get("speed"), 0.0);
  CAF_CHECK_EQUAL(buffer->last_change(buffer_block::update).count(), 0);
  auto enabled = make_state();
  enabled->enable();
  CAF_CHECK_EQUAL(unbox(buffer->requested("duty_cycle", *enabled)), 0.25);
  CAF_CHECK(code_of(buffer->requested("mode", *enabled)) == ec::no_value);
  auto expected = device_value{{"duty_cycle", 0.25}, {"mode", nullptr}};
  CAF_CHECK_EQUAL(unbox(buffer->requests(*enabled)), expected);
}

CAF_TEST(the update block and the write block are two) {
  auto robot = make_state();
  robot->enable();
  CAF_CHECK(buffer->set("duty_cycle", 0.5));
  CAF_CHECK(buffer->write("duty_cycle", -0.5));
  CAF_CHECK_EQUAL(get("duty_cycle"), 0.5);
  CAF_CHECK_EQUAL(unbox(buffer->requested("duty_cycle", *robot)), -0.5);
}

CAF_TEST(a disabled robot requests what is safe or nothing) {
  auto robot = make_state();
  CAF_CHECK(buffer->write("duty_cycle", -0.5));
  CAF_CHECK(buffer->write("mode", 3));
  CAF_CHECK_EQUAL(unbox(buffer->requested("duty_cycle", *robot)), 0.25);
  auto refused = buffer->requested("mode", *robot);
  CAF_CHECK(code_of(refused) == ec::robot_disabled);
  CAF_CHECK_EQUAL(text_of(refused),
                  "mode: the robot is disabled: not enabled yet");
  robot->enable();
  CAF_CHECK(buffer->write("mode", 3));
  CAF_CHECK_EQUAL(unbox(buffer->requested("mode", *robot)), 3);
  robot->disable("smoke");
  CAF_CHECK_EQUAL(unbox(buffer->requested("duty_cycle", *robot)), 0.25);
  CAF_CHECK_EQUAL(text_of(buffer->requested("mode", *robot)),
                  "mode: the robot is disabled: smoke");
  auto expected = device_value{{"duty_cycle", 0.25}, {"mode", nullptr}};
  CAF_CHECK_EQUAL(unbox(buffer->requests(*robot)), expected);
  // As after the end of its runtime.
  buffer->set_valid(false);
  CAF_CHECK_EQUAL(unbox(buffer->requested("duty_cycle", *robot)), 0.25);
  CAF_CHECK(code_of(buffer->requested("mode", *robot)) == ec::robot_disabled);
}

CAF_TEST(errors name the parameter) {
  auto robot = make_state();
  auto check = [&](const auto& result, ec code, const std::string& begin) {
    CAF_CHECK_EQUAL(code_of(result), code);
    CAF_CHECK_EQUAL(text_of(result).substr(0, begin.size()), begin);
  };
  check(buffer->get("sped"), ec::unknown_parameter, "sped: ");
  check(buffer->set("sped", 1), ec::unknown_parameter, "sped: ");
  check(buffer->write("speed", 1), ec::access_refused, "speed: not writeable");
  check(buffer->requested("speed", *robot), ec::access_refused, "speed: ");
  check(buffer->get("mode"), ec::access_refused, "mode: not readable");
  check(buffer->set("speed", "fast"), ec::wrong_value, "speed: ");
  check(buffer->set("speed", std::nan("")), ec::wrong_value, "speed: ");
  check(buffer->write("mode", 0.5), ec::wrong_value, "mode: ");
  check(buffer->set("trace", device_value{1, 2}), ec::wrong_value, "trace: ");
  robot->enable();
  buffer->set_valid(false);
  check(buffer->get("speed"), ec::invalid_buffer, "speed: ");
  check(buffer->set("speed", 1), ec::invalid_buffer, "speed: ");
  check(buffer->write("mode", 1), ec::invalid_buffer, "mode: ");
  check(buffer->requested("mode", *robot), ec::invalid_buffer, "mode: ");
  CAF_CHECK(buffer->snapshot(buffer_block::update));
}

CAF_TEST(a refused value changes nothing) {
  CAF_CHECK(buffer->set("speed", 1.5));
  auto before = buffer->version(buffer_block::update);
  CAF_CHECK(!buffer->set("speed", std::nan("")));
  CAF_CHECK_EQUAL(get("speed"), 1.5);
  CAF_CHECK_EQUAL(buffer->version(buffer_block::update), before);
}

CAF_TEST(numbers out of range are clamped and the caller is told) {
  CAF_CHECK(unbox(buffer->set("duty_cycle", 7)) == value_fit::clamped);
  CAF_CHECK_EQUAL(get("duty_cycle"), 1.0);
  CAF_CHECK(
    unbox(buffer->set("duty_cycle", -std::numeric_limits<double>::infinity()))
    == value_fit::clamped);
  CAF_CHECK_EQUAL(get("duty_cycle"), -1.0);
  CAF_CHECK(unbox(buffer->set("duty_cycle", 1)) == value_fit::exact);
}

CAF_TEST(bytes are checked as values are) {
  auto index = unbox(buffer->find("duty_cycle"));
  auto store = [&](float value) {
    return buffer->store_bytes(buffer_block::update, index,
                               std::as_bytes(std::span{&value, 1}));
  };
  CAF_CHECK(unbox(store(0.5f)) == value_fit::exact);
  CAF_CHECK(unbox(store(2.f)) == value_fit::clamped);
  CAF_CHECK(!store(std::nanf("")));
  CAF_CHECK_EQUAL(get("duty_cycle"), 1.0);
  std::byte one{};
  CAF_CHECK(
    !buffer->store_bytes(buffer_block::update, index, std::span{&one, 1}));
  float seen = 0;
  CAF_CHECK(
    !buffer->get_bytes(index, std::as_writable_bytes(std::span{&seen, 1})));
  CAF_CHECK_EQUAL(seen, 1.f);
}

CAF_TEST(all values of a block are read at once) {
  CAF_CHECK(buffer->set("speed", 1.5));
  CAF_CHECK(buffer->set("duty_cycle", 0.5));
  std::vector<std::byte> out(buffer->values_size(buffer_block::update));
  CAF_CHECK(buffer->read_values(buffer_block::update, out.data()) == ec::none);
  auto at = buffer->offset_of(buffer_block::update,
                              unbox(buffer->find("duty_cycle")));
  CAF_REQUIRE(at);
  float seen = 0;
  std::memcpy(&seen, &out[*at], sizeof(seen));
  CAF_CHECK_EQUAL(seen, 0.5f);
  CAF_CHECK(
    !buffer->offset_of(buffer_block::update, unbox(buffer->find("mode"))));
  buffer->set_valid(false);
  CAF_CHECK(buffer->read_values(buffer_block::update, out.data())
            == ec::invalid_buffer);
}

CAF_TEST(a transaction is seen whole or not at all) {
  {
    auto change = unbox(buffer->begin());
    CAF_CHECK(change.set("speed", 2.5));
    CAF_CHECK(change.set("duty_cycle", 0.5));
    CAF_CHECK(!change.set("duty_cycle", "half"));
    CAF_CHECK_EQUAL(get("speed"), 0.0);
    change.commit();
  }
  CAF_CHECK_EQUAL(get("speed"), 2.5);
  CAF_CHECK_EQUAL(get("duty_cycle"), 0.5);
  CAF_CHECK_EQUAL(buffer->version(buffer_block::update), 1u);
  {
    auto undone = unbox(buffer->begin());
    CAF_CHECK(undone.set("speed", 3.5));
  }
  CAF_CHECK_EQUAL(get("speed"), 2.5);
  CAF_CHECK(buffer->set("duty_cycle", 0.75));
  CAF_CHECK_EQUAL(get("speed"), 2.5);
}

CAF_TEST(large arrays take part in transactions) {
  auto camera = make_private("camera", camera_type());
  auto picture = [](uint8_t shade) {
    auto bytes = device_value::binary_t{};
    bytes.resize(128 * 128 * 3, shade);
    return device_value::binary(bytes);
  };
  CAF_REQUIRE(camera->set("image", picture(1)));
  {
    auto undone = unbox(camera->begin());
    CAF_CHECK(undone.set("image", picture(2)));
    CAF_CHECK(undone.set("image", picture(3)));
  }
  auto shade = [&] { return unbox(camera->get("image"))[64][64][0]; };
  CAF_CHECK_EQUAL(shade(), 1);
  auto change = unbox(camera->begin());
  CAF_CHECK(change.set("image", picture(4)));
  CAF_CHECK(change.set("exposure", 9));
  CAF_CHECK(change.set("image", picture(5)));
  CAF_CHECK_EQUAL(shade(), 1);
  change.commit();
  CAF_CHECK_EQUAL(shade(), 5);
  CAF_CHECK_EQUAL(unbox(camera->get("exposure")), 9);
}

CAF_TEST(each reader learns what has changed since it looked) {
  CAF_CHECK(buffer->set("speed", 1.5));
  auto first = unbox(buffer->snapshot(buffer_block::update));
  CAF_CHECK_EQUAL(first.values_since(0), (device_value{{"speed", 1.5}}));
  CAF_CHECK_EQUAL(first.values_since(first.version()), device_value::object());
  CAF_CHECK(buffer->set("duty_cycle", 0.5));
  auto second = unbox(buffer->snapshot(buffer_block::update));
  CAF_CHECK_EQUAL(second.values_since(first.version()),
                  (device_value{{"duty_cycle", 0.5}}));
  auto only = std::vector{unbox(buffer->find("speed"))};
  CAF_CHECK_EQUAL(unbox(buffer->snapshot(buffer_block::update, only)).values(),
                  (device_value{{"speed", 1.5}}));
  CAF_CHECK_GREATER(second.last_change().count(), 0);
  CAF_CHECK(second.last_change()
            <= std::chrono::steady_clock::now().time_since_epoch());
}

CAF_TEST(a request is pending until that very request is acknowledged) {
  CAF_CHECK(unbox(buffer->pending_writes()).empty());
  CAF_CHECK(buffer->write("duty_cycle", 0.5));
  auto first = unbox(buffer->pending_writes());
  CAF_REQUIRE_EQUAL(first.size(), 1u);
  CAF_CHECK_EQUAL(first[0].index, unbox(buffer->find("duty_cycle")));
  CAF_CHECK(buffer->write("duty_cycle", 0.75));
  buffer->acknowledge(first[0]);
  auto second = unbox(buffer->pending_writes());
  CAF_REQUIRE_EQUAL(second.size(), 1u);
  buffer->acknowledge(second[0]);
  CAF_CHECK(unbox(buffer->pending_writes()).empty());
  buffer->acknowledge(first[0]);
  CAF_CHECK(unbox(buffer->pending_writes()).empty());
}

CAF_TEST(reads are asked for once and subscriptions are as the catalog says) {
  CAF_CHECK(!buffer->request_read("speed"));
  CAF_CHECK(buffer->request_read("mode") == ec::access_refused);
  auto speed = unbox(buffer->find("speed"));
  CAF_CHECK(buffer->take_pending_reads() == std::vector{speed});
  CAF_CHECK(buffer->take_pending_reads().empty());
  auto trace = unbox(buffer->find("trace"));
  CAF_CHECK(buffer->subscribed(speed));
  CAF_CHECK(!buffer->subscribed(trace));
  buffer->subscribe(trace, true);
  buffer->subscribe(speed, false);
  CAF_CHECK(!buffer->subscribed(speed));
  CAF_CHECK(buffer->subscribed(trace));
}

CAF_TEST(a type may have a thousand parameters) {
  device_type many;
  many.name = "many";
  for (size_t i = 0; i < device_type::max_parameters; ++i) {
    parameter next;
    next.id = static_cast<uint16_t>(i);
    next.name = "p" + std::to_string(i);
    next.type.scalar = scalar_type::int32;
    many.parameters.push_back(std::move(next));
  }
  auto wide = unbox(shared_buffer::create(name_of("many"), many));
  for (size_t i = 0; i < many.parameters.size(); i += 41)
    CAF_REQUIRE(wide->set("p" + std::to_string(i), i));
  auto again = unbox(shared_buffer::open(name_of("many")));
  for (size_t i = 0; i < many.parameters.size(); i += 41)
    CAF_CHECK_EQUAL(unbox(again->get("p" + std::to_string(i))), i);
  CAF_CHECK(again->type() == many);
  CAF_CHECK(!again->request_read("p1000"));
  CAF_CHECK(wide->take_pending_reads() == std::vector<size_t>{1000});
}

CAF_TEST(two views of one object are one buffer) {
  auto name = name_of("everything");
  auto one = unbox(shared_buffer::create(name, everything()));
  auto two = unbox(shared_buffer::create(name, everything()));
  auto three = unbox(shared_buffer::open(name));
  CAF_CHECK(three->type() == everything());
  CAF_CHECK(one->set("flag", true));
  CAF_CHECK_EQUAL(unbox(two->get("flag")), true);
  CAF_CHECK_EQUAL(unbox(three->get("flag")), true);
  CAF_CHECK(!two->set_connected(true));
  CAF_CHECK(one->connected());
  three->set_valid(false);
  CAF_CHECK(!one->valid());
  CAF_CHECK(one->connected());
  CAF_CHECK(unbox(shared_buffer::create(name, everything()))->valid());
}

CAF_TEST(a buffer outlives those who made it until it is removed) {
  auto name = name_of("motor", 5);
  CAF_CHECK(unbox(shared_buffer::create(name, motor()))->set("speed", 1.5));
  auto again = unbox(shared_buffer::open(name, motor()));
  CAF_CHECK(again->valid());
  CAF_CHECK_EQUAL(unbox(again->get("speed")), 1.5);
  CAF_CHECK(!remove_buffer(name));
  CAF_CHECK(!again->valid());
  CAF_CHECK(code_of(shared_buffer::open(name)) == ec::unknown_device);
  CAF_CHECK(!remove_buffer(name));
}

CAF_TEST(the buffers of a prefix are told from those of a longer one) {
  auto mine = name_of("motor", 5);
  auto other = mine;
  other.prefix += "-a";
  auto gamepad = name_of("gamepad");
  CAF_CHECK(shared_buffer::create(mine, motor()));
  CAF_CHECK(shared_buffer::create(other, motor()));
  auto pad = gamepad_type();
  CAF_CHECK(shared_buffer::create(gamepad, pad));
  auto found = list_buffers(mine.prefix);
  CAF_CHECK(found == (std::vector{gamepad, mine}));
  CAF_CHECK_EQUAL(remove_buffers(mine.prefix), 2u);
  CAF_CHECK(shared_buffer::open(other));
  CAF_CHECK_EQUAL(remove_buffers(other.prefix), 1u);
}

CAF_TEST(names are checked) {
  auto make = [&](std::string beginning, device_uid uid) {
    return code_of(
      shared_buffer::create({std::move(beginning), {"motor", uid}}, motor()));
  };
  auto uid = device_uid{13, 0, 5};
  CAF_CHECK(make("", uid) == ec::unknown_device);
  CAF_CHECK(make("a/b", uid) == ec::unknown_device);
  CAF_CHECK(make(std::string(33, 'a'), uid) == ec::unknown_device);
  CAF_CHECK(make("rr", {12, 0, 5}) == ec::unknown_device);
  CAF_CHECK_EQUAL(to_string(buffer_name{"rr", {"gamepad", {0, 0, 2}}}),
                  "rr-gamepad-2");
}

CAF_TEST(no bytes go to a buffer that is invalid) {
  auto index = unbox(buffer->find("duty_cycle"));
  auto store = [&](float value) {
    return buffer->store_bytes(buffer_block::write, index,
                               std::as_bytes(std::span{&value, 1}));
  };
  CAF_CHECK(store(0.5f));
  auto version = buffer->version(buffer_block::write);
  buffer->set_valid(false);
  CAF_CHECK(code_of(store(0.25f)) == ec::invalid_buffer);
  CAF_CHECK(code_of(store(7.f)) == ec::invalid_buffer);
  CAF_CHECK_EQUAL(buffer->version(buffer_block::write), version);
  buffer->set_valid(true);
  CAF_CHECK(store(0.25f));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace shared_buffer_suite
