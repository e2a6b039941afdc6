// Reads a JSON object by RFC 8259, strictly, to judge what an encoder wrote.
#pragma once

#include "core/base/utf8_text.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

namespace flowgauge::test {

class JsonObject {
public:
    explicit JsonObject(std::string_view text) : text_(text) {}

    // Each value that is no object, by its keys with dots between them. A list is one value. What
    // is no JSON fails the test.
    std::map<std::string, std::string> read() {
        EXPECT_TRUE(is_utf8(text_));
        read_object("");
        EXPECT_EQ(text_, "\n");
        return std::move(values_);
    }

private:
    void take(char expected) {
        ASSERT_FALSE(text_.empty()) << "instead of " << expected;
        ASSERT_EQ(text_.front(), expected) << text_.substr(0, 40);
        text_.remove_prefix(1);
    }
    [[nodiscard]] bool next_is(char character) const {
        return !text_.empty() && text_.front() == character;
    }

    void read_object(const std::string& path) {
        take('{');
        for (bool first = true; !testing::Test::HasFatalFailure() && !next_is('}'); first = false) {
            if (!first) {
                take(',');
            }
            const std::string key = read_string();
            take(':');
            const std::string place = path.empty() ? key : path + "." + key;
            if (next_is('{')) {
                read_object(place);
            } else {
                EXPECT_TRUE(values_.emplace(place, read_value()).second) << "twice: " << place;
            }
        }
        take('}');
    }

    std::string read_value() {
        if (next_is('"')) {
            return "\"" + read_string() + "\"";
        }
        if (next_is('[')) {
            std::string list(text_.substr(0, text_.find(']') + 1));
            text_.remove_prefix(list.size());
            return list;
        }
        std::string number(text_.substr(0, text_.find_first_not_of("0123456789-+.e")));
        EXPECT_FALSE(number.empty()) << text_.substr(0, 40);
        text_.remove_prefix(number.size());
        return number;
    }

    // With its escapes.
    std::string read_string() {
        std::size_t end = 1;
        while (end < text_.size() && text_[end] != '"') {
            EXPECT_GE(static_cast<unsigned char>(text_[end]), 0x20);
            end += text_[end] == '\\' ? 2U : 1U;
        }
        if (!next_is('"') || end >= text_.size()) {
            ADD_FAILURE() << "no string: " << text_.substr(0, 40);
            text_ = {};
            return "";
        }
        std::string text(text_.substr(1, end - 1));
        text_.remove_prefix(end + 1);
        return text;
    }

    std::string_view text_;
    std::map<std::string, std::string> values_;
};

inline std::map<std::string, std::string> json_values(std::string_view line) {
    return JsonObject(line).read();
}

}  // namespace flowgauge::test
