// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/broker.hpp"

#include <initializer_list>
#include <memory>
#include <utility>

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "app/config/child_environment.hpp"
#include "app/runtime/status_text.hpp"
#include "messages/call/routing.hpp"
#include "messages/control/control_answer.hpp"
#include "messages/device/device_uid.hpp"
#include "messages/error.hpp"
#include "messages/log/log_event.hpp"
#include "messages/process/reload.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

/// Longest reason of an emergency stop, in bytes: it becomes a log event.
constexpr size_t max_reason = 1024;

using shared_context = std::shared_ptr<const broker_context>;

json as_json(const caf::config_value& value) {
  using caf::get_if;
  if (auto text = get_if<std::string>(&value))
    return *text;
  if (auto flag = get_if<bool>(&value))
    return *flag;
  if (auto number = get_if<int64_t>(&value))
    return *number;
  if (auto duration = get_if<caf::timespan>(&value))
    return std::chrono::duration<double>(*duration).count();
  if (auto list = get_if<caf::config_value::list>(&value)) {
    auto result = json::array();
    for (const auto& item : *list)
      result.push_back(as_json(item));
    return result;
  }
  auto result = json::object();
  if (auto map = get_if<caf::settings>(&value))
    for (const auto& [key, item] : *map)
      result[key] = as_json(item);
  return result;
}

/// `router_frontend` of `router.frontend`.
std::string snake_case(std::string text) {
  for (auto& c : text)
    if (c == '-' || c == '.')
      c = '_';
  return text;
}

remote_method get_option(const shared_context& context) {
  return remote_method::at_once(
    {0, 1}, [context](const json& args) -> caf::expected<json> {
      if (args.empty())
        return context->options;
      if (!args[0].is_string())
        return remote_error({"an option's name is a text", {}});
      const auto& name = args[0].get_ref<const std::string&>();
      auto found = context->options.find(name);
      if (found == context->options.end())
        found = context->options.find(
          snake_case(std::string{option_of_python_name(name)}));
      if (found == context->options.end())
        return remote_error({"no such option", {{"option", args[0]}}});
      return *found;
    });
}

/// As SIGTERM does, and answered at once: while a robot stops, nobody answers.
remote_method stop_robot(const shared_context& context) {
  return remote_method::at_once({}, [context](const json&,
                                              const std::string& caller) {
    caf::anon_send(context->root, atom::stop_v,
                   "remote call by " + identity_text(caller));
    return caf::expected<json>{json{}};
  });
}

/// Answers at once: the robot that it stops may be gone a moment later.
remote_method emergency_stop(const shared_context& context) {
  return remote_method::at_once({0, 1}, [context](const json& args,
                                                  const std::string& caller) {
    std::string reason;
    if (!args.empty())
      reason = args[0].is_string() ? args[0].get<std::string>()
                                   : args[0].dump();
    if (reason.empty())
      reason = "remote call by " + identity_text(caller);
    context->cord->pull(
      {"", utf8_prefix(reason, max_reason), context->emergency_exit_code});
    return caf::expected<json>{json{}};
  });
}

/// Answers with all of it or the first error.
remote_method status(const shared_context& context) {
  return remote_method::by_asking(
    {}, [context](remote_service_actor::pointer self, const json&,
                  const call_promise& answer) {
      ask_for_status(self, *context, remote_service_actor{self}, caf::infinite,
                     runtime_status{},
                     [answer](const runtime_status& all,
                              const caf::error& failed) {
                       if (failed)
                         answer.fail(failed);
                       else
                         answer.answer(status_as_json(all));
                     });
    });
}

/// What a caller hears: null; or which gamepad is refused while others are
/// obeyed; or why none is.
caf::expected<json> answer_to(const control_verdict& verdict) {
  if (!verdict.obeyed && !verdict.fault)
    return remote_error({"control is not obeyed: the robot is stopping", {}});
  auto why = json::object();
  if (verdict.fault)
    why["reason"] = to_string(*verdict.fault);
  if (verdict.gamepad)
    why["gamepad"] = *verdict.gamepad;
  if (!verdict.driver.empty())
    why["driver"] = verdict.driver;
  if (!verdict.obeyed)
    return remote_error({describe_refusal(verdict), why});
  return verdict.fault ? json{{"refused", why}} : json{};
}

/// The same session as packets by UDP: its source is whoever calls.
remote_method update_gamepads(const shared_context& context) {
  return remote_method::at_once(
    argument_count::exactly(1),
    [context](const json& args,
              const std::string& identity) -> caf::expected<json> {
      auto now = control_session::clock::now();
      auto caller = identity_text(identity);
      auto inputs = decode_control(args);
      if (!inputs) {
        context->control->refuse(caller, control_fault::malformed,
                                 describe(inputs.error()), now);
        return std::move(inputs.error());
      }
      return answer_to(context->control->submit(
        {control_source::way::call, caller}, *inputs, now));
    });
}

