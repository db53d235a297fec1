// SPDX-License-Identifier: BSD-3-Clause
#include "messages/log/log_gaps.hpp"

#include <nlohmann/json.hpp>

#include "messages/log/log_wire.hpp"

namespace rr {

uint64_t log_gaps::take(const nlohmann::json& event) {
  auto source = event.find("source");
  auto seq = event.find("seq");
  if (source == event.end() || seq == event.end() || !source->is_string()
      || !seq->is_number_unsigned())
    return 0;
  const auto& name = source->get_ref<const std::string&>();
  auto known = last_.find(name);
  if (known == last_.end()) {
    if (last_.size() == max_sources)
      last_.clear();
    known = last_.try_emplace(name).first;
  }
  auto& last = known->second[static_cast<size_t>(level_of(event))];
  auto before = std::exchange(last, seq->get<uint64_t>());
  return before == 0 || last <= before ? 0 : last - before - 1;
}

} // namespace rr
