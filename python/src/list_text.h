// ListText: lists of texts in CSV as Python prints them, which is what NFStream writes.
#pragma once

#include "core/record/column.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {

// "['a', 'b']", each text as Python's repr() of it.
[[nodiscard]] std::string python_list_text(std::span<const std::string_view> values);

// Thread: that of their reader. The columns it gives refer to it.
class ListText {
public:
    ListText();
    ~ListText();
    ListText(const ListText&) = delete;
    ListText& operator=(const ListText&) = delete;

    // `columns`, with text in the place of lists of texts. Requires: called once.
    [[nodiscard]] std::vector<const Column*> replaced(std::vector<const Column*> columns);

private:
    class Source;

    std::vector<std::unique_ptr<Source>> sources_;
    std::vector<std::unique_ptr<Column>> columns_;
};

}  // namespace flowgauge
