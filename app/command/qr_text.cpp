// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/qr_text.hpp"

#include <dlfcn.h>
#include <qrencode.h>

#include <memory>

namespace rr {

namespace {

/// Light modules around the code.
constexpr int margin = 2;

/// Loaded by the one command that draws, and no other.
struct qr_library {
  decltype(&::QRcode_encodeString8bit) encode = nullptr;
  decltype(&::QRcode_free) free = nullptr;

  qr_library() {
    auto library = ::dlopen("libqrencode.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
      return;
    encode = reinterpret_cast<decltype(encode)>(
      ::dlsym(library, "QRcode_encodeString8bit"));
    free = reinterpret_cast<decltype(free)>(::dlsym(library, "QRcode_free"));
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
  std::string result;
  qr_library library;
  if (!library.encode || !library.free)
    return result;
  std::unique_ptr<QRcode, decltype(library.free)> code{
    library.encode(text.c_str(), 0, QR_ECLEVEL_L), library.free};
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
