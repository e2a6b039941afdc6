#include "export/ipfix/options_data.h"

#include "export/ipfix/ipfix_encoder.h"
#include "tests/support/ipfix_decoder.h"
#include "tests/unit/export/ipfix/ipfix_flows.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::DecodedRecord;
using test::IpfixDecoder;

IpfixDecoder decoded(const IpfixOptions& options, const MeterOptions& meter) {
    auto encoder = std::move(IpfixEncoder::open(options, meter, test::sample_names())).value();
    IpfixDecoder decoder;
    EXPECT_EQ(decoder.decode(encoder->preamble()), "");
    for (const test::DecodedHeader& header : decoder.headers) {
        EXPECT_LE(header.length, options.message_size);
        EXPECT_EQ(header.sequence, header.data_records);
        EXPECT_EQ(header.export_time, 0U);
        EXPECT_EQ(header.domain, options.observation_domain);
    }
    return decoder;
}

// A text of fixed length without the zeros behind it.
std::string until_zero(const std::string& bytes) {
    return bytes.substr(0, bytes.find('\0'));
}

TEST(OptionsData, NamesApplicationsInTextsOfFixedLength) {
    const IpfixDecoder decoder = decoded({}, test::everything());
    std::map<std::uint64_t, std::string> names;
    for (const DecodedRecord& record : decoder.records) {
        if (const test::DecodedField* id = record.find("95"); id != nullptr) {
            EXPECT_EQ(id->length, 4U);
            EXPECT_EQ(record.find("96")->length, 24U);
            EXPECT_EQ(record.find("94")->length, 55U);
            names[id->number()] = until_zero(record.find("96")->bytes);
        }
    }
    EXPECT_EQ(
        names,
        (std::map<std::uint64_t, std::string>{
            {22U << 24, "Unknown"},
            {22U << 24 | 1, "TLS"},
            {22U << 24 | 2, "HTTP"},
            {22U << 24 | 3, "Google"}})
    );
}

// Type records by the number that they describe.
std::map<std::uint64_t, DecodedRecord> described_in(const IpfixDecoder& decoder) {
    std::map<std::uint64_t, DecodedRecord> described;
    for (const DecodedRecord& record : decoder.records) {
        if (const test::DecodedField* id = record.find("303"); id != nullptr) {
            EXPECT_EQ(record.find("346")->number(), 32473U);
            EXPECT_FALSE(record.find("340")->bytes.empty());
            EXPECT_TRUE(described.try_emplace(id->number(), record).second);
        }
    }
    return described;
}

// Elements of ours in templates, and in lists.
std::set<std::uint64_t> used_in(const IpfixDecoder& decoder) {
    std::set<std::uint64_t> used{1050, 1051, 1111};
    for (const auto& [id, layout] : decoder.templates) {
        for (const test::DecodedField& field : layout.fields) {
            if (field.enterprise == 32473) {
                used.insert(field.id);
            }
        }
    }
    return used;
}

// Each enterprise element of a template is described, its reverse by itself.
TEST(OptionsData, DescribesEachElementOfOurs) {
    for (const IpfixBiflow biflow : {IpfixBiflow::kRfc5103, IpfixBiflow::kSplit}) {
        IpfixOptions options;
        options.profile = IpfixProfile::kFull;
        options.biflow = biflow;
        const IpfixDecoder decoder = decoded(options, test::everything());
        const auto described = described_in(decoder);
        std::set<std::uint64_t> numbers;
        for (const auto& [id, record] : described) {
            numbers.insert(id);
        }
        EXPECT_EQ(numbers, used_in(decoder));
        EXPECT_EQ(described.at(1010).find("341")->bytes, "fgMeanPs");
        EXPECT_EQ(described.at(1010).find("339")->number(), 10U);
        EXPECT_EQ(described.at(1100).find("345")->number(), 6U);
        if (biflow == IpfixBiflow::kRfc5103) {
            EXPECT_EQ(described.at(0x4000 | 1010).find("341")->bytes, "reverseFgMeanPs");
        }
    }
}

TEST(OptionsData, NamesInterfaces) {
    std::vector<IpfixInterface> interfaces{
        {.index = 2, .name = "eth0", .description = "uplink"},
        {.index = 7, .name = "lo", .description = ""}};
    std::map<std::uint64_t, std::string> expected{{2, "eth0;uplink;"}, {7, "lo;lo;"}};
    for (std::uint32_t index = 100; index < 150; ++index) {  // more than one message holds
        const std::string name = "veth" + std::to_string(index);
        interfaces.push_back({.index = index, .name = name, .description = ""});
        expected[index].append(name).append(";").append(name).append(";");
    }
    IpfixDecoder decoder;
    ASSERT_EQ(decoder.decode(make_interfaces_templates(42)), "");
    ASSERT_EQ(decoder.decode(make_interfaces_data(42, interfaces)), "");
    std::map<std::uint64_t, std::string> names;
    for (const DecodedRecord& record : decoder.records) {
        for (const char* key : {"82", "83"}) {
            if (const test::DecodedField* name = record.find(key); name != nullptr) {
                names[record.find("10")->number()] += until_zero(name->bytes) + ";";
            }
        }
    }
    EXPECT_EQ(names, expected);
}

// 512 bytes hold no more than six applications.
TEST(OptionsData, FillSeveralMessages) {
    IpfixOptions options;
    options.profile = IpfixProfile::kBasic;
    options.message_size = 512;
    EXPECT_GT(decoded(options, test::everything()).headers.size(), 1U);
}

}  // namespace
}  // namespace flowgauge
