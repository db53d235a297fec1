// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/black_box/ring_export.hpp"

#include <fmt/format.h>

#include "bridges/black_box/record_directory.hpp"
#include "messages/json.hpp"
#include "messages/log/log_wire.hpp"
#include "messages/record/record_line.hpp"
#include "messages/telemetry/topics.hpp"

namespace rr {

namespace {

std::string text_of_log(std::string_view line) {
  auto event = parse_log_line(line);
  if (!event)
    return {};
  return message_text(log_message(as_log_event(*event)));
}

std::string text_in(const json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>()
                                                     : std::string{};
}

/// @returns one without a name for what is none.
telemetry_topic read_topic(std::string_view text) {
  auto object = parse_record_line(text);
  if (!object)
    return {};
  telemetry_topic result{text_in(*object, "name"),
                         text_in(*object, "schema_name"),
                         text_in(*object, "schema")};
  if (!json::accept(result.schema))
    result = {};
  return result;
}

telemetry_topic unknown_device(uint16_t number) {
  return {fmt::format("/devices/unknown-{}", number), "Device",
          R"({"type":"object"})"};
}

} // namespace

void ring_export::describe(const ring_description& of) {
  out_.write_metadata(record_metadata_name, {{"app", of.app},
                                             {"version", of.version},
                                             {"started", of.started},
                                             {"pid", std::to_string(of.pid)},
                                             {"end", of.end},
                                             {"cause", of.cause}});
}

void ring_export::count() {
  out_.write_metadata("robot-runtime-counts",
                      {{"messages", std::to_string(out_.message_count())},
                       {"lost", std::to_string(lost_)},
                       {"missed", std::to_string(missed_)},
                       {"malformed", std::to_string(malformed_)}});
}

void ring_export::add(const ring_contents& contents) {
  lost_ = contents.lost;
  missed_ += contents.missed;
  for (const auto& each : contents.records)
    if (each.kind == kept_kind::topic)
      if (auto topic = read_topic(each.text); !topic.name.empty())
        topics_[each.topic] = std::move(topic);
  if (contents.records.empty())
    return;
  if (!std::exchange(begun_, true))
    return add_first(contents);
  for (const auto& each : contents.records)
    if (each.kind != kept_kind::topic && !each.is_repeated)
      write(each, each.time);
  out_.close_chunk();
}

void ring_export::add_first(const ring_contents& contents) {
  const auto& records = contents.records;
  auto keep = contents.description.keep;
  auto is_old = [&](const kept_record& x) {
    return keep.count() > 0 && x.steady < records.back().steady - keep;
  };
  std::map<key, const kept_record*> before;
  std::vector<const kept_record*> within;
  for (const auto& each : records) {
    if (each.kind == kept_kind::topic)
      continue;
    auto is_known = is_lasting(each.kind) && !seen_.insert(key_of(each)).second;
    if (each.is_repeated && is_known)
      continue;
    if (!is_old(each))
      within.push_back(&each);
    else if (is_lasting(each.kind))
      before[key_of(each)] = &each;
  }
  if (!within.empty())
    for (const auto& [which, record] : before)
      write(*record, within.front()->time);
  for (const auto* each : within)
    write(*each, each->time);
  out_.close_chunk();
}

void ring_export::write(const kept_record& record,
                        mcap_writer::time_point logged) {
  std::string converted;
  auto text = record.text;
  if (record.kind == kept_kind::log)
    text = converted = text_of_log(text);
  if (text.empty() || (converted.empty() && !json::accept(text))) {
    ++malformed_;
    return;
  }
  auto [found, is_new] = channels_.try_emplace(key_of(record), uint16_t{0});
  if (is_new)
    found->second = out_.add_channel(topic_of(record));
  out_.write(found->second, logged, record.time, text);
}

telemetry_topic ring_export::topic_of(const kept_record& record) const {
  switch (record.kind) {
    case kept_kind::log:
      return log_topic();
    case kept_kind::state:
      return state_topic();
    case kept_kind::control:
      return control_topic();
    case kept_kind::device:
    case kept_kind::topic:
      break;
  }
  auto found = topics_.find(record.topic);
  return found != topics_.end() ? found->second : unknown_device(record.topic);
}

caf::expected<std::string> write_record(ring_reader& ring,
                                        const record_target& target,
                                        const std::function<bool()>& more) {
  auto file = partial_file::make(target.path);
  if (!file)
    return std::move(file.error());
  mcap_writer out{
    [&](std::string_view bytes) { return (*file)->write(bytes); }};
  ring_export all{out};
  auto is_first = true;
  // What has come until no more comes is read, too.
  for (auto is_last = false;; is_last = !more()) {
    auto contents = ring.read();
    if (!contents)
      return std::move(contents.error());
    if (std::exchange(is_first, false)) {
      auto description = contents->description;
      if (!target.end.empty())
        description.end = target.end;
      all.describe(description);
    }
    all.add(*contents);
    if (out.failure())
      return out.failure();
    if (is_last)
      break;
  }
  all.count();
  if (auto failed = out.finish())
    return failed;
  return (*file)->finish(target.replaces);
}

} // namespace rr
