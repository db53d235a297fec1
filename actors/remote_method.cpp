// SPDX-License-Identifier: BSD-3-Clause
#include "actors/remote_method.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include "actors/interfaces.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

std::string counted(size_t count) {
  return std::to_string(count) + (count == 1 ? " argument" : " arguments");
}

remote_method::caller_function for_any_caller(remote_method::function run) {
  return [run = std::move(run)](const json& args, const std::string&) {
    return run(args);
  };
}

} // namespace

call_promise::call_promise(caf::actor_addr service, uint64_t ticket,
                           std::string caller)
  : service_(std::move(service)),
    ticket_(ticket),
    caller_(std::move(caller)) {
}

void call_promise::answer(json result) const {
  settle({ticket_, std::nullopt, std::move(result)});
}

void call_promise::fail(const caf::error& what) const {
  settle({ticket_, to_call_error(what), nullptr});
}

void call_promise::settle(call_settled fact) const {
  if (auto hdl = caf::actor_cast<remote_service_actor>(service_))
    caf::anon_send(hdl, std::move(fact));
}

caf::error argument_count::check(const json& args) const {
  auto count = args.size();
  if (args.is_array() && count >= least && count <= most)
    return caf::none;
  auto text = "takes "
              + (least == most ? counted(most)
                               : std::to_string(least) + " to " + counted(most))
              + ", got " + std::to_string(count);
  return caf::make_error(ec::malformed, std::move(text));
}

remote_method remote_method::at_once(argument_count args, function run) {
  return {args, for_any_caller(std::move(run))};
}

remote_method remote_method::at_once(argument_count args, caller_function run) {
  return {args, std::move(run)};
}

remote_method remote_method::later(argument_count args, deferred_function run) {
  return {args, std::move(run)};
}

remote_method remote_method::on_worker(argument_count args, function run) {
  return {args, blocking{for_any_caller(std::move(run))}};
}

remote_method remote_method::as_urgent() && {
  urgent = true;
  return std::move(*this);
}

} // namespace rr
