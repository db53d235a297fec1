// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/actor_config.hpp"

#include <stdexcept>

#include <caf/defaults.hpp>

#include "bridges/system/start_thread.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Those of its clock and of its printer.
constexpr size_t other_threads = 2;

/// `{a = {b = 1}}` is set as `a.b = 1`.
void set_all(caf::actor_system_config& cfg, const caf::settings& values,
             const std::string& prefix) {
  for (const auto& [key, value] : values) {
    auto name = prefix + key;
    if (auto section = caf::get_if<caf::settings>(&value))
      set_all(cfg, *section, name + ".");
    else
      cfg.set(name, value);
  }
}

} // namespace

actor_config::actor_config(const options& opts) {
  register_messages(*this);
  set_all(*this, opts.actor_system(), "");
  // Where it is refused one it waits for ever, or crashes.
  auto workers = caf::get_or(*this, "scheduler.max-threads",
                             caf::defaults::scheduler::max_threads);
  if (auto failed = try_threads(workers + other_threads,
                                "cannot start the threads of actors"))
    throw std::runtime_error{describe(failed)};
}

} // namespace rr
