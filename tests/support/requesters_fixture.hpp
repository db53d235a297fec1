// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <poll.h>

#include "bridges/buffer/requesters.hpp"
#include "tests/support/buffer_fixture.hpp"
#include "tests/support/forked.hpp"

#include <caf/test/dsl.hpp>

namespace rr::test {

using clock_type = std::chrono::steady_clock;

/// A motor whose safe duty cycle is 0.25, and whose mode has no safe value.
struct requesters_fixture : buffer_fixture {
  buffer_name name = name_of("motor", 7);
  /// Whose heartbeat nobody has to renew.
  std::unique_ptr<robot_state> robot
    = std::move(*robot_state::make_private(robot_state::max_patience));
  shared_buffer::pointer buffer = open(motor());

  requesters_fixture() {
    robot->enable();
  }

  shared_buffer::pointer open(const device_type& type) const {
    auto result = shared_buffer::create(name, type);
    if (!result)
      throw std::runtime_error{describe(result.error())};
    return *result;
  }

  device_value requested(const char* parameter) const {
    auto result = buffer->requested(parameter, *robot);
    return result ? *result : device_value(describe(result.error()));
  }

  /// The same of all at once; null where there is none.
  device_value request(const char* parameter) const {
    auto all = unbox(buffer->requests(*robot));
    return all[parameter];
  }

  /// How long it takes until a parameter reads so; fails after twenty seconds.
  clock_type::duration wait_for(const char* parameter,
                                const device_value& value) const {
    auto start = clock_type::now();
    while (requested(parameter) != value) {
      if (clock_type::now() - start > std::chrono::seconds{20})
        CAF_FAIL(parameter << " stays " << requested(parameter));
      ::poll(nullptr, 0, 1);
    }
    return clock_type::now() - start;
  }

  /// Another process that requests a value and waits.
  forked requesting(const char* parameter, device_value value) const {
    return forked{[=, this]() -> int {
      if (!buffer->write(parameter, value))
        return 1;
      for (;;)
        ::pause();
    }};
  }

  layout::requesters& table(memory_segment& segment) const {
    segment = unbox(memory_segment::open(requesters_name(prefix)));
    return *reinterpret_cast<layout::requesters*>(segment.bytes().data());
  }
};

} // namespace rr::test
