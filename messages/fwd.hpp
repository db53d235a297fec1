// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include <caf/atom.hpp>
#include <caf/type_id.hpp>

namespace rr {

enum class ec : uint8_t;
enum class control_fault : uint8_t;
enum class control_timeout : uint8_t;
enum class log_level : uint8_t;
enum class process_state : uint8_t;
enum class ended_by : uint8_t;

class buffer_handle;
struct call_error;
struct call_settled;
struct configuration_read;
struct control_failed;
struct control_lost;
struct control_status;
struct device_key;
struct device_keys;
struct device_uid;
struct gamepad_input;
struct json_value;
struct direction_counters;
struct last_end;
struct log_event;
struct log_failed;
struct log_forwarder_counters;
struct log_forwarder_status;
struct log_publisher_status;
struct log_subscriber_status;
struct message_batch;
struct message_received;
struct outgoing_call;
struct payload_malformed;
struct payload_unsent;
struct process_changes;
struct process_end;
struct process_exited;
struct process_moved;
struct process_settings;
struct process_start_failed;
struct process_started;
struct process_status;
struct reload_processes;
struct restart_process;
struct robot_status;
struct robot_stopped;
struct start_process;
struct remote_client_status;
struct remote_service_status;
struct router_counters;
struct router_failed;
struct router_status;
struct stop_cause;
struct stop_cord_pulled;
struct stop_process;
struct stop_statistics;
struct update_reception;
struct update_status;
struct web_failed;
struct web_question;
struct web_status;

} // namespace rr

/// Defines `rr::atom::NAME` and `rr::atom::NAME_v`, at most ten characters.
#define RR_ADD_ATOM(name) CAF_ADD_ATOM(rr, rr::atom, name, #name)

RR_ADD_ATOM(call)
RR_ADD_ATOM(close)
RR_ADD_ATOM(exit_code)
RR_ADD_ATOM(health)
RR_ADD_ATOM(kill)
RR_ADD_ATOM(list)
RR_ADD_ATOM(notify)
RR_ADD_ATOM(open)
RR_ADD_ATOM(probe)
RR_ADD_ATOM(restart)
RR_ADD_ATOM(start)
RR_ADD_ATOM(status)
RR_ADD_ATOM(stop)
RR_ADD_ATOM(terminate)
RR_ADD_ATOM(tick)
RR_ADD_ATOM(timeout)
RR_ADD_ATOM(wait)

CAF_BEGIN_TYPE_ID_BLOCK(rr, caf::first_custom_type_id)
  CAF_ADD_TYPE_ID(rr, (rr::configuration_read))
  CAF_ADD_TYPE_ID(rr, (rr::control_failed))
  CAF_ADD_TYPE_ID(rr, (rr::control_lost))
  CAF_ADD_TYPE_ID(rr, (rr::control_status))
  CAF_ADD_TYPE_ID(rr, (rr::device_key))
  CAF_ADD_TYPE_ID(rr, (rr::device_keys))
  CAF_ADD_TYPE_ID(rr, (rr::device_uid))
  CAF_ADD_TYPE_ID(rr, (rr::direction_counters))
  CAF_ADD_TYPE_ID(rr, (rr::last_end))
  CAF_ADD_TYPE_ID(rr, (rr::log_failed))
  CAF_ADD_TYPE_ID(rr, (rr::log_forwarder_counters))
  CAF_ADD_TYPE_ID(rr, (rr::log_forwarder_status))
  CAF_ADD_TYPE_ID(rr, (rr::log_publisher_status))
  CAF_ADD_TYPE_ID(rr, (rr::log_subscriber_status))
  CAF_ADD_TYPE_ID(rr, (rr::process_changes))
  CAF_ADD_TYPE_ID(rr, (rr::process_end))
  CAF_ADD_TYPE_ID(rr, (rr::process_exited))
  CAF_ADD_TYPE_ID(rr, (rr::process_moved))
  CAF_ADD_TYPE_ID(rr, (rr::process_start_failed))
  CAF_ADD_TYPE_ID(rr, (rr::process_started))
  CAF_ADD_TYPE_ID(rr, (rr::process_status))
  CAF_ADD_TYPE_ID(rr, (rr::reload_processes))
  CAF_ADD_TYPE_ID(rr, (rr::restart_process))
  CAF_ADD_TYPE_ID(rr, (rr::robot_status))
  CAF_ADD_TYPE_ID(rr, (rr::robot_stopped))
  CAF_ADD_TYPE_ID(rr, (rr::start_process))
  CAF_ADD_TYPE_ID(rr, (rr::stop_cause))
  CAF_ADD_TYPE_ID(rr, (rr::stop_cord_pulled))
  CAF_ADD_TYPE_ID(rr, (rr::stop_process))
  CAF_ADD_TYPE_ID(rr, (rr::stop_statistics))
  CAF_ADD_TYPE_ID(rr, (rr::remote_client_status))
  CAF_ADD_TYPE_ID(rr, (rr::remote_service_status))
  CAF_ADD_TYPE_ID(rr, (rr::router_counters))
  CAF_ADD_TYPE_ID(rr, (rr::router_failed))
  CAF_ADD_TYPE_ID(rr, (rr::router_status))
  CAF_ADD_TYPE_ID(rr, (rr::update_reception))
  CAF_ADD_TYPE_ID(rr, (rr::update_status))
  CAF_ADD_TYPE_ID(rr, (rr::web_failed))
  CAF_ADD_TYPE_ID(rr, (rr::web_status))
CAF_END_TYPE_ID_BLOCK(rr)
