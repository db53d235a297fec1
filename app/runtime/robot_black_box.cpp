// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/robot_black_box.hpp"

#include <caf/timespan.hpp>

#include "app/config/record_options.hpp"
#include "messages/log/log_event.hpp"

namespace rr {

caf::expected<std::shared_ptr<black_box>>
make_black_box(const options& opts, const run_start& run,
               const robot_devices* devices, const event_log& log) {
  auto keep = opts.get<caf::timespan>("record.keep");
  if (keep == caf::timespan{0})
    return std::shared_ptr<black_box>{};
  black_box_settings settings;
  settings.memory = black_box_memory(opts);
  settings.size = opts.get<size_t>("record.memory");
  settings.run.app = opts.get<std::string>("application.name");
  settings.run.version = run.version;
  settings.run.started = format_timestamp(run.time);
  settings.run.pid = run.pid;
  settings.run.keep = keep;
  settings.directory = records_directory(opts);
  settings.max_files = opts.get<size_t>("record.max-files");
  if (devices)
    settings.devices = std::make_unique<device_sampler>(
      devices->buffers(), devices->state(), devices->names());
  settings.log = log;
  return black_box::make(std::move(settings));
}

} // namespace rr
