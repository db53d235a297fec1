// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE gamepad_buffers

#include "bridges/control/gamepad_buffers.hpp"

#include <caf/test/dsl.hpp>

#include "bridges/buffer/buffer_transaction.hpp"
#include "bridges/buffer/memory_segment.hpp"
#include "messages/error.hpp"
#include "tests/support/buffer_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace gamepad_buffers_suite {
namespace {

using test_clock = std::chrono::steady_clock;

struct fixture : buffer_fixture {
  std::shared_ptr<buffer_registry> buffers;
  std::unique_ptr<gamepad_buffers> aut;

  fixture() {
    prefix += "-gamepads";
    buffer_registry_settings settings;
    settings.prefix = prefix;
    settings.types = catalog{{gamepad_type()}};
    settings.robot = make_state();
    buffers = std::make_shared<buffer_registry>(std::move(settings));
    aut = std::make_unique<gamepad_buffers>(buffers);
  }

  ~fixture() {
    buffers->close_all();
  }

  caf::error write(uint8_t index, double lx) {
    return aut->write(index, {{lx, 0, 0, 0}, 1});
  }

  /// As another process has it.
  shared_buffer::pointer open(uint8_t index) const {
    return unbox(shared_buffer::open(name_of("gamepad", index)));
  }

  double lx(uint8_t index) const {
    return unbox(open(index)->get("joystick_left_x")).get<double>();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(gamepad_buffers_tests, fixture)

CAF_TEST(a state is shown and so is that nobody holds the gamepad) {
  CAF_CHECK_EQUAL(write(3, 0.5), caf::none);
  auto seen = open(3);
  CAF_CHECK(seen->connected());
  CAF_CHECK_EQUAL(lx(3), 0.5);
  CAF_CHECK_EQUAL(unbox(seen->get("button_a")), true);
  CAF_CHECK_EQUAL(aut->neutral(3), caf::none);
  CAF_CHECK(!seen->connected());
  CAF_CHECK_EQUAL(lx(3), 0.0);
  CAF_CHECK_EQUAL(unbox(seen->get("button_a")), false);
}

CAF_TEST(another writer that does not come to its end holds up no gamepad) {
  for (uint8_t i = 0; i < gamepad_count; ++i)
    CAF_REQUIRE_EQUAL(write(i, 0.5), caf::none);
  {
    // As of a program that was stopped at it.
    auto other = open(0);
    auto kept = unbox(other->begin());
    auto start = test_clock::now();
    for (auto round = 0; round < 10; ++round) {
      CAF_CHECK(write(0, 0.75) == ec::overloaded);
      CAF_CHECK(aut->neutral(0) == ec::overloaded);
      for (uint8_t i = 1; i < gamepad_count; ++i)
        CAF_CHECK_EQUAL(write(i, 0.75), caf::none);
    }
    // For as long as a writer waits for one alone.
    CAF_CHECK(test_clock::now() - start < 2 * process_lock::patience);
  }
  CAF_CHECK_EQUAL(lx(0), 0.5);
  CAF_CHECK_EQUAL(lx(1), 0.75);
  CAF_CHECK_EQUAL(aut->neutral(0), caf::none);
  CAF_CHECK_EQUAL(lx(0), 0.0);
}

CAF_TEST(a gamepad whose object was deleted is made again) {
  CAF_CHECK_EQUAL(write(0, 0.5), caf::none);
  auto before = open(0);
  CAF_CHECK_EQUAL(remove_segment(to_string(name_of("gamepad"))), caf::none);
  buffers->valid();
  CAF_CHECK(!before->valid());
  CAF_CHECK_EQUAL(write(0, 0.75), caf::none);
  CAF_CHECK_EQUAL(lx(0), 0.75);
  CAF_CHECK(open(0)->connected());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace gamepad_buffers_suite
