// SPDX-License-Identifier: BSD-3-Clause

// What any payload must leave true of the check of form and of the messages of
// remote calls.

#include "messages/call/remote_call.hpp"
#include "messages/cbor/cbor_value.hpp"
#include "messages/error.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

/// Small enough for a fuzzer to reach it.
constexpr cbor_limits call_limits = {4096, 32};

/// Messages are compared as written: NaN is not equal to itself.
void check_round_trip(const call_message& message) {
  auto written = encode(message);
  auto again = decode(std::as_bytes(std::span{written}), {65536, 32});
  require(static_cast<bool>(again), "what was encoded can be decoded");
  require(encode(*again) == written, "what was decoded is what was encoded");
}

} // namespace

FUZZ_TARGET(remote_call) {
  auto problem = check_cbor_form(bytes, call_limits);
  auto message = decode(bytes, call_limits);
  auto id = id_of_request(bytes);
  if (message) {
    auto call = std::get_if<request>(&*message);
    require(id == (call ? std::optional{call->id} : std::nullopt),
            "a request can be answered, and nothing else");
  }
  if (problem) {
    require(!message, "what is malformed is not decoded");
    require(problem == ec::malformed, "a bad form is malformed");
    require(!describe(problem).empty(), "an error has a text");
    return;
  }
  auto value = json::from_cbor(bytes.begin(), bytes.end(), true, false);
  require(!value.is_discarded(), "a good form can be decoded");
  require(json::to_cbor(read_checked_cbor(bytes)) == json::to_cbor(value),
          "both decoders make the same value");
  if (message)
    check_round_trip(*message);
  else
    require(message.error() == ec::malformed, "a bad message is malformed");
}
