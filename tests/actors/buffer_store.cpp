// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE buffer_store

#include "actors/buffer_store.hpp"

#include "tests/support/buffer_fixture.hpp"

#include "tests/support/actor_fixture.hpp"

using namespace rr;

namespace buffer_store_suite {
namespace {

constexpr device_uid left_arm{13, 1, 99};

struct fixture : actor_fixture {
  std::shared_ptr<buffer_registry> buffers;
  buffer_store_actor store;

  fixture() {
    buffer_registry_settings settings;
    settings.shared = false;
    settings.types
      = catalog{{buffer_fixture::motor(), buffer_fixture::gamepad_type()}};
    settings.robot
      = std::shared_ptr<robot_state>{std::move(*robot_state::make_private())};
    settings.log = log;
    buffers = std::make_shared<buffer_registry>(std::move(settings));
    store = sys.spawn(buffer_store, buffers,
                      device_names{{"left-arm", left_arm}}, log);
    sched.run();
  }

  ~fixture() override {
    caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
    sched.run();
  }

  template <class Device>
  buffer_handle open(Device device) {
    buffer_handle result;
    auto pending = self->request(store, caf::infinite, atom::open_v, device);
    sched.run();
    pending.receive([&](const buffer_handle& x) { result = x; },
                    [&](caf::error& what) { CAF_FAIL(describe(what)); });
    return result;
  }

  std::vector<device_key> list() {
    std::vector<device_key> result;
    auto pending = self->request(store, caf::infinite, atom::list_v);
    sched.run();
    pending.receive([&](const device_keys& x) { result = x.keys; },
                    [&](caf::error& what) { CAF_FAIL(describe(what)); });
    return result;
  }

  const device_key arm{"motor", left_arm};
};

/// What was read, or the error's text.
json read(const caf::expected<device_value>& result) {
  return result ? *result : json(describe(result.error()));
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(buffer_store_tests, fixture)

CAF_TEST(a device is opened however it is told and its handle needs no actor) {
  auto by_name = open(std::string{"left-arm"});
  auto by_uid = open(to_hex(left_arm));
  auto by_key = open(arm);
  CAF_CHECK_EQUAL(by_name.key(), arm);
  CAF_CHECK(by_name.set("speed", 3.5));
  CAF_CHECK_EQUAL(read(by_uid.get("speed")), 3.5);
  CAF_CHECK_EQUAL(read(by_key.get("speed")), 3.5);
  CAF_CHECK_EQUAL(open(std::string{"gamepad:1"}).key().type, "gamepad");
}

CAF_TEST(what is no device is an error that names it) {
  auto fault = [this](auto device) {
    return request_error<buffer_handle>(store, atom::open_v, device);
  };
  auto what = fault(std::string{"right-arm"});
  CAF_CHECK(what == ec::unknown_device);
  CAF_CHECK(describe(what).starts_with("right-arm is no device"));
  CAF_CHECK(fault(std::string{"lidar:0"}) == ec::unknown_device);
  CAF_CHECK(fault(device_key{"lidar", {}}) == ec::unknown_device);
  CAF_CHECK(list().empty());
}

CAF_TEST(it knows which buffers are valid) {
  CAF_CHECK(list().empty());
  auto motor = open(arm);
  auto gamepad = open(std::string{"gamepad:0"});
  CAF_CHECK_EQUAL(list(), (std::vector<device_key>{gamepad.key(), arm}));
  motor.buffer().set_valid(false);
  CAF_CHECK_EQUAL(list(), std::vector<device_key>{gamepad.key()});
}

CAF_TEST(a buffer that is closed is invalid for whoever has a handle) {
  auto motor = open(arm);
  inject((atom::close, device_key),
         from(self).to(store).with(atom::close_v, arm));
  CAF_CHECK(!motor.buffer().valid());
  CAF_CHECK(motor.set("speed", 1.0).error() == ec::invalid_buffer);
  CAF_CHECK(request_error<>(store, atom::close_v, arm) == ec::unknown_device);
}

CAF_TEST(its end is that of every buffer) {
  auto motor = open(arm);
  caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
  sched.run();
  CAF_CHECK(!motor.buffer().valid());
  CAF_CHECK(buffers->open(arm).error() == ec::robot_stopping);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace buffer_store_suite
