#include "export/ipfix/ipfix_session.h"

#include "export/ipfix/ipfix_encoder.h"
#include "tests/support/ipfix_decoder.h"
#include "tests/unit/export/ipfix/ipfix_flows.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;
using test::DecodedHeader;
using test::DecodedRecord;
using test::IpfixDecoder;

// A collector that checks the sequence numbers.
class Collector final : public WireMessages {
public:
    void add(std::string_view message) override {
        const std::size_t before = decoder.headers.size();
        EXPECT_EQ(decoder.decode(message), "");
        ASSERT_EQ(decoder.headers.size(), before + 1);
        const DecodedHeader& header = decoder.headers.back();
        EXPECT_EQ(header.sequence, expected);
        EXPECT_EQ(header.domain, 42U);
        EXPECT_EQ(header.export_time, 1'700'000'000U);
        expected += header.data_records;
        EXPECT_LE(message.size(), 1400U);
    }

    [[nodiscard]] std::vector<DecodedRecord> take() { return std::exchange(decoder.records, {}); }

    IpfixDecoder decoder;
    std::uint32_t expected = 0;
};

struct Sent {
    explicit Sent(bool with_statistics)
        : meter(test::everything()),
          context(test::context_of(meter, test::sample_names())),
          encoder(std::move(IpfixEncoder::open({}, meter, test::sample_names())).value()),
          preamble(make_preamble(encoder->preamble())),
          session(options(with_statistics)) {}

    IpfixSessionOptions options(bool with_statistics) {
        IpfixSessionOptions made;
        made.observation_domain = 42;
        made.clock = [] {
            return 1'700'000'000U;
        };
        made.totals = totals;
        made.interfaces = interfaces;
        if (with_statistics) {
            made.statistics = [this] {
                return statistics;
            };
        }
        return made;
    }

    [[nodiscard]] Block block(int flows) const {
        Block out;
        const test::MadeRecord record(meter, test::conversation("10.0.0.9:1", "10.0.0.2:2"));
        for (int i = 0; i < flows; ++i) {
            EXPECT_TRUE(encoder->encode(record.view(context), out));
        }
        encoder->end_unit(out);
        return out;
    }

    void send(const Block& from, SteadyTime now) {
        session.prepare(preamble.get(), now, collector);
        for (std::size_t i = 0; i < from.units.size(); ++i) {
            session.put(from.unit(i), from.units[i].records, collector);
        }
    }

