// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/web_doorman.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace rr {

namespace {

/// Of how many hosts it is known what they have said, the last second or so.
constexpr size_t max_peers = 256;

} // namespace

size_t web_doorman::count(const std::string& host) const {
  auto found = peers_.find(host);
  return found != peers_.end() ? found->second->connections : 0;
}

std::shared_ptr<web_peer> web_doorman::admit(const std::string& host,
                                             time_point now) {
  const auto& limits = core_.settings.limits;
  auto is_full = core_.count.connections >= limits.connections;
  auto has_many = count(host) >= limits.connections_of_peer;
  if (has_many ? !displace(host) : is_full && !displace()) {
    ++core_.count.displaced;
    return nullptr;
  }
  auto& result = peers_[host];
  if (!result)
    result = std::make_shared<web_peer>(web_peer{
      .host = host, .requests = {limits.requests, limits.request_burst, now}});
  forget_peers();
  return result;
}

/// Those without a connection: whoever comes again has all of his budget.
void web_doorman::forget_peers() {
  if (peers_.size() > max_peers)
    std::erase_if(peers_, [](const auto& each) {
      return each.second.use_count() == 1 && each.second->connections == 0;
    });
}

void web_doorman::add(std::shared_ptr<web_connection> client) {
  ++core_.count.accepted;
  clients_.push_back(client);
  client->begin();
}

bool web_doorman::displace(const std::string& host) {
  auto best = clients_.end();
  // The peer that has most pays for it, with what has been quiet longest.
  auto is_better = [](const web_connection& x, const web_connection& y) {
    if (x.peer().connections != y.peer().connections)
      return x.peer().connections > y.peer().connections;
    return x.quiet_since() < y.quiet_since();
  };
  for (auto i = clients_.begin(); i != clients_.end(); ++i)
    if ((*i)->is_displaceable() && (host.empty() || (*i)->peer().host == host)
        && (best == clients_.end() || is_better(**i, **best)))
      best = i;
  if (best == clients_.end())
    return false;
  ++core_.count.displaced;
  (*best)->close();
  clients_.erase(best);
  return true;
}

void web_doorman::look(time_point now) {
  for (auto i = clients_.begin(); i != clients_.end();) {
    auto client = *i++;
    if (!client->is_closed())
      client->look(now);
    if (!client->is_closed())
      continue;
    client->close();
    clients_.erase(std::prev(i));
  }
}

void web_doorman::look_if_woken() {
  for (const auto& each : clients_)
    if (auto socket = each->socket())
      socket->look_if_woken();
}

std::optional<web_doorman::time_point> web_doorman::deadline() const {
  std::optional<time_point> result;
  for (const auto& each : clients_)
    if (auto next = each->deadline())
      result = result ? std::min(*result, *next) : *next;
  return result;
}

void web_doorman::end() {
  for (const auto& each : clients_)
    each->end();
}

void web_doorman::close_all() {
  for (const auto& each : clients_)
    each->close();
  clients_.clear();
}

} // namespace rr
