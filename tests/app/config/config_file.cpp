// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE config_file

#include "app/config/config_file.hpp"

#include "messages/error.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace config_file_suite {
namespace {

/// Faults of the file and of its values, as `LINE [GROUP] KEY: TEXT`.
std::vector<std::string> faults_of(std::string_view text) {
  auto file = parse_config(text);
  std::vector<std::string> result;
  for (auto& x : file.faults)
    result.push_back(std::to_string(x.line) + " [" + x.group + "] " + x.key
                     + ": " + x.text);
  for (auto& x : file.entries)
    if (!x.fault.empty())
      result.push_back(std::to_string(x.line) + " [" + x.group + "] " + x.key
                       + ": " + x.fault);
  return result;
}

bool starts(const std::vector<std::string>& xs, size_t i, const char* prefix) {
  auto result = i < xs.size() && xs[i].starts_with(prefix);
  if (!result)
    CAF_MESSAGE("got " << caf::deep_to_string(xs));
  return result;
}

using texts = std::vector<std::string>;

} // namespace

CAF_TEST(sections and keys are recorded with their lines) {
  auto file = parse_config(
    "; manual\n[router]\nqueue = 5\n\n"
    "[process.cam]\ncommand = [\n\"a\"\n]\nx { b = 1 }\n");
  CAF_REQUIRE_EQUAL(file.sections.size(), 2u);
  CAF_CHECK_EQUAL(file.sections[0].line, 2u);
  CAF_CHECK_EQUAL(file.sections[1].name, "process.cam");
  CAF_CHECK_EQUAL(file.sections[1].line, 5u);
  CAF_REQUIRE_EQUAL(file.entries.size(), 3u);
  CAF_CHECK_EQUAL(file.entries[0].group, "router");
  CAF_CHECK_EQUAL(file.entries[0].value, caf::config_value{5});
  CAF_CHECK_EQUAL(file.entries[1].line, 6u);
  CAF_CHECK_EQUAL(file.entries[2].line, 9u);
  CAF_CHECK(file.faults.empty());
}

CAF_TEST(an error at the end of a line is told with that line) {
  CAF_CHECK(starts(faults_of("[a]\nx =\ny = 1\n"), 0, "2 [a] x: has no value"));
  CAF_CHECK(starts(faults_of("[a]\nx\ny = 1\n"), 0, "2 [a] x: `x`"));
  CAF_CHECK(starts(faults_of("[a]\nx = \"u\ny = 1\n"), 0, "2 [a] x: `\"u`"));
  CAF_CHECK(starts(faults_of("[a]\nx = [1,"), 0, "2 [a] x: the list"));
}

CAF_TEST(every error of syntax is told and what is between them is read) {
  auto text
    = "[a]\nx = debug\ny = 1\nz = 1.5s\n[b c]\nu = 1\n[d]\nv 2\nw = 3\n";
  auto faults = faults_of(text);
  CAF_CHECK_EQUAL(faults.size(), 4u);
  auto file = parse_config(text);
  texts good;
  for (auto& x : file.entries)
    if (x.fault.empty())
      good.push_back(x.group + '.' + x.key);
  CAF_CHECK_EQUAL(good, (texts{"a.y", "d.w"}));
  CAF_CHECK_EQUAL(file.faults[0].line, 5u);
  CAF_CHECK_EQUAL(file.faults[1].line, 8u);
}

CAF_TEST(a key that is given twice is told with both lines) {
  auto faults = faults_of("[a]\nx = 1\n\nx = 2\n[b]\nx = 1\n");
  CAF_CHECK_EQUAL(faults, (texts{"4 [a] x: is given twice, first in line 2"}));
  CAF_CHECK(starts(faults_of("[a]\nx = { b = 1, b = 2 }"), 0,
                   "2 [a] x: names `b` twice"));
}

CAF_TEST(a repeated section is a warning and a repeated process an error) {
  auto file
    = parse_config("[a]\nx = 1\n[a]\nx = 2\n[process.b]\n[process.b]\n");
  CAF_REQUIRE_EQUAL(file.faults.size(), 3u);
  CAF_CHECK(file.faults[0].is_warning);
  CAF_CHECK_EQUAL(file.faults[0].line, 3u);
  CAF_CHECK_EQUAL(file.faults[1].text, "is given twice, first in line 2");
  CAF_CHECK(!file.faults[2].is_warning);
  CAF_CHECK_EQUAL(file.faults[2].text, "is given twice, first in line 5");
}

