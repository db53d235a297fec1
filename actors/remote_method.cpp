// SPDX-License-Identifier: BSD-3-Clause
#include "actors/remote_method.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

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

call_promise::shared::shared(caf::actor_addr to, uint64_t number,
                             std::string who)
  : service(std::move(to)),
    ticket(number),
    caller(std::move(who)) {
}

call_promise::shared::~shared() {
  if (!answered)
    settle({ticket, call_error{call_dropped, json::object()}, nullptr});
}

void call_promise::shared::settle(call_settled fact) const {
  if (auto hdl = caf::actor_cast<remote_service_actor>(service))
    caf::anon_send(hdl, std::move(fact));
}

call_promise::call_promise(caf::actor_addr service, uint64_t ticket,
                           std::string caller)
  : shared_(
    std::make_shared<shared>(std::move(service), ticket, std::move(caller))) {
}

void call_promise::answer(json result) const {
  settle({shared_->ticket, std::nullopt, std::move(result)});
}

void call_promise::fail(const caf::error& what) const {
  settle({shared_->ticket, to_call_error(what), nullptr});
}

void call_promise::release() const noexcept {
  shared_->answered = true;
}

void call_promise::settle(call_settled fact) const {
  release();
  shared_->settle(std::move(fact));
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
  auto ignoring_service = [run = std::move(run)](auto, json arguments,
                                                 call_promise answer) {
    run(std::move(arguments), std::move(answer));
  };
  return {args, std::move(ignoring_service)};
}

remote_method remote_method::by_asking(argument_count args,
                                       asking_function run) {
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
