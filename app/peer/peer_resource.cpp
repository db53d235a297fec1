// SPDX-License-Identifier: BSD-3-Clause
#include "app/peer/peer_resource.hpp"

#include <mutex>

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "actors/interfaces.hpp"
#include "actors/support/actor_turn.hpp"
#include "messages/control/control.hpp"
#include "messages/device/device_update.hpp"
#include "messages/error.hpp"
#include "messages/log/log_forwarding.hpp"

namespace rr {

struct peer_resource::shared {
  std::mutex mutex;
  /// Keeps nothing alive: this may outlive the program's actors.
  caf::actor_addr actor;
  /// Empty for one that ends by its actor.
  std::function<void()> ender = {};
  bool ended = false;
};

peer_resource::peer_resource() : shared_(std::make_shared<shared>()) {
}

peer_resource::peer_resource(std::function<void()> ender) : peer_resource() {
  shared_->ender = std::move(ender);
}

void peer_resource::end() const {
  caf::actor living;
  std::function<void()> ender;
  {
    std::lock_guard guard{shared_->mutex};
    shared_->ended = true;
    living = caf::actor_cast<caf::actor>(shared_->actor);
    ender.swap(shared_->ender);
  }
  if (ender)
    ender();
  else if (living)
    caf::anon_send_exit(living, caf::exit_reason::user_shutdown);
}

bool peer_resource::ended() const {
  std::lock_guard guard{shared_->mutex};
  return shared_->ended;
}

void peer_resource::fail(caf::error why) const {
  if (auto living = actor())
    caf::anon_send(living, caf::exit_msg{living.address(), std::move(why)});
}

void peer_resource::set_actor(const caf::actor& made) const {
  auto ended = false;
  {
    std::lock_guard guard{shared_->mutex};
    shared_->actor = made.address();
    ended = shared_->ended;
  }
  if (ended)
    caf::anon_send_exit(made, caf::exit_reason::user_shutdown);
}

caf::actor peer_resource::actor() const {
  std::lock_guard guard{shared_->mutex};
  return shared_->ended ? caf::actor{}
                        : caf::actor_cast<caf::actor>(shared_->actor);
}

template <class Status>
caf::expected<Status> counting_resource<Status>::status() const {
  caf::expected<Status> result{
    caf::make_error(ec::client_ended, "the resource has ended")};
  if (actor_turn::under_way())
    return caf::make_error(ec::system_error,
                           "cannot wait for counters in what must not block");
  if (auto living = actor()) {
    caf::scoped_actor self{living.home_system()};
    self->request(living, caf::infinite, atom::status_v)
      .receive([&](Status& status) { result = std::move(status); },
               [](const caf::error&) {
                 // It has ended meanwhile.
               });
  }
  return result;
}

template class counting_resource<control_status>;
template class counting_resource<log_subscriber_status>;
template class counting_resource<update_reception>;
template class counting_resource<update_status>;

} // namespace rr
