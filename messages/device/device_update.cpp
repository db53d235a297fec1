// SPDX-License-Identifier: BSD-3-Clause
#include "messages/device/device_update.hpp"

#include <algorithm>

#include "messages/call/remote_call.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// `[2, "update", [`, to be followed by one map.
constexpr uint8_t head[] = {0x83, 0x02, 0x66, 'u', 'p',
                            'd',  'a',  't',  'e', 0x81};

/// The head of a map takes so many bytes for up to 65535 devices.
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

/// Bytes of an entry without values.
size_t name_size(const std::string& uid) noexcept {
  return (uid.size() < 24 ? 1 : 2) + uid.size() + 1;
}

/// Bytes of an update of so many bytes of entries.
constexpr size_t whole_size(size_t entries) noexcept {
  return sizeof head + map_head + entries;
}

class packer {
public:
  explicit packer(size_t datagram) noexcept : datagram_(datagram) {
  }

  void add(const std::vector<uint8_t>& entry) {
    if (count_ > 0 && whole_size(body_.size() + entry.size()) > datagram_)
      close();
    body_.insert(body_.end(), entry.begin(), entry.end());
    ++count_;
  }

  void close() {
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
  size_t datagram_;
  std::vector<uint8_t> body_;
  size_t count_ = 0;
};

bool is_uid(const std::string& text) noexcept {
  return !text.empty() && text.size() <= 27
         && std::ranges::all_of(text,
                                [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

encoded_update encode_update(const device_update& update, size_t datagram) {
  encoded_update result;
  packer out{datagram};
  size_t names_left = 0;
  for (const auto& device : update)
    names_left += name_size(device.uid);
  size_t used = 0;
  auto never_split = datagram >= largest_datagram;
  for (const auto& device : update) {
    auto entry = encode_entry(device);
    names_left -= name_size(device.uid);
    // What comes behind it in the same datagram has at least its name there.
    auto others = never_split ? used + names_left : 0;
    if (whole_size(others + entry.size()) > largest_datagram) {
      result.left_out.push_back(device.uid);
      entry = encode_entry({device.uid, json::object()});
    }
    used += entry.size();
    // So many that there is no room for their names.
    if (!never_split || whole_size(used) <= largest_datagram)
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
