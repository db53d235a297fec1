// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <caf/expected.hpp>

#include "app/config/options.hpp"
#include "app/peer/device_buffers.hpp"

namespace rr {

class host;
class robot_devices;

/// Whether a runtime has started this program, or what started it.
bool under_runtime() noexcept;

/// The devices of the options' catalog: the runtime's where there is one, whose
/// they stay; else this program's own.
/// @param own set when they are this program's own: the robot is disabled by
///            the owner's cord then, and the buffers end with the owner.
/// @returns `ec::bad_configuration` without a catalog or with a bad one; errors
///          as `robot_devices::make`.
caf::expected<std::shared_ptr<device_buffers::source>>
open_devices(const options& opts, host& owner,
             std::unique_ptr<robot_devices>& own);

} // namespace rr
