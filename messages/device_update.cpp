// SPDX-License-Identifier: BSD-3-Clause
#include "messages/device_update.hpp"

#include <algorithm>

#include "messages/error.hpp"
#include "messages/remote_call.hpp"

namespace rr {

namespace {

/// `[2, "update", [`, to be followed by one map.
constexpr uint8_t head[] = {0x83, 0x02, 0x66, 'u', 'p',
                            'd',  'a',  't',  'e', 0x81};

/// Of a map's head, for up to 65535 devices.
constexpr size_t map_head = 3;

caf::error malformed(const char* why) {
  return caf::make_error(ec::malformed,
                         std::string{"malformed update: "} + why);
}

/// One key and one value, without the head of a map around them.
std::vector<uint8_t> encode_entry(const device_values& device) {
  auto result = json::to_cbor(json::array({device.uid}));
  result.erase(result.begin());
  auto values = json::to_cbor(device.values);
  result.insert(result.end(), values.begin(), values.end());
  return result;
}

class packer {
public:
  void add(const std::vector<uint8_t>& entry) {
    if (count_ > 0 && room() < entry.size())
      close();
    body_.insert(body_.end(), entry.begin(), entry.end());
    ++count_;
  }

  void close() {
    if (count_ == 0)
      return;
    std::vector<uint8_t> whole(std::begin(head), std::end(head));
    whole.push_back(0xb9);
    whole.push_back(static_cast<uint8_t>(count_ >> 8));
    whole.push_back(static_cast<uint8_t>(count_));
    whole.insert(whole.end(), body_.begin(), body_.end());
    datagrams.push_back(std::move(whole));
    body_.clear();
    count_ = 0;
  }

  std::vector<std::vector<uint8_t>> datagrams;

private:
  size_t room() const noexcept {
    auto used = sizeof head + map_head + body_.size();
    return used < whole_datagram ? whole_datagram - used : 0;
  }

  std::vector<uint8_t> body_;
  size_t count_ = 0;
};

bool is_uid(const std::string& text) noexcept {
  return !text.empty() && text.size() <= 27
         && std::ranges::all_of(text,
                                [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

encoded_update encode_update(const device_update& update) {
  encoded_update result;
  packer out;
  for (const auto& device : update) {
    auto entry = encode_entry(device);
    if (entry.size() + sizeof head + map_head > largest_datagram)
      ++result.oversized;
    else
      out.add(entry);
  }
  out.close();
  result.datagrams = std::move(out.datagrams);
  return result;
}

caf::expected<device_update> decode_update(std::span<const std::byte> payload) {
  auto message = decode(payload, {});
  if (!message)
    return message.error();
  auto call = std::get_if<notification>(&*message);
  if (!call || call->method != "update")
    return malformed("it is no notification of that name");
  if (call->args.size() != 1 || !call->args[0].is_object())
    return malformed("the argument is not one map");
  device_update result;
  for (auto& [uid, values] : call->args[0].items()) {
    if (!is_uid(uid))
      return malformed("a UID is not in decimal");
    if (!values.is_object())
      return malformed("a device's values are not a map");
    result.push_back({uid, values});
  }
  return result;
}

} // namespace rr
