#include "export/ipfix/dictionary.h"
#include "export/ipfix/extension_element.h"
#include "export/ipfix/ipfix_encoder.h"
#include "export/ipfix/options_data.h"
#include "tests/support/fake_part.h"
#include "tests/support/ipfix_values.h"
#include "tests/unit/export/ipfix/ipfix_flows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::DecodedRecord;
using test::IpfixDecoder;
using test::MadeRecord;

MeterOptions meter_with_extension() {
    MeterOptions meter = test::everything();
    meter.extension = test::fake_extension();
    return meter;
}

Column column(std::string_view name, ColumnType type) {
    return {
        .name = name,
        .type = type,
        .unit = "",
        .presence = Presence::kAlways,
        .nfstream = true,
        .meaning = "",
        .read = [](const RecordView& /*view*/, ValueSink& out) { out.absent(); },
        .optional = true};
}

std::vector<std::uint16_t> numbers_of(const std::vector<Column>& columns) {
    std::vector<std::uint16_t> numbers;
    for (const IpfixExtensionElement& element : ipfix_extension_elements(columns, 32473)) {
        numbers.push_back(element.field.id);
    }
    return numbers;
}

TEST(IpfixExtension, NumbersElementsByNameAndType) {
    const Column a = column("udps.a", ColumnType::kReal);
    const Column b = column("udps.b_B1", ColumnType::kText);
    const auto both = ipfix_extension_elements(std::vector{a, b}, 4711);
    EXPECT_EQ(both[0].name, "udps_a");
    EXPECT_EQ(both[1].name, "udps_b_B1");
    EXPECT_EQ(both[1].meaning, "udps.b_B1") << "a name without a meaning is not learned";
    EXPECT_EQ(both[0].field.enterprise, 4711U);
    EXPECT_EQ(both[0].field.length, 8);
    EXPECT_EQ(both[1].field.length, kVariableLength);
    const std::vector<std::uint16_t> numbers = numbers_of({a, b});
    EXPECT_EQ(numbers_of({b, a}), (std::vector<std::uint16_t>{numbers[1], numbers[0]}));
    EXPECT_NE(numbers_of({column("udps.a", ColumnType::kInteger)})[0], numbers[0]);
    // For ever: templates of another version must mean the same.
    EXPECT_EQ(numbers, (std::vector<std::uint16_t>{8961, 13948}));
}

TEST(IpfixExtension, NeverGivesANumberTwiceNorOneThatMeansSomethingElse) {
    std::vector<std::string> names;
    for (int i = 0; i < 1024; ++i) {
        names.push_back("udps.column_" + std::to_string(i));
    }
    std::vector<Column> columns;
    for (const std::string& name : names) {
        columns.push_back(column(name, ColumnType::kUnsigned));
    }
    const std::vector<std::uint16_t> numbers = numbers_of(columns);
    const std::set<std::uint16_t> all(numbers.begin(), numbers.end());
    EXPECT_EQ(all.size(), columns.size());
    for (const std::uint16_t number : all) {
        EXPECT_EQ(number & kReverseBit, 0);
        EXPECT_GE(number, 0x2000);
    }
    for (const IpfixElement& element : all_ipfix_elements()) {
        EXPECT_FALSE(element.own && element.id + 2 * element.id_step >= 0x2000) << element.name;
    }
}

TEST(IpfixExtension, SaysWhatItsColumnsSay) {
    const MeterOptions meter = meter_with_extension();
    for (const IpfixProfile profile :
         {IpfixProfile::kBasic, IpfixProfile::kExtended, IpfixProfile::kFull}) {
        IpfixOptions options;
        options.profile = profile;
        options.message_size = 65'000;
        const RecordContext context = test::context_of(meter, test::sample_names());
        auto encoder = IpfixEncoder::open(options, meter, test::sample_names());
        ASSERT_TRUE(encoder);
        IpfixDecoder decoder;
        ASSERT_EQ(decoder.decode(encoder.value()->preamble()), "");
        decoder.records.clear();
        Block block;
        std::vector<std::unique_ptr<MadeRecord>> records;
        for (int port = 100; port < 170; ++port) {
            records.push_back(std::make_unique<MadeRecord>(
                meter, test::conversation("10.0.0.9:" + std::to_string(port), "10.0.0.2:443")
            ));
            ASSERT_TRUE(encoder.value()->encode(records.back()->view(context), block));
        }
        encoder.value()->end_unit(block);
        ASSERT_EQ(decoder.decode(block.bytes), "");
        ASSERT_EQ(decoder.records.size(), records.size());
        for (std::size_t i = 0; i < records.size(); ++i) {
            EXPECT_EQ(
                difference(
                    records[i]->view(context),
                    decoder.records[i],
                    {.options = options, .meter = meter}
                ),
                ""
            ) << i;
        }
        const auto count = std::ranges::count_if(decoder.records[0].fields, [](const auto& field) {
            return field.id >= 0x2000 && field.id < 0x4000;
        });
        EXPECT_EQ(count, profile == IpfixProfile::kBasic ? 0 : 4);  // and two lists
    }
}

