// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE config_dialect

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <regex>
#include <sstream>

#include <caf/actor_system_config.hpp>

#include "app/config/config_file.hpp"
#include "tests/paths.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace config_dialect_suite {
namespace {

/// Makes a valid file of a seed, with every form of value and of white space.
class file_maker {
public:
  explicit file_maker(uint32_t seed) : random_(seed) {
  }

  std::string file() {
    std::string result = space();
    for (auto i = below(3); i > 0; --i)
      result += entry();
    for (auto i = below(6); i > 0; --i) {
      result += '[' + blanks() + name()
                + (below(3) == 0 ? '.' + name() : blanks()) + ']' + space();
      for (auto j = below(6); j > 0; --j)
        result += entry();
    }
    return result;
  }

  uint32_t below(uint32_t limit) {
    return static_cast<uint32_t>(random_() % limit);
  }

  std::string one_of(std::initializer_list<const char*> xs) {
    return xs.begin()[below(static_cast<uint32_t>(xs.size()))];
  }

private:
  std::string blanks() {
    return one_of({"", "", " ", "\t", "  "});
  }

  std::string comment() {
    return one_of({";\n", "; text\n", "; [b] \"x = 1\n", ";; ' } ]\n"});
  }

  std::string space() {
    return blanks() + one_of({"", "", "", "\n", "\n\n"}) + blanks()
           + (below(4) == 0 ? comment() : "") + blanks();
  }

  std::string line_end() {
    return blanks() + (below(4) == 0 ? comment() : "\n") + space();
  }

  /// None comes twice, for CAF's rules for that are not ours.
  std::string name() {
    return one_of({"a", "Zz", "x-y", "_u", "u_-v-", "0", "9s", "true"})
           + std::to_string(++names_);
  }

  std::string entry() {
    return assignment(name()) + line_end();
  }

  std::string assignment(const std::string& key) {
    if (below(8) == 0)
      return key + blanks() + map(2);
    return key + blanks() + '=' + blanks() + value(3);
  }

  std::string value(uint32_t depth) {
    switch (below(depth > 0 ? 9 : 7)) {
      case 0:
        return one_of({"true", "false"});
      case 1:
        return text();
      case 2:
        return one_of({"''", "'a'", "'stealing'", "'a B_9'", "'0123456789'"});
      case 3:
        return integer();
      case 4:
        return integer() + one_of({"ns", "us", "ms", "s", "min", "h"});
      case 5:
        return real();
      case 6:
        return one_of({"<a:b>", "<http://me@host:80/p/q?a=b&c=d#e>",
                       "<tcp://[::1]:99>", "<file:///x%20y>", "<urn:a:b>"});
      case 7:
        return list(depth - 1);
      default:
        return map(depth - 1);
    }
  }

  std::string text() {
    std::string result = "\"";
    for (auto i = below(8); i > 0; --i)
      result += one_of({"a", "Z 9", "\\n", "\\r", "\\t", "\\\\", "\\\"", ";",
                        "'", "[b]", "{", "}", ",", "=", "#", "\u00fc", "\t"});
    return result + '"';
  }

  std::string digits(std::string_view from, uint32_t most) {
    std::string result;
    for (auto i = below(most) + 1; i > 0; --i)
      result += from[below(static_cast<uint32_t>(from.size()))];
    return result;
  }

  std::string integer() {
    auto sign = one_of({"", "", "+", "-"});
    switch (below(5)) {
      case 0:
        return sign + one_of({"0x", "0X"})
               + digits("0123456789abcdefABCDEF", 5);
      case 1:
        return sign + one_of({"0b", "0B"}) + digits("01", 9);
      case 2:
        return sign + '0' + digits("01234567", 5);
      case 3:
        return sign + '0';
      default:
        return sign + digits("123456789", 1) + digits("0123456789", 5);
    }
  }

  std::string real() {
    auto result = one_of({"", "+", "-"});
    auto whole = one_of({"", "0", "7", "120", "99999"});
    auto has_point = whole.empty() || whole == "0" || below(2) == 0;
    result += whole;
    if (has_point)
      result += '.'
                + (whole.empty() || below(4) > 0 ? digits("0123456789", 9)
                                                 : std::string{});
    if (!has_point || below(2) == 0)
      result += one_of({"e", "E"}) + one_of({"", "+", "-"})
                + digits("0123456789", 2);
    return result;
  }

