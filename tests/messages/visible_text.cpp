// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE visible_text

#include "messages/visible_text.hpp"

#include "messages/utf8.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace visible_text_suite {

CAF_TEST(what can be seen is left as it is) {
  CAF_CHECK_EQUAL(visible_text("a \\ \" \u00e9 \u4e16 \U0001f916"),
                  "a \\ \" \u00e9 \u4e16 \U0001f916");
}

CAF_TEST(what cannot be seen or is obeyed becomes visible) {
  CAF_CHECK_EQUAL(visible_text("\t\n\r\x1b[31m\x7f"),
                  "\\t\\n\\r\\x1b[31m\\x7f");
  CAF_CHECK_EQUAL(visible_text(std::string_view{"\0", 1}), "\\x00");
  CAF_CHECK_EQUAL(visible_text("\u00a0\xc2\x85\u200b\u202e\u2066\ufeff\u3000"),
                  "\\u00a0\\u0085\\u200b\\u202e\\u2066\\ufeff\\u3000");
  CAF_CHECK_EQUAL(visible_text("\U000e0041"), "\\ue0041");
}

CAF_TEST(bytes that are no UTF - 8 are shown one by one) {
  CAF_CHECK_EQUAL(visible_text("caf\xe9"), "caf\\xe9");
  CAF_CHECK_EQUAL(visible_text("\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80"),
                  "\\xc0\\x80\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80");
  CAF_CHECK_EQUAL(visible_text("\xe4\xb8"), "\\xe4\\xb8");
}

CAF_TEST(a long text is cut between characters) {
  CAF_CHECK_EQUAL(visible_text("abc", 3), "abc");
  CAF_CHECK_EQUAL(visible_text("abcd", 3), "abc...");
  CAF_CHECK_EQUAL(visible_text("ab\u00e9", 3), "ab...");
}

CAF_TEST(characters have names and places) {
  CAF_CHECK_EQUAL(name_of_character("\tx"), "a tab (U+0009)");
  CAF_CHECK_EQUAL(name_of_character("\u00a0"), "a non-breaking space (U+00A0)");
  CAF_CHECK_EQUAL(name_of_character("\u2003"),
                  "a space that is not U+0020 (U+2003)");
  CAF_CHECK_EQUAL(name_of_character("\u202e"),
                  "a mark of writing direction (U+202E)");
  CAF_CHECK_EQUAL(name_of_character("\x01"), "a control character (U+0001)");
  CAF_CHECK_EQUAL(name_of_character("\xe9"), "a byte that is no UTF-8 (0xE9)");
  CAF_CHECK_EQUAL(name_of_character("\u00e9"), "`\u00e9` (U+00E9)");
  CAF_CHECK_EQUAL(find_suspect("a \u00e9\n\u00a0"), 5u);
  CAF_CHECK_EQUAL(find_suspect("a \u00e9\n"), std::string_view::npos);
  CAF_CHECK_EQUAL(column_of("\u00e9\u00e9x", 4), 3u);
  CAF_CHECK_EQUAL(column_of("xyz", 0), 1u);
  CAF_CHECK_EQUAL(column_of("\xff\xffz", 2), 3u);
}

CAF_TEST(the first character is taken as it is or not at all) {
  CAF_CHECK_EQUAL(first_character("\u00e9x").code, 0xe9u);
  CAF_CHECK_EQUAL(first_character("\U0001f916").code, 0x1f916u);
  CAF_CHECK_EQUAL(first_character("\U0001f916").size, 4u);
  CAF_CHECK_EQUAL(first_character("").size, 0u);
  CAF_CHECK_EQUAL(first_character("\xed\xa0\x80").size, 0u);
}

} // namespace visible_text_suite
