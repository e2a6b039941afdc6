#include "core/record/column.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

// NFStream 6.5.4's columns with everything on, in its order.
// clang-format off
const std::vector<std::string> kNfstreamColumns{
    "id", "expiration_id", "src_ip", "src_mac", "src_oui", "src_port", "dst_ip", "dst_mac",
    "dst_oui", "dst_port", "protocol", "ip_version", "vlan_id", "tunnel_id",
    "bidirectional_first_seen_ms", "bidirectional_last_seen_ms", "bidirectional_duration_ms",
    "bidirectional_packets", "bidirectional_bytes", "src2dst_first_seen_ms",
    "src2dst_last_seen_ms", "src2dst_duration_ms", "src2dst_packets", "src2dst_bytes",
    "dst2src_first_seen_ms", "dst2src_last_seen_ms", "dst2src_duration_ms", "dst2src_packets",
    "dst2src_bytes", "bidirectional_min_ps", "bidirectional_mean_ps", "bidirectional_stddev_ps",
    "bidirectional_max_ps", "src2dst_min_ps", "src2dst_mean_ps", "src2dst_stddev_ps",
    "src2dst_max_ps", "dst2src_min_ps", "dst2src_mean_ps", "dst2src_stddev_ps", "dst2src_max_ps",
    "bidirectional_min_piat_ms", "bidirectional_mean_piat_ms", "bidirectional_stddev_piat_ms",
    "bidirectional_max_piat_ms", "src2dst_min_piat_ms", "src2dst_mean_piat_ms",
    "src2dst_stddev_piat_ms", "src2dst_max_piat_ms", "dst2src_min_piat_ms",
    "dst2src_mean_piat_ms", "dst2src_stddev_piat_ms", "dst2src_max_piat_ms",
    "bidirectional_syn_packets", "bidirectional_cwr_packets", "bidirectional_ece_packets",
    "bidirectional_urg_packets", "bidirectional_ack_packets", "bidirectional_psh_packets",
    "bidirectional_rst_packets", "bidirectional_fin_packets", "src2dst_syn_packets",
    "src2dst_cwr_packets", "src2dst_ece_packets", "src2dst_urg_packets", "src2dst_ack_packets",
    "src2dst_psh_packets", "src2dst_rst_packets", "src2dst_fin_packets", "dst2src_syn_packets",
    "dst2src_cwr_packets", "dst2src_ece_packets", "dst2src_urg_packets", "dst2src_ack_packets",
    "dst2src_psh_packets", "dst2src_rst_packets", "dst2src_fin_packets", "splt_direction",
    "splt_ps", "splt_piat_ms", "application_name", "application_category_name",
    "application_is_guessed", "application_confidence", "requested_server_name",
    "client_fingerprint", "server_fingerprint", "user_agent", "content_type",
    "system_process_pid", "system_process_name"};

// Ours, behind them.
const std::vector<std::string> kOurColumns{
    "end_reason", "flow_uid", "alpn", "tls_version", "risks", "system_process_exe",
    "system_process_cmdline", "system_process_uid", "system_user", "system_cgroup",
    "system_container_id", "system_unit", "system_peer_process_pid", "system_peer_process_name",
    "system_match", "system_reason"};
// clang-format on

MeterOptions everything() {
    MeterOptions options;
    options.statistical_analysis = true;
    options.splt_analysis = 3;
    options.attribution = true;
    return options;
}

std::vector<std::string> names_of(std::string_view selection, const MeterOptions& options) {
    Result<std::vector<const Column*>> selected = select_columns(selection, options);
    if (!selected) {
        return {"error: " + selected.error().message};
    }
    std::vector<std::string> names;
    for (const Column* column : selected.value()) {
        names.push_back(with_unit(column->name, options.flow.time_unit));
    }
    return names;
}

TEST(ColumnTable, BeginsWithNfstreamsColumnsInItsOrder) {
    ASSERT_EQ(kNfstreamColumns.size(), 91U);
    EXPECT_EQ(names_of("nfstream", everything()), kNfstreamColumns);
    std::vector<std::string> all = kNfstreamColumns;
    all.insert(all.end(), kOurColumns.begin(), kOurColumns.end());
    EXPECT_EQ(names_of("all", everything()), all);
}

TEST(ColumnTable, HasEachNameOnceInEachUnit) {
    for (const TimeUnit unit :
         {TimeUnit::kMilliseconds, TimeUnit::kMicroseconds, TimeUnit::kNanoseconds}) {
        std::set<std::string> names;
        for (const Column& column : all_columns()) {
            const std::string name = with_unit(column.name, unit);
            EXPECT_TRUE(names.insert(name).second) << name;
            EXPECT_EQ(name.find('{'), std::string::npos) << name;
        }
        EXPECT_TRUE(names.contains("splt_piat_" + std::string(suffix(unit))));
    }
}

