// SPDX-License-Identifier: BSD-3-Clause

// The check of form by itself, against what the decoder makes of what it has
// let pass.

#include "messages/cbor/cbor_form.hpp"

#include "messages/cbor/cbor_value.hpp"
#include "messages/error.hpp"
#include "messages/json.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

/// Arrays and maps inside one another, the outermost counted.
size_t depth_of(const json& value) {
  size_t result = 0;
  if (!value.is_structured())
    return result;
  for (const auto& each : value)
    result = std::max(result, depth_of(each));
  return result + 1;
}

bool passes(fuzz::input bytes, cbor_limits limits) {
  return !check_cbor_form(bytes, limits);
}

} // namespace

FUZZ_TARGET(cbor) {
  constexpr size_t most = 65536;
  auto passed = passes(bytes, {most, 32});
  require(passed || !passes(bytes, {most, 1000}),
          "no limit lets more than 32 levels pass");
  if (!passed)
    return;
  auto value = read_checked_cbor(bytes);
  auto depth = depth_of(value);
  require(passes(bytes, {bytes.size(), depth}), "limits are what may be there");
  require(depth == 0 || !passes(bytes, {most, depth - 1}),
          "levels are counted");
  require(!passes(bytes, {bytes.size() - 1, 32}), "bytes are counted");
  require(!passes(bytes.first(bytes.size() - 1), {most, 32}),
          "what is cut short is refused");
  auto written = json::to_cbor(value);
  auto again = std::as_bytes(std::span{written});
  require(passes(again, {2 * most, 32}), "what was written passes");
  require(json::to_cbor(read_checked_cbor(again)) == written,
          "what was written is read as it was");
}
