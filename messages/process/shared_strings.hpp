// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rr {

/// Texts that never change, so that its copies share them. Safe to read from
/// several threads.
class shared_strings {
public:
  using container = std::vector<std::string>;
  using value_type = std::string;
  using const_iterator = container::const_iterator;

  shared_strings() = default;

  // NOLINTNEXTLINE(google-explicit-constructor): any list of texts is one.
  shared_strings(container texts)
    : texts_(std::make_shared<const container>(std::move(texts))) {
  }

  shared_strings(std::initializer_list<std::string> texts)
    : shared_strings(container{texts}) {
  }

  const container& get() const noexcept {
    static const container none;
    return texts_ ? *texts_ : none;
  }

  const_iterator begin() const noexcept {
    return get().begin();
  }

  const_iterator end() const noexcept {
    return get().end();
  }

  bool empty() const noexcept {
    return get().empty();
  }

  /// Compares the texts.
  friend bool operator==(const shared_strings& x, const shared_strings& y) {
    return x.texts_ == y.texts_ || x.get() == y.get();
  }

private:
  std::shared_ptr<const container> texts_;
};

} // namespace rr
