// SPDX-License-Identifier: BSD-3-Clause

// Log events as they come over the wire, and as lines of JSON that a child has
// written.

#include "messages/log/log_event.hpp"

#include <algorithm>

#include "messages/error.hpp"
#include "messages/json.hpp"
#include "messages/log/log_gaps.hpp"
#include "messages/log/log_plain.hpp"
#include "messages/log/log_wire.hpp"
#include "messages/utf8.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

constexpr cbor_limits event_limits = {65536, 32};

/// Whether a terminal shows it and obeys none of it.
bool is_shown(const std::string& text) {
  return is_utf8(text) && std::ranges::none_of(text, [](char c) {
           return (static_cast<unsigned char>(c) < 0x20 && c != '\n')
                  || c == 0x7f;
         });
}

bool is_line(const std::string& text) {
  return is_utf8(text) && text.find('\n') == text.npos;
}

void check_lines(const json& event) {
  auto line = log_line(event);
  require(is_line(line), "an event is one line of JSON");
  auto again = parse_log_line(line);
  require(again && level_of(*again) == level_of(event)
            && (*again)["event"] == event["event"],
          "the line is the same event");
  require(log_line(*again) == line, "a line is written as it was read");
}

/// Reads a field as the journal does, by its specification.
/// @returns its name, and what follows the field.
std::pair<std::string_view, std::string_view>
journal_field(std::string_view text) {
  auto end = text.find('\n');
  require(end != text.npos, "a field has an end");
  auto name = text.substr(0, std::min(text.find('='), end));
  if (name.size() < end)
    return {name, text.substr(end + 1)};
  uint64_t size = 0;
  for (size_t i = 8; i > 0; --i)
    size = size << 8 | static_cast<unsigned char>(text.at(end + i));
  auto rest = text.substr(end + 9);
  require(size < rest.size() && rest[size] == '\n', "a field has its length");
  return {name, rest.substr(size + 1)};
}

void check_journal(const log_event& event) {
  auto text = to_journal(event);
  for (std::string_view rest{text}; !rest.empty();) {
    auto [name, next] = journal_field(rest);
    require(!name.empty() && name.size() <= 64 && name.front() != '_'
              && name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")
                   == name.npos,
            "the journal takes a field's name");
    rest = next;
  }
  require(text.starts_with("MESSAGE"), "an entry has a message");
}

void check_as_own(const json& event) {
  auto own = as_log_event(event);
  require(own.level == level_of(event), "the level is the event's");
  require(is_line(to_json(own)), "an own event is one line");
  require(static_cast<bool>(parse_log_line(to_json(own))),
          "an own event's line is one");
  auto pretty = to_pretty(own, false);
  require(is_shown(pretty), "a terminal obeys nothing of an event");
  for (size_t i = pretty.find('\n'); i != pretty.npos; i = pretty.find('\n', i))
    require(++i < pretty.size() && pretty[i] == ' ',
            "only the first line of an event begins at the margin");
  to_pretty(own, true);
  check_journal(own);
  std::vector<uint8_t> wire;
  encode_log_event(own, "source", 1, wire);
  auto again = decode_log_event(std::as_bytes(std::span{wire}), {1 << 20, 32});
  require(again && (*again)["event"] == event["event"],
          "what is sent on can be read");
}

void check_event(const json& event) {
  check_lines(event);
  check_as_own(event);
  log_gaps gaps;
  gaps.take(event);
}

} // namespace

FUZZ_TARGET(log_event) {
  if (auto event = decode_log_event(bytes, event_limits))
    check_event(*event);
  else
    require(event.error() == ec::malformed, "a bad event is malformed");
  if (auto event = parse_log_line(fuzz::as_text(bytes)))
    check_event(*event);
  else
    require(event.error() == ec::malformed, "a bad line is malformed");
}
