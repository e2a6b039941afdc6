#include "command/command_line.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

using Arguments = std::vector<std::string>;

CommandLine parse(const Arguments& arguments) {
    return parse_command_line(arguments);
}

TEST(CommandLine, ReadsFilesAndParametersInAnyOrder) {
    const CommandLine line = parse(
        {"read",
         "a.pcap",
         "--idle-timeout",
         "1",
         "--statistical-analysis",
         "b.pcap",
         "--splt-analysis=10"}
    );
    ASSERT_EQ(line.command, Command::kRead);
    EXPECT_EQ(line.settings.sources, (Arguments{"a.pcap", "b.pcap"}));
    EXPECT_EQ(line.settings.meter.flow.idle_timeout, std::chrono::seconds(1));
    EXPECT_TRUE(line.settings.meter.statistical_analysis);
    EXPECT_EQ(line.settings.meter.splt_analysis, 10);
}

TEST(CommandLine, ListsInterfaces) {
    EXPECT_EQ(parse({"interfaces"}).command, Command::kInterfaces);
    EXPECT_FALSE(parse({"interfaces"}).interfaces_json);
    EXPECT_TRUE(parse({"interfaces", "--json"}).interfaces_json);
    EXPECT_EQ(parse({"interfaces", "eth0"}).status, ExitStatus::kUsage);
}

// A switch alone means true, takes a word that can only be its value, and never a file name.
struct SwitchCase {
    const char* name;
    Arguments arguments;
    bool expected;
    std::size_t files;
};

void PrintTo(const SwitchCase& row, std::ostream* out) {
    *out << row.name;
}

class Switch : public testing::TestWithParam<SwitchCase> {};

TEST_P(Switch, TakesOnlyItsOwnValue) {
    const CommandLine line = parse(GetParam().arguments);
    ASSERT_EQ(line.command, Command::kRead);
    EXPECT_EQ(line.settings.meter.statistical_analysis, GetParam().expected);
    EXPECT_EQ(line.settings.sources.size(), GetParam().files);
}

INSTANTIATE_TEST_SUITE_P(
    Forms,
    Switch,
    testing::Values(
        SwitchCase{"Absent", {"read", "a"}, false, 1},
        SwitchCase{"Alone", {"read", "a", "--statistical-analysis"}, true, 1},
        SwitchCase{"BeforeAFile", {"read", "--statistical-analysis", "a"}, true, 1},
        SwitchCase{"WithTrue", {"read", "--statistical-analysis", "True", "a"}, true, 1},
        SwitchCase{"WithFalse", {"read", "--statistical-analysis", "false", "a"}, false, 1},
        SwitchCase{"WithEquals", {"read", "--statistical-analysis=0", "a", "b"}, false, 2}
    ),
    [](const auto& param_info) { return param_info.param.name; }
);

TEST(CommandLine, KnowsTunnelsByNameAndByTruth) {
    const auto tunnels = [](const Arguments& arguments) {
        return parse(arguments).settings.meter.decode.decode_tunnels;
    };
    EXPECT_EQ(tunnels({"read", "a"}), TunnelSet::kNfstream);
    EXPECT_EQ(tunnels({"read", "--decode-tunnels", "all", "a"}), TunnelSet::kAll);
    EXPECT_EQ(tunnels({"read", "--decode-tunnels", "none", "a"}), TunnelSet::kNone);
    EXPECT_EQ(tunnels({"read", "--decode-tunnels", "False", "a"}), TunnelSet::kNone);
    EXPECT_EQ(tunnels({"read", "--decode-tunnels", "a.pcap"}), TunnelSet::kNfstream);
}

TEST(CommandLine, TakesEveryNfstreamParameterWithFilesAndSaysWhichHaveNoEffect) {
    const CommandLine line = parse({"read",   "--source",
                                    "a.pcap", "--decode-tunnels",
                                    "true",   "--bpf-filter",
                                    "udp",    "--promiscuous-mode",
                                    "true",   "--snapshot-length",
                                    "1536",   "--socket-buffer-size",
                                    "0",      "--idle-timeout",
                                    "120",    "--active-timeout",
                                    "1800",   "--accounting-mode",
                                    "0",      "--udps",
                                    "",       "--n-dissections",
                                    "20",     "--statistical-analysis",
                                    "false",  "--splt-analysis",
                                    "0",      "--n-meters",
                                    "2",      "--max-nflows",
                                    "0",      "--performance-report",
                                    "0",      "--system-visibility-mode",
                                    "0",      "--system-visibility-poll-ms",
                                    "100"});
    ASSERT_EQ(line.command, Command::kRead);
    EXPECT_EQ(line.settings.workers, 2);
    EXPECT_EQ(line.settings.without_effect.size(), 6);
}

