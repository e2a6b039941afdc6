// TextRow: what rows of CSV and objects of JSON have in common.
#pragma once

#include "core/record/column.h"
#include "export/text/number_text.h"
#include "export/text/row_memory.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flowgauge {

// Puts values behind each other, each with a comma behind it. Each makes room first, for itself and
// for its comma. Thread: one at a time.
class TextRow : public ValueSink {
public:
    void unsigned_integer(std::uint64_t value) override { put_number(value); }
    void integer(std::int64_t value) override { put_number(value); }
    void real(double value) override { put_number(value); }

    void token(std::string_view value) override {
        out_.make_room(value.size() + 3);
        out_.put('"');
        out_.put(value);
        out_.put("\",");
    }

    void address(const IpAddress& value, std::uint8_t version) override {
        out_.put_written(kIpTextMax, [&](char* at) { return write_ip(at, value, version); });
    }

    void mac(const MacAddress& value, std::size_t bytes) override {
        out_.put_written(kMacTextMax, [&](char* at) { return write_mac(at, value, bytes); });
    }

protected:
    explicit TextRow(RowMemory& out) noexcept : out_(out) {}

    RowMemory& out_;

private:
    template <typename Number>
    void put_number(Number value) {
        out_.make_room(kNumberTextMax + 1);
        out_.advance_to(write_number(out_.at(), value));
        out_.put(',');
    }
};

}  // namespace flowgauge
