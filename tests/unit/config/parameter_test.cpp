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

const Parameter* find(std::string_view name) {
    const auto found = std::ranges::find(all_parameters(), name, &Parameter::name);
    return found == all_parameters().end() ? nullptr : &*found;
}

Result<void> apply(Settings& settings, std::string_view name, std::string_view text) {
    const Parameter* parameter = find(name);
    return parameter == nullptr ? Result<void>(Error{ErrorKind::kUsage, "no such parameter"})
                                : parameter->apply(settings, text);
}

std::string error_of(std::string_view name, std::string_view text) {
    Settings settings;
    Result<void> applied = apply(settings, name, text);
    return applied ? "none" : applied.error().message;
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
        EXPECT_NE(find(name), nullptr) << name;
    }
}

TEST(Parameters, HaveEachNameOnceAndADashedOption) {
    std::set<std::string_view> names;
    for (const Parameter& parameter : all_parameters()) {
        EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name;
        const std::string option = option_name(parameter);
        EXPECT_TRUE(option.starts_with("--")) << option;
        EXPECT_EQ(option.find('_'), std::string::npos) << option;
        EXPECT_EQ(option.size(), parameter.name.size() + 2);
    }
    EXPECT_EQ(option_name(*find("idle_timeout")), "--idle-timeout");
}

// "(120)" at the end of the help; nothing for parameters that are off until they are named.
std::string default_in_help(const Parameter& parameter) {
    const std::size_t open = parameter.help.rfind('(');
    if (!parameter.help.ends_with(')') || open == std::string_view::npos) {
        return "";
    }
    return std::string(parameter.help.substr(open + 1, parameter.help.size() - open - 2));
}

// What a parameter may change, as text.
std::string state_of(const Settings& settings) {
    std::string text;
    const auto add = [&](auto value) {
        text += std::to_string(static_cast<long double>(value)) + " ";
    };
    const MeterOptions& meter = settings.meter;
    add(meter.flow.idle_timeout.count());
    add(meter.flow.active_timeout.count());
    add(static_cast<int>(meter.flow.end_on_tcp));
    add(static_cast<int>(meter.flow.accounting_mode));
    add(meter.flow.max_flows);
    add(static_cast<int>(meter.flow.time_unit));
    add(static_cast<int>(meter.decode.decode_tunnels));
    add(static_cast<int>(meter.decode.fragments));
    add(meter.decode.reassembly_memory);
    add(meter.dissection.enabled ? 1 : 0);
    add(meter.dissection.limits.tcp);
    add(meter.dissection.limits.udp);
    add(meter.dissection.limits.other);
    add(meter.dissection.guess ? 1 : 0);
    add(meter.dissection.flows_max);
    add(meter.statistical_analysis ? 1 : 0);
    add(meter.splt_analysis);
    add(settings.capture.promiscuous_mode ? 1 : 0);
    add(settings.capture.snapshot_length);
    add(settings.capture.socket_buffer_size);
    add(settings.capture.ring_retire.count());
    add(settings.workers);
    add(settings.handoff_packets);
    add(settings.max_nflows);
    add(settings.performance_report.count());
    add(static_cast<int>(settings.output.encoder.format));
    add(settings.output.format_auto ? 1 : 0);
    add(static_cast<int>(settings.output.encoder.csv_dialect));
    add(settings.output.encoder.table.rows);
    add(static_cast<int>(settings.output.progress));
    return text + settings.output.columns + " " + settings.output.path + " " +
           settings.output.summary_path + settings.output.rejected_path +
           settings.capture.bpf_filter + meter.dissection.protocols_file +
           meter.dissection.categories_file;
}

