// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <caf/expected.hpp>

#include "app/config/options.hpp"
#include "app/runtime/robot_devices.hpp"
#include "bridges/black_box/black_box.hpp"
#include "bridges/log/event_log.hpp"
#include "messages/record/run_record.hpp"

namespace rr {

/// How long the end of the process waits for a black box at most.
constexpr std::chrono::milliseconds black_box_patience{1000};

/// The black box that `[record]` describes.
/// @param devices whose values are kept; null for none.
/// @returns null where none is to be kept; `ec::system_error` when there is no
///          thread left.
caf::expected<std::shared_ptr<black_box>>
make_black_box(const options& opts, const run_start& run,
               const robot_devices* devices, const event_log& log);

} // namespace rr
