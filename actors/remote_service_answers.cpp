// SPDX-License-Identifier: BSD-3-Clause
// What a service answers, and what is left of what cannot leave.
#include "actors/remote_service.hpp"
#include "messages/call/routing.hpp"
#include "messages/error.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

constexpr auto method_error = "method produced an error";

/// Bytes of an error's text, in the log and when not all of it can leave.
constexpr size_t longest_error = 1024;

/// Bytes of a method's name that the log tells, which a caller may make up.
constexpr size_t longest_method = 256;

std::string told(std::string_view text, size_t most) {
  return std::string{utf8_prefix(text, most)};
}

} // namespace

/// Who has made a request waits for an answer.
void remote_service_state::on_malformed(const payload_malformed& fact) {
  ++counters_.malformed;
  log_.warning(now(), "Received malformed message",
               {{"sender", identity_text(fact.sender)}, {"error", fact.why}});
  respond({fact.sender, fact.id, {}},
          call_error{method_error, {{"error", fact.why}}}, nullptr);
}

void remote_service_state::on_unknown_method(const call_origin& call) {
  ++counters_.unknown_methods;
  log_.warning(now(), "No such method exists",
               {{"method", told(call.method, longest_method)},
                {"sender", identity_text(call.caller)}});
  respond(call,
          call_error{"no such method exists",
                     {{"method", std::string{call.method}}}},
          nullptr);
}

void remote_service_state::settle(const call_origin& call, call_settled& done) {
  if (done.error)
    return fail(call, std::move(*done.error));
  ++counters_.answered;
  respond(call, std::nullopt, std::move(done.result));
}

void remote_service_state::fail(const call_origin& call, call_error cause) {
  ++counters_.errors;
  log_.warning(now(), "Method produced an error",
               {{"method", std::string{call.method}},
                {"sender", identity_text(call.caller)},
                {"error", told(cause.message, longest_error)}});
  auto context = std::move(cause.context);
  if (context.is_null())
    context = json::object();
  else if (!context.is_object())
    context = {{"context", std::move(context)}};
  if (!context.contains("error"))
    context["error"] = std::move(cause.message);
  respond(call, call_error{method_error, std::move(context)}, nullptr);
}

/// Ends a call: its place in the channel's window is free.
void remote_service_state::respond(const call_origin& call,
                                   std::optional<call_error> error,
                                   json result) {
  channel_->release(1);
  if (!call.id)
    return;
  response answer{*call.id, std::move(error), std::move(result)};
  if (auto fault = encode_answer(answer); !fault.empty())
    encode_fault(call.method, answer, fault);
  auto bytes = std::as_bytes(std::span{buffer_});
  if (auto err = channel_->send(call.caller, bytes, 0, in_batch_)) {
    ++counters_.unsent;
    log_.warning(now(), "Response could not be sent",
                 {{"sender", identity_text(call.caller)},
                  {"error", describe(err)}});
  }
}

/// @returns why it must not leave, if it must not.
std::string remote_service_state::encode_answer(const response& answer) {
  buffer_.clear();
  if (auto fault = fault_of(answer); !fault.empty())
    return fault;
  encode(answer, buffer_);
  if (buffer_.size() <= settings_.max_answer)
    return {};
  return std::string{answer.error ? "context" : "result"} + ": has "
         + std::to_string(buffer_.size()) + " bytes, more than "
         + std::to_string(settings_.max_answer);
}

/// What is left of an answer that must not leave: the error, and why.
void remote_service_state::encode_fault(std::string_view method,
                                        response& answer,
                                        const std::string& fault) {
  if (!answer.error) {
    --counters_.answered;
    ++counters_.errors;
  }
  log_.warning(now(), "Method produced an error",
               {{"method", told(method, longest_method)}, {"error", fault}});
  auto context = json{{"error", fault}};
  if (answer.error) {
    // A context need not be a map of texts, nor short.
    const auto& whole = answer.error->context;
    auto said = whole.is_object() ? whole.find("error") : whole.end();
    context = {{"context", fault}};
    if (said != whole.end() && said->is_string())
      context["error"]
        = as_utf8(told(said->get_ref<const std::string&>(), longest_error));
  }
  answer.error = call_error{method_error, std::move(context)};
  answer.result = nullptr;
  buffer_.clear();
  encode(answer, buffer_);
}

} // namespace rr
