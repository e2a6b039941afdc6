// RingBytes: what the kernel would write into a ring of perf, for tests.
#pragma once

#include "visibility/events/perf_merge.h"

#include <linux/perf_event.h>

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace flowgauge::test {

// A change of state of a TCP socket between 127.0.0.1 and 127.0.0.1.
struct StateBytes {
    std::int64_t time = 0;
    std::uint32_t pid = 0;
    std::uint64_t socket = 0;
    std::int32_t from = 7;
    std::int32_t to = 2;
    std::uint16_t local_port = 0;
    std::uint16_t remote_port = 80;
};

// Begins what a tracepoint of programs writes.
constexpr std::uint16_t kProgramType = 364;

// As Linux has them since 6.10.
inline RecordLayouts layouts() {
    return {
        .state_change = {}, .program = {.type = kProgramType, .file = 12, .path = 8, .bytes = 16}};
}

class RingBytes {
public:
    // Requires: a power of two; positions begin at `start`.
    explicit RingBytes(std::size_t size, std::uint64_t start = 0)
        : memory_(size),
          tail_(start),
          head_(start) {}

    template <typename Value>
    static void append(std::vector<std::uint8_t>& bytes, Value value) {
        const std::size_t at = bytes.size();
        bytes.resize(at + sizeof value);
        std::memcpy(bytes.data() + at, &value, sizeof value);
    }

    // Any record; its header says `size`, or what is true.
    void record(
        std::uint32_t type,
        std::uint16_t misc,
        const std::vector<std::uint8_t>& body,
        std::size_t size = 0
    ) {
        std::vector<std::uint8_t> bytes;
        append(bytes, type);
        append(bytes, misc);
        append(bytes, static_cast<std::uint16_t>(size != 0 ? size : 8 + body.size()));
        bytes.insert(bytes.end(), body.begin(), body.end());
        for (const std::uint8_t byte : bytes) {
            memory_[head_++ % memory_.size()] = byte;
        }
    }

    void state(const StateBytes& state) {
        std::vector<std::uint8_t> body = sample_id(state.pid, state.time);
        append(body, std::uint32_t{76});  // what follows, padded to 8 with this
        append(body, std::uint64_t{0});
        append(body, state.socket);
        append(body, state.from);
        append(body, state.to);
        append(body, state.local_port);
        append(body, state.remote_port);
        append(body, std::uint16_t{2});
        append(body, std::uint16_t{6});
        append(body, std::uint32_t{0x0100'007f});
        append(body, std::uint32_t{0x0100'007f});
        body.resize(body.size() + 36);
        record(PERF_RECORD_SAMPLE, 0, body);
    }

    void comm(
        std::uint32_t pid,
        std::uint32_t thread,
        std::string_view name,
        std::int64_t time,
        bool exec = true
    ) {
        std::vector<std::uint8_t> body;
        append(body, pid);
        append(body, thread);
        body.insert(body.end(), name.begin(), name.end());
        body.resize((body.size() / 8 + 1) * 8);
        const auto id = sample_id(pid, time);
        body.insert(body.end(), id.begin(), id.end());
        record(PERF_RECORD_COMM, exec ? PERF_RECORD_MISC_COMM_EXEC : 0, body);
    }

    // A program that is executed; `path` of what interprets it, where `file` is a script.
    void program(
        std::uint32_t pid, std::string_view file, std::string_view path, std::int64_t time
    ) {
        std::vector<std::uint8_t> raw;
        append(raw, kProgramType);
        raw.resize(8);
        append(raw, static_cast<std::uint32_t>(16 + ((path.size() + 1) << 16U)));
        append(raw, static_cast<std::uint32_t>(16 + path.size() + 1 + ((file.size() + 1) << 16U)));
        for (const std::string_view text : {path, file}) {
            raw.insert(raw.end(), text.begin(), text.end());
            raw.push_back(0);
        }
        raw.resize((raw.size() + 4 + 7) / 8 * 8 - 4);
        std::vector<std::uint8_t> body = sample_id(pid, time);
        append(body, static_cast<std::uint32_t>(raw.size()));
        body.insert(body.end(), raw.begin(), raw.end());
        record(PERF_RECORD_SAMPLE, 0, body);
    }

    void fork(std::uint32_t pid, std::uint32_t parent, std::int64_t time) {
        std::vector<std::uint8_t> body;
        append(body, pid);
        append(body, parent);
        append(body, pid);
        append(body, parent);
        append(body, time);
        const auto id = sample_id(parent, time);
        body.insert(body.end(), id.begin(), id.end());
        record(PERF_RECORD_FORK, 0, body);
    }

    void lost(std::uint64_t count, std::int64_t time) {
        std::vector<std::uint8_t> body;
        append(body, std::uint64_t{1});
        append(body, count);
        const auto id = sample_id(0, time);
        body.insert(body.end(), id.begin(), id.end());
        record(PERF_RECORD_LOST, 0, body);
    }

    // Everything that was written. Requires: this outlives it.
    [[nodiscard]] MergedRing ring(bool may_end_in_loss = false) const {
        return {
            .window = {.bytes = memory_, .tail = tail_, .head = head_},
            .may_end_in_loss = may_end_in_loss};
    }

private:
    static std::vector<std::uint8_t> sample_id(std::uint32_t pid, std::int64_t time) {
        std::vector<std::uint8_t> bytes;
        append(bytes, pid);
        append(bytes, pid);
        append(bytes, time);
        return bytes;
    }

    std::vector<std::uint8_t> memory_;
    std::uint64_t tail_;
    std::uint64_t head_;
};

}  // namespace flowgauge::test
