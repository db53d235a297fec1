// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/option_map.hpp"

#include <vector>

#include "app/config/option_value.hpp"
#include "app/config/suggestion.hpp"
#include "bridges/zmq/zmq_option.hpp"
#include "messages/device/device_uid.hpp"
#include "messages/utf8.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

std::string fault_of(const std::string& name, const caf::config_value& value,
                     std::string_view expected) {
  return visible_text(render_value(value)) + " is no value of " + name
         + ", expected " + std::string{expected};
}

std::string zmq_option_fault(const std::string& name,
                             const caf::config_value& value) {
  auto known = find_zmq_option(name);
  if (!known) {
    std::vector<std::string_view> names;
    for (auto& option : zmq_options())
      names.push_back(option.name);
    return visible_text(name)
           + " is no ZMQ socket option that can be set, expected a name such "
             "as SNDTIMEO, LINGER or IDENTITY"
           + did_you_mean(name, names);
  }
  auto expected = expected_by(*known, caf::get_if<int64_t>(&value.get_data()),
                              caf::holds_alternative<std::string>(value));
  return expected.empty() ? "" : fault_of(name, value, expected);
}

} // namespace

std::string map_item_fault(option_type type, const std::string& name,
                           const caf::config_value& value) {
  if (auto bytes = caf::get_if<std::string>(&value); bytes && !is_utf8(*bytes))
    return fault_of(name, value, "UTF-8");
  if (type == option_type::zmq_options)
    return zmq_option_fault(name, value);
  auto text = caf::get_if<std::string>(&value);
  if (type == option_type::uids && !(text && parse_device_uid(*text)))
    return fault_of(name, value,
                    R"(a UID below 2^88 as text such as "0x1234")");
  if (!text)
    return fault_of(name, value, R"(text such as "1")");
  return {};
}

} // namespace rr
