// SPDX-License-Identifier: BSD-3-Clause

// What any payload must leave true of the check of form and of the codec. With
// libFuzzer this is the whole program; `replay.cpp` runs it over the corpus.

#include <cstdio>
#include <cstdlib>

#include "messages/call/remote_call.hpp"
#include "messages/cbor/cbor_value.hpp"
#include "messages/error.hpp"

using namespace rr;

namespace {

/// Small enough for a fuzzer to reach it.
constexpr cbor_limits limits = {4096, 32};

void require(bool holds, const char* promise) {
  if (holds)
    return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

/// Messages are compared as written: NaN is not equal to itself.
void check_round_trip(const call_message& message) {
  auto written = encode(message);
  auto again = decode(std::as_bytes(std::span{written}), {65536, 32});
  require(static_cast<bool>(again), "what was encoded can be decoded");
  require(encode(*again) == written, "what was decoded is what was encoded");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto payload = std::as_bytes(std::span{data, size});
  auto problem = check_cbor_form(payload, limits);
  auto message = decode(payload, limits);
  auto id = id_of_request(payload);
  if (message) {
    auto call = std::get_if<request>(&*message);
    require(id == (call ? std::optional{call->id} : std::nullopt),
            "a request can be answered, and nothing else");
  }
  if (problem) {
    require(!message, "what is malformed is not decoded");
    require(problem == ec::malformed, "a bad form is malformed");
    require(!describe(problem).empty(), "an error has a text");
    return 0;
  }
  auto value = json::from_cbor(data, data + size, true, false);
  require(!value.is_discarded(), "a good form can be decoded");
  require(json::to_cbor(read_checked_cbor(payload)) == json::to_cbor(value),
          "both decoders make the same value");
  if (message)
    check_round_trip(*message);
  else
    require(message.error() == ec::malformed, "a bad message is malformed");
  return 0;
}
