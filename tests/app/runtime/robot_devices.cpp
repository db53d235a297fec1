// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE robot_devices

#include "app/runtime/robot_devices.hpp"

#include "app/runtime/host.hpp"
#include "tests/support/counted_memory.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace robot_devices_suite {
namespace {

/// What the pull of a program's cord allocates on the thread that pulls, with
/// or without devices that it disables.
size_t allocated_by_pull(bool with_devices) {
  auto opts = options::read({"--device.shared=false"}, {});
  auto log = unbox(log_dispatcher::make(1, {}));
  host program{opts, log};
  auto devices = unbox(robot_devices::make(opts, catalog{}, program.log()));
  if (with_devices)
    devices->disable_by(program);
  // Longer than what a string has room for in itself.
  std::string process(100, 'p');
  auto before = test::allocations();
  program.cord().pull({process, "", 255});
  return test::allocations() - before;
}

} // namespace

CAF_TEST(to disable the robot before a stop allocates nothing) {
  // What is made once for all.
  allocated_by_pull(false);
  auto without = allocated_by_pull(false);
  CAF_CHECK_NOT_EQUAL(without, 0u);
  CAF_CHECK_EQUAL(allocated_by_pull(true), without);
}

} // namespace robot_devices_suite