/// Those of them that have a UID: others have numbers.
json uids_of(const device_keys& devices, const catalog& types) {
  auto result = json::array();
  for (const auto& each : devices.keys)
    if (const auto* type = types.find(each.type); type && type->device_id)
      result.push_back(to_string(each.uid));
  return result;
}

remote_method list_uids(const shared_context& context) {
  return remote_method::by_asking(
    {}, [context](remote_service_actor::pointer self, const json&,
                  const call_promise& answer) {
      if (!context->store)
        return answer.answer(json::array());
      self->request(context->store, caf::infinite, atom::list_v)
        .then(
          [=](const device_keys& devices) {
            answer.answer(uids_of(devices, context->types));
          },
          [answer](const caf::error& what) { answer.fail(what); });
    });
}

/// A caller that names whom it has just sent a message to is told when that
/// found nobody: the router has had it before it had this call.
remote_method list_services(const shared_context& context) {
  return remote_method::at_once(
    {0, 1},
    [context](const json& args,
              const std::string& caller) -> caf::expected<json> {
      if (!args.empty()) {
        if (!args[0].is_string())
          return remote_error({"a service's identity is a text", {}});
        if (context->services->was_missed(caller, args[0].get<std::string>()))
          return remote_error({no_such_service, {{"address", args[0]}}});
      }
      auto result = json::array();
      for (const auto& each : context->services->list())
        result.push_back(json{{"identity", each.identity},
                              {"since", format_timestamp(each.since)}});
      return result;
    });
}

/// A method that gives the Application an order about the named process. Orders
/// wait at the process, where one makes another void.
template <class Order>
remote_method order_process(const shared_context& context) {
  return remote_method::by_asking(
    argument_count::exactly(1),
    [context](remote_service_actor::pointer self, const json& args,
              const call_promise& answer) {
      if (!args[0].is_string())
        return answer.fail(remote_error({"a process's name is a text", {}}));
      Order order{args[0].get<std::string>()};
      self->request(context->root, caf::infinite, order)
        .then(
          [answer](const process_status& now) {
            answer.answer(status_as_json(now));
          },
          [answer](const caf::error& what) { answer.fail(what); });
    });
}

/// Answers once it is done, or with the list of what is wrong.
remote_method reload(const shared_context& context) {
  return remote_method::by_asking(
    {}, [context](remote_service_actor::pointer self, const json&,
                  const call_promise& answer) {
      reload_processes order{"remote call by "
                             + identity_text(answer.caller())};
      self->request(context->root, caf::infinite, order)
        .then(
          [answer](const process_changes& done) {
            answer.answer({{"started", done.started},
                           {"stopped", done.stopped},
                           {"restarted", done.restarted}});
          },
          [answer](const caf::error& what) { answer.fail(what); });
    });
}

} // namespace

method_table broker_methods(broker_context context) {
  auto shared = std::make_shared<const broker_context>(std::move(context));
  auto ping = [](const json&) -> caf::expected<json> { return json("pong"); };
  method_table result{
    {"ping", remote_method::at_once({}, ping)},
    {"get_option", get_option(shared)},
    {"status", status(shared)},
    {"list_uids", list_uids(shared)},
    {"list_services", list_services(shared)},
    {emergency_method, emergency_stop(shared)},
    {"update_gamepads", update_gamepads(shared)},
    {"stop_robot", stop_robot(shared)},
    {"reload", reload(shared)},
    {"start_process", order_process<start_process>(shared)},
    {"stop_process", order_process<stop_process>(shared)},
    {"restart_process", order_process<restart_process>(shared)},
  };
  for (auto& [name, method] : result)
    method.urgent = true;
  for (auto [name, parameters] :
       std::initializer_list<std::pair<const char*, const char*>>{
         {"get_option", "[name]"},
         {"list_services", "[identity]"},
         {emergency_method, "[reason]"},
         {"update_gamepads", "gamepads"},
         {"start_process", "name"},
         {"stop_process", "name"},
         {"restart_process", "name"}})
    result.at(name).parameters = parameters;
  return result;
}

method_table emergency_methods(broker_context context) {
  auto shared = std::make_shared<const broker_context>(std::move(context));
  method_table result{{emergency_method, emergency_stop(shared)}};
  result.begin()->second.urgent = true;
  return result;
}

json options_as_json(const options& opts) {
  auto result = json::object();
  for (const auto& [group, keys] : opts.values())
    if (auto section = caf::get_if<caf::settings>(&keys))
      for (const auto& [key, value] : *section)
        result[snake_case(group + '.' + key)] = as_json(value);
  return result;
}

} // namespace rr
