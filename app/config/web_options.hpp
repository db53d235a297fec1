// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <caf/expected.hpp>

#include "app/config/options.hpp"
#include "bridges/web/web_server.hpp"

namespace rr {

/// What `[web]` says, with the token of its file.
/// @pre `web.address` is not empty.
/// @returns an error where the token cannot be used.
caf::expected<web_settings> read_web_settings(const options& opts);

/// This machine, as those know it who come from elsewhere.
web_access::machine own_machine();

} // namespace rr
