// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/command_arguments.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>
#include <sstream>

#include "app/config/config_file.hpp"
#include "app/config/configuration.hpp"
#include "app/config/exit_code.hpp"
#include "app/config/option_value.hpp"
#include "app/config/suggestion.hpp"
#include "bridges/system/input_file.hpp"
#include "messages/error.hpp"
#include "messages/json.hpp"
#include "messages/utf8.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// Of a command that is in a hurry, for a configuration that comes by a pipe.
constexpr auto short_patience = std::chrono::milliseconds{500};

/// Bytes of an error, which may hold what somebody else has sent.
constexpr size_t max_line = 65536;

/// One option of a form such as `--lx=X --ly=Y`.
struct own_option {
  std::string_view name;
  /// `X`; empty for a flag.
  std::string_view value;
  const command_option* row = nullptr;
};

std::vector<own_option> own_options(const command_help& what) {
  std::vector<own_option> result;
  for (const auto& row : what.options)
    for (auto word : split_words(row.form)) {
      auto split = std::min(word.find('='), word.size());
      result.push_back({word.substr(2, split - 2),
                        word.substr(std::min(split + 1, word.size())), &row});
    }
  return result;
}

/// All of the text as a number.
template <class T>
std::optional<T> parse_number(std::string_view text) {
  T result{};
  auto last = text.data() + text.size();
  auto [end, fault] = std::from_chars(text.data(), last, result);
  if (fault == std::errc{} && end == last)
    return result;
  return std::nullopt;
}

/// `10m`, `2h`, `1d`, as people write; none for anything else.
std::optional<caf::timespan> long_duration(const std::string& text) {
  using namespace std::chrono;
  auto unit = text.empty() ? ' ' : text.back();
  auto factor = unit == 'm'   ? seconds{minutes{1}}
                : unit == 'h' ? seconds{hours{1}}
                : unit == 'd' ? seconds{hours{24}}
                              : seconds{0};
  auto count
    = parse_number<int64_t>(text.substr(0, text.empty() ? 0 : text.size() - 1));
  if (factor.count() == 0 || !count || *count <= 0
      || *count > longest_duration / factor)
    return std::nullopt;
  return *count * factor;
}

std::optional<caf::timespan> parse_duration(const std::string& text) {
  if (auto result = long_duration(text))
    return result;
  auto value = parse_literal(text);
  if (value)
    if (auto span = caf::get_if<caf::timespan>(&*value);
        span && span->count() > 0 && *span <= longest_duration)
      return *span;
  return std::nullopt;
}

bool is_number(const own_option& option) {
  return option.value == "X" || option.value == "Y";
}

/// `an integer from 0 to 15`, `a number from -1.0 to 1.0`.
std::string expected_number(const own_option& option) {
  auto shown = [&](double x) {
    return is_number(option) ? json(x).dump()
                             : json(static_cast<int64_t>(x)).dump();
  };
  std::string kind{is_number(option) ? "a number" : "an integer"};
  if (std::isinf(option.row->most))
    return kind + " of " + shown(option.row->least) + " and up";
  return kind + " from " + shown(option.row->least) + " to "
         + shown(option.row->most);
}

/// What the form expects in the place of this value; none when it is as it
/// should be.
std::optional<std::string> expectation(const own_option& option,
                                       const std::string& value) {
  auto in_range = [&](auto number) {
    return number && static_cast<double>(*number) >= option.row->least
           && static_cast<double>(*number) <= option.row->most;
  };
  if (option.value.find('|') != std::string_view::npos) {
    std::istringstream choices{std::string{option.value}};
    std::string text;
    for (std::string choice; std::getline(choices, choice, '|');) {
      if (choice == value)
        return std::nullopt;
      text += (text.empty() ? "" : " or ") + choice;
    }
    return text;
  }
  if (option.value == "DURATION" && !parse_duration(value))
    return "a duration above zero, such as 5s or 10m";
  if (option.value == "N" && !in_range(parse_number<uint64_t>(value)))
    return expected_number(option);
  if (is_number(option) && !in_range(parse_number<double>(value)))
    return expected_number(option);
  return std::nullopt;
}

/// How many words a command takes at most, by what its help says of them.
size_t most_words(std::string_view arguments) {
  if (arguments.find_first_of(".|") != std::string_view::npos)
    return SIZE_MAX;
  return split_words(arguments).size();
}

} // namespace

