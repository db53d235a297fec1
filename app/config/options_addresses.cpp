// SPDX-License-Identifier: BSD-3-Clause
#include <filesystem>

#include <sys/stat.h>

#include "app/config/option_value.hpp"
#include "app/config/options_reader.hpp"
#include "bridges/system/network_interface.hpp"
#include "messages/address.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

constexpr std::string_view ipc = "ipc://";

/// An address that begins with `ipc://RUNTIME/` with the runtime directory in
/// that place, any other unchanged.
std::string place_address(const std::string& address,
                          const std::string& runtime_directory) {
  constexpr std::string_view start = "ipc://RUNTIME/";
  if (!address.starts_with(start))
    return address;
  return "ipc://" + runtime_directory + '/' + address.substr(start.size());
}

bool is_other_file(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode);
}

bool is_every_host(std::string_view host) noexcept {
  return host == "*" || host == "0.0.0.0" || host == "[::]";
}

/// What stands for an interface in a host: the host itself, or the zone of an
/// IPv6 address; nothing where there is neither.
std::string_view interface_of(std::string_view host) noexcept {
  if (host.starts_with('[')) {
    auto percent = host.find('%');
    return percent == host.npos
             ? std::string_view{}
             : host.substr(percent + 1, host.size() - percent - 2);
  }
  auto is_number = host.find_first_not_of("0123456789.") == host.npos;
  return is_number || host == "*" || host == "localhost" ? std::string_view{}
                                                         : host;
}

/// Whether two sockets cannot both be bound.
bool collide(const zmq_address& x, const zmq_address& y) {
  if (x.index() != y.index())
    return false;
  if (auto path = std::get_if<ipc_address>(&x))
    return *path == std::get<ipc_address>(y);
  auto& [host, port] = std::get<tcp_address>(x);
  auto& other = std::get<tcp_address>(y);
  if (port != other.port || port == 0)
    return false;
  return is_every_host(host) || is_every_host(other.host)
         || numeric_host(host) == numeric_host(other.host);
}

} // namespace

void options_reader::settle_addresses() {
  auto runtime = result_.get<std::string>("application.runtime-directory");
  for (auto& row : option_table()) {
    if (row.type != option_type::addresses)
      continue;
    auto name = full_name(row);
    auto list = result_.get<std::vector<std::string>>(name);
    for (auto& address : list)
      settle_address(row, address, runtime);
    caf::put(result_.values_, name, list);
  }
}

void options_reader::settle_address(const option_row& row, std::string& address,
                                    const std::string& runtime) {
  if (!address.starts_with(ipc))
    return;
  auto name = full_name(row);
  auto at = place_of(name);
  auto placed = place_address(address, runtime);
  if (placed == address)
    placed = std::string{ipc} + normal(address.substr(ipc.size()), at);
  // A default becomes too long through the directory that it lies in.
  if (!places_.contains(name))
    at = place_of("application.runtime-directory");
  auto fault = zmq_address_fault(placed);
  if (!fault.empty())
    refuse(row, at,
           about_path(placed, fault + ", expected at most 107 bytes of path"));
  check_text(row, at, placed);
  if (!needs_ && is_other_file(placed.substr(ipc.size())))
    refuse(row, at,
           about_path(placed,
                      "is there and is no socket, expected another path"));
  auto folder = std::filesystem::path{placed.substr(ipc.size())}.parent_path();
  if (!needs_ && folder != runtime && !is_directory(folder.string()))
    problems_.warning(at, row.group, row.key,
                      about_path(placed,
                                 "lies in no folder that is there now"));
  address = std::move(placed);
}

/// What no socket of this machine can be bound to.
void options_reader::check_addresses() {
  std::vector<bound_address> bound;
  for (auto& row : option_table()) {
    auto name = full_name(row);
    if (row.type == option_type::udp_address) {
      auto text = result_.get<std::string>(name);
      if (auto address = parse_udp_address(text)) {
        check_host(row, text, address->host);
        check_datagrams(row, text, address->host);
      }
    } else if (row.type == option_type::addresses) {
      for (auto& text : result_.get<std::vector<std::string>>(name))
        if (auto address = parse_zmq_address(text)) {
          if (auto tcp = std::get_if<tcp_address>(&*address))
            check_host(row, text, tcp->host);
          bound.push_back({&row, text, *address});
          check_collision(bound);
        }
    }
  }
}

void options_reader::check_host(const option_row& row, const std::string& text,
                                const std::string& host) {
  auto at = place_of(full_name(row));
  if (auto name = interface_of(host); !name.empty() && !has_interface(name))
    return refuse(row, at,
                  about_path(text, "names no interface of this machine, "
                                   "expected an IPv4 address, an IPv6 address "
                                   "in brackets, localhost, * or the name of "
                                   "an interface"));
  // Updates go to it, and nothing is bound there.
  if (row.group == "update" || is_multicast_host(host))
    return;
  auto number = numeric_host(host);
  if (number.empty() || !has_address(number))
    problems_.warning(at, row.group, row.key,
                      about_path(text,
                                 "is no address that this machine has now"));
}

void options_reader::check_datagrams(const option_row& row,
                                     const std::string& text,
                                     const std::string& host) {
  auto tell = [&](const char* why) {
    refuse(row, place_of(full_name(row)), about_path(text, why));
  };
  if (row.group == "control" && is_multicast_host(host))
    tell("is of a group, expected the address of one host");
  if (row.group == "update" && host.starts_with('['))
    tell("is an IPv6 address, expected an IPv4 address such as 224.1.1.1");
}

/// Tells when the last of them is bound already.
void options_reader::check_collision(const std::vector<bound_address>& bound) {
  auto& last = bound.back();
  for (auto i = bound.begin(); i + 1 != bound.end(); ++i) {
    if (!collide(i->address, last.address))
      continue;
    // One of them may be a default, which is nobody's fault.
    auto is_given = places_.contains(full_name(*last.row));
    auto& told = is_given ? last : *i;
    auto& other = is_given ? *i : last;
    auto fault = told.row == other.row ? std::string{"is given twice"}
                                       : "is taken by " + full_name(*other.row);
    return refuse(*told.row, place_of(full_name(*told.row)),
                  about_path(told.text, fault + ", expected another address"));
  }
}

} // namespace rr
