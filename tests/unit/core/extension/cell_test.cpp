#include "core/extension/cell.h"

#include "tests/unit/core/extension/value_text.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

std::string said(const Cell& cell) {
    test::ValueText text;
    cell.put(text);
    return text.value;
}

constexpr std::array<std::int64_t, 3> kNumbers{1, -2, std::numeric_limits<std::int64_t>::min()};
constexpr std::array<std::string_view, 3> kWords{"a", "", "b c"};

TEST(Cell, IsAbsentUntilItIsSet) {
    const Cell cell;
    EXPECT_TRUE(cell.is_absent());
    EXPECT_EQ(said(cell), "absent");
}

TEST(Cell, SaysWhatWasSetLast) {
    CellMemory memory;
    Cell cell;
    const auto steps = std::to_array<std::pair<void (*)(Cell&, CellMemory&), std::string>>({
        {[](Cell& c, CellMemory& m) { c.set_unsigned(UINT64_MAX, m); },
         "unsigned 18446744073709551615"},
        {[](Cell& c, CellMemory& m) { c.set_text("one", m); }, "text one"},
        {[](Cell& c, CellMemory& m) { c.set_integer(-7, m); }, "integer -7"},
        {[](Cell& c, CellMemory& m) { c.set_list(kNumbers, m); }, "list 1 -2 -9223372036854775808"},
        {[](Cell& c, CellMemory& m) { c.set_real(0.5, m); }, "real 0.500000"},
        {[](Cell& c, CellMemory& m) { c.set_texts(kWords, m); }, "texts a||b c"},
        {[](Cell& c, CellMemory& m) { c.set_text("", m); }, "text "},
        {[](Cell& c, CellMemory& m) { c.set_list({}, m); }, "list"},
        {[](Cell& c, CellMemory& m) { c.set_texts({}, m); }, "texts "},
    });
    for (const auto& [first, says] : steps) {
        for (const auto& [second, then] : steps) {
            first(cell, memory);
            EXPECT_EQ(said(cell), says);
            EXPECT_FALSE(cell.is_absent());
            second(cell, memory);
            EXPECT_EQ(said(cell), then) << "after " << says;
        }
    }
    cell.clear(memory);
    EXPECT_TRUE(cell.is_absent());
    EXPECT_EQ(memory.bytes(), 0U);
    EXPECT_EQ(memory.values_cut() + memory.values_left_out(), 0U);
}

TEST(Cell, GivesNumbersBack) {
    CellMemory memory;
    Cell cell;
    cell.set_unsigned(3, memory);
    EXPECT_EQ(cell.unsigned_value(), 3U);
    cell.set_integer(-3, memory);
    EXPECT_EQ(cell.integer(), -3);
    cell.set_real(3.5, memory);
    EXPECT_EQ(cell.real(), 3.5);
}

TEST(Cell, KeepsACopy) {
    CellMemory memory;
    Cell cell;
    std::string text = "before";
    cell.set_text(text, memory);
    text = "after!";
    EXPECT_EQ(said(cell), "text before");
    cell.clear(memory);
}

TEST(Cell, CutsLongTextWhereACharacterEnds) {
    CellMemory memory;
    Cell cell;
    const std::string full(Cell::kTextMax, 'x');
    cell.set_text(full, memory);
    EXPECT_EQ(said(cell), "text " + full);
    EXPECT_EQ(memory.values_cut(), 0U);
    EXPECT_EQ(memory.bytes(), Cell::kTextMax);
    cell.set_text(full + "y", memory);
    EXPECT_EQ(said(cell), "text " + full);
    EXPECT_EQ(memory.values_cut(), 1U);
    const std::string head(Cell::kTextMax - 2, 'x');
    cell.set_text(head + "\xf0\x9f\x98\x80" + "z", memory);  // four bytes, of which two would fit
    EXPECT_EQ(said(cell), "text " + head);
    EXPECT_EQ(memory.values_cut(), 2U);
    // A text of nothing but continuations has no such place: it is cut as it is.
    cell.set_text(std::string(Cell::kTextMax + 9, '\x80'), memory);
    EXPECT_EQ(said(cell), "text " + std::string(Cell::kTextMax, '\x80'));
    EXPECT_EQ(memory.values_cut(), 3U);
    cell.clear(memory);
    EXPECT_EQ(memory.bytes(), 0U);
}

TEST(Cell, CutsLongLists) {
    CellMemory memory;
    Cell cell;
    std::vector<std::int64_t> numbers(Cell::kEntriesMax + 1, 7);
    cell.set_list(std::span(numbers).first(Cell::kEntriesMax), memory);
    EXPECT_EQ(memory.values_cut(), 0U);
    cell.set_list(numbers, memory);
    EXPECT_EQ(memory.values_cut(), 1U);
    EXPECT_EQ(memory.bytes(), Cell::kEntriesMax * sizeof(std::int64_t));
    EXPECT_EQ(said(cell).size(), 4 + 2 * Cell::kEntriesMax);
    const std::string most(Cell::kTextMax - 1, 'x');
    cell.set_texts(std::array<std::string_view, 3>{most, "y", "z"}, memory);
    EXPECT_EQ(said(cell), "texts " + most + "|y");
    EXPECT_EQ(memory.values_cut(), 2U);
    const std::vector<std::string_view> empty(Cell::kEntriesMax + 1);
    cell.set_texts(empty, memory);
    EXPECT_EQ(memory.values_cut(), 3U);
    EXPECT_EQ(said(cell).size(), std::string_view("texts ").size() + Cell::kEntriesMax - 1);
    cell.clear(memory);
}

TEST(Cell, LeavesOutWhatTheMemoryOfAWorkerDoesNotHold) {
    CellMemory memory(10);
    Cell first;
    Cell second;
    first.set_text("12345678", memory);
    second.set_integer(1, memory);
    second.set_text("abc", memory);
    EXPECT_EQ(said(second), "absent") << "what was there has gone, too";
    EXPECT_EQ(memory.values_left_out(), 1U);
    EXPECT_EQ(memory.bytes(), 8U);
    second.set_text("ab", memory);
    EXPECT_EQ(said(second), "text ab");
    second.set_list(kNumbers, memory);
    EXPECT_EQ(said(second), "absent");
    EXPECT_EQ(memory.values_left_out(), 2U);
    first.set_text("0123456789", memory);  // in the place of what it had
    EXPECT_EQ(said(first), "text 0123456789");
    first.clear(memory);
    second.set_texts(std::array<std::string_view, 1>{"123456789"}, memory);
    EXPECT_EQ(memory.values_left_out(), 3U) << "lengths count";
    second.set_unsigned(5, memory);  // takes none
    EXPECT_EQ(memory.bytes(), 0U);
}

}  // namespace
}  // namespace flowgauge
