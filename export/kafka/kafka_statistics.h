// What a producer of librdkafka emits of itself and of its connections, as numbers for metrics.
#pragma once

#include "export/sink/sink_numbers.h"

#include <optional>
#include <string_view>

namespace flowgauge {

// Reads what librdkafka emits (its STATISTICS.md); `producers` stays 0. Nothing when it is no JSON
// object.
[[nodiscard]] std::optional<ProducerNumbers> read_kafka_statistics(std::string_view json);

// Adds what counts since the start, of a producer that is no more.
void add_counts(ProducerNumbers& to, const ProducerNumbers& ended) noexcept;

// What counts since the start is at least as in `before`: a broker that librdkafka forgets takes
// its counts along.
void keep_counts(ProducerNumbers& to, const ProducerNumbers& before) noexcept;

}  // namespace flowgauge
