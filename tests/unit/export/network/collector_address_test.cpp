#include "export/network/collector_address.h"

#include <gtest/gtest.h>

#include <string>

namespace flowgauge {
namespace {

TEST(CollectorAddress, TakesHostsAddressesAndPaths) {
    struct Row {
        const char* text;
        const char* host;
        const char* port;
        const char* path;
    };
    for (const Row& row :
         {Row{"collector.example.org:4739", "collector.example.org", "4739", ""},
          Row{"127.0.0.1:1", "127.0.0.1", "1", ""},
          Row{"[2001:db8::1]:65535", "2001:db8::1", "65535", ""},
          Row{"[fe80::1%eth0]:514", "fe80::1%eth0", "514", ""},
          Row{"unix:/run/x.sock", "", "", "/run/x.sock"}}) {
        Result<CollectorAddress> address = parse_collector_address(row.text);
        ASSERT_TRUE(address) << row.text;
        EXPECT_EQ(address.value().host, row.host);
        EXPECT_EQ(address.value().port, row.port);
        EXPECT_EQ(address.value().path, row.path);
        EXPECT_EQ(address.value().text(), row.text);
    }
}

TEST(CollectorAddress, SaysWhatIsWrong) {
    struct Row {
        std::string text;
        const char* part;
    };
    for (const Row& row :
         {Row{"host", "the port is missing"},
          Row{"[::1]", "the port is missing"},
          Row{"::1:4739", "stands in brackets"},
          Row{":4739", "the host is missing"},
          Row{"a b:4739", "the host is missing"},
          Row{"host:", "must be a number"},
          Row{"host:0", "must be a number"},
          Row{"host:65536", "must be a number"},
          Row{"host:47x", "must be a number"},
          Row{"unix:", "must begin with /"},
          Row{"unix:relative", "must begin with /"},
          Row{"unix:/" + std::string(107, 'x'), "107 bytes at most"},
          Row{"", "the port is missing"}}) {
        Result<CollectorAddress> address = parse_collector_address(row.text);
        ASSERT_FALSE(address) << row.text;
        EXPECT_NE(address.error().message.find(row.part), std::string::npos)
            << address.error().message;
        EXPECT_EQ(address.error().kind, ErrorKind::kUsage);
    }
}

}  // namespace
}  // namespace flowgauge
