// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <unistd.h>

#include <memory>
#include <string>

#include <caf/test/dsl.hpp>

#include "bridges/black_box/device_sampler.hpp"
#include "tests/support/buffer_fixture.hpp"

namespace rr {

/// A motor that is called `left`, in memory of this process alone.
struct private_motor {
  std::shared_ptr<buffer_registry> buffers;
  std::shared_ptr<const robot_state> robot;
  buffer_handle device;

  private_motor() {
    auto state = robot_state::make_private();
    CAF_REQUIRE(state);
    robot = std::move(*state);
    buffer_registry_settings how;
    how.prefix = "t" + std::to_string(::getpid());
    how.shared = false;
    how.types = catalog{{buffer_fixture::motor()}};
    how.robot = robot;
    buffers = std::make_shared<buffer_registry>(std::move(how));
    auto opened = buffers->open({"motor", uid()});
    CAF_REQUIRE(opened);
    device = std::move(*opened);
  }

  static device_uid uid() {
    device_uid result;
    result.device_id = 13;
    result.random = 5;
    return result;
  }

  std::unique_ptr<device_sampler> sampler() const {
    return std::make_unique<device_sampler>(buffers, robot,
                                            device_names{{"left", uid()}});
  }
};

} // namespace rr
