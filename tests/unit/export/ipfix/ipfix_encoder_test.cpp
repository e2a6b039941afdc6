#include "export/ipfix/ipfix_encoder.h"

#include "tests/support/ipfix_decoder.h"
#include "tests/support/ipfix_values.h"
#include "tests/unit/export/ipfix/ipfix_flows.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::conversation;
using test::DecodedRecord;
using test::everything;
using test::IpfixDecoder;
using test::MadeRecord;

std::unique_ptr<IpfixEncoder> opened(const IpfixOptions& options, const MeterOptions& meter) {
    auto made = IpfixEncoder::open(options, meter, test::sample_names());
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return std::move(made).value();
}

// What comes out of an encoder, and what a collector reads of it.
struct Exported {
    Exported(IpfixOptions ipfix, MeterOptions of_meter)
        : options(std::move(ipfix)),
          meter(std::move(of_meter)),
          context(test::context_of(meter, test::sample_names())),
          encoder(opened(options, meter)) {
        EXPECT_EQ(decoder.decode(encoder->preamble()), "");
        options_records = decoder.records.size();
    }

    void add(const MadeRecord& record) {
        EXPECT_TRUE(encoder->encode(record.view(context), block));
    }

    // Data records, of all blocks so far.
    std::vector<DecodedRecord> read() {
        encoder->end_unit(block);
        for (std::size_t i = 0; i < block.units.size(); ++i) {
            EXPECT_LE(block.unit(i).size(), options.message_size);
            const std::size_t before = decoder.headers.size();
            EXPECT_EQ(decoder.decode(block.unit(i)), "");
            EXPECT_EQ(decoder.headers.size(), before + 1) << "a unit is one message";
            EXPECT_EQ(decoder.headers.back().sequence, decoder.headers.back().data_records);
        }
        return {
            decoder.records.begin() + static_cast<std::ptrdiff_t>(options_records),
            decoder.records.end()};
    }

    IpfixOptions options;
    MeterOptions meter;
    RecordContext context;
    std::unique_ptr<IpfixEncoder> encoder;
    IpfixDecoder decoder;
    std::size_t options_records = 0;
    Block block;
};

const std::vector<std::vector<Packet>>& sample_flows() {
    static const std::vector<std::vector<Packet>> kFlows{
        conversation("10.0.0.9:51000", "10.0.0.2:443"),
        conversation("[2001:db8::9]:51000", "[2001:db8::2]:443"),
        test::request("10.0.0.1:5353", "10.0.0.2:53"),
        test::request("[2001:db8::1]:5353", "[2001:db8::2]:53"),
        // The upper end of the key asks.
        conversation("203.0.113.9:51000", "10.0.0.2:443"),
        {test::icmp_packet("10.0.0.1", "10.0.0.2", {.tick = test::kMorning, .bytes = 98})}};
    return kFlows;
}

void expect_equal_values(const IpfixOptions& options, const MeterOptions& meter) {
    Exported exported(options, meter);
    std::vector<std::unique_ptr<MadeRecord>> records;
    for (const std::vector<Packet>& packets : sample_flows()) {
        records.push_back(std::make_unique<MadeRecord>(meter, packets));
        MadeRecord& record = *records.back();
        record.record().end_reason = static_cast<EndReason>(records.size() % 6);
        record.record().clock_shift = 5;
        if (records.size() % 2 == 1) {
            test::describe(record.application());
        }
        if (records.size() % 3 != 0) {
            record.attribution() = {
                .owner = test::sample_owner("curl", 4321),
                .peer = records.size() % 3 == 1 ? test::sample_owner("nginx", 80) : nullptr,
                .match = OwnerMatch::kListener,
                .reason = OwnerReason::kOk,
                .at_destination = records.size() % 3 == 2};
        }
        exported.add(record);
    }
    const std::vector<DecodedRecord> decoded = exported.read();
    std::size_t next = 0;
    for (const auto& record : records) {
        const bool split = options.biflow == IpfixBiflow::kSplit && record->flow().packets[1] != 0;
        for (const bool mirrored : {false, true}) {
            if (mirrored && !split) {
                continue;
            }
            ASSERT_LT(next, decoded.size());
            EXPECT_EQ(
                difference(
                    record->view(exported.context),
                    decoded[next++],
                    {.options = options, .meter = meter, .mirrored = mirrored}
                ),
                ""
            );
        }
    }
    EXPECT_EQ(next, decoded.size());
    EXPECT_EQ(exported.block.records, records.size());
}

