#include "export/anonymize/anonymizer.h"

#include "core/flow/flow_key.h"
#include "crypto/crypto_pan.h"
#include "export/text/csv_encoder.h"
#include "tests/support/plain_packet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

// A record with addresses, MAC addresses, numbers and a sequence.
struct Sample {
    Sample() {
        options.dissection.enabled = false;
        options.splt_analysis = 3;
        const Packet packet = test::tcp_packet("192.168.178.20:54321", "203.0.113.77:443");
        flow.key = key_of(packet).key;
        flow.from_upper = key_of(packet).from_upper;
        flow.source_mac = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55};
        flow.packets = {1, 0};
        flow.bytes = {60, 0};
        SequenceObserver(3).init(cold.data(), {.packet = packet, .flow = flow, .bytes = 60});
        context.layout = layout_of(options);
        context.splt_analysis = 3;
    }

    // The values of `columns` in a row of CSV, behind the anonymizer.
    [[nodiscard]] std::string row(const Anonymizer& anonymizer, std::string_view columns) const {
        CsvEncoder encoder(
            CsvDialect::kRfc4180,
            anonymizer.replaced(select_columns(columns, options).value()),
            TimeUnit::kMilliseconds
        );
        const FlowRecord record{
            .flow = const_cast<Flow*>(&flow), .cold = const_cast<std::byte*>(cold.data())};
        Block block;
        EXPECT_TRUE(encoder.encode({.record = record, .context = context, .id = 5}, block));
        return block.bytes;
    }

    MeterOptions options;
    Flow flow;
    alignas(16) std::array<std::byte, 256> cold{};
    RecordContext context;
};

// A file of the bytes 00 01 02 ...
class KeyFile {
public:
    explicit KeyFile(std::size_t bytes) {
        std::string name =
            (std::filesystem::temp_directory_path() / "flowgauge_key_XXXXXX").string();
        directory_ = ::mkdtemp(name.data());
        std::ofstream file(path(), std::ios::binary);
        for (std::size_t i = 0; i < bytes; ++i) {
            file << static_cast<char>(i);
        }
        file.close();
        std::filesystem::permissions(path(), std::filesystem::perms::owner_read);
    }
    ~KeyFile() { std::filesystem::remove_all(directory_); }
    KeyFile(const KeyFile&) = delete;
    KeyFile& operator=(const KeyFile&) = delete;

    [[nodiscard]] std::string path() const { return directory_ + "/key"; }

private:
    std::string directory_;
};

std::unique_ptr<Anonymizer> opened(
    const AnonymizeOptions& options, const MeterOptions& meter = {}
) {
    Result<std::unique_ptr<Anonymizer>> anonymizer = Anonymizer::open(options, meter);
    EXPECT_TRUE(anonymizer.has_value()) << anonymizer.error().message;
    return std::move(anonymizer).value();
}

// Digests by Python: hashlib.blake2b(text.encode(), key=bytes(range(64)), digest_size=8)
TEST(Anonymizer, HashesTheTextOfEachValue) {
    const Sample sample;
    const KeyFile key(64);
    const auto anonymizer = opened(
        {.columns = "src_ip,src_mac,dst_port,splt_direction",
         .key_file = key.path(),
         .digest_bytes = 8}
    );
    EXPECT_EQ(
        sample.row(*anonymizer, "id,src_ip,src_mac,src_oui,dst_port,src_port,splt_direction"),
        "5,\"fe5834042329f89e\",\"0ff77bd383d9e85a\",\"eccbfbcfa1aec2e3\",\"7512349cf89f7157\","
        "54321,"
        "\"5eafbe28597a9798\"\n"
    );
    EXPECT_EQ(anonymizer->warning(), "");
}

TEST(Anonymizer, HasNfstreamsLengthAlone) {
    const Sample sample;
    const KeyFile key(64);
    const auto anonymizer = opened({.columns = "src_ip", .key_file = key.path()});
    EXPECT_EQ(
        sample.row(*anonymizer, "src_ip"),
        "\"2c832d870fd4e0f289e7ee7f84d63825bd5a1cd19551219a88ec26bb3ad185547fae23c7762795514980685a"
        "de50d5b6c8de74b773b2fa53aeeb5cf7c61071c5\"\n"
    );
}