TEST(CommandLine, SaysWhichCommandAnOptionBelongsTo) {
    testing::internal::CaptureStderr();
    static_cast<void>(parse({"run", "--interface", "lo", "--rejected", "b"}));
    static_cast<void>(parse({"read", "a", "--ring-retire", "60ms"}));
    EXPECT_EQ(
        testing::internal::GetCapturedStderr(),
        "flowgauge: --rejected: only with `read`; live frames are not kept; see flowgauge --help\n"
        "flowgauge: --ring-retire: only with `run`; see flowgauge --help\n"
    );
    EXPECT_EQ(parse({"read", "a", "--rejected", "b"}).settings.output.rejected_path, "b");
}

TEST(CommandLine, AloneShowsThreeExamples) {
    testing::internal::CaptureStdout();
    const CommandLine line = parse({});
    const std::string text = testing::internal::GetCapturedStdout();
    EXPECT_EQ(line.command, Command::kNone);
    EXPECT_EQ(line.status, ExitStatus::kDone);
    for (const char* example :
         {"\n  flowgauge read ", "\n  flowgauge run ", "\n  flowgauge status "}) {
        EXPECT_NE(text.find(example), std::string::npos) << text;
    }
    EXPECT_NE(text.find("flowgauge --help"), std::string::npos) << text;
}

TEST(CommandLine, ReadsWhatIsAskedOfARunningSensor) {
    const CommandLine status = parse({"status", "--socket", "/x/y", "--json", "--watch", "5"});
    EXPECT_EQ(status.command, Command::kStatus);
    EXPECT_EQ(status.operators.status.socket, "/x/y");
    EXPECT_TRUE(status.operators.status.json);
    EXPECT_EQ(status.operators.status.watch_seconds, 5);
    EXPECT_EQ(parse({"status"}).operators.status.watch_seconds, 0);
    const CommandLine reload = parse({"reload", "--timeout", "90s"});
    EXPECT_EQ(reload.command, Command::kReload);
    EXPECT_EQ(reload.operators.reload.timeout, std::chrono::seconds(90));
    EXPECT_EQ(
        parse({"reload", "--timeout", "5"}).operators.reload.timeout, std::chrono::seconds(5)
    );
    const CommandLine top = parse(
        {"top",
         "--once",
         "--view",
         "hosts",
         "--sort",
         "name",
         "--filter",
         "10.",
         "--interval",
         "2s"}
    );
    EXPECT_EQ(top.command, Command::kTop);
    EXPECT_TRUE(top.operators.top.once);
    EXPECT_EQ(top.operators.top.state.selection.view, TopView::kHosts);
    EXPECT_EQ(top.operators.top.state.selection.sort, TopSort::kName);
    EXPECT_EQ(top.operators.top.state.selection.filter, "10.");
    EXPECT_EQ(top.operators.top.state.interval, std::chrono::seconds(2));
}

// A reload says the same again.
TEST(CommandLine, KeepsWhatAReloadLoadsAgain) {
    const CommandLine line = parse({"run", "-i", "lo", "--idle-timeout", "7", "--workers", "2"});
    ASSERT_EQ(line.command, Command::kRun);
    Result<LoadedConfiguration> again = load_configuration(line.sources);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again.value().effective, line.configuration.effective);
    EXPECT_EQ(again.value().settings.meter.flow.idle_timeout, std::chrono::seconds(7));
    ASSERT_EQ(line.settings.inputs.size(), 1U);
    EXPECT_EQ(line.settings.inputs[0].interface, "lo");
    EXPECT_EQ(line.settings.inputs[0].workers, 2U);
}

// What is impossible ends with status 2.
class Impossible : public testing::TestWithParam<Arguments> {};

TEST_P(Impossible, IsRefused) {
    const CommandLine line = parse(GetParam());
    EXPECT_EQ(line.command, Command::kNone);
    EXPECT_EQ(line.status, ExitStatus::kUsage);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    Impossible,
    testing::Values(
        Arguments{"export"},
        Arguments{"status", "--watch", "0"},
        Arguments{"reload", "--timeout", "2h"},
        Arguments{"reload", "--timeout", "soon"},
        Arguments{"top", "--sort", "x"},
        Arguments{"top", "--view", ""},
        Arguments{"top", "--interval", "500ms"},
        Arguments{"top", "eth0"},
        Arguments{"read"},
        Arguments{"read", "a", "--no-such-option"},
        Arguments{"read", "a", "--idle-timeout", "soon"},
        Arguments{"read", "a", "--accounting-mode", "4"},
        Arguments{"read", "a", "--columns", "no_such_column"},
        Arguments{"read", "a", "--columns", "splt_ps"},
        Arguments{"read", "a", "--ring-retire", "60ms"},
        Arguments{"read", "a", "--rejected", "-"},
        Arguments{"read", "a", "--rejected", ""},
        Arguments{"run", "--interface", "lo", "--rejected", "b"},
        Arguments{"run", "--interface", "lo", "--system-visibility-mode", "2"},
        Arguments{"run", "--interface", "lo", "--performance-report", "500ms"}
    )
);

}  // namespace
}  // namespace flowgauge
