// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include <nlohmann/json.hpp>

#include "messages/cbor/cbor_head.hpp"

namespace rr {

/// The value of a payload that `check_cbor_form` has accepted, and of no other:
/// nothing is checked again. The same value as nlohmann's decoder makes, in
/// half the time. May throw `std::bad_alloc`.
nlohmann::json read_checked_cbor(std::span<const std::byte> payload);

/// The number of a half, single or double float; none of another simple value.
/// @pre its type is `simple_or_float`.
/// @relates cbor_head
std::optional<double> to_float(const cbor_head& head) noexcept;

} // namespace rr
