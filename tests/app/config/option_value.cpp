// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE option_value

#include "app/config/option_value.hpp"

#include "app/config/config_file.hpp"
#include "app/config/suggestion.hpp"
#include "bridges/zmq/socket_options.hpp"
#include "bridges/zmq/zmq_option.hpp"
#include "messages/error.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace option_value_suite {
namespace {

/// Whether a value of the file is taken.
bool takes(std::string_view group, std::string_view key,
           std::string_view literal) {
  auto row = group == "process" ? find_process_key(key)
                                : find_option(group, key);
  auto value = parse_literal(literal);
  return row && value && check_value(*row, *value);
}

std::string fault(std::string_view group, std::string_view key,
                  std::string_view text) {
  auto value = parse_value(*find_option(group, key), text, false);
  return value ? std::string{} : describe(value.error());
}

} // namespace

CAF_TEST(every default is a value that its row takes) {
  for (auto table : {option_table(), process_table()})
    for (auto& row : table)
      if (!row.required)
        CAF_CHECK(check_value(row, initial_value(row)));
}

CAF_TEST(integers keep to their ranges) {
  CAF_CHECK(takes("emergency-stop", "exit-code", "4"));
  CAF_CHECK(takes("emergency-stop", "exit-code", "255"));
  CAF_CHECK(!takes("emergency-stop", "exit-code", "3"));
  CAF_CHECK(!takes("emergency-stop", "exit-code", "256"));
  CAF_CHECK(takes("application", "thread-pool-workers", "64"));
  CAF_CHECK(!takes("application", "thread-pool-workers", "0"));
  CAF_CHECK(!takes("application", "thread-pool-workers", "65"));
  CAF_CHECK(takes("service", "workers", "1000"));
  CAF_CHECK(!takes("service", "workers", "1001"));
  CAF_CHECK(takes("log", "queue", "1"));
  CAF_CHECK(!takes("log", "queue", "0"));
}

CAF_TEST(durations are no longer than a clock can add to it) {
  CAF_CHECK(takes("process", "terminate-timeout", "876000h"));
  CAF_CHECK_EQUAL(
    fault("record", "keep", "9223372036s"),
    "9223372036s is longer than 100 years, expected a duration of "
    "zero and up such as 250ms");
  CAF_CHECK(!takes("client", "timeout", "876001h"));
}

CAF_TEST(durations are above zero unless stated) {
  CAF_CHECK(takes("health", "interval", "1ns"));
  CAF_CHECK(!takes("health", "interval", "0s"));
  CAF_CHECK(!takes("health", "interval", "-1s"));
  CAF_CHECK(!takes("health", "interval", "1"));
  CAF_CHECK(takes("process", "terminate-timeout", "0s"));
  CAF_CHECK(takes("process", "watchdog", "0s"));
  CAF_CHECK(!takes("process", "watchdog", "-1ns"));
  CAF_CHECK(!takes("process", "ready-timeout", "0s"));
}

CAF_TEST(types are not converted) {
  CAF_CHECK(!takes("application", "debug", "\"true\""));
  CAF_CHECK(!takes("application", "debug", "1"));
  CAF_CHECK(!takes("application", "name", "'robot'"));
  CAF_CHECK(!takes("router", "queue", "5.0"));
  CAF_CHECK(!takes("router", "backend", "\"ipc:///x\""));
  CAF_CHECK(!takes("router", "backend", "[1]"));
  CAF_CHECK(!takes("router", "backend", "[ ]"));
  CAF_CHECK(!takes("process", "command", "[ ]"));
  CAF_CHECK(!takes("process", "command", "\"true\""));
  CAF_CHECK(!takes("process", "environment", "{ A = 1 }"));
}

CAF_TEST(socket options are known to ZMQ and of its types) {
  CAF_CHECK(takes("client", "options", R"({ IDENTITY = "me", LINGER = -1 })"));
  CAF_CHECK(!takes("client", "options", "{ IDENTITY = 1 }"));
  CAF_CHECK(!takes("client", "options", "{ LINGER = \"1\" }"));
  CAF_CHECK(!takes("client", "options", "{ LINGER = 2147483648 }"));
  CAF_CHECK(takes("client", "options", "{ MAXMSGSIZE = 2147483648 }"));
  CAF_CHECK_EQUAL(fault("client", "options", "{ LINGER = -2 }"),
                  "-2 is no value of LINGER, expected one that a socket takes");
  for (auto text : {"{ SNDHWM = -1 }", "{ SNDTIMEO = -2 }", "{ IMMEDIATE = 2 }",
                    "{ IDENTITY = \"\" }", "{ CURVE_SERVERKEY = \"x\" }"})
    CAF_CHECK(!takes("service", "options", text));
  // Also of those that a client has no use for.
  for (auto text : {"{ ROUTER_MANDATORY = 1 }", "{ SUBSCRIBE = \"\" }"})
    CAF_CHECK(takes("service", "options", text));
  CAF_CHECK(fault("client", "options", "{ SNDTIMO = 1 }")
              .ends_with("did you mean \"SNDTIMEO\"?"));
}

