// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/device_catalog.hpp"

#include "bridges/catalog/catalog_file.hpp"
#include "messages/device/device_uid.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

config_problem as_config_problem(const std::string& file,
                                 const catalog_problem& x) {
  auto where = visible_path(file);
  if (x.line > 0)
    where += ':' + std::to_string(x.line);
  return {where, visible_text(x.device), visible_text(x.parameter),
          visible_text(x.text, 512), x.is_warning};
}

/// Of a file of which there is not even a line: who names it can mend that.
config_problem unreadable(const options& opts, const std::string& file,
                          std::string_view text) {
  constexpr std::string_view begin = "cannot read: ";
  auto why = text.starts_with(begin)
               ? "cannot be read: " + std::string{text.substr(begin.size())}
               : std::string{text};
  return {opts.where("device.catalog"), "device", "catalog",
          about_path(file, visible_text(why, 512)
                             + ", expected a file that describes devices")};
}

config_problem without_safe(const std::string& file, size_t count) {
  auto one = count == 1;
  return {visible_path(file), "", "",
          std::to_string(count)
            + (one ? " writeable parameter has" : " writeable parameters have")
            + " no safe value: nothing can be requested of "
            + (one ? "it" : "them")
            + " while the robot is disabled (check --verbose names "
            + (one ? "it)" : "them)"),
          true};
}

/// Names of devices that the catalog does not know.
void check_names(const options& opts, device_catalog& result) {
  for (const auto& [name, value] : opts.get<caf::settings>("device.names")) {
    auto uid = parse_device_uid(caf::get<std::string>(value));
    if (uid && !result.types.find(uid->device_id))
      result.problems.push_back({opts.where("device.names"), "device", "names",
                                 visible_text(name) + " is of the device_id "
                                   + std::to_string(uid->device_id)
                                   + ", which the catalog does not have",
                                 true});
  }
}

} // namespace

device_catalog device_catalog::load(const options& opts, bool verbose) {
  device_catalog result;
  auto file = opts.get<std::string>("device.catalog");
  if (file.empty())
    return result;
  auto reading = load_catalog(file);
  result.types = std::move(reading.value);
  size_t unsafe = 0;
  for (const auto& each : reading.problems)
    if (each.lacks_safe && !verbose)
      ++unsafe;
    else if (each.line == 0)
      result.problems.push_back(unreadable(opts, file, each.text));
    else
      result.problems.push_back(as_config_problem(file, each));
  if (unsafe > 0)
    result.problems.push_back(without_safe(file, unsafe));
  if (!reading.bad())
    check_names(opts, result);
  return result;
}

} // namespace rr
