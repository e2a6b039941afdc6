#include "config/parameter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Result<void> apply_option(Parts& parts, std::string_view name, std::string_view text) {
    const Parameter* parameter = find_option(name);
    return parameter == nullptr ? Result<void>(Error{ErrorKind::kUsage, "no such parameter"})
                                : apply(*parameter, parts, text, Units::kOptional);
}

std::string error_of(std::string_view name, std::string_view text) {
    Parts parts;
    Result<void> applied = apply_option(parts, name, text);
    return applied ? "none" : applied.error().message;
}

// The values of all parameters as text.
std::string state_of(const Parts& parts) {
    std::string text;
    for (const Parameter& parameter : all_parameters()) {
        text += print(parameter, parts) + ";";
    }
    return text;
}

// All of NFStreamer's arguments but source, which is positional.
TEST(Parameters, HaveAllNamesOfNfstream) {
    for (const char* name :
         {"decode_tunnels",
          "bpf_filter",
          "promiscuous_mode",
          "snapshot_length",
          "socket_buffer_size",
          "idle_timeout",
          "active_timeout",
          "accounting_mode",
          "udps",
          "n_dissections",
          "statistical_analysis",
          "splt_analysis",
          "n_meters",
          "max_nflows",
          "performance_report",
          "system_visibility_mode",
          "system_visibility_poll_ms"}) {
        EXPECT_NE(find_option(name), nullptr) << name;
    }
}

TEST(Parameters, HaveEachKeyAndOptionOnce) {
    std::set<std::string_view> options;
    std::set<std::string_view> keys;
    for (const Parameter& parameter : all_parameters()) {
        EXPECT_FALSE(parameter.path.empty() && parameter.option.empty());
        EXPECT_TRUE(parameter.path.empty() || keys.insert(parameter.path).second) << parameter.path;
        if (parameter.option.empty()) {
            continue;
        }
        EXPECT_TRUE(options.insert(parameter.option).second) << parameter.option;
        EXPECT_FALSE(parameter.group.empty()) << parameter.option;
        const std::string option = option_name(parameter);
        EXPECT_TRUE(option.starts_with("--")) << option;
        EXPECT_EQ(option.find('_'), std::string::npos) << option;
        EXPECT_EQ(option.size(), parameter.option.size() + 2);
    }
    EXPECT_EQ(option_name(*find_option("idle_timeout")), "--idle-timeout");
}

// Every NFStream parameter and every scalar of these sections is an option as well as a key.
TEST(Parameters, AreOptionsAndKeysWhereTheyShapeRecords) {
    for (const Parameter& parameter : all_parameters()) {
        for (const char* section : {"flows.", "dissection.", "statistics.", "visibility."}) {
            if (parameter.path.starts_with(section)) {
                EXPECT_FALSE(parameter.option.empty()) << parameter.path;
            }
        }
    }
    for (const char* option :
         {"bpf_filter",
          "promiscuous_mode",
          "snapshot_length",
          "socket_buffer_size",
          "performance_report",
          "workers"}) {
        EXPECT_FALSE(find_option(option)->path.empty()) << option;
    }
}

TEST(Parameters, HaveADefaultThatIsReadAsItself) {
    const std::string before = state_of({});
    for (const Parameter& parameter : all_parameters()) {
        const std::string text = default_text(parameter);
        Parts parts;
        Result<void> applied = apply(parameter, parts, text, Units::kRequired);
        ASSERT_TRUE(applied.has_value()) << parameter.path << ": " << applied.error().message;
        EXPECT_EQ(state_of(parts), before) << parameter.path << " " << text;
    }
}

TEST(Parameters, NameTheirDefaultInTheirHelp) {
    EXPECT_EQ(
        help_text(*find_option("idle_timeout")),
        "a flow without a packet for this long is over (120s)"
    );
    EXPECT_EQ(help_text(*find_option("n_meters")), "another name of workers");
    EXPECT_EQ(help_text(*find_option("protocols_file")), "custom protocols in nDPI's format");
    EXPECT_EQ(value_name_text(*find_option("guess")), "BOOL");
    EXPECT_EQ(value_name_text(*find_option("visibility_events")), "auto|perf|bpf|off");
}

