#include "export/kafka/kafka_encoder.h"

#include "core/packet/packet.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowgauge {
namespace {

// Writes lines whose lengths the test gives; 0 is a record that does not fit.
class Lines final : public RecordEncoder {
public:
    explicit Lines(std::vector<std::size_t> lengths) : lengths_(std::move(lengths)) {}

    bool encode(const RecordView& record, Block& out) override {
        const std::size_t length = lengths_[record.id];
        if (length == 0) {
            return false;
        }
        out.bytes += std::string(length, static_cast<char>('a' + record.id)) + '\n';
        out.end_unit(1);
        return true;
    }

private:
    std::vector<std::size_t> lengths_;
};

Flow flow_of(std::uint16_t port) {
    Flow flow;
    flow.key.lower.low = 0x0a000001;
    flow.key.upper.low = 0x0a000002;
    flow.key.rest = FlowKey::pack({.lower_port = port, .upper_port = 443, .ip_version = 4});
    return flow;
}

// Encodes a record for each length; the second says whether each fitted.
std::pair<Block, std::string> encoded(
    const KafkaEncoderOptions& options, const std::vector<std::size_t>& lengths
) {
    KafkaEncoder encoder(options, std::make_unique<Lines>(lengths));
    Flow flow = flow_of(1);
    const FlowRecord record{.flow = &flow};
    const RecordContext context;
    std::pair<Block, std::string> made;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        const bool fits =
            encoder.encode({.record = record, .context = context, .id = i}, made.first);
        made.second += fits ? 'y' : 'n';
    }
    encoder.end_unit(made.first);
    return made;
}

// "records:key:value" of each unit.
std::vector<std::string> units_of(const Block& block) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < block.units.size(); ++i) {
        const std::optional<KafkaUnit> unit = read_kafka_unit(block.unit(i));
        texts.push_back(
            unit ? std::to_string(block.units[i].records) + ":" + std::string(unit->key) + ":" +
                       std::string(unit->value)
                 : "none"
        );
    }
    return texts;
}

std::string key_text(const FlowKey& key) {
    const auto text = kafka_key(key);
    return {text.data(), text.size()};
}

// Fixed for ever: a consumer may rely on a flow's partition.
TEST(KafkaKey, IsTheSameInEveryRun) {
    EXPECT_EQ(key_text(flow_of(1).key), "d89fc2cd");
    EXPECT_EQ(key_text(flow_of(2).key), "7191eee3");
}

TEST(KafkaKey, IsTheSameForBothDirections) {
    Packet packet;
    packet.source.low = 7;
    packet.destination.low = 9;
    packet.source_port = 5000;
    packet.destination_port = 53;
    packet.ip_version = 4;
    Packet answer = packet;
    std::swap(answer.source, answer.destination);
    std::swap(answer.source_port, answer.destination_port);
    EXPECT_EQ(key_text(key_of(packet).key), key_text(key_of(answer).key));
}

TEST(KafkaEncoder, MakesAMessageOfEachRecord) {
    const auto [block, fits] = encoded({}, {2, 0, 3});
    EXPECT_EQ(fits, "yny");
    const std::string key = key_text(flow_of(1).key);
    EXPECT_EQ(units_of(block), (std::vector<std::string>{"1:" + key + ":aa", "1:" + key + ":ccc"}));
    EXPECT_EQ(block.records, 2U);
    EXPECT_EQ(block.units.back().end, block.bytes.size());
}

TEST(KafkaEncoder, KeepsTheLastByteOfWhatIsNoLine) {
    const auto [block, fits] = encoded({.lines = false, .with_key = false}, {3, 2});
    EXPECT_EQ(fits, "yy");
    EXPECT_EQ(block.unit(0), std::string("\0aaa\n", 5));
    EXPECT_EQ(block.unit(1), std::string("\0bb\n", 4));
}

TEST(KafkaEncoder, PutsSeveralLinesIntoAMessageWithoutAKey) {
    const auto [block, fits] = encoded({.records_per_message = 3}, {1, 1, 1, 2, 2});
    EXPECT_EQ(fits, "yyyyy");
    EXPECT_EQ(units_of(block), (std::vector<std::string>{"3::a\nb\nc", "2::dd\nee"}));
    EXPECT_EQ(block.records, 5U);
    EXPECT_EQ(block.units.back().end, block.bytes.size());
}

TEST(KafkaEncoder, EndsAMessageBeforeItIsTooLong) {
    const auto [block, fits] =
        encoded({.records_per_message = 100, .message_bytes = 10}, {4, 4, 4, 20, 1});
    EXPECT_EQ(fits, "yyyyy");
    EXPECT_EQ(
        units_of(block),
        (std::vector<std::string>{
            "1::aaaa", "1::bbbb", "1::cccc", "1::dddddddddddddddddddd", "1::e"})
    );
    EXPECT_EQ(block.records, 5U);
}

TEST(KafkaEncoder, LeavesNothingOfARecordThatDoesNotFit) {
    const auto [block, fits] = encoded({.records_per_message = 2}, {0, 1, 0, 1, 0});
    EXPECT_EQ(fits, "nynyn");
    EXPECT_EQ(units_of(block), (std::vector<std::string>{"2::b\nd"}));
    EXPECT_EQ(block.units.back().end, block.bytes.size());
}

TEST(KafkaEncoder, EndsNoUnitThatHasNotBegun) {
    const auto [block, fits] = encoded({.records_per_message = 2}, {0});
    EXPECT_TRUE(block.units.empty());
    EXPECT_TRUE(block.bytes.empty());
}

TEST(KafkaUnit, IsReadOnlyWhenItIsWhole) {
    using std::string_view_literals::operator""sv;
    EXPECT_FALSE(read_kafka_unit(""));
    EXPECT_FALSE(read_kafka_unit("\0"sv));
    EXPECT_FALSE(read_kafka_unit("\x02k"));
    EXPECT_FALSE(read_kafka_unit("\x02kk"));
    const std::optional<KafkaUnit> unit = read_kafka_unit("\x02kkv");
    ASSERT_TRUE(unit);
    EXPECT_EQ(unit->key, "kk");
    EXPECT_EQ(unit->value, "v");
}

}  // namespace
}  // namespace flowgauge
