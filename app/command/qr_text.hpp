// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace rr {

/// A QR code of a text, for a terminal: lines of half blocks, two rows of the
/// code each, with the light margin that readers need. Empty where the text is
/// too long for one, or libqrencode is not installed.
/// @param colours whether the terminal takes them: black on white then, else
///                light on dark, as most terminals are.
std::string qr_text(const std::string& text, bool colours);

} // namespace rr
