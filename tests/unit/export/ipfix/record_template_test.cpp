#include "export/ipfix/record_template.h"

#include "tests/unit/export/ipfix/ipfix_flows.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace flowgauge {
namespace {

using test::everything;

// "29305:1/8 8/4 96/v"
std::string text_of(const IpfixTemplate& layout) {
    std::string out;
    for (const IpfixField& field : layout.fields) {
        out += out.empty() ? "" : " ";
        out += field.enterprise == 0 ? "" : std::to_string(field.enterprise) + ":";
        out += std::to_string(field.id) + "/";
        out += field.length == kVariableLength ? "v" : std::to_string(field.length);
    }
    return out;
}

IpfixTemplate made(const IpfixOptions& options, const MeterOptions& meter, bool reverse = true) {
    IpfixTemplateIds ids;
    return make_template(options, meter, 4, reverse, ids);
}

IpfixOptions with(IpfixProfile profile, IpfixVocabulary vocabulary = IpfixVocabulary::kOwn) {
    IpfixOptions options;
    options.profile = profile;
    options.vocabulary = vocabulary;
    return options;
}

// What collectors were seen to decode (docs/IPFIX.md).
TEST(IpfixTemplate, HasTheseFieldsInThisOrder) {
    const MeterOptions meter = everything();
    const std::string key = "8/4 12/4 ";
    const std::string reverse = "29305:152/8 29305:153/8 29305:1/8 29305:2/8 29305:6/1 ";
    const std::string flow = "152/8 153/8 136/1 60/1 4/1 7/2 11/2 1/8 2/8 6/1 58/2 ";
    EXPECT_EQ(
        text_of(made(with(IpfixProfile::kBasic), meter)), key + reverse + flow + "95/4 148/8"
    );
    EXPECT_EQ(text_of(made(with(IpfixProfile::kBasic), meter, false)), key + flow + "95/4 148/8");
    const std::string texts = "96/v 372/v 460/v 468/v 469/v 32473:1023/v 32473:1024/v "
                              "32473:1025/v 32473:1026/v 32473:1027/v 32473:1028/v";
    const std::string owners = " 32473:1004/v 32473:1005/v 32473:1006/v 32473:1007/v 32473:1008/v "
                               "32473:1009/v 32473:1060/v";
    EXPECT_EQ(
        text_of(made(with(IpfixProfile::kExtended), meter)),
        key + reverse + "29305:352/8 " + flow + "56/6 80/6 95/4 148/8 352/8 " +
            "32473:1020/1 32473:1021/1 32473:1022/1 32473:1001/4 32473:1002/4 32473:1003/4 " +
            texts + owners
    );
    EXPECT_EQ(
        text_of(made(with(IpfixProfile::kFull), meter)),
        key + reverse +
            "29305:352/8 29305:422/4 29305:423/4 29305:218/8 29305:219/8 29305:220/8 29305:221/8 "
            "29305:222/8 29305:223/8 " +
            flow +
            "56/6 80/6 95/4 148/8 352/8 422/4 423/4 218/8 219/8 220/8 221/8 222/8 223/8 "
            "32473:1020/1 32473:1021/1 32473:1022/1 32473:1001/4 32473:1002/4 32473:1003/4 "
            "32473:1036/8 32473:17420/8 32473:1037/8 32473:17421/8 "
            "32473:1010/8 32473:17394/8 32473:1011/8 32473:17395/8 "
            "32473:1032/4 32473:1033/8 32473:1034/8 32473:1035/4 "
            "32473:1100/8 32473:17484/8 32473:1101/8 32473:17485/8 "
            "32473:1102/8 32473:17486/8 32473:1103/8 32473:17487/8 "
            "32473:1104/8 32473:1105/8 32473:1106/8 32473:1107/8 32473:1110/8 " +
            texts + " 32473:1029/v" + owners +
            " 32473:1061/v 32473:1062/v 32473:1063/v 291/v 291/v 291/v"
    );
}

TEST(IpfixTemplate, TakesElementsOfOthersWhereTheyMeanTheSame) {
    const MeterOptions meter = everything();
    const std::string cesnet =
        text_of(made(with(IpfixProfile::kFull, IpfixVocabulary::kCesnet), meter));
    EXPECT_NE(cesnet.find(" 8057:808/v"), std::string::npos);
    const std::string ntop =
        text_of(made(with(IpfixProfile::kFull, IpfixVocabulary::kNtop), meter));
    EXPECT_NE(ntop.find(" 35632:188/v"), std::string::npos);
    EXPECT_NE(ntop.find(" 35632:560/1"), std::string::npos);
    EXPECT_EQ(ntop.find(":1022/"), std::string::npos);
    EXPECT_NE(ntop.find(" 35632:168/4 35632:375/4 35632:425/4 35632:426/4 "), std::string::npos);
    EXPECT_NE(
        ntop.find(" 35632:169/v 35632:376/v 35632:558/v 35632:559/v 35632:556/v 35632:557/v"),
        std::string::npos
    );
    EXPECT_EQ(ntop.find(":1001/"), std::string::npos);
    EXPECT_NE(ntop.find(" 32473:1006/v"), std::string::npos);
    const std::string iana =
        text_of(made(with(IpfixProfile::kFull, IpfixVocabulary::kIana), meter));
    EXPECT_EQ(iana.find("32473:"), std::string::npos);
    EXPECT_NE(iana.find(" 428/8"), std::string::npos);
    EXPECT_EQ(iana.find("291"), std::string::npos);
}

// Every combination of options, with what it is called.
template <typename Visit>
void each_combination(Visit visit) {
    for (unsigned i = 0; i < 3 * 4 * 2 * 4 * 3; ++i) {
        IpfixOptions options;
        options.profile = static_cast<IpfixProfile>(i % 3);
        options.vocabulary = static_cast<IpfixVocabulary>(i / 3 % 4);
        options.biflow = static_cast<IpfixBiflow>(i / 12 % 2);
        MeterOptions meter = everything(static_cast<AccountingMode>(i / 24 % 4));
        meter.flow.time_unit = static_cast<TimeUnit>(i / 96);
        SCOPED_TRACE(i);
        visit(options, meter);
    }
}

// nfacctd looks at the number alone, and takes the last field that has it.
TEST(IpfixTemplate, HasNoNumberOfTwoEnterprisesTwice) {
    each_combination([](const IpfixOptions& options, const MeterOptions& meter) {
        std::map<std::uint16_t, std::uint32_t> seen;
        std::set<std::pair<std::uint32_t, std::uint16_t>> fields;
        for (const IpfixField& field : made(options, meter).fields) {
            if (field.id == kBasicListId) {
                continue;
            }
            EXPECT_TRUE(fields.insert({field.enterprise, field.id}).second) << field.id;
            const bool is_reverse = field.enterprise == kReverseEnterprise;
            const std::uint32_t owner = is_reverse ? 0 : field.enterprise;
            EXPECT_EQ(seen.try_emplace(field.id, owner).first->second, owner) << field.id;
            if (field.enterprise == options.enterprise_number) {
                EXPECT_GE(field.id, 1000U);
            }
        }
    });
}

// nfdump takes a reverse element for the forward one.
TEST(IpfixTemplate, HasReverseElementsBeforeTheirForwardOnes) {
    each_combination([](const IpfixOptions& options, const MeterOptions& meter) {
        const IpfixTemplate layout = made(options, meter);
        std::set<std::uint16_t> reverse;
        for (const IpfixField& field : layout.fields) {
            if (field.enterprise == kReverseEnterprise) {
                reverse.insert(field.id);
            } else if (field.enterprise == 0) {
                reverse.erase(field.id);
            }
        }
        EXPECT_TRUE(reverse.empty()) << "a reverse element without or behind its forward one";
    });
}

TEST(IpfixTemplate, HasANumberThatFollowsFromItsFields) {
    std::map<std::uint16_t, std::string> known;
    std::size_t different = 0;
    std::size_t met = 0;
    each_combination([&](const IpfixOptions& options, const MeterOptions& meter) {
        IpfixTemplateIds ids;
        for (const std::uint8_t version : {std::uint8_t{4}, std::uint8_t{6}}) {
            const IpfixTemplate layout = make_template(options, meter, version, true, ids);
            EXPECT_GE(layout.id, 258U);
            const std::string lists =
                layout.sequences.empty() ? "" : std::to_string(layout.sequences[0].element.id);
            const auto [entry, fresh] = known.try_emplace(layout.id, text_of(layout) + lists);
            different += fresh ? 1U : 0U;
            met += entry->second != text_of(layout) + lists ? 1U : 0U;
        }
    });
    EXPECT_GT(different, 50U);
    EXPECT_LE(met, 2U) << "of so many, in 16 bits";
}

TEST(IpfixTemplateIds, TakeTheNextFreeNumber) {
    IpfixTemplateIds ids;
    const std::uint16_t first = ids.choose("fields");
    const std::uint16_t second = ids.choose("fields");
    EXPECT_EQ(second, first == 65535 ? 258 : first + 1);
    IpfixTemplateIds others;
    EXPECT_EQ(others.choose("fields"), first);
    std::set<std::uint16_t> all{first, second};
    for (int i = 0; i < 2000; ++i) {
        EXPECT_TRUE(all.insert(ids.choose("other " + std::to_string(i % 100))).second);
    }
    EXPECT_GE(*all.begin(), 258U);
}

}  // namespace
}  // namespace flowgauge
