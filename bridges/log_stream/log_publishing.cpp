// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log_stream/log_publishing.hpp"

#include <utility>

namespace rr {

namespace {

class attached_publication final : public log_publishing {
public:
  attached_publication(std::shared_ptr<log_dispatcher> from,
                       std::shared_ptr<log_publication> output)
    : from_(std::move(from)),
      output_(std::move(output)) {
  }

  ~attached_publication() override {
    from_->remove(output_);
  }

  log_publisher_status status() const override {
    return output_->status();
  }

private:
  std::shared_ptr<log_dispatcher> from_;
  std::shared_ptr<log_publication> output_;
};

} // namespace

log_publishing::~log_publishing() = default;

caf::expected<std::unique_ptr<log_publishing>>
publish_log(std::shared_ptr<log_dispatcher> from, zmq::context_t& context,
            log_publication_settings settings, log_failure_listener listener) {
  auto output = log_publication::make(context, std::move(settings),
                                      std::move(listener));
  if (!output)
    return output.error();
  if (auto failed = from->add(*output))
    return failed;
  return std::unique_ptr<log_publishing>{
    new attached_publication{std::move(from), std::move(*output)}};
}

} // namespace rr
