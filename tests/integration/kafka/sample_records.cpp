// Writes records in several encodings, so that readers of others can compare them:
//
//     sample_records DIRECTORY UNIT     UNIT: ms, us or ns
//
// flows.json has a line of JSON a record, flows.protobuf the same records, each behind its length
// in four bytes, little endian.
#include "export/text/json_encoder.h"
#include "export/text/protobuf_encoder.h"
#include "tests/support/full_record.h"

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

bool write(const std::string& directory, TimeUnit unit) {
    std::ofstream json(directory + "/flows.json");
    std::ofstream protobuf(directory + "/flows.protobuf", std::ios::binary);
    std::uint64_t id = 0;
    for (const test::FullRecordOptions& options : records_of(unit)) {
        const test::FullRecord record(options);
        Block lines;
        JsonEncoder json_encoder(record.columns(), unit);
        Block messages;
        auto protobuf_encoder = ProtobufEncoder::make(record.columns(), unit);
        if (!protobuf_encoder || !json_encoder.encode(record.view(id), lines) ||
            !protobuf_encoder.value()->encode(record.view(id), messages)) {
            return false;
        }
        ++id;
        const auto length = static_cast<std::uint32_t>(messages.bytes.size());
        json << lines.bytes;
        protobuf.write(reinterpret_cast<const char*>(&length), sizeof length);
        protobuf << messages.bytes;
    }
    return json.flush() && protobuf.flush();
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
