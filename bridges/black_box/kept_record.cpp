// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/black_box/kept_record.hpp"

#include <limits>

#include "messages/json.hpp"
#include "messages/record/record_line.hpp"
#include "messages/utf8.hpp"

namespace rr::ring_format {

namespace {

/// Of each text, so that all of them have room in the head.
constexpr size_t max_part = 400;

std::string part_of(const json& object, const char* key) {
  auto found = object.find(key);
  if (found == object.end() || !found->is_string())
    return {};
  return std::string{
    utf8_prefix(found->get_ref<const std::string&>(), max_part)};
}

} // namespace

std::string text_of(const ring_description& what) {
  auto part = [](const std::string& text) {
    return std::string{utf8_prefix(text, max_part)};
  };
  json object{{"app", part(what.app)},         {"version", part(what.version)},
              {"started", part(what.started)}, {"pid", what.pid},
              {"keep", what.keep.count()},     {"end", part(what.end)},
              {"cause", part(what.cause)},     {"done", what.is_done}};
  auto result = as_record_line(object);
  // Texts of nothing but control characters take six times their size.
  if (result.size() <= head_size - sizeof(file_head))
    return result;
  object["app"] = object["cause"] = "";
  return as_record_line(object);
}

ring_description description_of(std::string_view text) {
  ring_description result;
  auto object = parse_record_line(text);
  if (!object)
    return result;
  result.app = part_of(*object, "app");
  result.version = part_of(*object, "version");
  result.started = part_of(*object, "started");
  result.end = part_of(*object, "end");
  result.cause = part_of(*object, "cause");
  record_reader from{*object};
  result.pid = from.integer<int32_t>("pid");
  result.keep = std::chrono::nanoseconds{from.integer<int64_t>("keep")};
  result.is_done = from.flag("done");
  return result;
}

} // namespace rr::ring_format