bool command_arguments::take(const command_help& what,
                             const std::string& word) {
  auto split = std::min(word.find('='), word.size());
  auto name = word.substr(2, split - 2);
  auto own = own_options(what);
  auto found = std::ranges::find(own, name, &own_option::name);
  if (found == own.end()) {
    std::vector<std::string_view> known;
    for (const auto& each : own)
      known.push_back(each.name);
    // Of another program, as in `exec student ls --all`.
    auto is_foreign = what.arguments.find("-- ") != what.arguments.npos
                      && positional_.size() > 1;
    usage_error("unknown option --" + name
                  + (is_foreign ? ", expected the words of " + positional_[1]
                                    + " behind --"
                                : did_you_mean(name, known)),
                what.name);
    return false;
  }
  auto is_flag = found->value.empty();
  if (is_flag != (split == word.size())) {
    usage_error("--" + name
                  + (is_flag ? " takes no value"
                             : " needs a value, expected --" + name + "="
                                 + std::string{found->value}),
                what.name);
    return false;
  }
  auto value = is_flag ? "" : word.substr(split + 1);
  if (auto expected = expectation(*found, value)) {
    usage_error(word + ": expected " + *expected, what.name);
    return false;
  }
  own_[name] = value;
  return true;
}

std::optional<command_arguments>
command_arguments::parse(const std::vector<std::string>& args,
                         const command_help& what, const option_needs& needs,
                         fault consequence) {
  auto falls_back = consequence == fault::is_told;
  auto line = command_line::split(args);
  command_arguments result;
  auto only_positional = false;
  for (auto& word : line.rest) {
    if (!is_utf8(word) && !falls_back) {
      usage_error('"' + visible_text(word) + "\" is not UTF-8", what.name);
      return std::nullopt;
    }
    if (!is_utf8(word))
      word = visible_text(word, word.size());
    if (only_positional || !word.starts_with("--"))
      result.positional_.push_back(word);
    else if (word == "--")
      only_positional = true;
    else if (!result.take(what, word))
      return std::nullopt;
  }
  auto most = most_words(what.arguments);
  if (result.positional_.size() > most) {
    usage_error(std::string{what.name} + ": unexpected "
                  + result.positional_[most],
                what.name);
    return std::nullopt;
  }
  if (needs.names.empty()) {
    result.sources_.arguments = std::move(line.options);
    return result;
  }
  result.sources_ = gather_sources(
    std::move(line.options), falls_back ? short_patience : input_patience);
  auto opts = load_needed_options(result.sources_, needs, falls_back);
  if (!opts)
    return std::nullopt;
  result.opts_ = std::move(*opts);
  if (!falls_back)
    result.warn_of_rest();
  return result;
}

void command_arguments::warn_of_rest() const {
  rr::warn_of_rest(sources_, opts_);
}

std::optional<std::string> command_arguments::get(std::string_view name) const {
  auto found = own_.find(name);
  if (found == own_.end())
    return std::nullopt;
  return found->second;
}

bool command_arguments::as_json() const {
  return get("format") == "json";
}

std::optional<uint64_t>
command_arguments::integer(std::string_view name) const {
  auto text = get(name);
  return text ? parse_number<uint64_t>(*text) : std::nullopt;
}

std::optional<double> command_arguments::number(std::string_view name) const {
  auto text = get(name);
  return text ? parse_number<double>(*text) : std::nullopt;
}

std::optional<caf::timespan>
command_arguments::duration(std::string_view name) const {
  auto text = get(name);
  return text ? parse_duration(*text) : std::nullopt;
}

caf::timespan command_arguments::timeout() const {
  auto given = duration("timeout");
  return given ? *given : opts_.get<caf::timespan>("client.timeout");
}

int usage_error(const std::string& what, std::string_view command) {
  std::cerr << "robot-runtime: " << visible_text(what, max_line)
            << "; see robot-runtime " << command << (command.empty() ? "" : " ")
            << "--help\n";
  return exit_usage;
}

caf::error with_next_step(const caf::error& what, std::string_view step) {
  auto text = describe(what);
  return caf::make_error(static_cast<ec>(what.code()),
                         text.append("; ").append(step));
}

int run_time_error(const caf::error& what) {
  std::cerr << "robot-runtime: " << visible_text(describe(what), max_line)
            << '\n';
  return exit_failure;
}

} // namespace rr
