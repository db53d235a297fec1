// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rr {

/// Over what a client or a service speaks. Addresses are those of this project:
/// `tcp://host:port`, `ipc://path`, and for datagrams `udp://host:port`; what
/// is no address is an error when the client or service is opened.
///
///     remote_node::named("camera")                         // at the router
///     remote_node::dealer("tcp://10.0.0.5:6000", "base")   // another robot's
///     remote_node::publisher("ipc:///tmp/news.sock").bound()
///     remote_node::subscriber("ipc:///tmp/news.sock", {"update"})
///     remote_node::udp("udp://127.0.0.1:6010").bound()
class remote_node {
public:
  enum class kind : uint8_t { router, dealer, publisher, subscriber, udp };

  /// The router that the options name, as `<app>-client` or `<app>-service`.
  remote_node() = default;

  /// The router that the options name, under an identity that no other client
  /// or service has.
  static remote_node named(std::string identity) {
    remote_node result;
    result.identity_ = std::move(identity);
    return result;
  }

  /// A DEALER that connects to a ROUTER anywhere.
  static remote_node dealer(std::string address, std::string identity) {
    auto result = remote_node{kind::dealer, std::move(address)};
    result.identity_ = std::move(identity);
    return result;
  }

  /// For a client: a PUB socket. Only `notify` works; the topic is the method.
  static remote_node publisher(std::string address) {
    return {kind::publisher, std::move(address)};
  }

  /// For a service: a SUB socket, which answers nobody.
  /// @param topics methods, by what they begin with; none for all.
  static remote_node subscriber(std::string address,
                                std::vector<std::string> topics = {}) {
    auto result = remote_node{kind::subscriber, std::move(address)};
    result.topics_ = std::move(topics);
    return result;
  }

  /// Datagrams, of one payload each: to and from one peer, or when bound, with
  /// whoever sends some.
  static remote_node udp(std::string address) {
    return {kind::udp, std::move(address)};
  }

  /// Binds the address, where others connect, in place of connecting: a
  /// publisher, a subscriber, or datagrams.
  remote_node bound() && {
    binds_ = true;
    return std::move(*this);
  }

  kind by() const noexcept {
    return kind_;
  }

  /// Empty for the router of the options.
  const std::string& address() const noexcept {
    return address_;
  }

  /// Empty for the default one, and where there is none.
  const std::string& identity() const noexcept {
    return identity_;
  }

  const std::vector<std::string>& topics() const noexcept {
    return topics_;
  }

  bool binds() const noexcept {
    return binds_;
  }

  friend bool operator==(const remote_node&, const remote_node&) = default;

  /// For people; empty for the default one.
  const std::string& name() const noexcept {
    return identity_.empty() ? address_ : identity_;
  }

private:
  remote_node(kind by, std::string address)
    : kind_(by),
      address_(std::move(address)) {
  }

  kind kind_ = kind::router;
  std::string address_;
  std::string identity_;
  std::vector<std::string> topics_;
  bool binds_ = false;
};

} // namespace rr
