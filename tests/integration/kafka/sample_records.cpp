// Writes records in several encodings, so that readers of others can compare them:
//
//     sample_records DIRECTORY UNIT     UNIT: ms, us or ns
//
// flows.json has a line of JSON a record, flows.protobuf the same records, each behind its length
// in four bytes, little endian.
#include "export/text/json_encoder.h"
#include "export/text/protobuf_encoder.h"
#include "tests/support/fake_part.h"
#include "tests/support/full_record.h"
#include "tests/support/made_record.h"
#include "tests/support/plain_packet.h"

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

std::vector<test::FullRecordOptions> records_of(TimeUnit unit) {
    std::vector<test::FullRecordOptions> records(5);
    records[1].metadata = {};
    records[2].metadata.requested_server_name = std::string(65'535, 'x') + "\"\\\n,\xff\x01";
    records[2].metadata.user_agent = "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 \xed\xa0\x80";
    records[3].source = "[2001:db8::1]:65535";
    records[3].destination = "[::1]:1";
    records[3].first = 1;
    records[4].first = 4'000'000'000'000'000'000;
    for (test::FullRecordOptions& record : records) {
        record.unit = unit;
    }
    return records;
}

// The two files.
class Files {
public:
    explicit Files(const std::string& directory)
        : json_(directory + "/flows.json"),
          protobuf_(directory + "/flows.protobuf", std::ios::binary) {}

    bool write(const RecordView& record, const std::vector<const Column*>& columns, TimeUnit unit) {
        Block lines;
        JsonEncoder json_encoder(columns, unit);
        Block messages;
        auto protobuf_encoder = ProtobufEncoder::make(columns, unit);
        if (!protobuf_encoder || !json_encoder.encode(record, lines) ||
            !protobuf_encoder.value()->encode(record, messages)) {
            return false;
        }
        const auto length = static_cast<std::uint32_t>(messages.bytes.size());
        json_ << lines.bytes;
        protobuf_.write(reinterpret_cast<const char*>(&length), sizeof length);
        protobuf_ << messages.bytes;
        return true;
    }
    bool flush() { return json_.flush() && protobuf_.flush(); }

private:
    std::ofstream json_;
    std::ofstream protobuf_;
};

// Records with columns of an extension.
bool write_extended(Files& files, TimeUnit unit) {
    MeterOptions meter;
    meter.flow.time_unit = unit;
    meter.dissection.enabled = false;
    meter.extension = test::fake_extension();
    const RecordContext context = test::context_of(meter, nullptr);
    for (int port = 0; port < 60; ++port) {
        const std::string source = "10.0.0.1:" + std::to_string(port);
        const test::MadeRecord record(
            meter, std::vector<Packet>{test::udp_packet(source, "10.0.0.2:53")}
        );
        if (!files.write(record.view(context), columns_of(meter), unit)) {
            return false;
        }
    }
    return true;
}

bool write(const std::string& directory, TimeUnit unit) {
    Files files(directory);
    std::uint64_t id = 0;
    for (const test::FullRecordOptions& options : records_of(unit)) {
        const test::FullRecord record(options);
        if (!files.write(record.view(id++), record.columns(), unit)) {
            return false;
        }
    }
    return write_extended(files, unit) && files.flush();
}

}  // namespace
}  // namespace flowgauge

int main(int argc, char** argv) {
    if (argc != 3) {
        static_cast<void>(std::fputs("usage: sample_records DIRECTORY ms|us|ns\n", stderr));
        return 2;
    }
    const std::string_view unit = argv[2];
    const flowgauge::TimeUnit time_unit = unit == "us"   ? flowgauge::TimeUnit::kMicroseconds
                                          : unit == "ns" ? flowgauge::TimeUnit::kNanoseconds
                                                         : flowgauge::TimeUnit::kMilliseconds;
    return flowgauge::write(argv[1], time_unit) ? 0 : 1;
}
