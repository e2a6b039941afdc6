// FullRecord: a record with a value in every column, for encoders and their judges.
#pragma once

#include "core/attribution/attribution.h"
#include "core/dpi/application.h"
#include "core/meter/meter_options.h"
#include "core/record/column.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge::test {

// curl asked nginx, on one machine.
[[nodiscard]] Attribution sample_attribution();

// What a test may want otherwise. Times are in the unit.
struct FullRecordOptions {
    TimeUnit unit = TimeUnit::kMilliseconds;
    Tick first = 1'700'000'000'123;
    ApplicationMetadata metadata{
        .requested_server_name = "www.example.com",
        .client_fingerprint = "d4e5b18d6b55c71272893221c96ba240",
        .server_fingerprint = "394441ab65754e2207b1e1b457b3641d",
        .user_agent = "Mozilla/5.0 (X11; Linux x86_64)",
        .content_type = "text/html",
        .alpn = "h2,http/1.1",
        .tls_version = "TLSv1.3"};
    Attribution attribution = sample_attribution();
    std::string source = "192.168.178.20:54321";
    std::string destination = "203.0.113.77:443";
};

// Forty packets of TCP between two hosts. Ownership: views refer to it.
class FullRecord {
public:
    explicit FullRecord(const FullRecordOptions& options = {});
    ~FullRecord();
    FullRecord(const FullRecord&) = delete;
    FullRecord& operator=(const FullRecord&) = delete;

    [[nodiscard]] RecordView view(std::uint64_t id = 1000) const {
        return {.record = record_, .context = context_, .id = id};
    }
    [[nodiscard]] const MeterOptions& options() const { return options_; }
    [[nodiscard]] std::vector<const Column*> columns() const;

private:
    void play(const FullRecordOptions& options);

    MeterOptions options_;
    RecordContext context_;
    Flow flow_;
    std::vector<std::uint64_t> cold_;  // aligned for every state
    FlowRecord record_;
};

}  // namespace flowgauge::test
