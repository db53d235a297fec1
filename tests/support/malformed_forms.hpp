// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/call/remote_call.hpp"

namespace rr {

/// A message that nobody should take for a call: what follows the recipient's
/// identity, frame by frame. A well-formed one is a single payload.
struct malformed_form {
  std::string name;
  std::vector<std::string> frames;
  /// Whether it begins as the request 1 does, so that a service answers it with
  /// an error.
  bool is_request = false;

  /// Whether a router, to which payloads are opaque, passes it on.
  bool is_routed() const {
    return frames.size() == 1;
  }
};

inline std::string cbor_text(const json& value) {
  auto bytes = json::to_cbor(value);
  return {bytes.begin(), bytes.end()};
}

/// Forms that are wrong for a router, by their frames.
inline std::vector<malformed_form> frame_forms() {
  auto call = cbor_text({0, 1, "echo", {"x"}});
  return {
    {"no payload", {}},
    {"two payloads", {call, call}},
    {"an empty frame before the payload", {"", call}},
    {"an empty frame after the payload", {call, ""}},
    {"two empty frames", {"", ""}},
    {"an identity too many", {"somebody", "else", call}},
    {"a thousand frames", std::vector<std::string>(1000, "x")},
  };
}

/// Forms that are wrong for a client or a service, by their payload.
inline std::vector<malformed_form> payload_forms() {
  std::vector<malformed_form> result;
  auto add = [&](std::string name, std::string payload) {
    result.push_back({std::move(name), {std::move(payload)}});
  };
  auto add_json = [&](std::string name, const json& value) {
    add(std::move(name), cbor_text(value));
  };
  auto add_request = [&](std::string name, std::string payload) {
    result.push_back({std::move(name), {std::move(payload)}, true});
  };
  auto add_json_request = [&](std::string name, const json& value) {
    add_request(std::move(name), cbor_text(value));
  };
  auto list = json::array();
  auto map = json::object();
  add("empty", "");
  add("not CBOR", "\xff");
  add("a text that is not CBOR", "not CBOR at all");
  add("JSON", R"([0, 1, "echo", ["x"]])");
  add_json("a number", 0);
  add_json("null", nullptr);
  add_json("a text", "request");
  add_json("a map", map);
  add_json("an empty array", list);
  add_json("a type alone", {0});
  add_json_request("a request too short", {0, 1, "echo"});
  add_json_request("a request too long", {0, 1, "echo", list, 1});
  add_json("an id below zero", {0, -1, "echo", list});
  add_json("an id of 33 bits", {0, uint64_t{1} << 32, "echo", list});
  add_json("an id of 64 bits", {0, UINT64_MAX, "echo", list});
  add_json("an id with a fraction", {0, 1.5, "echo", list});
  add_json("an id that is a text", {0, "1", "echo", list});
  add_json("an id that is null", {0, nullptr, "echo", list});
  add_json("a method that is bytes", {0, 1, json::binary({'a'}), list});
  add_json("a method that is a number", {0, 1, 5, list});
  add_json("a method that is null", {0, 1, nullptr, list});
  add_json_request("arguments that are a map", {0, 1, "echo", map});
  add_json_request("arguments that are null", {0, 1, "echo", nullptr});
  add_json_request("arguments that are a text", {0, 1, "echo", "x"});
  add_json("a response too short", {1, 1, nullptr});
  add_json("a response too long", {1, 1, nullptr, 5, 5});
  add_json("a response with error and result", {1, 1, {"wrong", map}, 5});
  add_json("a response whose error is a text", {1, 1, "wrong", nullptr});
  add_json("a response whose context is a text", {1, 1, {"wrong", "x"}, 0});
  add_json("a notification too short", {2, "tell"});
  add_json("a notification too long", {2, "tell", list, 1});
  add_json("a notification of a number", {2, 5, list});
  add_json("an unknown type", {3, 1, "echo", list});
  add_json("a type below zero", {-1, 1, "echo", list});
  add_json("a type that is a text", {"0", 1, "echo", list});
  add_json("a type with a fraction", {0.0, 1, "echo", list});
  auto whole = cbor_text({0, 1, "echo", {"x"}});
  add_request("cut short", whole.substr(0, whole.size() - 1));
  add_request("something after the end", whole + '\0');
  for (auto head : {0x81, 0x9f, 0xbf, 0x5f, 0x7f, 0xc1})
    add("100,000 bytes of " + std::to_string(head),
        std::string(100'000, static_cast<char>(head)));
  add("nested 10,000 deep", std::string(10'000, '\x81') + '\0');
  add_request("nested 33 deep", std::string("\x84\x00\x01\x64"
                                            "echo",
                                            8)
                                  + std::string(33, '\x81') + '\0');
  add("a map of 2^60 entries", std::string("\xbb\x10\0\0\0\0\0\0\0", 9));
  add("an array of 2^28 items", std::string("\x9a\x10\0\0\0", 5));
  add_request("bytes beyond the end",
              std::string("\x84\0\1\x64"
                          "echo\x81\x5a\x7f\xff\xff\xff",
                          14));
  add("a method that is not UTF-8",
      std::string("\x84\0\1\x63\xff\xff\xff\x80", 8));
  add_request("a key twice", std::string("\x84\0\1\x64"
                                         "echo\x81\xa2\x61k\1\x61k\2",
                                         16));
  add_request("a key that is a number", std::string("\x84\0\1\x64"
                                                    "echo\x81\xa1\1\2",
                                                    12));
  add_request("a tag", std::string("\x84\0\1\x64"
                                   "echo\x81\xc1\0",
                                   11));
  add_request("an integer beyond 64 bits",
              std::string("\x84\0\1\x64"
                          "echo\x81\x3b\xff\xff\xff\xff\xff\xff\xff\xff",
                          18));
  add_request("2 MiB", cbor_text({0, 1, "echo", {std::string(2 << 20, 'x')}}));
  return result;
}

/// All of them. One more is wrong for a service only, a response; and one for a
/// client, a request.
inline std::vector<malformed_form> malformed_forms() {
  auto result = frame_forms();
  for (auto& form : payload_forms())
    result.push_back(std::move(form));
  return result;
}

} // namespace rr
