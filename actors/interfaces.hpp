// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <caf/actor.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>

#include "messages/fwd.hpp"

namespace rr {

/// Every actor of the runtime and what it understands: the architecture on one
/// page. Facts that a bridge reports stand last in each interface.

/// Hears of every step in the lives of processes.
using process_observer_actor = caf::typed_actor<
  // Where a process is has changed.
  caf::reacts_to<process_moved>,
  // What is known of a process whose supervisor ends, and answers no more.
  caf::reacts_to<process_status>>;

/// Supervises one child process from its start to its end.
using process_supervisor_actor = caf::typed_actor<
  // Starts the child; answers its pid once its program executes.
  caf::replies_to<atom::start>::with<int32_t>,
  // Answers the exit code once the child has ended.
  caf::replies_to<atom::wait>::with<int32_t>,
  // Answers the exit code of a child that has ended, an error before.
  caf::replies_to<atom::exit_code>::with<int32_t>,
  // Answers what is known of the process, and what it has of the machine, which
  // is read for it.
  caf::replies_to<atom::status>::with<process_status>,
  // Answers only what is known of the process.
  caf::replies_to<atom::list>::with<process_status>,
  // Orders, carried out one after the other, each answered with the status once
  // it is done; one that waits is answered at once when another comes.
  caf::replies_to<start_process>::with<process_status>,
  caf::replies_to<stop_process>::with<process_status>,
  caf::replies_to<restart_process>::with<process_status>,
  // Sends SIGTERM, and SIGKILL once the terminate-timeout has passed.
  caf::reacts_to<atom::terminate>,
  // Sends SIGKILL to everything that the child started.
  caf::reacts_to<atom::kill>,
  // The robot stops: the child, which lives on until it is its turn to end, is
  // not started any more.
  caf::reacts_to<atom::stop>,
  // The timer of that number has run out: a terminate-timeout, or the delay of
  // a restart.
  caf::reacts_to<atom::timeout, uint64_t>,
  // It is time to see how the child does; the number tells which look it is.
  caf::reacts_to<atom::tick, uint64_t>,
  // The child has said something of itself.
  caf::reacts_to<atom::notify>,
  // The probe has ended; what is wrong, or nothing.
  caf::reacts_to<atom::probe, std::string>,
  // The child's program executes.
  caf::reacts_to<process_started>,
  // The child's program could not be executed.
  caf::reacts_to<process_start_failed>,
  // The child has ended and has been reaped.
  caf::reacts_to<process_exited>>;

/// Keeps how processes, and the run itself, have ended.
using run_recorder_actor = caf::typed_actor<
  // A process has ended, or could not be started.
  caf::reacts_to<process_end>,
  // The robot has stopped, and the runtime is about to end.
  caf::reacts_to<robot_stopped>,
  // Answers how fast emergency stops were.
  caf::replies_to<atom::status>::with<stop_statistics>,
  // Everything that it was told has been written down.
  caf::reacts_to<atom::close>,
  // It has had its time for that.
  caf::reacts_to<atom::timeout>>;

/// Owns the black box.
using flight_recorder_actor = caf::typed_actor<
  // The robot has stopped, and the runtime is about to end.
  caf::reacts_to<robot_stopped>,
  // Answers the name of the last file that was written; empty before.
  caf::replies_to<atom::status>::with<std::string>>;

/// Calls a function at every interval.
using spin_actor = caf::typed_actor<
  // The next call is due.
  caf::reacts_to<atom::tick>,
  // A worker's thread is done with a call, which has this error if any.
  caf::reacts_to<atom::tick, caf::error>>;

/// Calls methods of services through one channel.
using remote_client_actor = caf::typed_actor<
  // Calls the service's method with an array of arguments; answers its result
  // within the time given, or an error.
  caf::replies_to<atom::call, std::string, std::string, json_value,
                  caf::timespan>::with<json_value>,
  // Calls the service's method with an array of arguments, for no answer; an
  // error when it cannot be sent.
  caf::reacts_to<atom::notify, std::string, std::string, json_value>,
  // Answers its counters.
  caf::replies_to<atom::status>::with<remote_client_status>,
  // A call may have timed out.
  caf::reacts_to<atom::timeout>,
  // The calls that had waited together are sent.
  caf::reacts_to<atom::tick>,
  // A message has come, hopefully a response.
  caf::reacts_to<message_received>,
  // Several messages have come at once.
  caf::reacts_to<message_batch>,
  // Something has come that is no message.
  caf::reacts_to<payload_malformed>,
  // A request could not leave in time.
  caf::reacts_to<payload_unsent>>;

/// Makes remote calls for threads that are no actors.
using call_relay_actor = caf::typed_actor<
  // Makes the call, or sends the notification.
  caf::reacts_to<outgoing_call>>;

/// Answers calls of its methods through one channel.
using remote_service_actor = caf::typed_actor<
  // Answers its counters.
  caf::replies_to<atom::status>::with<remote_service_status>,
  // A call may have timed out.
  caf::reacts_to<atom::timeout>,
  // A method is done with a call.
  caf::reacts_to<call_settled>,
  // A message has come, hopefully a request or a notification.
  caf::reacts_to<message_received>,
  // Several messages have come at once.
  caf::reacts_to<message_batch>,
  // Something has come that is no message.
  caf::reacts_to<payload_malformed>,
  // A response could not leave in time.
  caf::reacts_to<payload_unsent>>;

/// Owns the buffers of the robot's devices.
using buffer_store_actor = caf::typed_actor<
  // Opens the buffer of a device, told as people do: a UID, a name of
  // `device.names`, or TYPE:NUMBER; makes it where there is none. Answers a
  // handle, by which any thread reads and writes.
  caf::replies_to<atom::open, std::string>::with<buffer_handle>,
  // The same, told by type and UID.
  caf::replies_to<atom::open, device_key>::with<buffer_handle>,
  // Marks a buffer invalid and removes it; an error when there is none.
  caf::reacts_to<atom::close, device_key>,
  // Answers the devices whose buffers are valid.
  caf::replies_to<atom::list>::with<device_keys>>;

/// Routes messages between clients and services.
using router_actor = caf::typed_actor<
  // Answers its addresses and counters.
  caf::replies_to<atom::status>::with<router_status>,
  // Nothing is routed any more.
  caf::reacts_to<router_failed>>;

/// Forwards log events from publishers to readers.
using log_forwarder_actor = caf::typed_actor<
  // Answers its addresses and counters.
  caf::replies_to<atom::status>::with<log_forwarder_status>,
  // Nothing is forwarded any more.
  caf::reacts_to<log_failed>>;

/// Publishes this program's log events.
using log_publisher_actor = caf::typed_actor<
  // Answers its source and counters.
  caf::replies_to<atom::status>::with<log_publisher_status>,
  // Nothing is published any more.
  caf::reacts_to<log_failed>>;

/// Receives log events and hands them to handlers.
using log_subscriber_actor = caf::typed_actor<
  // Answers its counters.
  caf::replies_to<atom::status>::with<log_subscriber_status>,
  // Nothing is received any more.
  caf::reacts_to<log_failed>>;

/// Receives control packets, and owns what is made of them.
using control_receiver_actor = caf::typed_actor<
  // Answers who holds control, and its counters.
  caf::replies_to<atom::status>::with<control_status>,
  // The driver has been silent for the timeout.
  caf::reacts_to<control_lost>,
  // Nothing is received any more.
  caf::reacts_to<control_failed>>;

/// Sends control packets at a rate, as a driver station does.
using control_client_actor = caf::typed_actor<
  // Sends this from now on; one of several gamepads, by its index.
  caf::reacts_to<gamepad_input>,
  // The next packet is due.
  caf::reacts_to<atom::tick>>;

/// Tells listeners of the devices' values at every interval.
using update_publisher_actor = caf::typed_actor<
  // Answers its counters.
  caf::replies_to<atom::status>::with<update_status>,
  // The next update is due.
  caf::reacts_to<atom::tick>>;

/// Receives device updates.
using update_subscriber_actor = caf::typed_actor<
  // Answers its counters.
  caf::replies_to<atom::status>::with<update_reception>>;

/// Tells what the broker's method `status` does.
using status_teller_actor = caf::typed_actor<
  // Answers all of it.
  caf::replies_to<atom::status>::with<json_value>>;

/// Serves the robot's page.
using web_server_actor = caf::typed_actor<
  // Answers its address and counters.
  caf::replies_to<atom::status>::with<web_status>,
  // This one, a `status_teller_actor`, is asked for the runtime's status from
  // now on.
  caf::reacts_to<atom::open, caf::actor>,
  // A client asks what actors know.
  caf::reacts_to<web_question>,
  // The page is not served any more.
  caf::reacts_to<web_failed>>;

/// The root: makes every resource, monitors them, stops them in order.
using application_actor = caf::typed_actor<
  // Starts the children, each when those that it comes after are ready.
  caf::reacts_to<atom::start>,
  // Stops everything in order, for the reason given.
  caf::reacts_to<atom::stop, std::string>,
  // Kills what is left, at once.
  caf::reacts_to<atom::kill>,
  // Starts a process that does not run; answers its status then.
  caf::replies_to<start_process>::with<process_status>,
  // Terminates a process; answers its status once it has ended.
  caf::replies_to<stop_process>::with<process_status>,
  // Starts a process anew; answers its status once it runs.
  caf::replies_to<restart_process>::with<process_status>,
  // Reads the configuration again, and starts, stops and starts anew the
  // processes whose sections have changed; answers which, once it is done.
  caf::replies_to<reload_processes>::with<process_changes>,
  // Answers what is known of the robot and of every process, and what each has
  // of the machine.
  caf::replies_to<atom::status>::with<robot_status>,
  // Answers only what is known of them, for who asks all the time.
  caf::replies_to<atom::list>::with<robot_status>,
  // Answers at once: it does not hang.
  caf::replies_to<atom::tick>::with<atom::tick>,
  // What is being stopped has had its time; the number tells which.
  caf::reacts_to<atom::timeout, uint64_t>,
  // It is time to report the runtime's health.
  caf::reacts_to<atom::health>,
  // Somebody asks, by a number, whether this actor still answers.
  caf::reacts_to<atom::health, uint64_t>,
  // The stop cord has been pulled, by whatever thread.
  caf::reacts_to<stop_cord_pulled>,
  // Where a process is has changed.
  caf::reacts_to<process_moved>,
  // What is known of a process whose supervisor ends, and answers no more.
  caf::reacts_to<process_status>,
  // The configuration has been read again.
  caf::reacts_to<configuration_read>>;

} // namespace rr
