#include "export/text/json_encoder.h"

#include "export/text/json_text.h"
#include "export/text/number_text.h"

namespace flowgauge {
namespace {

class JsonValues final : public ValueSink {
public:
    explicit JsonValues(std::string& out) : out_(out) {}

    void unsigned_integer(std::uint64_t value) override { append_number(out_, value); }
    void integer(std::int64_t value) override { append_number(out_, value); }
    void real(double value) override { append_number(out_, value); }
    void text(std::string_view value) override { append_json_string(out_, value); }

    void list(std::span<const std::int64_t> values) override {
        out_ += '[';
        for (std::size_t i = 0; i < values.size(); ++i) {
            out_ += i == 0 ? "" : ",";
            append_number(out_, values[i]);
        }
        out_ += ']';
    }

private:
    std::string& out_;
};

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += '"';
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (character == '"' || character == '\\') {
            out += '\\';
            out += character;
        } else if (byte >= 0x20) {
            out += character;
        } else {
            out += "\\u00";
            out += kDigits[byte >> 4];
            out += kDigits[byte & 0x0f];
        }
    }
    out += '"';
}

JsonEncoder::JsonEncoder(const std::vector<const Column*>& columns, TimeUnit unit) {
    for (const Column* column : columns) {
        std::string key;
        append_json_string(key, with_unit(column->name, unit));
        fields_.push_back({.column = column, .key = key + ":"});
    }
}

bool JsonEncoder::encode(const RecordView& record, Block& block) {
    std::string& out = block.bytes;
    JsonValues values(out);
    out += '{';
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        out += i == 0 ? "" : ",";
        out += fields_[i].key;
        fields_[i].column->read(record, values);
    }
    out += "}\n";
    block.end_unit(1);
    return true;
}

}  // namespace flowgauge
