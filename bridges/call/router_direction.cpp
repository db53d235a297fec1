// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/call/router_direction.hpp"

#include <cerrno>
#include <cstring>
#include <span>

#include "messages/call/remote_call.hpp"

namespace rr {

namespace {

/// The message is to be sent on; any other result of `receive_message` is an
/// error number or zero: taken, and done with.
constexpr int to_be_routed = -1;

std::string_view bytes(zmq_msg_t& frame) {
  return {static_cast<const char*>(zmq_msg_data(&frame)), zmq_msg_size(&frame)};
}

bool has_more(zmq_msg_t& frame) {
  return zmq_msg_more(&frame) != 0;
}

/// Texts so short take no memory, which cannot fail.
void init(zmq_msg_t& frame, std::string_view text) noexcept {
  if (zmq_msg_init_size(&frame, text.size()) == 0)
    std::memcpy(zmq_msg_data(&frame), text.data(), text.size());
  else
    zmq_msg_init(&frame);
}

} // namespace

router_direction::router_direction(router_side side, void* from, void* to,
                                   router_reporter& reporter,
                                   const reserved_service& reserved)
  : side_(side),
    from_(from),
    to_(to),
    reporter_(reporter),
    urgent_method_(reserved.urgent_method) {
  zmq_msg_init(&sender_);
  zmq_msg_init(&recipient_);
  zmq_msg_init(&payload_);
  zmq_msg_init(&copy_);
  for (auto& each : told_)
    zmq_msg_init(&each);
  init(identity_, reserved.identity);
  init(secret_, reserved.secret);
  init(urgent_secret_, reserved.urgent_secret);
}

router_direction::~router_direction() {
  zmq_msg_close(&sender_);
  zmq_msg_close(&recipient_);
  zmq_msg_close(&payload_);
  zmq_msg_close(&identity_);
  zmq_msg_close(&secret_);
  zmq_msg_close(&urgent_secret_);
  zmq_msg_close(&copy_);
  for (auto& each : told_)
    zmq_msg_close(&each);
}

router_direction::batch router_direction::move_batch(size_t budget) {
  batch result;
  reporter_.look_at_clock();
  for (; budget > 0 && result.error == 0; --budget) {
    auto outcome = receive_message();
    if (outcome == to_be_routed)
      outcome = route(result);
    if (outcome == EAGAIN) {
      result.dry = true;
      return result;
    }
    if (outcome != EINTR)
      result.error = outcome;
  }
  return result;
}

direction_counters router_direction::counters() const noexcept {
  return {routed_.get(),    probes_.get(),   no_such_peer_.get(),
          malformed_.get(), loopback_.get(), would_block_.get()};
}

int router_direction::receive_message() {
  if (discarding_)
    return discard_frame();
  auto sender_size = receive(sender_);
  if (sender_size < 0)
    return -sender_size;
  // libzmq hands out whole messages only: the other frames are there.
  if (!has_more(sender_)) {
    drop(drop_cause::malformed);
    return 0;
  }
  auto recipient_size = receive(recipient_);
  if (recipient_size < 0)
    return -recipient_size;
  if (!has_more(recipient_)) {
    if (recipient_size == 0 && !is_impostor()) {
      probes_.increment();
      // Who answers what is urgent is nobody of its own.
      if (!is_reserved() || bytes(sender_) == bytes(secret_))
        reporter_.connected(side_, sender_name(),
                            zmq_msg_get(&recipient_, ZMQ_SRCFD));
    } else {
      drop(drop_cause::malformed);
    }
    return 0;
  }
  if (auto size = receive(payload_); size < 0)
    return -size;
  discarding_ = has_more(payload_);
  if (discarding_ || recipient_size == 0 || is_impostor())
    drop(drop_cause::malformed);
  else if (sender_size == recipient_size && bytes(sender_) == bytes(recipient_))
    drop(drop_cause::loopback);
  else
    return to_be_routed;
  return 0;
}

/// @returns zero or an error number.
int router_direction::discard_frame() noexcept {
  if (auto size = receive(payload_); size < 0)
    return -size;
  discarding_ = has_more(payload_);
  return 0;
}

/// @returns the frame's size, which saves asking for it, or the negative of an
///          error number.
int router_direction::receive(zmq_msg_t& frame) noexcept {
  for (;;) {
    auto size = zmq_msg_recv(&frame, from_, ZMQ_DONTWAIT);
    if (size >= 0)
      return size;
    if (auto error = zmq_errno(); error != EINTR)
      return -error;
  }
}

int router_direction::route(batch& result) {
  result.touched_other = true;
  auto is_told = reporter_.takes_call();
  if (is_told)
    keep_for_report();
  // The first frame decides: once it is taken, the others are.
  auto error = send_recipient();
  if (error == EHOSTUNREACH) {
    drop(drop_cause::no_such_peer);
    return 0;
  }
  if (error == EAGAIN) {
    drop(drop_cause::would_block);
    return 0;
  }
  if (error == 0)
    error = is_reserved() ? send_copy(identity_)
                          : send(sender_, ZMQ_DONTWAIT | ZMQ_SNDMORE);
  if (error == 0)
    error = send(payload_, ZMQ_DONTWAIT);
  if (error != 0)
    return error;
  routed_.increment();
  if (is_told)
    report();
  else
    reporter_.leave_out_call();
  return 0;
}

/// What has been sent is gone: of large frames these share the bytes. Told of
/// it is afterwards, so that no message waits for that.
void router_direction::keep_for_report() noexcept {
  zmq_msg_copy(&told_[0], is_reserved() ? &identity_ : &sender_);
  zmq_msg_copy(&told_[1], &recipient_);
  zmq_msg_copy(&told_[2], &payload_);
}

void router_direction::report() noexcept {
  reporter_.routed(bytes(told_[0]), bytes(told_[1]), bytes(told_[2]));
  forget_report();
}

void router_direction::forget_report() noexcept {
  for (auto& each : told_) {
    zmq_msg_close(&each);
    zmq_msg_init(&each);
  }
}

/// @returns zero or an error number.
int router_direction::send(zmq_msg_t& frame, int flags) noexcept {
  while (zmq_msg_send(&frame, to_, flags) < 0)
    if (auto error = zmq_errno(); error != EINTR)
      return error;
  return 0;
}

/// Whether the sender is the reserved service.
bool router_direction::is_reserved() noexcept {
  auto sender = bytes(sender_);
  return side_ == router_side::backend && zmq_msg_size(&identity_) != 0
         && (sender == bytes(secret_) || sender == bytes(urgent_secret_));
}

/// Whether the sender claims to be it.
bool router_direction::is_impostor() noexcept {
  return side_ == router_side::backend && zmq_msg_size(&identity_) != 0
         && bytes(sender_) == bytes(identity_);
}

std::string_view router_direction::sender_name() noexcept {
  return bytes(is_reserved() ? identity_ : sender_);
}

/// @returns zero or an error number.
int router_direction::send_recipient() noexcept {
  constexpr auto flags = ZMQ_DONTWAIT | ZMQ_SNDMORE;
  if (side_ == router_side::backend || bytes(recipient_) != bytes(identity_))
    return send(recipient_, flags);
  auto payload = std::as_bytes(std::span{bytes(payload_)});
  auto error = calls_method(payload, urgent_method_) ? send_copy(urgent_secret_)
                                                     : EHOSTUNREACH;
  return error == EHOSTUNREACH ? send_copy(secret_) : error;
}

/// @returns zero or an error number.
int router_direction::send_copy(zmq_msg_t& frame) noexcept {
  zmq_msg_copy(&copy_, &frame);
  return send(copy_, ZMQ_DONTWAIT | ZMQ_SNDMORE);
}

void router_direction::drop(drop_cause cause) {
  forget_report();
  counter_of(cause).increment();
  auto malformed = cause == drop_cause::malformed;
  reporter_.dropped(side_, cause, sender_name(),
                    malformed ? std::string_view{} : bytes(recipient_));
}

single_writer_counter& router_direction::counter_of(drop_cause cause) noexcept {
  switch (cause) {
    case drop_cause::no_such_peer:
      return no_such_peer_;
    case drop_cause::malformed:
      return malformed_;
    case drop_cause::loopback:
      return loopback_;
    case drop_cause::would_block:
      return would_block_;
  }
  return malformed_;
}

} // namespace rr
