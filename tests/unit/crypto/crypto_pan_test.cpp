#include "crypto/crypto_pan.h"

#include "core/base/ip_network.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <random>
#include <string>

namespace flowgauge {
namespace {

// The key of the sample that the authors of Crypto-PAn gave away with it.
constexpr std::array<std::uint8_t, 32> kSampleKey{
    21,  34,  23,  141, 51,  164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16,
    216, 152, 143, 131, 121, 121, 101, 39,  98, 87, 76, 45, 42, 132, 34,  2};

struct Row {
    const char* address;
    const char* pseudonym;
};

std::string pseudonym_of(CryptoPan& cipher, const char* text) {
    const std::optional<IpNetwork> network = read_ip_network(text);
    EXPECT_TRUE(network.has_value()) << text;
    const std::optional<IpAddress> told = cipher.address(network->first, network->version);
    EXPECT_TRUE(told.has_value()) << text;
    std::array<char, kIpTextMax> out{};
    return {out.data(), write_ip(out.data(), told.value_or(IpAddress{}), network->version)};
}

// Of its sample trace, raw and sanitised.
TEST(CryptoPan, GivesTheAuthorsAddresses) {
    CryptoPan cipher = CryptoPan::open(SecretKey(kSampleKey)).value();
    for (const Row& row :
         {Row{"128.11.68.132", "135.242.180.132"},   Row{"129.118.74.4", "134.136.186.123"},
          Row{"130.132.252.244", "133.68.164.234"},  Row{"141.223.7.43", "141.167.8.160"},
          Row{"141.233.145.108", "141.129.237.235"}, Row{"152.163.225.39", "151.140.114.167"},
          Row{"156.29.3.236", "147.225.12.42"},      Row{"165.247.96.84", "162.9.99.234"},
          Row{"166.107.77.190", "160.132.178.185"},  Row{"192.102.249.13", "252.138.62.131"},
          Row{"192.215.32.125", "252.43.47.189"},    Row{"192.233.80.103", "252.25.108.8"},
          Row{"192.41.57.43", "252.222.221.184"},    Row{"193.150.244.223", "253.169.52.216"},
          Row{"195.205.63.100", "255.186.223.5"},    Row{"198.200.171.101", "249.199.68.213"},
          Row{"198.26.132.101", "249.36.123.202"},   Row{"198.36.213.5", "249.7.21.132"},
          Row{"198.51.77.238", "249.18.186.254"},    Row{"199.217.79.101", "248.38.184.213"},
          Row{"202.49.198.20", "245.206.7.234"},     Row{"203.12.160.252", "244.248.163.4"},
          Row{"204.184.162.189", "243.192.77.90"},   Row{"204.202.136.230", "243.178.4.198"},
          Row{"204.29.20.4", "243.33.20.123"},       Row{"205.178.38.67", "242.108.198.51"},
          Row{"205.188.147.153", "242.96.16.101"},   Row{"205.188.248.25", "242.96.88.27"},
          Row{"205.245.121.43", "242.21.121.163"},   Row{"207.105.49.5", "241.118.205.138"},
          Row{"207.135.65.238", "241.202.129.222"},  Row{"207.155.9.214", "241.220.250.22"},
          Row{"207.188.7.45", "241.255.249.220"},    Row{"207.25.71.27", "241.33.119.156"},
          Row{"207.33.151.131", "241.1.233.131"},    Row{"208.147.89.59", "227.237.98.191"},
          Row{"208.234.120.210", "227.154.67.17"},   Row{"208.28.185.184", "227.39.94.90"},
          Row{"208.52.56.122", "227.8.63.165"},      Row{"209.12.231.7", "226.243.167.8"},
          Row{"209.238.72.3", "226.6.119.243"},      Row{"209.246.74.109", "226.22.124.76"},
          Row{"209.68.60.238", "226.184.220.233"},   Row{"209.85.249.6", "226.170.70.6"},
          Row{"212.120.124.31", "228.135.163.231"},  Row{"212.146.8.236", "228.19.4.234"},
          Row{"212.186.227.154", "228.59.98.98"},    Row{"212.204.172.118", "228.71.195.169"},
          Row{"212.206.130.201", "228.69.242.193"},  Row{"216.148.237.145", "235.84.194.111"},
          Row{"216.157.30.252", "235.89.31.26"},     Row{"216.184.159.48", "235.96.225.78"},
          Row{"216.227.10.221", "235.28.253.36"},    Row{"216.254.18.172", "235.7.16.162"},
          Row{"216.32.132.250", "235.192.139.38"},   Row{"216.35.217.178", "235.195.157.81"},
          Row{"24.0.250.221", "100.15.198.226"},     Row{"24.13.62.231", "100.2.192.247"},
          Row{"24.14.213.138", "100.1.42.141"},      Row{"24.5.0.80", "100.9.15.210"},
          Row{"24.7.198.88", "100.10.6.25"},         Row{"24.94.26.44", "100.88.228.35"},
          Row{"38.15.67.68", "64.3.66.187"},         Row{"4.3.88.225", "124.60.155.63"},
          Row{"63.14.55.111", "95.9.215.7"},         Row{"63.195.241.44", "95.179.238.44"},
          Row{"63.97.7.140", "95.97.9.123"},         Row{"64.14.118.196", "0.255.183.58"},
          Row{"64.34.154.117", "0.221.154.117"},     Row{"64.39.15.238", "0.219.7.41"},
          Row{"10.185.25.118", "117.161.29.118"}}) {
        EXPECT_EQ(pseudonym_of(cipher, row.address), row.pseudonym) << row.address;
    }
}

// As several other programs do it with that key; the authors' own knows IPv4 alone.
TEST(CryptoPan, DoesIpv6AsOthersDo) {
    CryptoPan cipher = CryptoPan::open(SecretKey(kSampleKey)).value();
    for (const Row& row :
         {Row{"::1", "78ff:f001:9fc0:20df:8380:b1f1:704:ed"},
          Row{"::2", "78ff:f001:9fc0:20df:8380:b1f1:704:ef"},
          Row{"::ffff", "78ff:f001:9fc0:20df:8380:b1f1:704:f838"},
          Row{"2001:db8::1", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e"},
          Row{"2001:db8::2", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c"}}) {
        EXPECT_EQ(pseudonym_of(cipher, row.address), row.pseudonym) << row.address;
    }
}

TEST(CryptoPan, KeepsExactlyTheCommonPrefix) {
    CryptoPan cipher = CryptoPan::open(SecretKey(kSampleKey)).value();
    std::mt19937_64 random(1);
    for (int round = 0; round < 200; ++round) {
        const IpAddress a{.high = random(), .low = random()};
        const auto common = static_cast<unsigned>(random() % 128);
        IpAddress b = a;
        if (common < 64) {
            b.high ^= std::uint64_t{1} << (63 - common);
            b.low = random();
        } else {
            b.low ^= std::uint64_t{1} << (127 - common);
        }
        const IpAddress told_a = cipher.address(a, 6).value();
        const IpAddress told_b = cipher.address(b, 6).value();
        const int high = std::countl_zero(told_a.high ^ told_b.high);
        const int low = std::countl_zero(told_a.low ^ told_b.low);
        EXPECT_EQ(high < 64 ? high : 64 + low, static_cast<int>(common));
    }
}

TEST(CryptoPan, KeepsTheVendorsOfMacAddressesTogether) {
    CryptoPan cipher = CryptoPan::open(SecretKey(kSampleKey)).value();
    const std::uint64_t one = cipher.mac(0x001b21000001).value();
    const std::uint64_t other = cipher.mac(0x001b21ffffff).value();
    const std::uint64_t foreign = cipher.mac(0x001b22000001).value();
    EXPECT_EQ(one >> 24, other >> 24);
    EXPECT_NE(one, other);
    EXPECT_NE(one >> 24, foreign >> 24);
    EXPECT_EQ(one >> 48, 0U);
    // Other changes than those of an address with the same bits.
    const IpAddress address = cipher.address({.low = 0x001b2100}, 4).value();
    EXPECT_NE(address.low, one >> 16);
}

TEST(CryptoPan, DependsOnTheWholeKey) {
    CryptoPan sample = CryptoPan::open(SecretKey(kSampleKey)).value();
    for (const std::size_t place : {0U, 31U}) {
        std::array<std::uint8_t, 32> key = kSampleKey;
        key[place] ^= 1;
        CryptoPan cipher = CryptoPan::open(SecretKey(key)).value();
        EXPECT_NE(pseudonym_of(cipher, "10.185.25.118"), pseudonym_of(sample, "10.185.25.118"));
    }
}

}  // namespace
}  // namespace flowgauge
