// Models that a test writes itself, and files that are committed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace flowgauge::test {

// Two inputs, two classes as text, one tree: "few" up to `most` packets, then "many"; the second
// input decides nothing.
[[nodiscard]] std::string packet_model(int most, std::string_view few = "few");

// A regression: twice as many, or 0.5 where there is one packet.
[[nodiscard]] std::string regression_model(std::string_view input = "bidirectional_packets");

// `text` with `from`, which it has, replaced once.
[[nodiscard]] std::string changed(std::string text, std::string_view from, std::string_view to);

[[nodiscard]] std::string content_of(const std::filesystem::path& file);

}  // namespace flowgauge::test
