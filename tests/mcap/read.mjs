// SPDX-License-Identifier: BSD-3-Clause
// Reads an MCAP file by Foxglove's own reader, by its index and as a stream, and
// prints what is in it as JSON: { "indexed": N, "streamed": N, "whole": bool,
// "topics": { topic: count }, "schemas": [...], "metadata": {...}, "messages":
// [ { "topic", "time": nanoseconds as text, "data" } ] }.
//
// usage: node read.mjs FILE [--torn]    with --torn the stream alone
import { readFileSync } from "node:fs";
import { McapIndexedReader, McapStreamReader } from "@mcap/core";

const bytes = readFileSync(process.argv[2]);
const isTorn = process.argv[3] === "--torn";
const result = { indexed: 0, streamed: 0, whole: false, topics: {},
  schemas: [], metadata: {}, messages: [] };

const decode = (data) => JSON.parse(new TextDecoder("utf-8", { fatal: true })
  .decode(data));

// Both check all check sums that there are.
const stream = new McapStreamReader({ validateCrcs: true });
stream.append(bytes);
const channels = new Map();
for (let record; (record = stream.nextRecord()); ) {
  if (record.type === "Channel") channels.set(record.id, record.topic);
  if (record.type === "Message") {
    ++result.streamed;
    const topic = channels.get(record.channelId);
    result.topics[topic] = (result.topics[topic] ?? 0) + 1;
    result.messages.push({ topic, time: String(record.logTime),
      data: decode(record.data) });
  }
}
result.whole = stream.done();

if (!isTorn) {
  const readable = {
    size: async () => BigInt(bytes.length),
    read: async (offset, size) =>
      bytes.subarray(Number(offset), Number(offset + size)),
  };
  const reader = await McapIndexedReader.Initialize({ readable });
  let last = 0n;
  for await (const message of reader.readMessages({ validateCrcs: true })) {
    if (message.logTime < last) throw new Error("messages are not in order");
    last = message.logTime;
    ++result.indexed;
  }
  for (const schema of reader.schemasById.values()) {
    decode(schema.data);
    result.schemas.push(schema.name);
  }
  for await (const each of reader.readMetadata())
    result.metadata[each.name] = Object.fromEntries(each.metadata);
  if (Number(reader.statistics.messageCount) !== result.streamed)
    throw new Error("the statistics count other messages");
}
console.log(JSON.stringify(result));
