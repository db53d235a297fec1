// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>

#include <iostream>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/qr_text.hpp"
#include "bridges/system/network_interface.hpp"
#include "bridges/system/terminal.hpp"
#include "bridges/web/web_access.hpp"
#include "bridges/web/web_token.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Where others find what is bound to every address, or to an interface.
std::string reachable_host(const std::string& bound) {
  if (bound == "*" || bound == "0.0.0.0" || bound == "[::]")
    return outside_host();
  auto number = numeric_host(bound);
  return number.empty() || bound == "localhost" ? bound : number;
}

int make_token(const command_arguments& given) {
  auto text = given.opts().get<std::string>("web.address");
  if (text.empty())
    return usage_error("token: there is no page: web.address is not set",
                       "token");
  auto address = parse_web_address(text);
  if (!address)
    return run_time_error(address.error());
  address->host = reachable_host(address->host);
  auto link = to_string(*address) + '/';
  auto file = given.opts().get<std::string>("web.token-file");
  if (file.empty()) {
    std::cerr << "warning: no token is asked for: web.token-file is not set\n";
  } else {
    auto token = make_web_token(file);
    if (!token)
      return run_time_error(token.error());
    link += "?token=" + *token;
  }
  auto result = link + '\n';
  if (::isatty(STDOUT_FILENO) != 0)
    result += qr_text(link, takes_colours(STDOUT_FILENO));
  return print(result);
}

} // namespace

command token_command() {
  return {.help = {.name = "token",
                   .purpose
                   = "Makes the token of the robot's page where there is none, "
                     "and prints the link with it, in a terminal also as a QR "
                     "code. Who has the link may drive and stop the robot.",
                   .example = "token --config-file=rover.ini"},
          .needs = {{"web.token-file", "web.address"}},
          // It makes what is missing.
          .consequence = command_arguments::fault::is_told,
          .function = make_token};
}

} // namespace rr
