// SPDX-License-Identifier: BSD-3-Clause

// Catalog files. What is taken of one is within all bounds, and can be laid out
// in a buffer and read back from its description.

#include <algorithm>

#include "bridges/buffer/buffer_layout.hpp"
#include "bridges/catalog/catalog_file.hpp"
#include "messages/error.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

/// Larger values are taken on trust: to try them takes too long.
constexpr size_t largest_tried = 4096;

bool is_within(const parameter& param, const device_value& value) {
  auto one = param;
  if (!value.is_array() && safe_is_scalar(param))
    one.type = param.type.element();
  std::vector<std::byte> out(one.type.size());
  auto fit = encode_value(one, value, out);
  return fit && *fit == value_fit::exact;
}

void check_parameter(const parameter& param) {
  require(is_catalog_name(param.name), "a name is one");
  require(param.id < device_type::max_parameters, "an id is in its range");
  require(param.type.size() > 0 && param.type.size() <= value_type::max_size,
          "a value is of a size that may be");
  auto type = parse_value_type(to_string(param.type));
  require(type && *type == param.type, "a type is written as it is read");
  require(!param.lower || !param.upper || *param.lower <= *param.upper,
          "limits are in order");
  require(!param.expires || param.expires->count() > 0,
          "what expires has a time to do so");
  if (param.safe && param.type.size() <= largest_tried)
    require(is_within(param, *param.safe), "a safe value is within its limits");
}

void check_layout(const device_type& type) {
  device_uid uid{.device_id = type.device_id.value_or(0), .random = 5};
  buffer_name name{"fuzz", {type.name, uid}};
  require(!check_name(name, type), "a type has buffers");
  auto layout = make_buffer_layout(name, type, fingerprint(type));
  if (layout.header.size > (size_t{1} << 20))
    return;
  std::vector<std::byte> object(layout.header.size);
  write_description(layout, object);
  auto read = read_description(object, "object");
  require(read && read->name == name, "a description can be read");
  require(fingerprint(read->type) == fingerprint(type),
          "a description is of its type");
}

void check_type(const device_type& type) {
  require(is_catalog_name(type.name), "a type has a name");
  require(type.parameters.size() <= (type.device_id
                                       ? device_type::max_smart_parameters
                                       : device_type::max_parameters),
          "a type has not too many parameters");
  require(type.sub_interval.count() > 0 && type.write_interval.count() > 0
            && type.heartbeat_interval.count() > 0,
          "an interval is above zero");
  require(std::ranges::is_sorted(type.parameters, std::ranges::less_equal{},
                                 &parameter::id)
            || type.parameters.size() < 2,
          "parameters are in the order of their ids");
  for (const auto& each : type.parameters) {
    check_parameter(each);
    require(type.find(each.name) == &each, "names are unique");
  }
  check_layout(type);
}

} // namespace

FUZZ_TARGET(catalog) {
  auto text = fuzz::as_text(bytes);
  auto lines = static_cast<size_t>(std::ranges::count(text, '\n')) + 1;
  auto reading = read_catalog(text);
  for (const auto& each : reading.problems) {
    require(each.line <= lines + 1, "a problem is in a line of the file");
    require(!each.text.empty(), "a problem has a text");
  }
  if (reading.bad())
    return;
  for (const auto& type : reading.value.types())
    check_type(type);
}