TEST(Parameters, SetWhatTheyName) {
    struct Row {
        const char* name;
        const char* text;
        std::function<bool(const Parts&)> is_set;
    };
    const std::vector<Row> rows{
        {"idle_timeout",
         "30",
         [](const Parts& p) {
             return p.settings.meter.flow.idle_timeout == seconds(30);
         }},
        {"idle_timeout",
         "500ms",
         [](const Parts& p) {
             return p.settings.meter.flow.idle_timeout == milliseconds(500);
         }},
        {"active_timeout",
         "5m",
         [](const Parts& p) {
             return p.settings.meter.flow.active_timeout == seconds(300);
         }},
        {"end_on_tcp",
         "fin_rst",
         [](const Parts& p) {
             return p.settings.meter.flow.end_on_tcp == EndOnTcp::kFinRst;
         }},
        {"accounting_mode",
         "3",
         [](const Parts& p) {
             return p.settings.meter.flow.accounting_mode == AccountingMode::kPayload;
         }},
        {"decode_tunnels",
         "false",
         [](const Parts& p) {
             return p.settings.meter.decode.decode_tunnels == TunnelSet::kNone;
         }},
        {"decode_tunnels",
         "all",
         [](const Parts& p) {
             return p.settings.meter.decode.decode_tunnels == TunnelSet::kAll;
         }},
        {"decode_tunnels",
         "none",
         [](const Parts& p) {
             return p.settings.meter.decode.decode_tunnels == TunnelSet::kNone;
         }},
        {"fragments",
         "first_only",
         [](const Parts& p) {
             return p.settings.meter.decode.fragments == FragmentPolicy::kFirstOnly;
         }},
        {"max_flows",
         "1",
         [](const Parts& p) {
             return p.settings.meter.flow.max_flows == 1;
         }},
        {"max_nflows",
         "7",
         [](const Parts& p) {
             return p.settings.max_nflows == 7;
         }},
        {"n_dissections",
         "0",
         [](const Parts& p) {
             return !p.settings.meter.dissection.enabled;
         }},
        {"n_dissections",
         "1",
         [](const Parts& p) {
             return p.settings.meter.dissection.enabled &&
                    p.settings.meter.dissection.limits.tcp == 1 &&
                    p.settings.meter.dissection.limits.udp == 1 &&
                    p.settings.meter.dissection.limits.other == 1;
         }},
        {"guess",
         "no",
         [](const Parts& p) {
             return !p.settings.meter.dissection.guess;
         }},
        {"statistical_analysis",
         "true",
         [](const Parts& p) {
             return p.settings.meter.statistical_analysis;
         }},
        {"splt_analysis",
         "65535",
         [](const Parts& p) {
             return p.settings.meter.splt_analysis == 65535;
         }},
        {"promiscuous_mode",
         "off",
         [](const Parts& p) {
             return !p.input.capture.promiscuous_mode;
         }},
        {"snapshot_length",
         "96",
         [](const Parts& p) {
             return p.input.capture.snapshot_length == 96;
         }},
        {"socket_buffer_size",
         "8MiB",
         [](const Parts& p) {
             return p.input.capture.socket_buffer_size == 8U << 20;
         }},
        {"ring_retire",
         "5",
         [](const Parts& p) {
             return p.input.capture.ring_retire == milliseconds(5);
         }},
        {"workers",
         "3",
         [](const Parts& p) {
             return p.input.workers == 3;
         }},
        {"n_meters",
         "4",
         [](const Parts& p) {
             return p.input.workers == 4;
         }},
        {"performance_report",
         "2",
         [](const Parts& p) {
             return p.settings.performance_report == seconds(2);
         }},
        {"format",
         "jsonl",
         [](const Parts& p) {
             return p.settings.output.sink.encoder.format == RecordFormat::kJsonLines &&
                    !p.settings.output.format_auto;
         }},
        {"format",
         "csv",
         [](const Parts& p) {
             return p.settings.output.sink.encoder.format == RecordFormat::kCsv &&
                    !p.settings.output.format_auto;
         }},
        {"format",
         "table",
         [](const Parts& p) {
             return p.settings.output.sink.encoder.format == RecordFormat::kTable &&
                    !p.settings.output.format_auto;
         }},
        {"format",
         "parquet",
         [](const Parts& p) {
             return p.settings.output.sink.encoder.format == RecordFormat::kParquet;
         }},
        {"when",
         "protocol == 6",
         [](const Parts& p) {
             return p.sink.when == "protocol == 6";
         }},
        {"names",
         "ecs",
         [](const Parts& p) {
             return p.sink.encoder.names == JsonNames::kEcs;
         }},
        {"compress",
         "gzip",
         [](const Parts& p) {
             return p.sink.file.compression == FileCompression::kGzip;
         }},
        {"flows_per_file",
         "10",
         [](const Parts& p) {
             return p.sink.file.flows_per_file == 10;
         }},
        {"rotate_files",
         "3",
         [](const Parts& p) {
             return p.sink.file.rotate_files == 3;
         }},
        {"columns_to_anonymize",
         "src_ip,dst_ip",
         [](const Parts& p) {
             return p.sink.anonymize.columns == "src_ip,dst_ip";
         }},
        {"anonymize_method",
         "cryptopan",
         [](const Parts& p) {
             return p.sink.anonymize.method == AnonymizeMethod::kCryptoPan;
         }},
        {"anonymize_key_file",
         "/tmp/key",
         [](const Parts& p) {
             return p.sink.anonymize.key_file == "/tmp/key";
         }},
        {"table_rows",
         "5",
         [](const Parts& p) {
             return p.settings.output.sink.encoder.table.rows == 5;
         }},
        {"progress",
         "never",
         [](const Parts& p) {
             return p.settings.output.progress == ProgressMode::kNever;
         }},
        {"csv_dialect",
         "nfstream",
         [](const Parts& p) {
             return p.sink.encoder.csv_dialect == CsvDialect::kNfstream;
         }},
        {"output",
         "/tmp/x",
         [](const Parts& p) {
             return p.settings.output.sink.file.path == "/tmp/x";
         }},
        {"bpf_filter",
         "udp port 53",
         [](const Parts& p) {
             return p.input.capture.bpf_filter == "udp port 53";
         }},
    };
    for (const Row& row : rows) {
        Parts parts;
        EXPECT_TRUE(apply_option(parts, row.name, row.text).has_value()) << row.name;
        EXPECT_TRUE(row.is_set(parts)) << row.name << " " << row.text;
    }
}

