// The table of field numbers: data, one row a column. A number is never changed and never given
// again, not even when its column is gone: consumers have the schema of another day. New columns
// get the next number below 1000.
#include "export/text/protobuf_encoder.h"

#include <algorithm>
#include <array>

namespace flowgauge {
namespace {

struct Row {
    std::string_view column;
    std::uint32_t number;  // with times, of those in milliseconds
};

// Times in microseconds and nanoseconds.
constexpr std::uint32_t kMicroseconds = 1000;
constexpr std::uint32_t kNanoseconds = 2000;

constexpr auto kRows = std::to_array<Row>({
    {"id", 1},
    {"expiration_id", 2},
    {"src_ip", 3},
    {"src_mac", 4},
    {"src_oui", 5},
    {"src_port", 6},
    {"dst_ip", 7},
    {"dst_mac", 8},
    {"dst_oui", 9},
    {"dst_port", 10},
    {"protocol", 11},
    {"ip_version", 12},
    {"vlan_id", 13},
    {"tunnel_id", 14},
    {"bidirectional_first_seen_{unit}", 15},
    {"bidirectional_last_seen_{unit}", 16},
    {"bidirectional_duration_{unit}", 17},
    {"bidirectional_packets", 18},
    {"bidirectional_bytes", 19},
    {"src2dst_first_seen_{unit}", 20},
    {"src2dst_last_seen_{unit}", 21},
    {"src2dst_duration_{unit}", 22},
    {"src2dst_packets", 23},
    {"src2dst_bytes", 24},
    {"dst2src_first_seen_{unit}", 25},
    {"dst2src_last_seen_{unit}", 26},
    {"dst2src_duration_{unit}", 27},
    {"dst2src_packets", 28},
    {"dst2src_bytes", 29},
    {"bidirectional_min_ps", 30},
    {"bidirectional_mean_ps", 31},
    {"bidirectional_stddev_ps", 32},
    {"bidirectional_max_ps", 33},
    {"src2dst_min_ps", 34},
    {"src2dst_mean_ps", 35},
    {"src2dst_stddev_ps", 36},
    {"src2dst_max_ps", 37},
    {"dst2src_min_ps", 38},
    {"dst2src_mean_ps", 39},
    {"dst2src_stddev_ps", 40},
    {"dst2src_max_ps", 41},
    {"bidirectional_min_piat_{unit}", 42},
    {"bidirectional_mean_piat_{unit}", 43},
    {"bidirectional_stddev_piat_{unit}", 44},
    {"bidirectional_max_piat_{unit}", 45},
    {"src2dst_min_piat_{unit}", 46},
    {"src2dst_mean_piat_{unit}", 47},
    {"src2dst_stddev_piat_{unit}", 48},
    {"src2dst_max_piat_{unit}", 49},
    {"dst2src_min_piat_{unit}", 50},
    {"dst2src_mean_piat_{unit}", 51},
    {"dst2src_stddev_piat_{unit}", 52},
    {"dst2src_max_piat_{unit}", 53},
    {"bidirectional_syn_packets", 54},
    {"bidirectional_cwr_packets", 55},
    {"bidirectional_ece_packets", 56},
    {"bidirectional_urg_packets", 57},
    {"bidirectional_ack_packets", 58},
    {"bidirectional_psh_packets", 59},
    {"bidirectional_rst_packets", 60},
    {"bidirectional_fin_packets", 61},
    {"src2dst_syn_packets", 62},
    {"src2dst_cwr_packets", 63},
    {"src2dst_ece_packets", 64},
    {"src2dst_urg_packets", 65},
    {"src2dst_ack_packets", 66},
    {"src2dst_psh_packets", 67},
    {"src2dst_rst_packets", 68},
    {"src2dst_fin_packets", 69},
    {"dst2src_syn_packets", 70},
    {"dst2src_cwr_packets", 71},
    {"dst2src_ece_packets", 72},
    {"dst2src_urg_packets", 73},
    {"dst2src_ack_packets", 74},
    {"dst2src_psh_packets", 75},
    {"dst2src_rst_packets", 76},
    {"dst2src_fin_packets", 77},
    {"splt_direction", 78},
    {"splt_ps", 79},
    {"splt_piat_{unit}", 80},
    {"application_name", 81},
    {"application_category_name", 82},
    {"application_is_guessed", 83},
    {"application_confidence", 84},
    {"requested_server_name", 85},
    {"client_fingerprint", 86},
    {"server_fingerprint", 87},
    {"user_agent", 88},
    {"content_type", 89},
    {"end_reason", 90},
    {"flow_uid", 91},
    {"alpn", 92},
    {"tls_version", 93},
    {"risks", 94},
    {"system_process_pid", 95},
    {"system_process_name", 96},
    {"system_process_exe", 97},
    {"system_process_cmdline", 98},
    {"system_process_uid", 99},
    {"system_user", 100},
    {"system_cgroup", 101},
    {"system_container_id", 102},
    {"system_unit", 103},
    {"system_peer_process_pid", 104},
    {"system_peer_process_name", 105},
    {"system_match", 106},
    {"system_reason", 107},
    // 108 is kProtobufExtension.
});

}  // namespace

std::optional<std::uint32_t> protobuf_number(std::string_view column, TimeUnit unit) noexcept {
    const auto* row = std::ranges::find(kRows, column, &Row::column);
    if (row == kRows.end()) {
        return std::nullopt;
    }
    const bool timed = column.find("{unit}") != std::string_view::npos;
    if (!timed || unit == TimeUnit::kMilliseconds) {
        return row->number;
    }
    return row->number + (unit == TimeUnit::kMicroseconds ? kMicroseconds : kNanoseconds);
}

}  // namespace flowgauge