  std::string list(uint32_t depth) {
    auto result = '[' + space();
    for (auto i = below(4); i > 0; --i)
      result += value(depth) + space() + (i > 1 || below(2) == 0 ? "," : "")
                + space();
    return result + ']';
  }

  std::string map(uint32_t depth) {
    auto result = '{' + space();
    for (auto i = below(4); i > 0; --i) {
      // CAF takes `_` at the beginning of a line alone.
      auto key = 'k' + name();
      result += key + blanks() + '=' + blanks() + value(depth);
      if (i > 1)
        result += below(2) == 0 ? space() + ',' + space() : line_end();
      else
        result += space() + one_of({"", ","}) + space();
    }
    return result + '}';
  }

  std::minstd_rand random_;
  size_t names_ = 0;
};

/// What CAF makes of a text; nothing when it refuses it.
caf::optional<caf::settings> by_caf(const std::string& text) {
  std::istringstream in{text};
  auto result = caf::actor_system_config::parse_config(in);
  if (result)
    return *result;
  return caf::none;
}

/// What we make of it, with the first fault, if there is any.
struct our_reading {
  caf::settings values;
  std::string fault;
};

our_reading by_us(const std::string& text) {
  our_reading result;
  auto file = parse_config(text);
  auto name_of = [](const std::string& group) {
    return group == "global" ? "" : group;
  };
  for (auto& x : file.sections)
    if (auto name = name_of(x.name); !name.empty())
      caf::put_dictionary(result.values, name);
  for (auto& x : file.entries) {
    auto group = name_of(x.group);
    caf::put(result.values, group.empty() ? x.key : group + '.' + x.key,
             x.value);
    if (!x.fault.empty())
      result.fault = x.fault;
  }
  for (auto& x : file.faults)
    if (!x.is_warning)
      result.fault = x.text;
  return result;
}

/// Real numbers may be off by some units in the last place, as CAF's are.
bool is_same(const caf::config_value& x, const caf::config_value& y) {
  using list = caf::config_value::list;
  if (auto a = caf::get_if<double>(&x.get_data()))
    if (auto b = caf::get_if<double>(&y.get_data()))
      return std::abs(*a - *b) <= 1e-13 * std::abs(*a);
  if (auto a = caf::get_if<list>(&x.get_data()))
    if (auto b = caf::get_if<list>(&y.get_data()))
      return std::equal(a->begin(), a->end(), b->begin(), b->end(), is_same);
  if (auto a = caf::get_if<caf::settings>(&x.get_data()))
    if (auto b = caf::get_if<caf::settings>(&y.get_data()))
      return std::equal(
        a->begin(), a->end(), b->begin(), b->end(), [](auto& v, auto& w) {
          return v.first == w.first && is_same(v.second, w.second);
        });
  return x == y;
}

bool is_same(const caf::settings& x, const caf::settings& y) {
  return is_same(caf::config_value{x}, caf::config_value{y});
}

/// Whether a valid text is the same to both.
bool agrees(const std::string& text) {
  auto theirs = by_caf(text);
  auto ours = by_us(text);
  auto result = theirs && ours.fault.empty() && is_same(*theirs, ours.values);
  if (!result)
    CAF_MESSAGE("of the text\n"
                << text << "\nCAF reads " << caf::deep_to_string(theirs)
                << "\nand we read " << caf::deep_to_string(ours.values)
                << "\nwith the fault: " << ours.fault);
  return result;
}

/// A valid file with something wrong, often.
std::string spoilt(file_maker& random, std::string text) {
  for (auto i = random.below(3) + 1; i > 0; --i) {
    auto at = random.below(static_cast<uint32_t>(text.size()) + 1);
    switch (random.below(4)) {
      case 0:
        text.erase(at, random.below(4));
        break;
      case 1:
        text.insert(at, text.substr(random.below(at + 1), random.below(9)));
        break;
      default:
        text.insert(at,
                    random.one_of({"[", "]", "{",  "}", "\"", "'",  "=", ",",
                                   ";", "#", "\n", " ", "0",  "-",  ".", "e",
                                   "x", "s", "m",  "<", ">",  "\\", "?"}));
    }
  }
  // CAF takes for whole what is cut off.
  return text + "\n[end]\nx = 1\n";
}

/// What we take and CAF does not: `0e1`, and in a map `_a` behind a bracket or
/// comma.
bool is_lenient(const std::string& text) {
  static const std::regex form{R"([{,]\s*[_-]|\b0[eE])"};
  return std::regex_search(text, form);
}

} // namespace