CAF_TEST(numbers beyond 64 bits are told and never overflow) {
  for (auto number :
       {"99999999999999999999", "-99999999999999999999", "9223372036854775808",
        "0xfffffffffffffffff", "99999999999h", "9223372036854775807us",
        "153722867281min", "0x7fffffffffffffffs", "1.5e-2147483648"})
    CAF_CHECK_EQUAL(faults_of("[a]\nx = " + std::string{number}).size(), 1u);
  CAF_CHECK(faults_of("[a]\nx = 9223372036854775807").empty());
  CAF_CHECK(faults_of("[a]\nx = 9223372036854775807ns").empty());
  CAF_CHECK(faults_of("[a]\nx = \"99999999999h\"").empty());
  CAF_CHECK(starts(faults_of("[a]\nx = 99999999999h"), 0,
                   "2 [a] x: `99999999999h` is out of range"));
  CAF_CHECK(faults_of("[a]\nthread-pool-workers = 1").empty());
}

CAF_TEST(text behind a value or a header within a line is no new key) {
  CAF_CHECK(starts(faults_of("[a]\nx = 1 y = 2\n"), 0, "2 [a] x: more text"));
  CAF_CHECK(starts(faults_of("[a]\nx = 12x\n"), 0,
                   "2 [a] x: `12x` is neither a number nor a duration"));
  CAF_CHECK(starts(faults_of("[a]\nx = 1 [b]\n"), 0, "2 [a] x: more text"));
}

CAF_TEST(an error in a list of several lines is told with its own line) {
  auto faults = faults_of("[a]\nx = [1,\n2,\nfoo,\n3]\ny = 1\n");
  CAF_REQUIRE_EQUAL(faults.size(), 1u);
  CAF_CHECK_EQUAL(faults[0], "4 [a] x: `foo` is no value (text stands in "
                             "double quotes)");
}

CAF_TEST(a bracket in a text or comment closes no list) {
  auto file = parse_config("[a]\nx = [\"\\\"]\", foo, ; ]\n2]\ny = 1\n");
  CAF_CHECK(file.faults.empty());
  CAF_REQUIRE_EQUAL(file.entries.size(), 2u);
  CAF_CHECK_EQUAL(file.entries[0].line, 2u);
  CAF_CHECK_EQUAL(file.entries[1].key, "y");
}

CAF_TEST(a list that is not closed does not swallow the next section) {
  auto file = parse_config("[a]\nx = [1,\n[b]\ny = 1\n");
  CAF_REQUIRE_EQUAL(file.entries.size(), 2u);
  CAF_CHECK_EQUAL(file.entries[0].line, 2u);
  CAF_CHECK_EQUAL(file.entries[1].group, "b");
}

