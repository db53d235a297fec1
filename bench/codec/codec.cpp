// SPDX-License-Identifier: BSD-3-Clause

// Times the codec of remote calls for `bench_codec.py`: takes a message as
// hexadecimal digits, and for each number N on standard input checks, encodes
// and decodes it N times and prints the nanoseconds of one of each.

#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>

#include "messages/call/remote_call.hpp"
#include "messages/error.hpp"

using namespace rr;

namespace {

template <class F>
double nanoseconds(long count, F f) {
  auto start = std::chrono::steady_clock::now();
  for (long i = 0; i < count; ++i)
    f();
  std::chrono::duration<double, std::nano> spent
    = std::chrono::steady_clock::now() - start;
  return spent.count() / static_cast<double>(count);
}

std::vector<uint8_t> bytes_of(std::string_view digits) {
  std::vector<uint8_t> result(digits.size() / 2);
  for (size_t i = 0; i < result.size(); ++i)
    std::from_chars(digits.data() + 2 * i, digits.data() + 2 * i + 2, result[i],
                    16);
  return result;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s HEX\n", argv[0]);
    return 2;
  }
  auto payload = bytes_of(argv[1]);
  auto view = std::as_bytes(std::span{payload});
  auto message = decode(view, {});
  if (!message) {
    std::fprintf(stderr, "%s\n", describe(message.error()).c_str());
    return 1;
  }
  std::vector<uint8_t> out;
  size_t failures = 0;
  for (long count; std::cin >> count;) {
    auto check = nanoseconds(count, [&] {
      if (check_cbor_form(view, {}))
        ++failures;
    });
    auto written = nanoseconds(count, [&] {
      out.clear();
      encode(*message, out);
    });
    auto read = nanoseconds(count, [&] {
      if (!decode(view, {}))
        ++failures;
    });
    std::printf("%.1f %.1f %.1f\n", check, written, read);
    std::fflush(stdout);
  }
  return failures == 0 ? 0 : 1;
}