TEST(Parameters, NameTheirDefaultInTheirHelp) {
    const std::set<std::string_view> without{
        "protocols_file",
        "categories_file",
        "bpf_filter",
        "n_meters",
        "udps",
        "summary",
        "rejected"};
    for (const Parameter& parameter : all_parameters()) {
        const std::string text = default_in_help(parameter);
        EXPECT_EQ(text.empty(), without.contains(parameter.name)) << parameter.name;
        if (text.empty()) {
            continue;
        }
        Settings settings;
        Result<void> applied = parameter.apply(settings, text);
        ASSERT_TRUE(applied.has_value()) << parameter.name << ": " << applied.error().message;
        EXPECT_EQ(state_of(settings), state_of({})) << parameter.name << " " << text;
    }
}

TEST(Parameters, SetWhatTheyName) {
    struct Row {
        const char* name;
        const char* text;
        std::function<bool(const Settings&)> is_set;
    };
    const std::vector<Row> rows{
        {"idle_timeout",
         "30",
         [](const Settings& s) {
             return s.meter.flow.idle_timeout == seconds(30);
         }},
        {"idle_timeout",
         "500ms",
         [](const Settings& s) {
             return s.meter.flow.idle_timeout == milliseconds(500);
         }},
        {"active_timeout",
         "5m",
         [](const Settings& s) {
             return s.meter.flow.active_timeout == seconds(300);
         }},
        {"end_on_tcp",
         "fin_rst",
         [](const Settings& s) {
             return s.meter.flow.end_on_tcp == EndOnTcp::kFinRst;
         }},
        {"accounting_mode",
         "3",
         [](const Settings& s) {
             return s.meter.flow.accounting_mode == AccountingMode::kPayload;
         }},
        {"decode_tunnels",
         "false",
         [](const Settings& s) {
             return s.meter.decode.decode_tunnels == TunnelSet::kNone;
         }},
        {"decode_tunnels",
         "all",
         [](const Settings& s) {
             return s.meter.decode.decode_tunnels == TunnelSet::kAll;
         }},
        {"decode_tunnels",
         "none",
         [](const Settings& s) {
             return s.meter.decode.decode_tunnels == TunnelSet::kNone;
         }},
        {"fragments",
         "first_only",
         [](const Settings& s) {
             return s.meter.decode.fragments == FragmentPolicy::kFirstOnly;
         }},
        {"max_flows",
         "1",
         [](const Settings& s) {
             return s.meter.flow.max_flows == 1;
         }},
        {"max_nflows",
         "7",
         [](const Settings& s) {
             return s.max_nflows == 7;
         }},
        {"n_dissections",
         "0",
         [](const Settings& s) {
             return !s.meter.dissection.enabled;
         }},
        {"n_dissections",
         "1",
         [](const Settings& s) {
             return s.meter.dissection.enabled && s.meter.dissection.limits.tcp == 1 &&
                    s.meter.dissection.limits.udp == 1 && s.meter.dissection.limits.other == 1;
         }},
        {"guess",
         "no",
         [](const Settings& s) {
             return !s.meter.dissection.guess;
         }},
        {"statistical_analysis",
         "true",
         [](const Settings& s) {
             return s.meter.statistical_analysis;
         }},
        {"splt_analysis",
         "65535",
         [](const Settings& s) {
             return s.meter.splt_analysis == 65535;
         }},
        {"promiscuous_mode",
         "off",
         [](const Settings& s) {
             return !s.capture.promiscuous_mode;
         }},
        {"snapshot_length",
         "96",
         [](const Settings& s) {
             return s.capture.snapshot_length == 96;
         }},
        {"socket_buffer_size",
         "8MiB",
         [](const Settings& s) {
             return s.capture.socket_buffer_size == 8U << 20;
         }},
        {"ring_retire",
         "5",
         [](const Settings& s) {
             return s.capture.ring_retire == milliseconds(5);
         }},
        {"workers",
         "3",
         [](const Settings& s) {
             return s.workers == 3;
         }},
        {"n_meters",
         "4",
         [](const Settings& s) {
             return s.workers == 4;
         }},
        {"performance_report",
         "2",
         [](const Settings& s) {
             return s.performance_report == seconds(2);
         }},
        {"format",
         "jsonl",
         [](const Settings& s) {
             return s.output.encoder.format == RecordFormat::kJsonLines && !s.output.format_auto;
         }},
        {"format",
         "csv",
         [](const Settings& s) {
             return s.output.encoder.format == RecordFormat::kCsv && !s.output.format_auto;
         }},
        {"format",
         "table",
         [](const Settings& s) {
             return s.output.encoder.format == RecordFormat::kTable && !s.output.format_auto;
         }},
        {"table_rows",
         "5",
         [](const Settings& s) {
             return s.output.encoder.table.rows == 5;
         }},
        {"progress",
         "never",
         [](const Settings& s) {
             return s.output.progress == ProgressMode::kNever;
         }},
        {"csv_dialect",
         "nfstream",
         [](const Settings& s) {
             return s.output.encoder.csv_dialect == CsvDialect::kNfstream;
         }},
        {"output",
         "/tmp/x",
         [](const Settings& s) {
             return s.output.path == "/tmp/x";
         }},
        {"bpf_filter",
         "udp port 53",
         [](const Settings& s) {
             return s.capture.bpf_filter == "udp port 53";
         }},
    };
    for (const Row& row : rows) {
        Settings settings;
        EXPECT_TRUE(apply(settings, row.name, row.text).has_value()) << row.name;
        EXPECT_TRUE(row.is_set(settings)) << row.name << " " << row.text;
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
          Row{"format", "xml", "\"xml\" is none of auto, csv, jsonl, table"},
          Row{"table_rows", "0", "\"0\" is not a whole number from 1 to 10000"},
          Row{"progress", "often", "\"often\" is none of auto, always, never"},
          Row{"csv_dialect", "excel", "\"excel\" is none of rfc4180, nfstream"},
          Row{"snapshot_length", "63", "\"63\" is not a whole number from 64 to 262144"},
          Row{"reassembly_memory", "1KiB", "reassembly memory must be from 128KiB to 64GiB"},
          Row{"ring_retire", "11s", "ring retire time must be from 1ms to 10s"},
          Row{"guess", "maybe", "\"maybe\" is neither true nor false"},
          Row{"idle_timeout",
              "fast",
              "\"fast\" is not a duration; write it as 120s, 500ms, 2m, 1h or 1d"},
          Row{"system_visibility_mode", "2", "\"2\" is not a whole number from 0 to 1"},
          Row{"performance_report", "500ms", "the interval must be whole seconds"},
          Row{"udps", "x.so", "this version loads no plugins; leave udps empty"}}) {
        EXPECT_EQ(error_of(row.name, row.text), row.message);
    }
}

TEST(Parameters, LeaveSettingsAloneWhenTheyFail) {
    for (const Parameter& parameter : all_parameters()) {
        Settings settings;
        if (!parameter.apply(settings, "\x01 no value at all").has_value()) {
            EXPECT_EQ(state_of(settings), state_of({})) << parameter.name;
        }
    }
}

TEST(Validate, RefusesColumnsThatTheOtherSettingsLeaveOut) {
    Settings settings;
    EXPECT_TRUE(validate(settings).has_value());
    settings.output.columns = "id,src2dst_mean_ps";
    Result<void> refused = validate(settings);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(
        refused.error().message, "columns: column \"src2dst_mean_ps\" needs statistical_analysis"
    );
    settings.meter.statistical_analysis = true;
    EXPECT_TRUE(validate(settings).has_value());
}

TEST(Validate, RefusesColumnsForATable) {
    Settings settings;
    settings.output.encoder.format = RecordFormat::kTable;
    EXPECT_TRUE(validate(settings).has_value());
    settings.output.columns = "nfstream";
    Result<void> refused = validate(settings);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(
        refused.error().message,
        "columns: a table has its own; leave --columns out, or write --format csv"
    );
}

}  // namespace
}  // namespace flowgauge