CAF_TEST(the configuration and the sockets know the same options) {
  for (auto& option : zmq_options()) {
    std::string name{option.name};
    auto is_text = option.type == zmq_option_type::text;
    caf::config_value number{int64_t{1}};
    caf::config_value text{std::string{"x"}};
    auto fault = [&](const caf::config_value& value) {
      return map_item_fault(option_type::zmq_options, name, value);
    };
    CAF_CHECK_EQUAL(fault(number).empty(),
                    !is_text && is_taken(option, int64_t{1}));
    CAF_CHECK_EQUAL(fault(text).empty(), is_text && is_taken(option, "x"));
    CAF_CHECK_EQUAL(!check({{name, int64_t{1}}}), !is_text);
    CAF_CHECK_EQUAL(!check({{name, "x"}}), is_text);
  }
  for (auto name : {"IDENTITY", "ROUTING_ID"})
    CAF_CHECK(find_zmq_option(name) != nullptr);
}

CAF_TEST(addresses have the form that messages know) {
  CAF_CHECK_EQUAL(fault("router", "backend", "udp://a:1"),
                  "\"udp://a:1\" is neither tcp://host:port nor ipc://path, "
                  "expected a list of one or more of tcp://host:port and "
                  "ipc://path");
  CAF_CHECK_EQUAL(fault("router", "backend", "ipc://RUNTIME/x"), "");
  CAF_CHECK_EQUAL(fault("router", "backend", "ipc://@abstract"),
                  "\"ipc://@abstract\" is no path of a socket, expected a list "
                  "of one or more of tcp://host:port and ipc://path");
}

CAF_TEST(prefixes have the form that messages know) {
  CAF_CHECK_EQUAL(fault("control", "allow-from", "[]"), "");
  CAF_CHECK_EQUAL(fault("control", "allow-from", "10.0.0.0/24"), "");
  CAF_CHECK_EQUAL(fault("control", "allow-from", "[\"::1\", \"10.0.0.1\"]"),
                  "");
  CAF_CHECK_EQUAL(fault("control", "allow-from", "robot"),
                  "\"robot\" is no address, expected a list of addresses and "
                  "prefixes such as 10.0.0.0/24");
  CAF_CHECK_EQUAL(fault("control", "allow-from", "[1]"),
                  "1 is of type integer, expected a list of addresses and "
                  "prefixes such as 10.0.0.0/24");
}

CAF_TEST(text that comes from outside of a file needs no quotes) {
  CAF_CHECK_EQUAL(fault("log", "level", "warn"), "");
  CAF_CHECK_EQUAL(fault("log", "level", "\"warn\""), "");
  CAF_CHECK_EQUAL(fault("router", "backend", "ipc:///x"), "");
  CAF_CHECK_EQUAL(fault("router", "backend", "[\"ipc:///x\", \"ipc:///y\"]"),
                  "");
  CAF_CHECK_EQUAL(fault("health", "interval", "250ms"), "");
  CAF_CHECK_EQUAL(fault("health", "interval", "soon"),
                  "`soon` is no value (text stands in double quotes), expected "
                  "a duration above zero such as 250ms");
  CAF_CHECK_EQUAL(fault("log", "level", "inof"),
                  "\"inof\" is unknown, expected debug, info, warning (or "
                  "warn), error or critical, did you mean \"info\"?");
}

CAF_TEST(durations are written so that they are read back) {
  using namespace std::chrono;
  for (auto x :
       {nanoseconds{0}, nanoseconds{1}, nanoseconds{microseconds{1500}},
        nanoseconds{milliseconds{250}}, nanoseconds{hours{2}}}) {
    auto value = parse_literal(render_duration(x));
    CAF_REQUIRE(value);
    CAF_CHECK_EQUAL(*value, caf::config_value{x});
  }
  CAF_CHECK_EQUAL(render_duration(milliseconds{250}), "250ms");
  CAF_CHECK_EQUAL(render_duration(seconds{60}), "60s");
}

CAF_TEST(a near name is suggested and a far one is not ) {
  CAF_CHECK_EQUAL(edit_distance("ruoter", "router"), 1u);
  CAF_CHECK_EQUAL(edit_distance("", "ab"), 2u);
  CAF_CHECK_EQUAL(edit_distance("abc", "xyz"), 3u);
  std::vector<std::string_view> known{"level", "format", "queue"};
  CAF_CHECK_EQUAL(did_you_mean("levle", known), ", did you mean \"level\"?");
  CAF_CHECK_EQUAL(did_you_mean("interval", known), "");
  CAF_CHECK_EQUAL(did_you_mean(std::string(1 << 20, 'x'), known), "");
}

CAF_TEST(names of devices stand for UIDs below 2 to the 88th) {
  auto takes_uid = [](const std::string& uid) {
    return takes("device", "names", "{ left-arm = \"" + uid + "\" }");
  };
  CAF_CHECK(takes_uid("0xffffffffffffffffffffff"));
  CAF_CHECK(!takes_uid("0x10000000000000000000000"));
  CAF_CHECK(takes_uid("309485009821345068724781055"));
  CAF_CHECK(!takes_uid("309485009821345068724781056"));
  CAF_CHECK(!takes_uid(""));
  CAF_CHECK(!takes_uid("12a"));
  CAF_CHECK(!takes("device", "names", "{ left-arm = 12 }"));
}

} // namespace option_value_suite
