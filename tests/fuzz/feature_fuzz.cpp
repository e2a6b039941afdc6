// The text of a feature that anybody wrote is compiled or refused, at a place in it; what is
// compiled gives the same values each time, of the types that its columns say.
#include "extension/features/feature.h"

#include "tests/support/plain_packet.h"
#include "tests/unit/extension/features/feature_run.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

// Of three flows, one of them with both directions.
const std::vector<Packet>& packets() {
    static const std::vector<Packet> kPackets = [] {
        std::vector<Packet> made;
        const char* const client = "10.0.0.1:40000";
        const char* const server = "10.0.0.2:443";
        for (std::uint32_t i = 0; i < 6; ++i) {
            const bool back = i % 3 == 1;
            made.push_back(test::tcp_packet(
                back ? server : client,
                back ? client : server,
                {.tick = 1000 + Tick{i} * i,
                 .bytes = 54 + 300 * i,
                 .tcp_flags = static_cast<std::uint8_t>(1U << i)}
            ));
        }
        made.push_back(test::udp_packet("[2001:db8::1]:53", "[2001:db8::2]:99", {.tick = 2000}));
        made.push_back(test::icmp_packet("10.0.0.1", "10.0.0.9", {.tick = 2001, .bytes = 42}));
        return made;
    }();
    return kPackets;
}

bool is_of(ColumnType type, std::string_view text) {
    switch (type) {
    case ColumnType::kUnsigned:
        return text.find_first_not_of("0123456789") == std::string_view::npos;
    case ColumnType::kInteger:
        return text.find_first_not_of("-0123456789") == std::string_view::npos;
    case ColumnType::kReal:
        return text.find("nan") == std::string_view::npos && !text.starts_with('\'');
    case ColumnType::kText:
        return text.starts_with('\'');
    case ColumnType::kList:
    case ColumnType::kTexts:
        return text.starts_with('[');
    case ColumnType::kAddress:
    case ColumnType::kMac:
        break;
    }
    return false;
}

std::vector<test::FeatureValues> play(test::FeatureRun& run) {
    std::vector<test::FeatureValues> values;
    for (const test::FeatureRun::Record& record : run.play(packets())) {
        for (const Column& column : run.columns()) {
            const std::string& value = record.values.at(std::string(column.name.substr(5)));
            require(value == "absent" || is_of(column.type, value));
        }
        values.push_back(record.values);
    }
    return values;
}

void try_feature(const std::string& name, const std::string& text) {
    MeterOptions options = test::FeatureRun::without_dissection();
    options.statistical_analysis = true;
    options.splt_analysis = 4;
    test::FeatureRun run(options);
    const std::string problem = run.add(name, text);
    if (!problem.empty()) {
        require(problem.starts_with("features." + name + ": at "));
        require(std::ranges::none_of(problem, [](char c) {
            return static_cast<unsigned char>(c) < 0x20;
        }));
        return;
    }
    const std::vector<test::FeatureValues> values = play(run);
    require(values.size() == 3);
    require(values == play(run));
    if (name == "f") {
        return;
    }
    // No direction sees more than both.
    test::FeatureRun once(options);
    if (once.add("f", text).empty()) {
        const std::vector<test::FeatureValues> both = play(once);
        for (std::size_t i = 0; i < both.size(); ++i) {
            require(both[i].at("f") == values[i].at("f_bidirectional"));
        }
    }
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks this name up
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// NOLINTNEXTLINE(readability-identifier-naming): as above
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    flowgauge::try_feature("f", text);
    flowgauge::try_feature("f_{direction}", text);
    return 0;
}