// A long text, long lists of ours: the flow goes out.
TEST(IpfixExtension, GivesListsTheRoomThatIsLeft) {
    MeterOptions meter = meter_with_extension();
    meter.splt_analysis = 255;
    IpfixOptions options;
    options.profile = IpfixProfile::kFull;
    options.message_size = 1400;
    const RecordContext context = test::context_of(meter, test::sample_names());
    auto encoder = IpfixEncoder::open(options, meter, test::sample_names());
    ASSERT_TRUE(encoder);
    IpfixDecoder decoder;
    ASSERT_EQ(decoder.decode(encoder.value()->preamble()), "");
    decoder.records.clear();
    std::vector<Packet> packets;
    for (Tick i = 0; i < 300; ++i) {
        packets.push_back(test::tcp_packet(
            "10.0.0.9:153", "10.0.0.2:2", {.tick = test::kMorning + i, .bytes = 100}
        ));
    }
    const MadeRecord record(meter, packets);
    Block block;
    ASSERT_TRUE(encoder.value()->encode(record.view(context), block));
    encoder.value()->end_unit(block);
    EXPECT_LE(block.bytes.size(), 1400U);
    ASSERT_EQ(decoder.decode(block.bytes), "");
    EXPECT_EQ(
        difference(
            record.view(context),
            decoder.records.at(0),
            {.options = options, .meter = meter, .mirrored = false, .shortened = true}
        ),
        ""
    );
    EXPECT_EQ(encoder.value()->records_shortened(), 1U);
}

TEST(IpfixExtension, IsNotInTheVocabularyOfIanaNorWhereItIsHidden) {
    const MeterOptions meter = meter_with_extension();
    EXPECT_EQ(ipfix_extension_elements({}, meter).size(), 6U);
    IpfixOptions options;
    options.hidden_columns = {"udps.fake_word"};
    EXPECT_EQ(ipfix_extension_elements(options, meter).size(), 5U);
    options.vocabulary = IpfixVocabulary::kIana;
    EXPECT_EQ(ipfix_extension_elements(options, meter).size(), 0U);
}

TEST(IpfixExtension, PutsListsBehindAllElse) {
    MeterOptions meter = meter_with_extension();
    IpfixTemplateIds ids;
    const IpfixTemplate with = make_template({}, meter, 4, false, ids);
    EXPECT_EQ(with.extension_numbers.size(), 3U);
    EXPECT_EQ(with.extension_texts.size(), 1U);
    EXPECT_EQ(with.extension_lists.size(), 2U);
    EXPECT_EQ(with.names.back(), "udps_fake_words");
    EXPECT_EQ(with.names.size(), with.fields.size());
}

TEST(IpfixExtension, IsDescribedByTypeRecords) {
    const MeterOptions meter = meter_with_extension();
    IpfixTemplateIds ids;
    const IpfixTemplate layout = make_template({}, meter, 4, false, ids);
    IpfixDecoder decoder;
    ASSERT_EQ(decoder.decode(make_options_data({}, meter, nullptr, {&layout, 1}, ids)), "");
    std::string told;
    for (const DecodedRecord& record : decoder.records) {
        const auto* number = record.find("303");
        if (number != nullptr && number->number() >= 0x2000 && number->number() < 0x4000) {
            told += record.find("341")->bytes + " " + std::to_string(record.find("339")->number()) +
                    " " + record.find("340")->bytes + "\n";
        }
    }
    EXPECT_EQ(
        told,
        "udps_fake_count 4 how many\n"
        "udps_fake_change 8 up & down <so to say>\n"
        "udps_fake_ratio 10 udps.fake_ratio\n"
        "udps_fake_word 13 a word\n"
        "udps_fake_steps 8 a step\n"
        "udps_fake_words 13 one of the words\n"
    );
}

TEST(IpfixExtension, IsInDictionaries) {
    const auto extension = test::fake_extension();
    const auto all = [&](IpfixDictionary kind) {
        return ipfix_dictionary(kind, 32473, extension->columns());
    };
    const std::string xml = all(IpfixDictionary::kCertXml);
    EXPECT_NE(xml.find("<name>udps_fake_change</name><dataType>signed64</dataType>"), xml.npos);
    EXPECT_NE(xml.find("up &amp; down &lt;so to say&gt;"), xml.npos);
    const std::string telegraf = all(IpfixDictionary::kTelegraf);
    EXPECT_NE(telegraf.find(",udps_fake_change,int\n"), telegraf.npos);
    EXPECT_EQ(telegraf.find("udps_fake_steps"), telegraf.npos) << "lists are not known";
    const std::string pmacct = all(IpfixDictionary::kPmacct);
    EXPECT_NE(pmacct.find("name=udps_fake_word "), pmacct.npos);
    EXPECT_EQ(pmacct.find("udps_fake_change"), pmacct.npos) << "it knows no sign";
    const std::string iespec = all(IpfixDictionary::kIespec);
    EXPECT_NE(iespec.find("udps_fake_ratio(32473/"), iespec.npos);
    const std::string goflow2 = all(IpfixDictionary::kGoflow2);
    EXPECT_NE(goflow2.find("udps_fake_count"), goflow2.npos);
    const std::string logstash = all(IpfixDictionary::kLogstash);
    EXPECT_NE(logstash.find("- :int64\n  - :udps_fake_change"), logstash.npos);
}

}  // namespace
}  // namespace flowgauge
