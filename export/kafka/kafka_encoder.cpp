#include "export/kafka/kafka_encoder.h"

namespace flowgauge {
namespace {

// No secret: the key must be the same tomorrow.
constexpr std::uint64_t kSeed = 0;

constexpr char kNoKey = 0;

void cut_line_end(std::string& bytes) {
    if (bytes.back() == '\n') {
        bytes.pop_back();
    }
}

}  // namespace

std::array<char, kKafkaKeyBytes> kafka_key(const FlowKey& key) noexcept {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::uint64_t hash = hash_of(key, kSeed);
    std::array<char, kKafkaKeyBytes> text{};
    for (char& digit : text) {
        digit = kDigits[hash >> 60];
        hash <<= 4;
    }
    return text;
}

std::optional<KafkaUnit> read_kafka_unit(std::string_view unit) noexcept {
    if (unit.empty()) {
        return std::nullopt;
    }
    const auto length = static_cast<unsigned char>(unit.front());
    unit.remove_prefix(1);
    if (length >= unit.size()) {
        return std::nullopt;
    }
    return KafkaUnit{.key = unit.substr(0, length), .value = unit.substr(length)};
}

bool KafkaEncoder::encode(const RecordView& record, Block& out) {
    return options_.records_per_message < 2 ? encode_one(record, out) : encode_line(record, out);
}

bool KafkaEncoder::encode_one(const RecordView& record, Block& out) {
    const std::size_t begin = out.bytes.size();
    if (options_.with_key) {
        const std::array<char, kKafkaKeyBytes> key = kafka_key(record.flow().key);
        out.bytes += static_cast<char>(key.size());
        out.bytes.append(key.data(), key.size());
    } else {
        out.bytes += kNoKey;
    }
    if (!values_->encode(record, out)) {
        out.bytes.resize(begin);
        return false;
    }
    if (options_.lines) {
        cut_line_end(out.bytes);
    }
    out.units.back().end = static_cast<std::uint32_t>(out.bytes.size());
    return true;
}

// The lines of a unit keep their ends but for the last one.
bool KafkaEncoder::encode_line(const RecordView& record, Block& out) {
    if (open_records_ == 0) {
        out.bytes += kNoKey;
    }
    const std::size_t unit_begin = out.units.empty() ? 0 : out.units.back().end;
    const std::size_t line_begin = out.bytes.size();
    if (!values_->encode(record, out)) {
        out.bytes.resize(open_records_ == 0 ? unit_begin : line_begin);
        return false;
    }
    out.units.pop_back();  // the unit goes on
    --out.records;
    if (open_records_ > 0 && out.bytes.size() - unit_begin > options_.message_bytes) {
        const std::string line = out.bytes.substr(line_begin);
        out.bytes.resize(line_begin);
        end_unit(out);
        out.bytes += kNoKey;
        out.bytes += line;
    }
    if (++open_records_ == options_.records_per_message) {
        end_unit(out);
    }
    return true;
}

void KafkaEncoder::end_unit(Block& out) {
    if (open_records_ == 0) {
        return;
    }
    cut_line_end(out.bytes);
    out.end_unit(open_records_);
    open_records_ = 0;
}

}  // namespace flowgauge
