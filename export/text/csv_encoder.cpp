#include "export/text/csv_encoder.h"

#include "export/text/python_text.h"
#include "export/text/text_row.h"

#include <algorithm>

namespace flowgauge {

class CsvEncoder::Row final : public TextRow {
public:
    Row(RowMemory& out, std::string& list, CsvDialect dialect) noexcept
        : TextRow(out),
          list_(list),
          dialect_(dialect) {
        out_.clear();
    }

    void text(std::string_view value) override {
        out_.make_room(2 * value.size() + 3);
        out_.put('"');
        for (std::size_t quote = value.find('"'); quote != std::string_view::npos;
             quote = value.find('"')) {
            out_.put(value.substr(0, quote));
            out_.put(dialect_ == CsvDialect::kRfc4180 ? "\"\"" : "\\\"");
            value.remove_prefix(quote + 1);
        }
        out_.put(value);
        out_.put("\",");
    }

    // As Python prints a list.
    void list(std::span<const std::int64_t> values) override {
        out_.make_room(values.size() * (kNumberTextMax + 2) + 5);
        out_.put("\"[");
        for (std::size_t i = 0; i < values.size(); ++i) {
            out_.put(i == 0 ? "" : ", ");
            out_.advance_to(write_number(out_.at(), values[i]));
        }
        out_.put("]\",");
    }

    void texts(std::span<const std::string_view> values) override {
        list_.clear();
        append_python_list(list_, values);
        text(list_);
    }

    // Without quotes, as NFStream has None.
    void absent() override {
        out_.make_room(1);
        out_.put(',');
    }

    // The row, its last comma replaced by the end of the line.
    [[nodiscard]] std::string_view finish() noexcept {
        out_.last() = '\n';
        return out_.text();
    }

private:
    std::string& list_;
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
    Row row(memory_, list_, dialect_);
    for (const Column* column : columns_) {
        column->read(record, row);
    }
    out.bytes += row.finish();
    out.end_unit(1);
    return true;
}

}  // namespace flowgauge
