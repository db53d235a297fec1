// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/web_options.hpp"

#include <unistd.h>

#include <array>

#include "app/config/record_options.hpp"
#include "bridges/system/network_interface.hpp"
#include "bridges/web/web_token.hpp"

namespace rr {

caf::expected<web_settings> read_web_settings(const options& opts) {
  web_settings result;
  auto address = parse_web_address(opts.get<std::string>("web.address"));
  if (!address)
    return std::move(address.error());
  result.address = std::move(*address);
  if (auto file = opts.get<std::string>("web.token-file"); !file.empty()) {
    auto token = read_web_token(file);
    if (!token)
      return std::move(token.error());
    result.token = std::move(*token);
  }
  result.certificate = opts.get<std::string>("web.certificate");
  result.key = opts.get<std::string>("web.key");
  result.records = records_directory(opts);
  result.own = own_machine();
  return result;
}

web_access::machine own_machine() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0)
    name.front() = '\0';
  return {has_address, name.data()};
}

} // namespace rr
