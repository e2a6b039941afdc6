// Each aggregate against the same computed by hand from all packets of a flow, on random packets.
#include "tests/support/plain_packet.h"
#include "tests/unit/extension/features/feature_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::FeatureRun;

struct SeenPacket {
    Packet packet;
    bool back = false;
    Tick gap = 0;
};
using SeenPackets = std::vector<SeenPacket>;

// The packets of each flow, in their order.
std::map<FlowKey, SeenPackets> flows_of(const std::vector<Packet>& packets) {
    std::map<FlowKey, SeenPackets> flows;
    for (const Packet& packet : packets) {
        SeenPackets& flow = flows[key_of(packet).key];
        SeenPacket seen{.packet = packet};
        if (!flow.empty()) {
            const Packet& first = flow.front().packet;
            seen.back = packet.source != first.source || packet.source_port != first.source_port;
            seen.gap = packet.tick - flow.back().packet.tick;
        }
        flow.push_back(seen);
    }
    return flows;
}

std::vector<Packet> random_packets() {
    test::PacketStream stream(7, 6, 40);
    std::vector<Packet> packets;
    packets.reserve(4000);
    for (int i = 0; i < 4000; ++i) {
        packets.push_back(stream.next());
    }
    return packets;
}

// The value of an aggregate, or nothing where it is absent.
using ByHand = std::function<std::optional<double>(const SeenPackets&)>;

struct AggregateRow {
    const char* name;
    const char* expression;
    ByHand by_hand;
};

double payload_of(const SeenPacket& seen) {
    return static_cast<double>(seen.packet.payload_bytes);
}

std::vector<double> payloads(const SeenPackets& packets) {
    std::vector<double> values(packets.size());
    std::ranges::transform(packets, values.begin(), payload_of);
    return values;
}

double sum_of(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) {
        sum += value;
    }
    return sum;
}

double deviation_of(const std::vector<double>& values) {
    if (values.size() < 2) {
        return 0;
    }
    const double mean = sum_of(values) / static_cast<double>(values.size());
    double squares = 0;
    for (const double value : values) {
        squares += (value - mean) * (value - mean);
    }
    return std::sqrt(squares / (static_cast<double>(values.size()) - 1));
}

ByHand over_payloads(double (*function)(const std::vector<double>&)) {
    return [function](const SeenPackets& packets) -> std::optional<double> {
        if (packets.empty()) {
            return std::nullopt;
        }
        return function(payloads(packets));
    };
}

bool is_large(const SeenPacket& seen) {
    return seen.packet.payload_bytes > 1000;
}

// Of numbers.
std::vector<AggregateRow> number_rows() {
    return {
        {"sum",
         "sum(packet.payload_size)",
         [](const SeenPackets& packets) {
             return sum_of(payloads(packets));
         }},
        {"min", "min(packet.payload_size)", over_payloads([](const std::vector<double>& values) {
             return *std::ranges::min_element(values);
         })},
        {"max", "max(packet.payload_size)", over_payloads([](const std::vector<double>& values) {
             return *std::ranges::max_element(values);
         })},
        {"mean", "mean(packet.payload_size)", over_payloads([](const std::vector<double>& values) {
             return sum_of(values) / static_cast<double>(values.size());
         })},
        {"stddev",
         "stddev(packet.payload_size)",
         [](const SeenPackets& packets) {
             return deviation_of(payloads(packets));
         }},
        {"first",
         "first(packet.payload_size)",
         over_payloads([](const std::vector<double>& values) { return values.front(); })},
        {"last", "last(packet.payload_size)", over_payloads([](const std::vector<double>& values) {
             return values.back();
         })}};
}

// Of conditions.
std::vector<AggregateRow> condition_rows() {
    return {
        {"count",
         "count(packet.payload_size > 1000)",
         [](const SeenPackets& packets) {
             return static_cast<double>(std::ranges::count_if(packets, is_large));
         }},
        {"any",
         "any(packet.payload_size > 1000)",
         [](const SeenPackets& packets) {
             return std::ranges::any_of(packets, is_large) ? 1.0 : 0.0;
         }},
        {"all",
         "all(packet.payload_size > 1000)",
         [](const SeenPackets& packets) {
             return std::ranges::all_of(packets, is_large) ? 1.0 : 0.0;
         }},
        {"first_large",
         "first(packet.raw_size where packet.payload_size > 1000)",
         [](const SeenPackets& packets) -> std::optional<double> {
             const auto found = std::ranges::find_if(packets, is_large);
             return found == packets.end() ? std::nullopt
                                           : std::optional<double>(found->packet.frame_bytes);
         }}};
}

// Of several, put together.
std::vector<AggregateRow> mixed_rows() {
    return {
        {"longest_gap",
         "default(max(packet.delta_time / 2), -1)",
         [](const SeenPackets& packets) {
             double longest = -1;
             for (const SeenPacket& seen : packets) {
                 longest = std::max(longest, static_cast<double>(seen.gap) / 2);
             }
             return longest;
         }},
        {"pushed",
         "count(packet.psh == 1 and packet.urg == 0) / count(packet.protocol == 6)",
         [](const SeenPackets& packets) -> std::optional<double> {
             double pushed = 0;
             double all = 0;
             for (const SeenPacket& seen : packets) {
                 const unsigned flags = seen.packet.tcp_flags;
                 pushed += (flags & kTcpPsh) != 0 && (flags & kTcpUrg) == 0 ? 1 : 0;
                 all += seen.packet.protocol == kProtocolTcp ? 1 : 0;
             }
             return all == 0 ? std::nullopt : std::optional(pushed / all);
         }}};
}

