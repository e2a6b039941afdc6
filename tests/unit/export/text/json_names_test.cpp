// Names and forms of ECS and OCSF. What is expected was checked against the schemas' own lists:
// names and types of ecs_flat (ECS), and the compiled class network_activity of OCSF 1.5.0.
#include "export/text/json_names.h"

#include "export/text/json_encoder.h"
#include "tests/support/full_record.h"
#include "tests/unit/export/text/json_object.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>

namespace flowgauge {
namespace {

using test::FullRecord;
using test::FullRecordOptions;
using Values = std::map<std::string, std::string>;

// The values of a record that are not under the object of the rest, as "path": JSON.
Values values_of(const FullRecord& record, JsonNames names) {
    JsonEncoder encoder(record.columns(), record.options().flow.time_unit, names);
    Block block;
    EXPECT_TRUE(encoder.encode(record.view(), block));
    Values values = test::json_values(block.bytes);
    const std::string rest = std::string(json_rest(names)) + ".";
    std::erase_if(values, [&](const auto& value) { return value.first.starts_with(rest); });
    return values;
}

// The path and JSON of one value; "absent" when it is not there.
std::string value_at(const FullRecord& record, JsonNames names, const std::string& path) {
    JsonEncoder encoder(record.columns(), record.options().flow.time_unit, names);
    Block block;
    EXPECT_TRUE(encoder.encode(record.view(), block));
    const Values values = test::json_values(block.bytes);
    const auto found = values.find(path);
    return found == values.end() ? "absent" : found->second;
}

FullRecordOptions without_tls() {
    FullRecordOptions options;
    options.metadata = {
        .requested_server_name = "www.example.com",
        .client_fingerprint = "c",
        .server_fingerprint = "s",
        .user_agent = "",
        .content_type = "",
        .alpn = "",
        .tls_version = ""};
    return options;
}

const Values kEcs{
    {"@timestamp", R"("2023-11-14T22:13:26.243Z")"},
    {"container.id", R"("0a1b")"},
    {"destination.bytes", "9453"},
    {"destination.ip", R"("203.0.113.77")"},
    {"destination.mac", R"("00-00-5E-00-53-AF")"},
    {"destination.packets", "13"},
    {"destination.port", "443"},
    {"ecs.version", R"("8.17.0")"},
    {"event.category", R"(["network"])"},
    {"event.dataset", R"("flowgauge.flow")"},
    {"event.duration", "6120000000"},
    {"event.end", R"("2023-11-14T22:13:26.243Z")"},
    {"event.kind", R"("event")"},
    {"event.reason", R"("active")"},
    {"event.sequence", "1000"},
    {"event.start", R"("2023-11-14T22:13:20.123Z")"},
    {"event.type", R"(["connection","end"])"},
    {"network.application", R"("tls.google")"},
    {"network.bytes", "28564"},
    {"network.iana_number", R"("6")"},
    {"network.packets", "40"},
    {"network.transport", R"("tcp")"},
    {"network.type", R"("ipv4")"},
    {"network.vlan.id", R"("42")"},
    {"observer.product", R"("flowgauge")"},
    {"process.command_line", R"("curl --quiet \"a b\"")"},
    {"process.executable", R"("/usr/bin/curl")"},
    {"process.name", R"("curl")"},
    {"process.pid", "4321"},
    {"source.bytes", "19111"},
    {"source.ip", R"("192.168.178.20")"},
    {"source.mac", R"("00-00-5E-00-53-23")"},
    {"source.packets", "27"},
    {"source.port", "54321"},
    {"tls.client.ja3", R"("d4e5b18d6b55c71272893221c96ba240")"},
    {"tls.client.server_name", R"("www.example.com")"},
    {"tls.server.ja3s", R"("394441ab65754e2207b1e1b457b3641d")"},
    {"tls.version", R"("1.3")"},
    {"tls.version_protocol", R"("tls")"},
    {"user.id", R"("1000")"},
    {"user.name", R"("ada")"},
    {"user_agent.original", "\"Mozilla/5.0 (X11; Linux x86_64)\""}};

const Values kOcsf{
    {"activity_id", "6"},
    {"actor.process.cmd_line", R"("curl --quiet \"a b\"")"},
    {"actor.process.container.uid", R"("0a1b")"},
    {"actor.process.name", R"("curl")"},
    {"actor.process.path", R"("/usr/bin/curl")"},
    {"actor.process.pid", "4321"},
    {"actor.user.name", R"("ada")"},
    {"actor.user.uid", R"("1000")"},
    {"app_name", R"("TLS.Google")"},
    {"category_uid", "4"},
    {"class_uid", "4001"},
    {"connection_info.direction_id", "0"},
    {"connection_info.protocol_name", R"("tcp")"},
    {"connection_info.protocol_num", "6"},
    {"connection_info.protocol_ver_id", "4"},
    {"connection_info.uid", R"("18364758544493064720")"},
    {"dst_endpoint.ip", R"("203.0.113.77")"},
    {"dst_endpoint.mac", R"("00-00-5E-00-53-AF")"},
    {"dst_endpoint.port", "443"},
    {"duration", "6120"},
    {"end_time", "1700000006243"},
    {"metadata.product.name", R"("flowgauge")"},
    {"metadata.product.vendor_name", R"("flowgauge")"},
    {"metadata.profiles", R"(["host","container"])"},
    {"metadata.sequence", "1000"},
    {"metadata.version", R"("1.5.0")"},
    {"severity_id", "1"},
    {"src_endpoint.ip", R"("192.168.178.20")"},
    {"src_endpoint.mac", R"("00-00-5E-00-53-23")"},
    {"src_endpoint.port", "54321"},
    {"start_time", "1700000000123"},
    {"time", "1700000006243"},
    {"tls.ja3_hash.algorithm", R"("MD5")"},
    {"tls.ja3_hash.algorithm_id", "1"},
    {"tls.ja3_hash.value", R"("d4e5b18d6b55c71272893221c96ba240")"},
    {"tls.ja3s_hash.algorithm", R"("MD5")"},
    {"tls.ja3s_hash.algorithm_id", "1"},
    {"tls.ja3s_hash.value", R"("394441ab65754e2207b1e1b457b3641d")"},
    {"tls.sni", R"("www.example.com")"},
    {"tls.version", R"("1.3")"},
    {"traffic.bytes", "28564"},
    {"traffic.bytes_in", "9453"},
    {"traffic.bytes_out", "19111"},
    {"traffic.packets", "40"},
    {"traffic.packets_in", "13"},
    {"traffic.packets_out", "27"},
    {"type_uid", "400106"}};

TEST(JsonNames, AreThoseOfEcs) {
    EXPECT_EQ(values_of(FullRecord(), JsonNames::kEcs), kEcs);
}

TEST(JsonNames, AreThoseOfOcsf) {
    EXPECT_EQ(values_of(FullRecord(), JsonNames::kOcsf), kOcsf);
}

// Nothing is lost: what a schema has no place for is there under its column's name.
TEST(JsonNames, GiveEachColumnAPlace) {
    const FullRecord record;
    for (const JsonNames names : {JsonNames::kEcs, JsonNames::kOcsf}) {
        std::set<std::string_view> placed;
        for (const JsonPlace& place : json_places(names)) {
            placed.insert(place.column);
        }
        JsonEncoder encoder(record.columns(), TimeUnit::kMilliseconds, names);
        Block block;
        ASSERT_TRUE(encoder.encode(record.view(), block));
        const Values values = test::json_values(block.bytes);
        for (const Column* column : record.columns()) {
            const std::string rest = std::string(json_rest(names)) + "." +
                                     with_unit(column->name, TimeUnit::kMilliseconds);
            EXPECT_TRUE(placed.contains(column->name) || values.contains(rest)) << column->name;
            placed.erase(column->name);
        }
        EXPECT_EQ(placed, std::set<std::string_view>{}) << "not in the table of columns";
    }
}

TEST(JsonNames, SayOfOtherFlowsNothingOfTls) {
    const FullRecord record(without_tls());
    for (const JsonNames names : {JsonNames::kEcs, JsonNames::kOcsf}) {
        for (const auto& [path, value] : values_of(record, names)) {
            EXPECT_FALSE(path.starts_with("tls")) << path;
        }
        const std::string rest = std::string(json_rest(names)) + ".";
        EXPECT_EQ(value_at(record, names, rest + "requested_server_name"), "\"www.example.com\"");
        EXPECT_EQ(value_at(record, names, rest + "client_fingerprint"), "\"c\"");
        EXPECT_EQ(value_at(record, names, rest + "server_fingerprint"), "\"s\"");
        EXPECT_EQ(value_at(record, names, rest + "alpn"), "absent");
    }
}

// A process must have a number: without one there is the user of the socket, and its container.
TEST(JsonNames, SayWhatIsKnownOfASocketWithoutAProcess) {
    SocketOwner owner;
    owner.uid = 0;
    owner.container_id = "0a1b";
    FullRecordOptions options;
    options.attribution = {
        .owner = std::make_shared<const SocketOwner>(owner),
        .peer = nullptr,
        .match = OwnerMatch::kUidOnly,
        .reason = OwnerReason::kDenied};
    const FullRecord record(options);
    for (const JsonNames names : {JsonNames::kEcs, JsonNames::kOcsf}) {
        for (const auto& [path, value] : values_of(record, names)) {
            EXPECT_FALSE(path.starts_with("process") || path.starts_with("actor.process")) << path;
        }
        const std::string rest = std::string(json_rest(names)) + ".";
        EXPECT_EQ(value_at(record, names, rest + "system_match"), "\"uid_only\"");
        EXPECT_EQ(value_at(record, names, rest + "system_reason"), "\"denied\"");
        EXPECT_EQ(value_at(record, names, rest + "system_peer_process_pid"), "absent");
        EXPECT_EQ(value_at(record, names, rest + "system_peer_process_name"), "absent");
    }
    EXPECT_EQ(value_at(record, JsonNames::kEcs, "user.id"), "\"0\"");
    EXPECT_EQ(value_at(record, JsonNames::kEcs, "container.id"), "\"0a1b\"");
    EXPECT_EQ(value_at(record, JsonNames::kOcsf, "actor.user.uid"), "\"0\"");
    EXPECT_EQ(
        value_at(record, JsonNames::kOcsf, "unmapped.flowgauge.system_container_id"), "\"0a1b\""
    );
}

TEST(JsonNames, SayNothingOfAProcessWhereNoneIsKnown) {
    FullRecordOptions options;
    options.attribution = {};
    const FullRecord record(options);
    EXPECT_EQ(value_at(record, JsonNames::kEcs, "user.id"), "absent");
    EXPECT_EQ(value_at(record, JsonNames::kOcsf, "actor.user.uid"), "absent");
    EXPECT_EQ(value_at(record, JsonNames::kEcs, "flowgauge.system_reason"), "\"disabled\"");
}

TEST(JsonNames, HaveTimesOfEachUnit) {
    struct Row {
        TimeUnit unit;
        Tick first;
        const char* start;
        const char* start_ms;
        const char* duration_ns;
        const char* duration_ms;
    };
    for (const Row& row :
         {Row{TimeUnit::kMilliseconds,
              951'782'400'007,
              R"("2000-02-29T00:00:00.007Z")",
              "951782400007",
              "6120000000",
              "6120"},
          Row{TimeUnit::kMicroseconds,
              951'868'799'999'999,
              R"("2000-02-29T23:59:59.999999Z")",
              "951868799999",
              "6120000",
              "6"},
          Row{TimeUnit::kNanoseconds,
              1,
              R"("1970-01-01T00:00:00.000000001Z")",
              "0",
              "6120",
              "0"}}) {
        FullRecordOptions options;
        options.unit = row.unit;
        options.first = row.first;
        const FullRecord record(options);
        EXPECT_EQ(value_at(record, JsonNames::kEcs, "event.start"), row.start);
        EXPECT_EQ(value_at(record, JsonNames::kEcs, "event.duration"), row.duration_ns);
        EXPECT_EQ(value_at(record, JsonNames::kOcsf, "start_time"), row.start_ms);
        EXPECT_EQ(value_at(record, JsonNames::kOcsf, "duration"), row.duration_ms);
    }
}

TEST(JsonNames, HaveAddressesOfVersion6) {
    FullRecordOptions options;
    options.source = "[2001:db8::1]:1";
    options.destination = "[2001:db8::2]:2";
    const FullRecord record(options);
    EXPECT_EQ(value_at(record, JsonNames::kEcs, "source.ip"), "\"2001:db8::1\"");
    EXPECT_EQ(value_at(record, JsonNames::kEcs, "network.type"), "\"ipv6\"");
    EXPECT_EQ(value_at(record, JsonNames::kOcsf, "connection_info.protocol_ver_id"), "6");
}

// A column alone, in the form of its first place in ECS.
std::string ecs_of(std::string_view name, void (*read)(const RecordView&, ValueSink&)) {
    const FullRecord record;
    Column column = *record.columns().front();
    column.name = name;
    column.read = read;
    JsonEncoder encoder({&column}, TimeUnit::kMilliseconds, JsonNames::kEcs);
    Block block;
    EXPECT_TRUE(encoder.encode(record.view(), block));
    std::string text;
    for (const auto& [path, value] : test::json_values(block.bytes)) {
        if (!kEcs.contains(path) || kEcs.at(path) != value) {
            text += (text.empty() ? "" : " ") + path + "=" + value;
        }
    }
    return text;
}

// NOLINTBEGIN(readability-named-parameter): readers of constants
TEST(JsonNames, LeaveOutWhatIsEmpty) {
    EXPECT_EQ(
        ecs_of("src_mac", [](const RecordView&, ValueSink& out) { out.mac(MacAddress{}, 6); }), ""
    );
    EXPECT_EQ(
        ecs_of("vlan_id", [](const RecordView&, ValueSink& out) { out.unsigned_integer(0); }), ""
    );
    EXPECT_EQ(ecs_of("user_agent", [](const RecordView&, ValueSink& out) { out.text(""); }), "");
    EXPECT_EQ(
        ecs_of("protocol", [](const RecordView&, ValueSink& out) { out.unsigned_integer(254); }),
        R"(network.iana_number="254")"
    );
}

TEST(JsonNames, HaveTheFormsOfTheirSchema) {
    EXPECT_EQ(
        ecs_of("protocol", [](const RecordView&, ValueSink& out) { out.unsigned_integer(58); }),
        R"(network.iana_number="58" network.transport="ipv6-icmp")"
    );
    EXPECT_EQ(
        ecs_of("tls_version", [](const RecordView&, ValueSink& out) { out.text("DTLSv1.2"); }),
        R"(tls.version="1.2" tls.version_protocol="dtls")"
    );
    EXPECT_EQ(
        ecs_of("tls_version", [](const RecordView&, ValueSink& out) { out.text("TLSv1.3 (d)"); }),
        ""
    );
    EXPECT_EQ(
        ecs_of("tls_version", [](const RecordView&, ValueSink& out) { out.text("odd"); }),
        R"(tls.version_protocol="odd")"
    );
    EXPECT_EQ(
        ecs_of("application_name", [](const RecordView&, ValueSink& out) { out.text("A\"Z\xff"); }),
        "network.application=\"a\\\"z\xef\xbf\xbd\""
    );
    EXPECT_EQ(
        ecs_of("flow_uid", [](const RecordView&, ValueSink& out) { out.unsigned_integer(7); }),
        R"(flowgauge.flow_uid="7")"
    );
    EXPECT_EQ(
        ecs_of("mine", [](const RecordView&, ValueSink& out) { out.real(2); }), "flowgauge.mine=2.0"
    );
}
// NOLINTEND(readability-named-parameter)

}  // namespace
}  // namespace flowgauge