TEST(Anonymizer, GivesEqualValuesEqualPseudonymsInAllColumns) {
    Sample sample;
    const Packet packet = test::tcp_packet("10.0.0.1:5", "10.0.0.1:5");
    sample.flow.key = key_of(packet).key;
    const auto anonymizer = opened({.columns = "src_ip,dst_ip,src_port,dst_port"});
    const std::string row = sample.row(*anonymizer, "src_ip,dst_ip");
    EXPECT_EQ(row.substr(0, 130), row.substr(131, 130));
    EXPECT_EQ(row.size(), 262U);
}

TEST(Anonymizer, HasAnotherRandomKeyEachTime) {
    const Sample sample;
    const auto one = opened({.columns = "src_ip"});
    const auto other = opened({.columns = "src_ip"});
    EXPECT_EQ(sample.row(*one, "src_ip"), sample.row(*one, "src_ip"));
    EXPECT_NE(sample.row(*one, "src_ip"), sample.row(*other, "src_ip"));
    EXPECT_EQ(sample.row(*one, "dst_ip"), "\"203.0.113.77\"\n");
}

TEST(Anonymizer, LeavesEmptyTextEmpty) {
    MeterOptions options;
    options.dissection.enabled = true;
    const auto anonymizer = opened({.columns = "user_agent,application_name"}, options);
    const Application unknown;
    const FlowRecord record{
        .cold = reinterpret_cast<std::byte*>(const_cast<Application*>(&unknown))};
    RecordContext context;
    context.layout.application = 0;
    context.application_names = std::make_shared<const ApplicationNames>(
        std::vector<std::string>{"Unknown"},
        std::vector<std::string>{"None"},
        std::vector<std::string>{}
    );
    CsvEncoder encoder(
        CsvDialect::kRfc4180,
        anonymizer->replaced(select_columns("user_agent,application_name", options).value()),
        TimeUnit::kMilliseconds
    );
    Block block;
    EXPECT_TRUE(encoder.encode({.record = record, .context = context}, block));
    EXPECT_EQ(block.bytes.substr(0, 4), "\"\",\"");
    EXPECT_EQ(block.bytes.size(), 3 + 130 + 1U);
}

// What goes to encoders that write addresses in binary.
struct Binary final : ValueSink {
    void unsigned_integer(std::uint64_t /*value*/) override { ++others; }
    void integer(std::int64_t /*value*/) override { ++others; }
    void real(double /*value*/) override { ++others; }
    void text(std::string_view /*value*/) override { ++others; }
    void list(std::span<const std::int64_t> /*values*/) override { ++others; }
    void texts(std::span<const std::string_view> /*values*/) override { ++others; }
    void absent() override { ++others; }
    void address(const IpAddress& value, std::uint8_t version) override {
        addresses.push_back(value);
        versions.push_back(version);
    }
    void mac(const MacAddress& value, std::size_t bytes) override {
        macs.push_back(value);
        lengths.push_back(bytes);
    }

    std::vector<IpAddress> addresses;
    std::vector<std::uint8_t> versions;
    std::vector<MacAddress> macs;
    std::vector<std::size_t> lengths;
    int others = 0;
};

TEST(Anonymizer, KeepsAddressesAddressesByCryptoPan) {
    Sample sample;
    const KeyFile key(32);
    const auto anonymizer = opened(
        {.columns = "src_ip,dst_ip,src_mac,dst_mac",
         .method = AnonymizeMethod::kCryptoPan,
         .key_file = key.path()}
    );
    Binary out;
    for (const Column* column : anonymizer->replaced(
             select_columns("src_ip,dst_ip,src_mac,src_oui,dst_mac", sample.options).value()
         )) {
        EXPECT_TRUE(column->type == ColumnType::kAddress || column->type == ColumnType::kMac);
        const FlowRecord record{.flow = &sample.flow};
        column->read({.record = record, .context = sample.context}, out);
    }
    EXPECT_EQ(out.others, 0);
    ASSERT_EQ(out.addresses.size(), 2U);
    EXPECT_NE(out.addresses[0], sample.flow.source());
    EXPECT_NE(out.addresses[1], sample.flow.destination());
    EXPECT_EQ(out.versions, (std::vector<std::uint8_t>{4, 4}));
    ASSERT_EQ(out.macs.size(), 3U);
    EXPECT_EQ(out.lengths, (std::vector<std::size_t>{6, 3, 6}));
    EXPECT_NE(out.macs[0], sample.flow.source_mac);
    EXPECT_TRUE(std::equal(out.macs[0].begin(), out.macs[0].begin() + 3, out.macs[1].begin()));
    EXPECT_EQ(out.macs[2], MacAddress{}) << "none stays none";
}

