// The screen of `flowgauge top`, as lines of text and as what keys do to it. No terminal.
#pragma once

#include "command/top_model.h"
#include "telemetry/sensor_statistics.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge {

enum class LineTone : std::uint8_t { kPlain, kBold, kReverse, kWarning, kBad };

struct ScreenLine {
    std::string text;  // printable ASCII, no wider than the screen
    LineTone tone = LineTone::kPlain;
};

struct ScreenSize {
    std::size_t columns = 80;
    std::size_t lines = 24;
};
constexpr ScreenSize kScreenMin{.columns = 80, .lines = 24};

// A key as a terminal names it; kCharacter with the character.
enum class KeyName : std::uint8_t {
    kCharacter,
    kUp,
    kDown,
    kPageUp,
    kPageDown,
    kHome,
    kEnd,
    kEnter,
    kEscape,
    kBackspace,
    kResize,
};

struct Key {
    KeyName name = KeyName::kCharacter;
    char32_t character = 0;
};

// What the viewer has chosen.
struct TopState {
    TopSelection selection;
    bool edits_filter = false;
    bool paused = false;
    bool help = false;
    bool quits = false;
    std::size_t scrolled = 0;  // rows above the screen
    std::chrono::milliseconds interval{1000};
};

// `rows` and `page`: rows that there are, and rows that fit.
void handle_key(TopState& state, const Key& key, std::size_t rows, std::size_t page);

// Rows of the list that fit on a screen.
[[nodiscard]] std::size_t page_rows(const ScreenSize& size) noexcept;

// What is shown of the sensor beside the list.
struct TopContent {
    SensorStatistics before;
    SensorStatistics now;
    std::string problem;  // why nothing newer came; empty: all is well
};

// At most size.lines lines. A screen below kScreenMin says so and nothing else.
[[nodiscard]] std::vector<ScreenLine> top_screen(
    const TopState& state, const TopContent& content, const TopModel& model, const ScreenSize& size
);

}  // namespace flowgauge