TEST(ColumnTable, ExplainsEachColumn) {
    for (const Column& column : all_columns()) {
        EXPECT_FALSE(column.meaning.empty()) << column.name;
        EXPECT_TRUE(static_cast<bool>(column.read)) << column.name;
        const bool timed = column.name.find("{unit}") != std::string_view::npos;
        EXPECT_EQ(timed, column.unit == "{unit}") << column.name;
    }
}

TEST(ColumnTable, HasNfstreamsNumberOfColumnsForEachOption) {
    struct Row {
        const char* reason = "";
        MeterOptions options;
        std::size_t columns = 0;
    };
    MeterOptions plain;
    plain.decode.decode_tunnels = TunnelSet::kNone;
    plain.dissection.enabled = false;
    MeterOptions tunnels = plain;
    tunnels.decode.decode_tunnels = TunnelSet::kNfstream;
    MeterOptions statistics = plain;
    statistics.statistical_analysis = true;
    MeterOptions sequence = plain;
    sequence.splt_analysis = 1;
    MeterOptions dissection = plain;
    dissection.dissection.enabled = true;
    MeterOptions visibility = plain;
    visibility.attribution = true;
    for (const Row& row :
         {Row{"core", plain, 28},
          Row{"tunnels", tunnels, 29},
          Row{"statistics", statistics, 76},
          Row{"sequence", sequence, 31},
          Row{"dissection", dissection, 37},
          Row{"visibility", visibility, 30},
          Row{"NFStream's defaults", {}, 38},
          Row{"everything", everything(), 91}}) {
        EXPECT_EQ(names_of("nfstream", row.options).size(), row.columns) << row.reason;
        const std::size_t ours =
            2U + (row.options.dissection.enabled ? 3U : 0U) + (row.options.attribution ? 11U : 0U);
        EXPECT_EQ(names_of("all", row.options).size(), row.columns + ours) << row.reason;
    }
}

TEST(SelectColumns, TakesNamesInTheOrderGiven) {
    EXPECT_EQ(
        names_of("src_port,id,end_reason", {}),
        (std::vector<std::string>{"src_port", "id", "end_reason"})
    );
    EXPECT_EQ(names_of("id", {}), std::vector<std::string>{"id"});
}

TEST(SelectColumns, TakesNamesWithTheUnitInUse) {
    MeterOptions options;
    options.flow.time_unit = TimeUnit::kNanoseconds;
    const std::string name = "bidirectional_first_seen_ns";
    EXPECT_EQ(names_of(name, options), std::vector<std::string>{name});
    EXPECT_EQ(
        names_of("bidirectional_first_seen_ms", options).at(0),
        "error: unknown column \"bidirectional_first_seen_ms\"; `flowgauge fields` lists them"
    );
}

TEST(SelectColumns, SaysWhatIsWrong) {
    struct Row {
        const char* selection;
        const char* message;
    };
    for (const Row& row :
         {Row{"", "unknown column \"\"; `flowgauge fields` lists them"},
          Row{"bidirectional_packet",
              "unknown column \"bidirectional_packet\"; did you mean \"bidirectional_packets\"?"},
          Row{"id, src_ip", "unknown column \" src_ip\"; did you mean \"src_ip\"?"},
          Row{"id,", "unknown column \"\"; `flowgauge fields` lists them"},
          Row{"zzz", "unknown column \"zzz\"; `flowgauge fields` lists them"},
          Row{"src2dst_mean_ps", "column \"src2dst_mean_ps\" needs statistical_analysis"},
          Row{"splt_ps", "column \"splt_ps\" needs splt_analysis"}}) {
        Result<std::vector<const Column*>> selected = select_columns(row.selection, {});
        ASSERT_FALSE(selected.has_value()) << row.selection;
        EXPECT_EQ(selected.error().kind, ErrorKind::kUsage);
        EXPECT_EQ(selected.error().message, row.message);
    }
}

TEST(SelectColumns, SaysWhichOptionBringsAColumn) {
    MeterOptions options;
    options.dissection.enabled = false;
    options.decode.decode_tunnels = TunnelSet::kNone;
    for (const char* name : {"application_name", "alpn", "tls_version", "risks"}) {
        EXPECT_EQ(
            names_of(name, options).at(0),
            "error: column \"" + std::string(name) + "\" needs n_dissections"
        );
    }
    EXPECT_EQ(
        names_of("tunnel_id", options).at(0), "error: column \"tunnel_id\" needs decode_tunnels"
    );
    for (const char* name : {"system_process_pid", "system_user", "system_reason"}) {
        EXPECT_EQ(
            names_of(name, options).at(0),
            "error: column \"" + std::string(name) + "\" needs system_visibility_mode"
        );
    }
}

}  // namespace
}  // namespace flowgauge
