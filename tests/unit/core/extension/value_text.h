// What a cell or a column says, as text.
#pragma once

#include "core/record/column.h"

#include <string>

namespace flowgauge::test {

// "unsigned 1", "integer -1", "real 0.5", "text a", "list 1 2", "texts a|b", "absent".
class ValueText final : public ValueSink {
public:
    std::string value;

    void unsigned_integer(std::uint64_t number) override {
        value = "unsigned " + std::to_string(number);
    }
    void integer(std::int64_t number) override { value = "integer " + std::to_string(number); }
    void real(double number) override { value = "real " + std::to_string(number); }
    void text(std::string_view text) override { value = "text " + std::string(text); }
    void list(std::span<const std::int64_t> numbers) override {
        value = "list";
        for (const std::int64_t number : numbers) {
            value += " " + std::to_string(number);
        }
    }
    void texts(std::span<const std::string_view> texts) override {
        value = "texts ";
        for (std::size_t i = 0; i < texts.size(); ++i) {
            value += (i == 0 ? "" : "|") + std::string(texts[i]);
        }
    }
    void absent() override { value = "absent"; }
};

}  // namespace flowgauge::test