    MeterOptions meter;
    RecordContext context;
    std::unique_ptr<IpfixEncoder> encoder;
    std::shared_ptr<const Preamble> preamble;
    ExporterStatistics statistics;
    std::shared_ptr<ExportTotals> totals = std::make_shared<ExportTotals>();
    std::shared_ptr<InterfaceTable> interfaces = std::make_shared<InterfaceTable>(2);
    IpfixSession session;
    Collector collector;
    SteadyTime start = SteadyTime(1h);
};

std::size_t count(const std::vector<DecodedRecord>& records, bool options) {
    return static_cast<std::size_t>(std::ranges::count(records, options, &DecodedRecord::is_options)
    );
}

TEST(IpfixSession, SendsTemplatesOnceOnAStream) {
    Sent sent(false);
    sent.session.begin(false);
    EXPECT_EQ(sent.session.next_repeat(), SteadyTime::max());
    sent.send(sent.block(20), sent.start);
    const std::vector<DecodedRecord> first = sent.collector.take();
    EXPECT_EQ(count(first, false), 20U);
    const std::size_t options = count(first, true);
    EXPECT_GT(options, 4U);
    sent.send(sent.block(20), sent.start + 24h);
    EXPECT_EQ(sent.collector.take().size(), 20U);
    EXPECT_EQ(sent.session.sequence(), options + 40);
    EXPECT_EQ(sent.session.next_repeat(), SteadyTime::max());

    // A new connection knows nothing, and counts from 0.
    sent.session.begin(false);
    sent.collector.decoder = {};
    sent.collector.expected = 0;
    sent.send(sent.block(1), sent.start + 25h);
    EXPECT_EQ(sent.collector.take().size(), options + 1);
}

TEST(IpfixSession, RepeatsTemplatesAndOptionsDataOfDatagrams) {
    Sent sent(false);
    sent.session.begin(true);
    sent.send(sent.block(1), sent.start);
    const std::size_t options = sent.collector.take().size() - 1;
    sent.send(sent.block(1), sent.start + 59s);
    EXPECT_EQ(sent.collector.take().size(), 1U);
    EXPECT_EQ(sent.session.next_repeat(), sent.start + 60s);

    // Also while there is nothing else to send.
    sent.session.prepare(nullptr, sent.start + 60s, sent.collector);
    EXPECT_EQ(sent.collector.take().size(), options);
    EXPECT_EQ(sent.session.next_repeat(), sent.start + 120s);
    sent.session.prepare(nullptr, sent.start + 61s, sent.collector);
    EXPECT_EQ(sent.collector.take().size(), 0U);

    // Another socket goes on counting.
    sent.session.begin(true);
    sent.collector.decoder = {};
    sent.send(sent.block(1), sent.start + 62s);
    EXPECT_EQ(sent.collector.take().size(), options + 1);
}

// Blocks of an earlier run come out of the spool with templates of their own.
TEST(IpfixSession, SendsEachPreambleBeforeTheUnitsThatNeedIt) {
    Sent sent(false);
    IpfixOptions old_options;
    old_options.profile = IpfixProfile::kFull;
    auto old = std::move(IpfixEncoder::open(old_options, sent.meter, test::sample_names())).value();
    const auto old_preamble = make_preamble(old->preamble());
    Block old_block;
    const test::MadeRecord record(sent.meter, test::conversation("10.0.0.9:1", "10.0.0.2:2"));
    ASSERT_TRUE(old->encode(record.view(sent.context), old_block));
    old->end_unit(old_block);

    sent.session.begin(false);
    for (int i = 0; i < 3; ++i) {
        sent.session.prepare(old_preamble.get(), sent.start, sent.collector);
        sent.session.put(old_block.unit(0), 1, sent.collector);
        sent.send(sent.block(1), sent.start);
        EXPECT_EQ(count(sent.collector.take(), false), 2U);
    }
}

// Index and name, from options data.
std::string named_in(const std::vector<DecodedRecord>& records) {
    std::string out;
    for (const DecodedRecord& record : records) {
        if (const test::DecodedField* name = record.find("82"); name != nullptr) {
            out.append(std::to_string(record.find("10")->number()));
            out.append(std::string_view(name->bytes).substr(0, name->bytes.find('\0'))).append(" ");
        }
    }
    return out;
}

TEST(IpfixSession, NamesInterfacesAsSoonAsTheyAreKnown) {
    const std::array<std::uint32_t, 1> first{0};
    const std::array<std::uint32_t, 1> second{1};
    for (const bool datagrams : {false, true}) {
        Sent sent(false);
        sent.session.begin(datagrams);
        sent.send(sent.block(1), sent.start);
        EXPECT_EQ(named_in(sent.collector.take()), "");
        sent.interfaces->set(first, 0, {.index = 4, .name = "eth0", .description = ""});
        sent.send(sent.block(1), sent.start);
        EXPECT_EQ(named_in(sent.collector.take()), "4eth0 ");
        sent.interfaces->set(second, 0, {.index = 2, .name = "eth1", .description = ""});
        sent.send(sent.block(1), sent.start);
        const std::vector<DecodedRecord> both = sent.collector.take();
        EXPECT_EQ(named_in(both), "2eth1 4eth0 ");
        EXPECT_FALSE(both.back().is_options);  // names come before the records
        sent.send(sent.block(1), sent.start);
        EXPECT_EQ(named_in(sent.collector.take()), "");
        sent.send(sent.block(1), sent.start + 60s);
        EXPECT_EQ(named_in(sent.collector.take()), datagrams ? "2eth1 4eth0 " : "");
        sent.session.begin(datagrams);
        sent.collector.decoder = {};
        sent.collector.expected = datagrams ? sent.collector.expected : 0;
        sent.send(sent.block(1), sent.start + 61s);
        EXPECT_EQ(named_in(sent.collector.take()), "2eth1 4eth0 ");
    }
}

TEST(IpfixSession, CountsWhatAllSessionsOfASinkSend) {
    Sent sent(true);
    sent.session.begin(false);
    sent.send(sent.block(20), sent.start);
    EXPECT_EQ(sent.totals->records, 20U);
    EXPECT_EQ(sent.totals->messages, sent.collector.decoder.headers.size());
    IpfixSession other(sent.options(false));
    other.begin(false);
    sent.collector.decoder = {};
    sent.collector.expected = 0;
    other.prepare(sent.preamble.get(), sent.start, sent.collector);
    other.put(sent.block(1).unit(0), 1, sent.collector);
    EXPECT_EQ(sent.totals->records, 21U);
}

TEST(IpfixSession, SendsStatisticsAtOnceAndThenEachMinute) {
    for (const bool datagrams : {false, true}) {
        Sent sent(true);
        sent.statistics = {.observed_flows = 4, .ignored_packets = 5, .not_sent_flows = 7};
        *sent.totals = {.messages = 1, .records = 2, .octets = 3};
        sent.session.begin(datagrams);
        sent.session.prepare(nullptr, sent.start, sent.collector);
        const std::vector<DecodedRecord> first = sent.collector.take();
        ASSERT_EQ(first.size(), 2U);
        std::string exporter;
        for (const char* key : {"144", "41", "42", "40"}) {
            exporter += std::to_string(first[0].find(key)->number()) + " ";
        }
        // The templates went before.
        const std::size_t length = sent.collector.decoder.headers.front().length;
        EXPECT_EQ(exporter, "1 2 2 " + std::to_string(3 + length) + " ");
        std::string meter;
        for (const char* key : {"149", "143", "163", "164", "166"}) {
            meter += std::to_string(first[1].find(key)->number()) + " ";
        }
        EXPECT_EQ(meter, "42 1 4 5 7 ");
        EXPECT_EQ(sent.session.next_repeat(), sent.start + 60s);
        sent.session.prepare(nullptr, sent.start + 59s, sent.collector);
        EXPECT_EQ(sent.collector.take().size(), 0U);
        const std::size_t messages = sent.collector.decoder.headers.size();
        sent.session.prepare(nullptr, sent.start + 60s, sent.collector);
        EXPECT_EQ(sent.collector.take().size(), 2U);
        EXPECT_EQ(sent.collector.decoder.headers.size() - messages, datagrams ? 2U : 1U);
    }
}

TEST(IpfixSession, CountsModulo32Bits) {
    Sent sent(false);
    sent.session.begin(true);
    sent.send(sent.block(1), sent.start);
    // A unit may claim any number of records; the sum wraps.
    Block block = sent.block(1);
    store_wire<4>(block.bytes.data() + kSequencePlace, 0xffffffff);
    std::string last;
    class Keep final : public WireMessages {
    public:
        explicit Keep(std::string& into) : into_(into) {}
        void add(std::string_view message) override { into_ = message; }

    private:
        std::string& into_;
    } keep(last);
    const std::uint32_t before = sent.session.sequence();
    sent.session.put(block.unit(0), 1, keep);
    EXPECT_EQ(load_wire<4>(last.data() + kSequencePlace), before);
    EXPECT_EQ(sent.session.sequence(), before - 1);
}

}  // namespace
}  // namespace flowgauge