std::vector<AggregateRow> aggregate_rows() {
    std::vector<AggregateRow> rows = number_rows();
    for (const std::vector<AggregateRow>& more : {condition_rows(), mixed_rows()}) {
        rows.insert(rows.end(), more.begin(), more.end());
    }
    return rows;
}

void expect_near(const std::string& value, std::optional<double> expected, const char* what) {
    if (!expected) {
        EXPECT_EQ(value, "absent") << what;
        return;
    }
    ASSERT_NE(value, "absent") << what;
    EXPECT_NEAR(std::stod(value), *expected, 1e-9 * std::max(1.0, *expected)) << what;
}

TEST(Aggregate, EqualsWhatIsComputedByHandInEachDirection) {
    FeatureRun run;
    const std::vector<AggregateRow> rows = aggregate_rows();
    for (const AggregateRow& row : rows) {
        ASSERT_EQ(run.add(std::string("{direction}_") + row.name, row.expression), "");
    }
    const std::vector<Packet> packets = random_packets();
    const std::map<FlowKey, SeenPackets> flows = flows_of(packets);
    const std::vector<FeatureRun::Record>& records = run.play(packets);
    ASSERT_EQ(records.size(), flows.size());
    std::size_t one_way = 0;
    for (const FeatureRun::Record& record : records) {
        const SeenPackets& all = flows.at(record.key);
        SeenPackets there;
        SeenPackets back;
        for (const SeenPacket& seen : all) {
            (seen.back ? back : there).push_back(seen);
        }
        one_way += back.empty() ? 1U : 0U;
        for (const AggregateRow& row : rows) {
            const auto value = [&](const char* direction) {
                return record.values.at(std::string(direction) + row.name);
            };
            expect_near(value("bidirectional_"), row.by_hand(all), row.name);
            expect_near(value("src2dst_"), row.by_hand(there), row.name);
            expect_near(value("dst2src_"), row.by_hand(back), row.name);
        }
    }
    EXPECT_GT(one_way, 0U);
    EXPECT_LT(one_way, records.size());
}

// What a plugin before the features gives: text and a list with each second packet.
class NotePart final : public ExtensionPart {
public:
    [[nodiscard]] std::string name() const override { return "plugin note"; }
    [[nodiscard]] std::span<const ExtensionColumn> columns() const noexcept override {
        return columns_;
    }
    [[nodiscard]] PartMoments moments() const noexcept override { return {.update = true}; }
    [[nodiscard]] Result<std::unique_ptr<PartWorker>> open(std::uint32_t /*worker*/
    ) const override {
        return std::unique_ptr<PartWorker>(std::make_unique<Worker>());
    }

private:
    class Worker final : public PartWorker {
    public:
        [[nodiscard]] bool update(const ExtendedFlow& flow) override {
            const std::uint64_t packets = flow.record.flow().all_packets();
            if (packets % 2 == 0) {
                const std::string note = format("packet number {} of this flow", packets);
                flow.cells[0].set_text(note, flow.memory);
                const std::array<std::string_view, 2> words{"even", note};
                flow.cells[1].set_texts(words, flow.memory);
            }
            return false;
        }
    };

    std::vector<ExtensionColumn> columns_{
        {.name = "note", .type = ColumnType::kText, .unit = "", .meaning = ""},
        {.name = "words", .type = ColumnType::kTexts, .unit = "", .meaning = ""}};
};

TEST(Aggregate, ReadsWhatPartsBeforeItSay) {
    FeatureRun run;
    ASSERT_EQ(run.add(std::make_unique<NotePart>()), "");
    ASSERT_EQ(run.add("first_note", "first(udps.note)"), "");
    ASSERT_EQ(run.add("last_note", "last(lower(udps.note) where packet.number < 5)"), "");
    ASSERT_EQ(run.add("noted", "count(udps.note contains 'number 2')"), "");
    ASSERT_EQ(run.add("even", "count('even' in udps.words)"), "");
    ASSERT_EQ(run.add("word_count", "len(udps.words)"), "");
    ASSERT_EQ(run.add("all_words", "udps.words"), "");
    ASSERT_EQ(run.add("twice", "udps.noted * 2"), "");
    ASSERT_EQ(run.add("nothing", "default(udps.note, 'none')"), "");
    std::vector<Packet> packets;
    packets.reserve(8);
    for (int i = 0; i < 7; ++i) {
        packets.push_back(test::udp_packet("10.0.0.1:1", "10.0.0.2:2", {.tick = i}));
    }
    packets.push_back(test::udp_packet("10.0.0.1:3", "10.0.0.2:2", {.tick = 7}));
    const std::vector<FeatureRun::Record>& records = run.play(packets);
    ASSERT_EQ(records.size(), 2U);
    const std::size_t seven = records[0].values.at("noted") == "0" ? 1 : 0;
    const test::FeatureValues& values = records[seven].values;
    EXPECT_EQ(values.at("first_note"), "'packet number 2 of this flow'");
    EXPECT_EQ(values.at("last_note"), "'packet number 4 of this flow'");
    EXPECT_EQ(values.at("noted"), "2");
    EXPECT_EQ(values.at("even"), "6");
    EXPECT_EQ(values.at("word_count"), "2");
    EXPECT_EQ(values.at("all_words"), "['even', 'packet number 6 of this flow']");
    EXPECT_EQ(values.at("twice"), "4");
    EXPECT_EQ(values.at("nothing"), "'packet number 6 of this flow'");
    const test::FeatureValues& single = records[1 - seven].values;
    for (const char* name : {"first_note", "last_note", "word_count", "all_words"}) {
        EXPECT_EQ(single.at(name), "absent") << name;
    }
    EXPECT_EQ(single.at("twice"), "0");
    EXPECT_EQ(single.at("nothing"), "'none'");
}

}  // namespace
}  // namespace flowgauge
