#include "core/export/csv_encoder.h"

#include "core/export/number_text.h"

namespace flowgauge {
namespace {

class CsvValues final : public ValueSink {
public:
    CsvValues(std::string& out, CsvDialect dialect) : out_(out), dialect_(dialect) {}

    void unsigned_integer(std::uint64_t value) override { append_number(out_, value); }
    void integer(std::int64_t value) override { append_number(out_, value); }
    void real(double value) override { append_number(out_, value); }

    void text(std::string_view value) override {
        out_ += '"';
        for (std::size_t quote = value.find('"'); quote != std::string_view::npos;
             quote = value.find('"')) {
            out_ += value.substr(0, quote);
            out_ += dialect_ == CsvDialect::kRfc4180 ? "\"\"" : "\\\"";
            value.remove_prefix(quote + 1);
        }
        out_ += value;
        out_ += '"';
    }

    // As Python prints a list.
    void list(std::span<const std::int64_t> values) override {
        out_ += "\"[";
        for (std::size_t i = 0; i < values.size(); ++i) {
            out_ += i == 0 ? "" : ", ";
            append_number(out_, values[i]);
        }
        out_ += "]\"";
    }

private:
    std::string& out_;
    CsvDialect dialect_;
};

}  // namespace

void CsvEncoder::begin(std::string& out) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        out += i == 0 ? "" : ",";
        out += with_unit(columns_[i]->name, unit_);
    }
    out += '\n';
}

void CsvEncoder::encode(const RecordView& record, std::string& out) {
    CsvValues values(out, dialect_);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (i != 0) {
            out += ',';
        }
        columns_[i]->read(record, values);
    }
    out += '\n';
}

}  // namespace flowgauge
