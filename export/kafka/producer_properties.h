// The properties of a producer: what flowgauge sets, and over it what an operator sets.
#pragma once

#include "core/base/result.h"
#include "export/kafka/kafka_options.h"

#include <string>
#include <utility>
#include <vector>

namespace flowgauge {

struct ProducerProperty {
    std::string name;
    std::string value;
    std::string place = {};  // "FILE:LINE", or "properties"; empty for our own
    bool secret = false;     // no message may hold its value
};

// In the order in which they are to be set. Reads the properties file: in the start-up's thread.
// Errors: kUsage; an unreadable file, a line that is none, a property that others depend on. No
// message holds a value of the file.
[[nodiscard]] Result<std::vector<ProducerProperty>> producer_properties(const KafkaOptions& options
);

}  // namespace flowgauge
