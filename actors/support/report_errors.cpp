// SPDX-License-Identifier: BSD-3-Clause
#include "actors/support/report_errors.hpp"

#include <caf/scheduled_actor.hpp>

#include "messages/log/error_fields.hpp"

namespace rr {

namespace {

void report(caf::scheduled_actor* self, const event_log& log,
            const std::string& what) {
  log.error("Unhandled error", {{"actor", self->name()}, {"error", what}});
}

std::string text_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& x) {
    return x.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

} // namespace

void report_errors(caf::scheduled_actor* self, event_log log) {
  self->set_exception_handler(
    [log](caf::scheduled_actor* actor, std::exception_ptr& thrown) {
      report(actor, log, text_of(thrown));
      return caf::make_error(caf::sec::runtime_error);
    });
  self->set_error_handler([log](caf::scheduled_actor* actor, caf::error& what) {
    report_error(log, actor->name(), what);
    actor->quit(what);
  });
  self->set_default_handler(
    [log](caf::scheduled_actor* actor,
          caf::message_view& view) -> caf::result<caf::message> {
      report(actor, log,
             "unexpected message: "
               + to_string(view.move_content_to_message()));
      return caf::sec::unexpected_message;
    });
}

void report_error(const event_log& log, std::string actor,
                  const caf::error& what) {
  auto fields = error_fields(what);
  fields.emplace(fields.begin(), "actor", std::move(actor));
  log.error("Unhandled error", std::move(fields));
}

} // namespace rr
