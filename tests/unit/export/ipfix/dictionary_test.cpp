#include "export/ipfix/dictionary.h"

#include "export/ipfix/element.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace flowgauge {
namespace {

// With FLOWGAUGE_WRITE_DICTIONARIES set they are written instead.
TEST(IpfixDictionaries, LieUnderPackagingAsTheyAreMade) {
    for (const IpfixDictionaryKind& each : kIpfixDictionaries) {
        const std::string path =
            std::string(FLOWGAUGE_PACKAGING) + "/ipfix/" + std::string(each.file);
        const std::string made = ipfix_dictionary(each.kind, kExampleEnterprise);
        // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
        if (std::getenv("FLOWGAUGE_WRITE_DICTIONARIES") != nullptr) {
            std::ofstream(path, std::ios::binary) << made;
        }
        std::ifstream in(path, std::ios::binary);
        const std::string kept{std::istreambuf_iterator<char>(in), {}};
        EXPECT_EQ(kept, made) << path << ": `flowgauge fields --ipfix " << each.word
                              << "` makes it";
    }
}

TEST(IpfixDictionaries, HaveEachElementOfOursWithItsNumber) {
    const std::string xml = ipfix_dictionary(IpfixDictionary::kCertXml, 12345);
    EXPECT_NE(
        xml.find("<name>fgMeanPs</name><dataType>float64</dataType><group/>"
                 "<dataTypeSemantics>quantity</dataTypeSemantics>"
                 "<cert:enterpriseId>12345</cert:enterpriseId>"
                 "<cert:reversible>true</cert:reversible><elementId>1010</elementId>"),
        std::string::npos
    );
    const std::string spec = ipfix_dictionary(IpfixDictionary::kIespec, 12345);
    EXPECT_NE(spec.find("fgServerName(12345/1023)<string>[65535]\n"), std::string::npos);
    EXPECT_NE(
        spec.find("reverseFgMinPiatNanoseconds(12345/17684)<unsigned64>[8]\n"), std::string::npos
    );
    const std::string logstash = ipfix_dictionary(IpfixDictionary::kLogstash, 12345);
    EXPECT_TRUE(logstash.starts_with("---\n12345:\n  1001:\n  - :uint32\n  - :fgProcessId\n"));
    EXPECT_NE(logstash.find("\n  1010:\n  - :double\n  - :fgMeanPs\n"), std::string::npos);
    EXPECT_NE(
        ipfix_dictionary(IpfixDictionary::kTelegraf, 12345).find("12345.1020,fgTunnelId,uint\n"),
        std::string::npos
    );
    EXPECT_NE(
        ipfix_dictionary(IpfixDictionary::kPmacct, 12345)
            .find("name=fgAlpn field_type=12345:1026 len=vlen semantics=str\n"),
        std::string::npos
    );
    EXPECT_NE(
        ipfix_dictionary(IpfixDictionary::kGoflow2, 12345)
            .find("    - field: 1023\n      penprovided: true\n      pen: 12345\n"
                  "      destination: fg_server_name\n"),
        std::string::npos
    );
}

}  // namespace
}  // namespace flowgauge
