// SPDX-License-Identifier: BSD-3-Clause

// Command lines: a word a line, of which the first is the command's name. A
// wrong one is told in one line; none is carried out here.

#include <algorithm>
#include <iostream>
#include <sstream>

#include "app/command/commands.hpp"
#include "messages/utf8.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

using words = std::vector<std::string>;

words split_lines(std::string_view text) {
  words result;
  std::istringstream in{std::string{text}};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

/// What is written to standard error meanwhile.
class caught_errors {
public:
  caught_errors() : old_(std::cerr.rdbuf(text_.rdbuf())) {
  }

  ~caught_errors() {
    std::cerr.rdbuf(old_);
  }

  std::string text() const {
    return text_.str();
  }

private:
  std::ostringstream text_;
  std::streambuf* old_;
};

/// It would be read from wherever it says.
bool names_a_file(const words& line) {
  return std::ranges::any_of(line, [](const std::string& x) {
    return x.starts_with("--config-file") || x.starts_with("--device.catalog");
  });
}

void check_told(const std::string& told) {
  require(is_utf8(told), "what is told is text");
  require(told.empty() || told.ends_with('\n'), "what is told is whole lines");
  for (auto c : told)
    require(c == '\n' || static_cast<unsigned char>(c) >= 0x20,
            "a terminal obeys nothing of what is told");
}

void check_arguments(const command_arguments& given, const command& what) {
  for (const auto& each : given.positional())
    require(is_utf8(each), "a word is text");
  if (auto duration = given.duration("for"))
    require(duration->count() > 0, "a duration is above zero");
  if (what.help.arguments.empty())
    require(given.positional().empty(), "no word is taken for nothing");
}

} // namespace

FUZZ_TARGET(command_line) {
  auto line = split_lines(fuzz::as_text(bytes));
  auto split = command_line::split(line);
  require(split.options.size() + split.rest.size() == line.size(),
          "each word is one thing or another");
  if (line.empty() || names_a_file(line))
    return;
  auto found = std::ranges::find(commands(), line[0],
                                 [](const auto& x) { return x.help.name; });
  if (found == commands().end())
    return;
  caught_errors errors;
  auto given = command_arguments::parse({line.begin() + 1, line.end()},
                                        found->help, found->needs,
                                        found->consequence);
  check_told(errors.text());
  if (given)
    check_arguments(*given, *found);
  else
    require(!errors.text().empty(), "what is wrong is told");
}
