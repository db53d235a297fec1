// SPDX-License-Identifier: BSD-3-Clause
#include "app/peer/handler_runner.hpp"

#include <exception>
#include <mutex>
#include <utility>

#include "bridges/system/rate_limit.hpp"
#include "messages/error.hpp"

namespace rr {

struct handler_runner::shared {
  shared(std::string who, executor on, peer_resource of, event_log to)
    : name(std::move(who)),
      where(std::move(on)),
      resource(std::move(of)),
      log(std::move(to)) {
  }

  std::string name;
  executor where;
  peer_resource resource;
  event_log log;
  std::mutex mutex;
  rate_limit limit;

  void run(const std::function<void()>& handler) const {
    try {
      handler();
    } catch (const std::exception& x) {
      resource.fail(caf::make_error(ec::work_failed, std::string{x.what()}));
    } catch (...) {
      resource.fail(
        caf::make_error(ec::work_failed,
                        std::string{"an exception that is no std::exception"}));
    }
  }

  void tell_missed() {
    std::lock_guard guard{mutex};
    if (auto more = limit.pass(rate_limit::clock::now()))
      log.warning("Handler fell behind",
                  {{"resource", name}, {"count", *more + 1}});
  }
};

handler_runner::handler_runner(std::string name, executor where,
                               peer_resource resource, event_log log)
  : shared_(std::make_shared<shared>(std::move(name), std::move(where),
                                     std::move(resource), std::move(log))) {
}

bool handler_runner::runs_here() const noexcept {
  return !shared_->where;
}

void handler_runner::call(std::function<void()> handler) const {
  if (runs_here())
    shared_->run(handler);
  else if (!shared_->where([self = shared_, handler = std::move(handler)] {
             self->run(handler);
           }))
    shared_->tell_missed();
}

} // namespace rr