std::shared_ptr<const InterfaceTable> one_interface() {
    const auto table = std::make_shared<InterfaceTable>(1);
    const std::array<std::uint32_t, 1> worker{0};
    table->set(worker, 0, {.index = 3, .name = "eth0", .description = ""});
    return table;
}

TEST(IpfixEncoder, SaysWhatTheColumnsSayInEachProfileAndVocabulary) {
    for (const IpfixProfile profile :
         {IpfixProfile::kBasic, IpfixProfile::kExtended, IpfixProfile::kFull}) {
        for (const IpfixVocabulary vocabulary :
             {IpfixVocabulary::kOwn,
              IpfixVocabulary::kIana,
              IpfixVocabulary::kCesnet,
              IpfixVocabulary::kNtop}) {
            for (const IpfixBiflow biflow : {IpfixBiflow::kRfc5103, IpfixBiflow::kSplit}) {
                SCOPED_TRACE(
                    std::to_string(static_cast<int>(profile)) + " " +
                    std::to_string(static_cast<int>(vocabulary)) + " " +
                    std::to_string(static_cast<int>(biflow))
                );
                IpfixOptions options;
                options.profile = profile;
                options.vocabulary = vocabulary;
                options.biflow = biflow;
                options.interfaces = one_interface();
                expect_equal_values(options, everything());
            }
        }
    }
}

TEST(IpfixEncoder, SaysWhatTheColumnsSayInEachAccountingModeAndTimeUnit) {
    IpfixOptions options;
    options.profile = IpfixProfile::kFull;
    for (const AccountingMode mode :
         {AccountingMode::kLink,
          AccountingMode::kIp,
          AccountingMode::kTransport,
          AccountingMode::kPayload}) {
        for (const TimeUnit unit :
             {TimeUnit::kMilliseconds, TimeUnit::kMicroseconds, TimeUnit::kNanoseconds}) {
            for (const IpfixBiflow biflow : {IpfixBiflow::kRfc5103, IpfixBiflow::kSplit}) {
                SCOPED_TRACE(static_cast<int>(mode));
                SCOPED_TRACE(suffix(unit));
                options.biflow = biflow;
                MeterOptions meter = everything(mode);
                meter.flow.time_unit = unit;
                expect_equal_values(options, meter);
            }
        }
    }
}

TEST(IpfixEncoder, LeavesOutWhatIsNotMetered) {
    MeterOptions meter;
    meter.layer_octets = true;
    meter.dissection.enabled = false;
    meter.decode.decode_tunnels = TunnelSet::kNone;
    IpfixOptions options;
    options.profile = IpfixProfile::kFull;
    Exported exported(options, meter);
    exported.add(MadeRecord(meter, conversation("10.0.0.9:51000", "10.0.0.2:443")));
    const std::vector<DecodedRecord> decoded = exported.read();
    ASSERT_EQ(decoded.size(), 1U);
    for (const char* key :
         {"95",
          "96",
          "460",
          "291",
          "32473:1010",
          "32473:1020",
          "32473:1001",
          "32473:1009",
          "10",
          "422"}) {
        EXPECT_EQ(decoded[0].find(key), nullptr) << key;
    }
    EXPECT_NE(decoded[0].find("352"), nullptr);
}

// The texts and numbers of one record under these keys, "-" for what is not there.
std::string said(const DecodedRecord& record, const std::vector<const char*>& keys) {
    std::string out;
    for (const char* key : keys) {
        const test::DecodedField* field = record.find(key);
        out += out.empty() ? "" : " ";
        out += field == nullptr                   ? "-"
               : field->length == kVariableLength ? "'" + field->bytes + "'"
                                                  : std::to_string(field->number());
    }
    return out;
}