TEST(Parameters, SayWhatWouldHaveBeenRight) {
    struct Row {
        const char* name;
        const char* text;
        const char* message;
    };
    for (const Row& row :
         {Row{"end_on_tcp", "true", "\"true\" is none of none, fin_rst"},
          Row{"accounting_mode", "4", "\"4\" is not a whole number from 0 to 3"},
          Row{"n_dissections", "256", "\"256\" is not a whole number from 0 to 255"},
          Row{"splt_analysis", "65536", "\"65536\" is not a whole number from 0 to 65535"},
          Row{"max_flows", "0", "\"0\" is not a whole number from 1 to 2147483648"},
          Row{"max_nflows", "-1", "\"-1\" is not a whole number of at least 0"},
          Row{"decode_tunnels", "gre", "\"gre\" is none of nfstream, all, none"},
          Row{"fragments", "", "\"\" is none of reassemble, first_only"},
          Row{"format", "xml", "\"xml\" is none of auto, csv, jsonl, ipfix, parquet, table"},
          Row{"table_rows", "0", "\"0\" is not a whole number from 1 to 10000"},
          Row{"progress", "often", "\"often\" is none of auto, always, never"},
          Row{"csv_dialect", "excel", "\"excel\" is none of rfc4180, nfstream"},
          Row{"snapshot_length", "63", "\"63\" is not from 64B to 256KiB, or auto"},
          Row{"reassembly_memory", "1KiB", "\"1KiB\" is not from 128KiB to 64GiB"},
          Row{"ring_retire", "11s", "\"11s\" is not from 1ms to 10s"},
          Row{"guess", "maybe", "\"maybe\" is neither true nor false"},
          Row{"idle_timeout",
              "fast",
              "\"fast\" is not a duration; write it as 120s, 500ms, 2m, 1h or 1d"},
          Row{"system_visibility_mode", "2", "\"2\" is not a whole number from 0 to 1"},
          Row{"performance_report", "500ms", "must be a multiple of 1s"},
          Row{"udps", "dhcp,,ja4", "an element of the list is empty"}}) {
        EXPECT_EQ(error_of(row.name, row.text), row.message);
    }
}

TEST(Parameters, LeaveSettingsAloneWhenTheyFail) {
    for (const Parameter& parameter : all_parameters()) {
        Parts parts;
        EXPECT_FALSE(apply(parameter, parts, "\x01 no value at all", Units::kOptional).has_value())
            << parameter.path << parameter.option;
        EXPECT_EQ(state_of(parts), state_of({})) << parameter.path << parameter.option;
    }
}

TEST(Parameters, NeedUnitsWhereTheyAreRequired) {
    for (const Parameter& parameter : all_parameters()) {
        const ValueKind kind = parameter.type.kind;
        if (kind == ValueKind::kDuration || kind == ValueKind::kSize) {
            Parts parts;
            Result<void> applied = apply(parameter, parts, "4096", Units::kRequired);
            ASSERT_FALSE(applied.has_value()) << parameter.path;
            EXPECT_NE(
                applied.error().message.find("\"4096\" has no unit; write it as "),
                std::string::npos
            );
        }
    }
}

}  // namespace
}  // namespace flowgauge