// More addresses than it remembers, and both versions of the same bits.
TEST(Anonymizer, MixesNoAddressesUp) {
    Sample sample;
    const KeyFile key(32);
    const auto anonymizer =
        opened({.columns = "src_ip", .method = AnonymizeMethod::kCryptoPan, .key_file = key.path()}
        );
    const Column* const column =
        anonymizer->replaced(select_columns("src_ip", sample.options).value()).front();
    CryptoPan cipher = CryptoPan::open(SecretKey::read(key.path(), 32).value()).value();
    for (int round = 0; round < 2; ++round) {
        for (std::uint64_t host = 0; host < 10'000; ++host) {
            const bool is_ipv6 = host % 2 == 1;
            const IpAddress address{.low = 0x0a000000 + host / 2};
            const Packet packet = is_ipv6 ? test::tcp_packet("[::1]:1", "[::2]:2")
                                          : test::tcp_packet("1.1.1.1:1", "2.2.2.2:2");
            sample.flow.key = key_of(packet).key;
            sample.flow.from_upper = false;
            sample.flow.key.lower = address;
            Binary out;
            const FlowRecord record{.flow = &sample.flow};
            column->read({.record = record, .context = sample.context}, out);
            ASSERT_EQ(out.addresses.size(), 1U);
            EXPECT_EQ(out.addresses[0], cipher.address(address, is_ipv6 ? 6 : 4).value());
        }
    }
}

TEST(Anonymizer, SaysWhatItMakesOfColumns) {
    const Sample sample;
    const auto anonymizer = opened({.columns = "src_ip,src_port"});
    const std::vector<const Column*> columns =
        anonymizer->replaced(select_columns("src_ip,src_port,dst_ip", sample.options).value());
    EXPECT_EQ(columns[0]->name, "src_ip");
    EXPECT_EQ(columns[0]->type, ColumnType::kText);
    EXPECT_EQ(columns[1]->type, ColumnType::kText);
    EXPECT_EQ(columns[2]->type, ColumnType::kAddress);
    EXPECT_EQ(
        anonymized_type(AnonymizeMethod::kCryptoPan, ColumnType::kAddress), ColumnType::kAddress
    );
    EXPECT_FALSE(fits(AnonymizeMethod::kCryptoPan, ColumnType::kUnsigned));
    EXPECT_TRUE(fits(AnonymizeMethod::kBlake2b, ColumnType::kList));
}

TEST(Anonymizer, RefusesWhatWouldLeaveAColumnInTheOpen) {
    const KeyFile short_key(63);
    struct Row {
        AnonymizeOptions options;
        std::string message;
    };
    for (const Row& row :
         {Row{{.columns = "src_ipp"},
              "anonymize: unknown column \"src_ipp\" (did you mean src_ip?)"},
          Row{{.columns = "src_ip, dst_ip"},
              "anonymize: unknown column \" dst_ip\" (did you mean dst_ip?)"},
          Row{{.columns = "src_ip,src_port", .method = AnonymizeMethod::kCryptoPan},
              "anonymize: column \"src_port\" is of type unsigned, and cryptopan is for addresses "
              "and MAC addresses alone; blake2b takes every column"},
          Row{{.columns = "src_ip", .key_file = short_key.path()},
              "anonymize.key_file: " + short_key.path() +
                  ": its 63 bytes are no key; it must hold 64 bytes, raw or as 128 hexadecimal "
                  "digits, as `openssl rand -hex 64` writes them"}}) {
        Result<std::unique_ptr<Anonymizer>> refused = Anonymizer::open(row.options, {});
        ASSERT_FALSE(refused.has_value()) << row.message;
        EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
        EXPECT_EQ(refused.error().message, row.message);
    }
}

TEST(Anonymizer, WarnsOfAKeyThatEverybodyMayRead) {
    const KeyFile key(64);
    std::filesystem::permissions(key.path(), std::filesystem::perms::others_read);
    const auto anonymizer = opened({.columns = "src_ip", .key_file = key.path()});
    EXPECT_EQ(
        anonymizer->warning(),
        "anonymize.key_file: " + key.path() +
            ": every user of this system may read or write it; chmod 0640 " + key.path()
    );
}

}  // namespace
}  // namespace flowgauge
