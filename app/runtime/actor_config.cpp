// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/actor_config.hpp"

#include "messages/error.hpp"

namespace rr {

namespace {

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
}

} // namespace rr