CAF_TEST(nesting without end is refused and not followed) {
  for (auto open : {"[", "{ a = ", "[\n", "{ a = [\n"}) {
    std::string text = "[a]\nx = ";
    for (int i = 0; i < 100'000; ++i)
      text += open;
    CAF_CHECK(starts(faults_of(text), 0, ""));
  }
  auto nested = [](size_t depth) {
    return "[a]\nx = " + std::string(depth, '[') + std::string(depth, ']');
  };
  CAF_CHECK(faults_of(nested(16)).empty());
  CAF_CHECK(starts(faults_of(nested(17)), 0, "2 [a] x: lists and maps nest"));
}

CAF_TEST(hostile bytes are told and crash nothing) {
  auto with_nul = std::string{"[a]\nx = 1\0\ny = 2\n[b]\nz = 1", 26};
  auto file = parse_config(with_nul);
  CAF_REQUIRE_EQUAL(file.faults.size(), 2u);
  CAF_CHECK_EQUAL(file.faults[0].line, 2u);
  // For whoever has told of the line already.
  CAF_CHECK(file.faults[1].is_text && file.faults[1].line == 2);
  CAF_CHECK_EQUAL(file.entries.size(), 2u);
  uint32_t seed = 1;
  for (int round = 0; round < 500; ++round) {
    std::string garbage = round % 2 ? "[a]\nx = " : "";
    constexpr std::string_view likely = "[]{}=\"\\;'\n\r <>.,-+019aesx\0\xff";
    for (int i = 0; i < 200; ++i) {
      seed = seed * 1664525 + 1013904223;
      garbage += round % 3 ? likely[(seed >> 16) % likely.size()]
                           : static_cast<char>(seed >> 24);
    }
    auto faults = faults_of(garbage);
    CAF_CHECK(faults.size() <= 200);
  }
}

CAF_TEST(long lines and many errors end in time) {
  CAF_CHECK(!faults_of(std::string(1024 * 1024, 'x')).empty());
  auto text = "[a]\nx = \"" + std::string(1024 * 1024, 'x') + "\"\n";
  CAF_CHECK(faults_of(text).empty());
  std::string many = "[a]\n";
  for (int i = 0; i < 50'000; ++i)
    many += "?\n";
  auto faults = faults_of(many);
  CAF_CHECK_EQUAL(faults.size(), 21u);
  CAF_CHECK(starts(faults, 20, "22 [] : too many errors of syntax"));
}

CAF_TEST(what is no number says so and where text was forgotten) {
  auto fault = [](const char* value) {
    auto all = faults_of("[a]\nx = " + std::string{value} + "\n");
    return all.size() == 1 ? all[0].substr(9) : caf::deep_to_string(all);
  };
  for (auto bad : {"-", "+", "0x", "0b2", "08", "5m", "5sec", "10k", "00.5"})
    CAF_CHECK_EQUAL(fault(bad), '`' + std::string{bad}
                                  + "` is neither a number nor a duration in "
                                    "ns, us, ms, s, min or h");
  CAF_CHECK_EQUAL(fault("127.0.0.1"), "`127.0.0.1` is no number (text stands "
                                      "in double quotes)");
  CAF_CHECK_EQUAL(fault("."), "`.` is no number (text stands in double "
                              "quotes)");
  for (auto bad : {"1.5s", ".5h"})
    CAF_CHECK_EQUAL(fault(bad), '`' + std::string{bad}
                                  + "` is a fraction of a unit (write 1500ms, "
                                    "not 1.5s)");
  CAF_CHECK_EQUAL(fault("[1, 0x]"), "`0x` is neither a number nor a duration "
                                    "in ns, us, ms, s, min or h");
  CAF_CHECK_EQUAL(fault("1e999"), "`1e999` is out of range");
  CAF_CHECK_EQUAL(fault("9223372036854775808"),
                  "`9223372036854775808` is beyond 64 bits");
  CAF_CHECK_EQUAL(fault("[\"b\", c d]"), "`c d` is no value (text stands in "
                                         "double quotes)");
  CAF_CHECK_EQUAL(fault("{ b = \"c }"), "`\"c }` lacks its closing quote");
  CAF_CHECK_EQUAL(fault("<a b>"), "`<a b>` is no URI");
  CAF_CHECK_EQUAL(fault("1 # one"), "a comment begins with `;`, not with `#`");
}

CAF_TEST(an empty file and the line ends of other systems are fine) {
  CAF_CHECK(faults_of("").empty());
  CAF_CHECK(faults_of("\n\n").empty());
  CAF_CHECK(faults_of("; comment").empty());
  auto file = parse_config("\xef\xbb\xbf[a]\r\nx = [1,\r\n2]\r\ny = \"z\"\r\n");
  CAF_CHECK(file.faults.empty());
  CAF_REQUIRE_EQUAL(file.entries.size(), 2u);
  CAF_CHECK_EQUAL(file.entries[1].value, caf::config_value{"z"});
}

CAF_TEST(what cannot be seen is named with its place) {
  auto only = [](std::string_view text) {
    auto all = faults_of(text);
    return all.size() == 1 ? all[0] : caf::deep_to_string(all);
  };
  auto ends = [](const std::string& text, std::string_view end) {
    if (!text.ends_with(end))
      CAF_MESSAGE("got " << text);
    return text.ends_with(end);
  };
  CAF_CHECK(ends(only("[a]\nx = [\"b\",\u00a0\"c\"]\n"),
                 ": a non-breaking space (U+00A0) in column 10"));
  CAF_CHECK(ends(only("[a]\nx = [\n  \"b\",\n\u200b\"c\"]\n"),
                 ": a zero-width space (U+200B) in column 1"));
  CAF_CHECK(
    only("[a]\nx = [\n  \"b\",\n\u200b\"c\"]\n").starts_with("4 [a] x"));
  CAF_CHECK(ends(only("[a]\nx = \u201crobot\u201d\n"),
                 ": a curly quote (U+201C) in column 5"));
  CAF_CHECK(ends(only("[a]\nx = \"robot\u201d\n"),
                 ": a curly quote (U+201D) in column 11"));
  CAF_CHECK(ends(only("[a]\nx\u00a0= 1\n"),
                 ": a non-breaking space (U+00A0) in column 2"));
  CAF_CHECK(ends(only("[a]\n\u202ax = 1\n"),
                 ": a mark of writing direction (U+202A) in column 1"));
  CAF_CHECK(ends(only("[a]\nx = 1\ry = 2\n"),
                 ": a carriage return (U+000D) in column 6"));
  CAF_CHECK(ends(only("[a]\nx = 1\u00a0\n"),
                 ": a non-breaking space (U+00A0) in column 6"));
  CAF_CHECK(
    ends(only("[a\u00a0]\n"), ": a non-breaking space (U+00A0) in column 3"));
  CAF_CHECK(ends(only({"[a]\nx = 1 ;\0\n", 13}),
                 "holds a NUL (U+0000) in column 8, expected text"));
  CAF_CHECK(starts(faults_of({"[a]\nx = \"\0\"\n", 12}), 1,
                   "2 [a] x: `\"\\x00\"` cannot be read: a NUL (U+0000) in "
                   "column 6"));
  CAF_CHECK(starts(faults_of({"[a]\nx = 1 \0\n", 12}), 0,
                   "2 [a] x: more text than one value, expected the end of "
                   "the line: a NUL (U+0000) in column 7"));
  CAF_CHECK(ends(only("[a]\nx = \"\u00fc\xe9\"\n"),
                 "holds a byte that is no UTF-8 (0xE9) in column 7, expected "
                 "UTF-8"));
  // What can be seen is told without.
  CAF_CHECK(ends(only("[a]\nx = [\"b\" \"c\"]\n"), "cannot be read"));
}

CAF_TEST(an escape sequence that is none is told also within a list) {
  CAF_CHECK(starts(faults_of("[a]\nx = \"a\\qb\"\n"), 0,
                   "2 [a] x: `\"a\\qb\"` has an escape sequence other than \\n "
                   "\\r \\t \\\\ \\\": `\\q` in column 7"));
  CAF_CHECK(starts(faults_of("[a]\nx = [\"a\",\n  \"\\x41\"]\n"), 0,
                   "3 [a] x: `\"\\x41\"` has an escape sequence other than \\n "
                   "\\r \\t \\\\ \\\": `\\x` in column 4"));
}

CAF_TEST(sections that are left stand in their lines alone) {
  auto text = "\ufeff[a]\nx = [\n[ b ]\r\ny = 1\nfoo\n[c]\n?\n[b]\nz = 2";
  std::vector<std::string> names{"b"};
  auto file = parse_config(only_sections(text, names));
  CAF_REQUIRE_EQUAL(file.faults.size(), 2u);
  CAF_CHECK_EQUAL(file.faults[0].line, 5u);
  CAF_CHECK(file.faults[1].is_warning);
  CAF_REQUIRE_EQUAL(file.entries.size(), 2u);
  CAF_CHECK_EQUAL(file.entries[0].line, 4u);
  CAF_CHECK_EQUAL(file.entries[1].line, 9u);
  CAF_CHECK_EQUAL(file.entries[1].value, caf::config_value{2});
}

CAF_TEST(one value is read alone and nothing else with it) {
  CAF_CHECK_EQUAL(parse_literal("[1, 2]")->type_name(), std::string{"list"});
  CAF_CHECK(!parse_literal("1\ny = 2"));
  CAF_CHECK(!parse_literal("1 2"));
  CAF_CHECK(!parse_literal(""));
  CAF_CHECK(!parse_literal("1h2"));
}

} // namespace config_file_suite
