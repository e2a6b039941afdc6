// KafkaEncoder: a unit is one message: length of the key, key, value.
#pragma once

#include "core/flow/flow_key.h"
#include "export/sink/encoder.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace flowgauge {

constexpr std::size_t kKafkaKeyBytes = 8;

// A hash of the flow's key in hexadecimal: the same for both directions, for every record of a
// flow, and in every run, so that a partition has all of a flow in order.
[[nodiscard]] std::array<char, kKafkaKeyBytes> kafka_key(const FlowKey& key) noexcept;

// What a unit is made of. Nothing when it is none.
struct KafkaUnit {
    std::string_view key;
    std::string_view value;
};
[[nodiscard]] std::optional<KafkaUnit> read_kafka_unit(std::string_view unit) noexcept;

struct KafkaEncoderOptions {
    // Lines of JSON in a message. From two on a message has no key, for its records belong to many
    // flows. Protocol buffers have no lines: one.
    std::uint32_t records_per_message = 1;

    // Values are lines, whose last end is left out. Protocol buffers may end with that byte, too.
    bool lines = true;

    // Without it messages go to any partition. A hash of addresses would confirm a guess of them.
    bool with_key = true;

    // A message of several lines ends before it gets longer than this; the brokers' limit is 1 MiB.
    std::size_t message_bytes = 900'000;
};

// Thread: the sink's. Ownership: owns the encoder of values.
class KafkaEncoder final : public RecordEncoder {
public:
    // Requires: a unit of `values` is a record and perhaps the end of its line.
    KafkaEncoder(const KafkaEncoderOptions& options, std::unique_ptr<RecordEncoder> values)
        : options_(options),
          values_(std::move(values)) {}

    [[nodiscard]] bool encode(const RecordView& record, Block& out) override;
    void end_unit(Block& out) override;
    [[nodiscard]] std::uint64_t records_shortened() const noexcept override {
        return values_->records_shortened();
    }

private:
    [[nodiscard]] bool encode_one(const RecordView& record, Block& out);
    [[nodiscard]] bool encode_line(const RecordView& record, Block& out);

    KafkaEncoderOptions options_;
    std::unique_ptr<RecordEncoder> values_;
    std::uint32_t open_records_ = 0;  // of the unit that has not been ended
};

}  // namespace flowgauge