// ntop's elements are of the two ends, as the record is turned.
TEST(IpfixEncoder, SaysAtWhichEndAProcessIsInNtopsElements) {
    const std::vector<const char*> keys{
        "35632:168",
        "35632:169",
        "35632:425",
        "35632:558",
        "35632:556",
        "35632:375",
        "35632:376",
        "35632:426",
        "35632:559",
        "35632:557",
        "32473:1001",
        "32473:1006"};
    const std::string curl = "4321 'curl' 1000 '0a1b' 'curl --quiet \"a b\"'";
    const std::string nginx = "80 'nginx' 1000 '0a1b' 'nginx --quiet \"a b\"'";
    const std::string nobody = "0 '' 4294967295 '' ''";
    struct Row {
        const char* reason = "";
        bool has_peer = false;
        bool at_destination = false;
        std::string source;
        std::string destination;
    };
    MeterOptions meter = everything();
    IpfixOptions options;
    options.profile = IpfixProfile::kFull;
    options.vocabulary = IpfixVocabulary::kNtop;
    options.biflow = IpfixBiflow::kSplit;
    for (const Row& row :
         {Row{"at the source", false, false, curl, nobody},
          Row{"at the destination", false, true, nobody, curl},
          Row{"at both", true, false, curl, nginx}}) {
        MadeRecord record(meter, conversation("10.0.0.9:51000", "10.0.0.2:443"));
        record.attribution().owner = test::sample_owner("curl", 4321);
        record.attribution().peer = row.has_peer ? test::sample_owner("nginx", 80) : nullptr;
        record.attribution().at_destination = row.at_destination;
        Exported exported(options, meter);
        exported.add(record);
        const std::vector<DecodedRecord> decoded = exported.read();
        ASSERT_EQ(decoded.size(), 2U) << row.reason;
        const std::string rest = " - 'ada'";
        EXPECT_EQ(said(decoded[0], keys), row.source + " " + row.destination + rest) << row.reason;
        EXPECT_EQ(said(decoded[1], keys), row.destination + " " + row.source + rest) << row.reason;
    }
}

TEST(IpfixEncoder, HasReverseElementsOnlyWhereThereIsSuchADirection) {
    MeterOptions meter = everything();
    Exported exported({}, meter);
    exported.add(MadeRecord(meter, conversation("10.0.0.9:51000", "10.0.0.2:443")));
    exported.add(MadeRecord(meter, test::request("10.0.0.9:51000", "10.0.0.2:53")));
    const std::vector<DecodedRecord> decoded = exported.read();
    ASSERT_EQ(decoded.size(), 2U);
    EXPECT_NE(decoded[0].find("29305:1"), nullptr);
    EXPECT_EQ(decoded[1].find("29305:1"), nullptr);
    EXPECT_NE(decoded[0].template_id, decoded[1].template_id);
}

// A list takes what room there is, and texts give way before the record does.
TEST(IpfixEncoder, ShortensTextsAndListsRatherThanLoseTheFlow) {
    MeterOptions meter = everything();
    meter.splt_analysis = 2000;
    std::vector<Packet> packets;
    for (Tick i = 0; i < 2000; ++i) {
        packets.push_back(
            test::tcp_packet("10.0.0.9:1", "10.0.0.2:2", {.tick = test::kMorning + i, .bytes = 100})
        );
    }
    MadeRecord record(meter, packets);
    test::describe(record.application());
    ApplicationMetadata& metadata = *record.application().metadata;
    for (std::string* text :
         {&metadata.user_agent,
          &metadata.requested_server_name,
          &metadata.content_type,
          &metadata.alpn,
          &metadata.tls_version,
          &metadata.client_fingerprint,
          &metadata.server_fingerprint}) {
        *text = std::string(65536, 'x');
    }
    IpfixOptions options;
    options.profile = IpfixProfile::kFull;
    Exported exported(options, meter);
    exported.add(record);
    const std::vector<DecodedRecord> decoded = exported.read();
    ASSERT_EQ(decoded.size(), 1U);
    EXPECT_EQ(
        difference(
            record.view(exported.context),
            decoded[0],
            {.options = options, .meter = meter, .mirrored = false, .shortened = true}
        ),
        ""
    );
    EXPECT_EQ(exported.encoder->records_shortened(), 1U);
    EXPECT_EQ(decoded[0].find("468")->bytes, std::string(127, 'x'));
    EXPECT_GT(test::decode_list(decoded[0].find("291")->bytes).values.size(), 0U);
}

