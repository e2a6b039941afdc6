#include "python/src/list_text.h"

namespace flowgauge {
namespace {

void append_escaped(std::string& out, char c, char quote) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
        out += '\\';
        out += c;
    } else if (c == '\n' || c == '\r' || c == '\t') {
        out += '\\';
        out += c == '\n' ? 'n' : (c == '\r' ? 'r' : 't');
    } else if (byte < 0x20 || byte == 0x7f) {
        out += "\\x";
        out += kDigits[byte >> 4];
        out += kDigits[byte & 0x0f];
    } else {
        out += c;
    }
}

}  // namespace

std::string python_list_text(std::span<const std::string_view> values) {
    std::string out = "[";
    for (const std::string_view value : values) {
        const bool has_single = value.find('\'') != std::string_view::npos;
        const bool has_double = value.find('"') != std::string_view::npos;
        const char quote = has_single && !has_double ? '"' : '\'';
        out += out.size() == 1 ? "" : ", ";
        out += quote;
        for (const char c : value) {
            append_escaped(out, c, quote);
        }
        out += quote;
    }
    return out + "]";
}

// Reads a column, whose lists of texts go on as text.
class ListText::Source final : public ColumnSource {
public:
    explicit Source(const Column& column) : column_(column) {}

    void read(const RecordView& record, ValueSink& out) override {
        Passage passage(out);
        column_.read(record, passage);
    }

private:
    class Passage final : public ValueSink {
    public:
        explicit Passage(ValueSink& out) noexcept : out_(out) {}

        void unsigned_integer(std::uint64_t value) override { out_.unsigned_integer(value); }
        void integer(std::int64_t value) override { out_.integer(value); }
        void real(double value) override { out_.real(value); }
        void text(std::string_view value) override { out_.text(value); }
        void list(std::span<const std::int64_t> values) override { out_.list(values); }
        void texts(std::span<const std::string_view> values) override {
            out_.text(python_list_text(values));
        }
        void absent() override { out_.absent(); }

    private:
        ValueSink& out_;
    };

    const Column& column_;
};

ListText::ListText() = default;
ListText::~ListText() = default;

std::vector<const Column*> ListText::replaced(std::vector<const Column*> columns) {
    for (const Column*& column : columns) {
        if (column->type == ColumnType::kTexts) {
            sources_.push_back(std::make_unique<Source>(*column));
            Column text = *column;
            text.type = ColumnType::kText;
            text.read = ColumnReader(*sources_.back());
            columns_.push_back(std::make_unique<Column>(text));
            column = columns_.back().get();
        }
    }
    return columns;
}

}  // namespace flowgauge
