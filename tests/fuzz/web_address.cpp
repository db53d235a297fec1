// SPDX-License-Identifier: BSD-3-Clause

// Addresses of the robot's page, as options have them.

#include <algorithm>

#include "bridges/web/web_access.hpp"
#include "messages/error.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

void check_address(const web_address& address) {
  auto text = to_string(address);
  auto again = parse_web_address(text);
  require(again && *again == address, "an address is written as it is read");
  require(!address.host.empty(), "an address has a host");
  web_access access{address, {}, {[](std::string_view) { return false; }, {}}};
  auto host = text.substr(text.find("://") + 3);
  auto found = access.judge({host});
  require(found != web_access::verdict::no_host, "its host is one");
  if (is_loopback_host(address.host))
    require(found == web_access::verdict::granted,
            "who uses the address that was given is let in");
}

} // namespace

FUZZ_TARGET(web_address) {
  auto address = parse_web_address(fuzz::as_text(bytes));
  if (address)
    check_address(*address);
  else
    require(address.error() == ec::malformed, "a bad address is malformed");
}
