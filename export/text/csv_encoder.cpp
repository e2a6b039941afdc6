#include "export/text/csv_encoder.h"

#include "export/text/number_text.h"

#include <algorithm>

namespace flowgauge {

// Writes the values of a row straight into memory that lasts over rows. Each value makes room
// first, for itself and for the comma behind it.
class CsvEncoder::Row final : public ValueSink {
public:
    Row(std::vector<char>& memory, CsvDialect dialect) noexcept
        : memory_(memory),
          at_(memory.data()),
          dialect_(dialect) {}

    void unsigned_integer(std::uint64_t value) override {
        make_room(kNumberTextMax);
        at_ = write_number(at_, value);
        *at_++ = ',';
    }
    void integer(std::int64_t value) override {
        make_room(kNumberTextMax);
        at_ = write_number(at_, value);
        *at_++ = ',';
    }
    void real(double value) override {
        make_room(kNumberTextMax);
        at_ = write_number(at_, value);
        *at_++ = ',';
    }

    void token(std::string_view value) override {
        make_room(value.size() + 2);
        *at_++ = '"';
        put(value);
        *at_++ = '"';
        *at_++ = ',';
    }

    void text(std::string_view value) override {
        make_room(2 * value.size() + 2);
        *at_++ = '"';
        for (std::size_t quote = value.find('"'); quote != std::string_view::npos;
             quote = value.find('"')) {
            put(value.substr(0, quote));
            put(dialect_ == CsvDialect::kRfc4180 ? "\"\"" : "\\\"");
            value.remove_prefix(quote + 1);
        }
        put(value);
        *at_++ = '"';
        *at_++ = ',';
    }

    // As Python prints a list.
    void list(std::span<const std::int64_t> values) override {
        make_room(values.size() * (kNumberTextMax + 2) + 4);
        put("\"[");
        for (std::size_t i = 0; i < values.size(); ++i) {
            put(i == 0 ? "" : ", ");
            at_ = write_number(at_, values[i]);
        }
        put("]\",");
    }

    // The row, its last comma replaced by the end of the line.
    [[nodiscard]] std::string_view finish() noexcept {
        at_[-1] = '\n';
        return {memory_.data(), static_cast<std::size_t>(at_ - memory_.data())};
    }

private:
    void make_room(std::size_t bytes) {
        const auto used = static_cast<std::size_t>(at_ - memory_.data());
        if (used + bytes + 1 > memory_.size()) [[unlikely]] {
            memory_.resize(std::max(2 * memory_.size(), used + bytes + 1));
            at_ = memory_.data() + used;
        }
    }
    void put(std::string_view value) noexcept { at_ = std::copy(value.begin(), value.end(), at_); }

    std::vector<char>& memory_;
    char* at_;
    CsvDialect dialect_;
};

std::string CsvEncoder::preamble() {
    std::string out;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        out += i == 0 ? "" : ",";
        out += with_unit(columns_[i]->name, unit_);
    }
    out += '\n';
    return out;
}

bool CsvEncoder::encode(const RecordView& record, Block& out) {
    Row row(row_memory_, dialect_);
    for (const Column* column : columns_) {
        column->read(record, row);
    }
    out.bytes += row.finish();
    out.end_unit(1);
    return true;
}

}  // namespace flowgauge