CAF_TEST(what CAF reads of a valid file is what we read) {
  size_t values = 0;
  for (uint32_t seed = 1; seed <= 500; ++seed) {
    auto text = file_maker{seed}.file();
    if (!agrees(text))
      CAF_ERROR("the seed is " << seed);
    values += parse_config(text).entries.size();
  }
  // The files are not as good as empty.
  CAF_CHECK_GREATER(values, 2000u);
}

CAF_TEST(each form of a value is read as CAF reads it) {
  for (auto value : {"0",
                     "-0",
                     "007",
                     "0xfF",
                     "-0b101",
                     "9223372036854775807",
                     "-9223372036854775808",
                     "-0x8000000000000000",
                     "0s",
                     "010ms",
                     "0x10h",
                     "9223372036854775807ns",
                     "-9223372036854775808ns",
                     "153722867min",
                     ".5",
                     "-.5",
                     "1.",
                     "0.",
                     "1.e3",
                     "1e300",
                     "5E-9",
                     "12.25e+2",
                     "\"\"",
                     "\"\\\\\"",
                     "\"; \\\" ]\"",
                     "''",
                     "'1234567890'",
                     "[]",
                     "[ ; c\n ]",
                     "[1,]",
                     "[1;c\n,;c\n2;c\n]",
                     "[[],{},[{}]]",
                     "{}",
                     "{;c\n}",
                     "{a=1,}",
                     "{a=1\n}",
                     "{a=1\n-b=2\n_c=3}",
                     "{a=1;c\nb=2}",
                     "{a=1\n,b=2}",
                     "{a{b{c=1}}}",
                     "{a\t=\t{}\n}",
                     "<a:b>",
                     "<tcp://127.0.0.1:80>",
                     "true;c",
                     "false\t "})
    CAF_CHECK(agrees("[s]\nk = " + std::string{value} + "\n"));
  for (auto text : {"",
                    " ",
                    "\n",
                    ";",
                    "; c",
                    "[a]",
                    "[a]\n",
                    "[ a\t]",
                    "\t[a.b]",
                    "[a.b.c]\nx=1",
                    "[a]x=1\ny=2",
                    "[a];c",
                    "[a][b]x=1",
                    "[_a]\n_x=1",
                    "[1]\n2=3",
                    "[a-]\nb- = 1",
                    "x=1",
                    "x = 1\n[a]\ny = 2",
                    "[global]\nx = 1",
                    "[a]\nx{b=1}",
                    "[a]\nx = 1\n\n\n[b]\n[a]\ny = 1",
                    "[a]\nx = [\n1,\n\n2\n]\n;c\n\ty=1"})
    CAF_CHECK(agrees(text));
}

CAF_TEST(the files that come with the program are the same to CAF) {
  size_t count = 0;
  for (auto folder : {"/config", "/examples"})
    for (auto& each : std::filesystem::recursive_directory_iterator(
           RR_SOURCE_DIR + std::string{folder}))
      if (each.path().extension() == ".ini") {
        std::ifstream in{each.path()};
        CAF_CHECK(agrees({std::istreambuf_iterator<char>{in}, {}}));
        ++count;
      }
  CAF_CHECK_GREATER(count, 1u);
}

CAF_TEST(what CAF refuses is refused and nothing is misread) {
  size_t refused = 0;
  for (uint32_t seed = 1; seed <= 5000; ++seed) {
    file_maker maker{seed};
    auto text = spoilt(maker, maker.file());
    auto theirs = by_caf(text);
    auto ours = by_us(text);
    refused += !theirs;
    if (!theirs && ours.fault.empty() && !is_lenient(text))
      CAF_ERROR("seed " << seed << ": only CAF refuses\n" << text);
    else if (theirs && ours.fault.empty() && !is_same(*theirs, ours.values))
      CAF_ERROR("seed " << seed << ": CAF reads " << caf::deep_to_string(theirs)
                        << " and we read " << caf::deep_to_string(ours.values)
                        << " of\n"
                        << text);
  }
  CAF_CHECK_GREATER(refused, 1000u);
}

} // namespace config_dialect_suite
