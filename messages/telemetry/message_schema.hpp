// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include "messages/device/catalog.hpp"
#include "messages/json.hpp"

/// JSON Schemas, as far as `telemetry_topic` uses them.
namespace rr::message_schema {

/// A property and its schema.
using property = std::pair<std::string_view, json>;

/// `boolean`, `string`, `integer` or `number`.
json of_type(std::string_view type);

json array_of(json items);

/// @param required the names of those that no message lacks.
json object_of(std::initializer_list<property> properties,
               std::initializer_list<std::string_view> required = {});

/// An object of integers from 0, such as counters.
json counters(std::initializer_list<std::string_view> names);

/// Of a device's values.
json values_of(const device_type& type);

/// The robot's status.
json status();

} // namespace rr::message_schema
