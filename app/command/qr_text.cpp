// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/qr_text.hpp"

#include <qrencode.h>

#include <memory>

namespace rr {

namespace {

/// Light modules around the code.
constexpr int margin = 2;

struct free_code {
  void operator()(QRcode* x) const noexcept {
    ::QRcode_free(x);
  }
};

/// @param upper and `lower` whether the block is to be inked.
const char* half_block(bool upper, bool lower) noexcept {
  if (upper && lower)
    return "\u2588";
  return upper ? "\u2580" : lower ? "\u2584" : " ";
}

} // namespace

std::string qr_text(const std::string& text, bool colours) {
  std::unique_ptr<QRcode, free_code> code{
    ::QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L)};
  std::string result;
  if (!code)
    return result;
  auto is_dark = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < code->width && y < code->width
           && (code->data[y * code->width + x] & 1) != 0;
  };
  for (auto y = -margin; y < code->width + margin; y += 2) {
    result += colours ? "\x1b[30;107m" : "";
    for (auto x = -margin; x < code->width + margin; ++x)
      result += half_block(is_dark(x, y) == colours,
                           is_dark(x, y + 1) == colours);
    result += colours ? "\x1b[0m\n" : "\n";
  }
  return result;
}

} // namespace rr
