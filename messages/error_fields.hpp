// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include <caf/error.hpp>
#include <caf/make_message.hpp>

#include "messages/error.hpp"
#include "messages/log_event.hpp"

namespace rr {

/// An `ec::system_error` that carries, beside its text, what it was about: an
/// address and a number of `errno.h`; empty and zero for none.
caf::error system_error_about(std::string text, std::string_view address,
                              int errno_value = 0);

/// What an event says of an error: `error`, its text, and `address` and `errno`
/// where it carries them.
log_fields error_fields(const caf::error& what);

} // namespace rr