TEST(IpfixEncoder, FillsMessagesUpToTheirSize) {
    MeterOptions meter = everything();
    IpfixOptions options;
    options.message_size = 1400;
    Exported exported(options, meter);
    const MadeRecord four(meter, conversation("10.0.0.9:51000", "10.0.0.2:443"));
    const MadeRecord six(meter, conversation("[2001:db8::9]:51000", "[2001:db8::2]:443"));
    for (int i = 0; i < 100; ++i) {
        exported.add(i % 7 == 0 ? six : four);
    }
    EXPECT_EQ(exported.read().size(), 100U);
    std::size_t records = 0;
    for (const BlockUnit& unit : exported.block.units) {
        records += unit.records;
    }
    EXPECT_EQ(records, 100U);
    for (std::size_t i = 0; i + 1 < exported.block.units.size(); ++i) {
        EXPECT_GT(exported.block.unit(i).size(), 1400U - 250U) << "another would have fit";
    }
}

TEST(IpfixEncoder, HidesColumnsAndAddresses) {
    MeterOptions meter = everything();
    IpfixOptions options;
    options.hidden_columns = {"src_mac", "requested_server_name", "system_peer_process_name"};
    options.pseudonym = [](const IpAddress& address, std::uint8_t version) {
        return IpAddress{.high = address.high, .low = address.low + version};
    };
    MadeRecord record(meter, conversation("10.0.0.9:51000", "10.0.0.2:443"));
    test::describe(record.application());
    Exported exported(options, meter);
    exported.add(record);
    const std::vector<DecodedRecord> decoded = exported.read();
    ASSERT_EQ(decoded.size(), 1U);
    EXPECT_EQ(decoded[0].find("8")->number(), 0x0a00000dU);
    for (const char* key : {"56", "460", "32473:1023", "32473:1005"}) {
        EXPECT_EQ(decoded[0].find(key), nullptr) << key;
    }
    EXPECT_NE(decoded[0].find("80"), nullptr);
    EXPECT_NE(decoded[0].find("32473:1004"), nullptr);
    // The process at the destination may be the peer's.
    options.vocabulary = IpfixVocabulary::kNtop;
    Exported of_ntop(options, meter);
    of_ntop.add(record);
    const std::vector<DecodedRecord> told = of_ntop.read();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].find("35632:376"), nullptr);
    EXPECT_NE(told[0].find("35632:169"), nullptr);
}

TEST(IpfixEncoder, RefusesOptionsThatCannotWork) {
    struct Row {
        IpfixOptions options;
        MeterOptions meter;
        const char* message = "";
    };
    IpfixOptions small;
    small.message_size = 511;
    IpfixOptions tight;
    tight.message_size = 512;
    tight.profile = IpfixProfile::kFull;
    IpfixOptions reverse;
    reverse.enterprise_number = 29305;
    for (const Row& row :
         {Row{{}, {}, "layer_octets"},
          Row{small, everything(), "message_size 511"},
          Row{tight, everything(), "too small"},
          Row{reverse, everything(), "enterprise_number 29305"}}) {
        auto made = IpfixEncoder::open(row.options, row.meter, test::sample_names());
        ASSERT_FALSE(made);
        EXPECT_NE(made.error().message.find(row.message), std::string::npos)
            << made.error().message;
    }
}

}  // namespace
}  // namespace flowgauge
