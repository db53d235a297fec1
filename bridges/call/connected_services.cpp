// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/call/connected_services.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "messages/call/routing.hpp"

namespace rr {

namespace {

/// Of an identity that is told in hexadecimal.
constexpr size_t longest_text = 2 * longest_identity;

/// 0 for what is not open.
ino_t socket_of(int descriptor) noexcept {
  struct stat found {};
  return ::fstat(descriptor, &found) == 0 ? found.st_ino : 0;
}

} // namespace

void connected_services::met(std::string_view identity, int descriptor) {
  auto socket = descriptor < 0 ? ino_t{0} : socket_of(descriptor);
  std::lock_guard guard{mutex_};
  if (known_.size() >= look_at_) {
    forget_gone();
    look_at_ = 2 * known_.size() + 64;
  }
  known_.insert_or_assign(std::string{identity},
                          connection{std::chrono::system_clock::now(),
                                     descriptor, socket});
  for (auto& each : misses_)
    if (each.recipient == identity)
      each = {};
}

void connected_services::missed(std::string_view sender,
                                std::string_view recipient) {
  // Nobody could have it, and whoever sends it would have it kept.
  if (recipient.size() > longest_text)
    return;
  std::lock_guard guard{mutex_};
  auto& each = misses_[next_miss_++ % misses_.size()];
  each.sender = sender;
  each.recipient = recipient;
  if (auto found = known_.find(recipient); found != known_.end())
    known_.erase(found);
}

std::vector<connected_service> connected_services::list() {
  std::lock_guard guard{mutex_};
  forget_gone();
  std::vector<connected_service> result;
  for (const auto& [identity, each] : known_)
    result.push_back({identity_text(identity), each.since});
  return result;
}

bool connected_services::was_missed(std::string_view sender,
                                    std::string_view recipient) const {
  if (recipient.empty() || recipient.size() > longest_text)
    return true;
  std::lock_guard guard{mutex_};
  return std::ranges::any_of(misses_, [&](const miss& each) {
    return !each.recipient.empty() && each.sender == sender
           && identity_text(each.recipient) == recipient;
  });
}

void connected_services::forget_gone() {
  std::erase_if(known_, [](const auto& each) {
    const auto& known = each.second;
    return known.descriptor >= 0
           && (known.socket == 0
               || socket_of(known.descriptor) != known.socket);
  });
}

} // namespace rr
