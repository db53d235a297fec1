// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/process_statistics.hpp"

#include <fcntl.h>

#include <cerrno>
#include <charconv>
#include <string>

#include "bridges/system/file_descriptor.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

const std::string own_status = "/proc/self/status";

/// The number at the start of a line's value.
caf::expected<uint64_t> number_of(std::string_view status,
                                  std::string_view key) {
  auto line = "\n" + std::string{key} + ":";
  auto at = status.find(line);
  auto rest = at == std::string_view::npos ? std::string_view{}
                                           : status.substr(at + line.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  uint64_t result = 0;
  auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(),
                                     result);
  if (code != std::errc{})
    return caf::make_error(ec::malformed, std::string{"no number "}
                                            + std::string{key} + " in "
                                            + own_status);
  return result;
}

} // namespace

caf::expected<process_statistics> read_process_statistics() {
  auto file = file_descriptor{::open(own_status.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file)
    return system_error("cannot open " + own_status, errno);
  std::string status;
  char buffer[4096];
  for (;;) {
    auto n = ::read(file.get(), buffer, sizeof(buffer));
    if (n == 0)
      return parse_process_statistics(status);
    if (n > 0)
      status.append(buffer, static_cast<size_t>(n));
    else if (errno != EINTR)
      return system_error("cannot read " + own_status, errno);
  }
}

caf::expected<process_statistics>
parse_process_statistics(std::string_view status) {
  auto threads = number_of(status, "Threads");
  if (!threads)
    return std::move(threads.error());
  auto resident = number_of(status, "VmRSS");
  if (!resident)
    return std::move(resident.error());
  return process_statistics{*threads, *resident};
}

} // namespace rr
