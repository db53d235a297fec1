// SPDX-License-Identifier: BSD-3-Clause
#include "messages/call/remote_exchange.hpp"

#include "messages/error.hpp"

namespace rr {

caf::error remote_error(call_error what, std::string_view where) {
  std::string text{where};
  if (!where.empty())
    text += ": ";
  text += what.message;
  if (!what.context.empty()) {
    text += ' ';
    text += what.context.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  return caf::make_error(ec::remote_error, std::move(text), std::move(what));
}

call_error to_call_error(const caf::error& what) {
  const auto& context = what.context();
  if (what == ec::remote_error && context.size() == 2
      && context.match_element<call_error>(1))
    return context.get_as<call_error>(1);
  return {describe(what), json::object()};
}

} // namespace rr
