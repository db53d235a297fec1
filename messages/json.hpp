// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json.hpp>

namespace rr {

/// Any value that a remote call can carry: what CBOR and JSON have in common,
/// and byte strings (`json::binary`).
using json = nlohmann::json;

} // namespace rr
