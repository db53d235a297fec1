// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>

#include <nlohmann/json.hpp>

namespace rr {

/// The value of a payload that `check_cbor_form` has accepted, and of no other:
/// nothing is checked again. The same value as nlohmann's decoder makes, in
/// half the time. May throw `std::bad_alloc`.
nlohmann::json read_checked_cbor(std::span<const std::byte> payload);

} // namespace rr
