#include "extension/plugins/plugin.h"

#include "tests/support/plain_packet.h"
#include "tests/unit/extension/plugins/plugin_run.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

using test::PluginRun;
using test::settings_of;
using test::tcp_packet;
using test::udp_packet;

TEST(Plugin, OfASharedObjectInCGivesColumnsOfEveryType) {
    PluginRun run(
        {settings_of("sizes")},
        "src_port,udps.c_packets,udps.c_last,udps.c_mean,udps.c_protocol,udps.c_sizes,udps.c_ends,"
        "udps.c_twice"
    );
    ASSERT_EQ(run.error(), "");
    run.add(udp_packet("10.0.0.1:7", "10.0.0.2:53", {.tick = 1000, .bytes = 60}));
    run.add(udp_packet("10.0.0.2:53", "10.0.0.1:7", {.tick = 1001, .bytes = 100}));
    run.add(udp_packet("10.0.0.1:7", "10.0.0.2:53", {.tick = 1002, .bytes = 65}));
    run.add(tcp_packet("[2001:db8::1]:8", "[2001:db8::2]:80", {.tick = 1003, .bytes = 90}));
    run.finish();
    ASSERT_EQ(run.records().size(), 2U);
    EXPECT_EQ(
        run.records()[0].row, "7,3,65,75.0,\"UDP\",\"[60, 100]\",\"['first', '10.0.0.1']\",6.0\n"
    );
    EXPECT_EQ(
        run.records()[1].row, "8,1,90,90.0,\"other\",\"[90]\",\"['first', '2001:db8::1']\",2.0\n"
    );
    run.close();
    const PluginNumbers numbers = run.numbers();
    EXPECT_EQ(numbers.calls, (std::array<std::uint64_t, 5>{2, 2, 2, 0, 1}));
    EXPECT_EQ(numbers.errors + numbers.expired_flows + numbers.values_of_wrong_type, 0U);
    EXPECT_EQ(numbers.fault, PluginFault::kNone);
    EXPECT_EQ(run.part().version(), "1.2");
    EXPECT_FALSE(run.part().take_message());
}

TEST(Plugin, EndsFlows) {
    PluginRun run({settings_of("sizes", {{"limit", "2"}})}, "udps.c_packets,expiration_id");
    ASSERT_EQ(run.error(), "");
    for (Tick tick = 0; tick < 5; ++tick) {
        run.add(udp_packet("10.0.0.1:7", "10.0.0.2:53", {.tick = 1000 + tick}));
    }
    run.finish();
    ASSERT_EQ(run.records().size(), 3U);
    EXPECT_EQ(run.records()[0].row, "2,-1\n");
    EXPECT_EQ(run.records()[0].end_reason, EndReason::kPlugin);
    EXPECT_EQ(run.records()[1].row, "2,-1\n");
    EXPECT_EQ(run.records()[2].row, "1,0\n");
    EXPECT_EQ(run.numbers().expired_flows, 2U);
}

TEST(Plugin, ThatIsBuiltInEndsFlowsToo) {
    const PluginSettings slicer{
        .name = "slices", .builtin = "flow_slicer", .file = {}, .arguments = {{"limit", "1"}}};
    PluginRun run({slicer}, "expiration_id");
    ASSERT_EQ(run.error(), "");
    run.add(udp_packet("10.0.0.1:7", "10.0.0.2:53", {.tick = 1000}));
    run.add(udp_packet("10.0.0.1:7", "10.0.0.2:53", {.tick = 1001}));
    run.finish();
    ASSERT_EQ(run.records().size(), 2U);
    EXPECT_EQ(run.records()[1].row, "-1\n");
    EXPECT_EQ(run.part().name(), "plugin slices");
}

TEST(Plugin, ReadsColumnsOfOneBeforeIt) {
    // on_expire() of the second sees what on_expire() of the first has set.
    PluginRun run(
        {settings_of("sizes"), settings_of("misbehaving", {{"read", "udps.c_packets"}})},
        "udps.c_packets,udps.seen"
    );
    ASSERT_EQ(run.error(), "");
    run.add(udp_packet("10.0.0.1:7", "10.0.0.2:53", {.tick = 1000}));
    run.add(udp_packet("10.0.0.1:7", "10.0.0.2:53", {.tick = 1001}));
    run.finish();
    ASSERT_EQ(run.records().size(), 1U);
    EXPECT_EQ(run.records()[0].row, "2,102\n");
}

TEST(Plugin, OfALaterVersionOfTheAbiIsTaken) {
    PluginRun run({settings_of("later_version")}, "src_port,udps.one,udps.two");
    ASSERT_EQ(run.error(), "");
    run.add(udp_packet("10.0.0.1:7", "10.0.0.2:53", {.tick = 1000}));
    run.finish();
    EXPECT_TRUE(run.records()[0].row.starts_with("7,")) << run.records()[0].row;
}

TEST(Plugin, SetsNoValueOfAnotherTypeNorAfterItsCall) {
    PluginRun run({settings_of("misbehaving", {{"how", "wrong_values"}})}, "udps.seen");
    ASSERT_EQ(run.error(), "");
    run.add(udp_packet("10.0.0.1:7", "10.0.0.2:53", {.tick = 1000}));
    run.finish();
    EXPECT_EQ(run.records()[0].row, "1\n");
    EXPECT_EQ(run.numbers().values_of_wrong_type, 7U);

    PluginRun late({settings_of("misbehaving", {{"how", "late"}})}, "udps.seen");
    ASSERT_EQ(late.error(), "");
    late.add(udp_packet("10.0.0.1:7", "10.0.0.2:53", {.tick = 1000}));
    late.finish();
    EXPECT_EQ(late.numbers().values_of_wrong_type, 1U);
    EXPECT_EQ(late.numbers().fault, PluginFault::kNone);
}

struct Refusal {
    PluginSettings settings;
    std::string_view message;  // behind "plugins.NAME: FILE: "
};

std::vector<Refusal> refusals() {
    const auto odd = [](const char* oddity) {
        return settings_of("odd_columns", {{"oddity", oddity}});
    };
    const auto bad = [](const char* where, const char* how) {
        return settings_of("misbehaving", {{"where", where}, {"how", how}});
    };
    return {
        {settings_of("nowhere"), "cannot be loaded: cannot open shared object file: No such file"},
        {settings_of("other_abi"),
         "built for ABI 2, this flowgauge has 1; rebuild it against <flowgauge/plugin.h>"},
        {settings_of("no_entry"), "does not export flowgauge_plugin_entry(); a plugin of"},
        {settings_of("wants_no_host"), "does not want this flowgauge, which has ABI 1; rebuild"},
        {settings_of("too_small"), "its flowgauge_plugin has 16 bytes, at least 104 are right"},
        {settings_of("no_open"), "has no configure(), columns(), flow_bytes() or open(); these"},
        {settings_of("entry_throws"), "threw while it was loaded: not today; its"},
        {settings_of("sizes", {{"size", "3"}}), "the only argument is limit"},
        {odd("unterminated"), "xxxxxxxxxxxx"},
        {odd("no_array"), "columns() returned 1 columns and no array; at most 256 are right"},
        {odd("many"), "columns() returned 257 columns; at most 256 are right"},
        {odd("name"), "\"9 lives\" is no name of a column: letters, digits and _"},
        {odd("null_name"), "\"\" is no name of a column"},
        {odd("type"), "column fine: type 77 is not known; see flowgauge_type"},
        {odd("size"), "column 0 says that it has 3 bytes; set the size of each to"},
        {odd("throw"), "columns() threw: columns are out"},
        {odd("bytes"), "flow_bytes() returned 65537, at most 65536 are right; keep less"},
        {bad("configure", "throw"), "configure() threw: no more"},
        {bad("configure", "throw_number"), "configure() threw"},
        {bad("configure", "error"), "configure() returned -3 and gave no reason"},
        {bad("open", "throw"), "open() threw: no more"},
        {bad("open", "throw_number"), "open() threw"},
        {bad("open", "error"), "open() returned -3 and gave no reason"},
    };
}

TEST(Plugin, ThatCannotRunIsRefusedWithPlaceCauseAndRemedy) {
    for (const Refusal& refusal : refusals()) {
        const PluginRun run({refusal.settings});
        const std::string beginning = "plugins." + refusal.settings.name + ": " +
                                      refusal.settings.file + ": " + std::string(refusal.message);
        EXPECT_TRUE(run.error().starts_with(beginning)) << run.error() << "\n" << beginning;
    }
}

TEST(Plugin, IsNamedByEitherOfTwoKeys) {
    const PluginSettings settings_of_neither{
        .name = "x", .builtin = {}, .file = {}, .arguments = {}};
    EXPECT_TRUE(PluginRun({settings_of_neither}).error().starts_with("plugins.x: say either"));
    const PluginSettings unknown{.name = "x", .builtin = "flow_slicr", .file = {}, .arguments = {}};
    EXPECT_TRUE(PluginRun({unknown}).error().starts_with(
        "plugins.x: built-in flow_slicr: there is no such plugin (did you mean flow_slicer?); "
        "there are "
    )) << PluginRun({unknown}).error();
    PluginSettings no_time = settings_of("sizes");
    no_time.budget = std::chrono::milliseconds(0);
    EXPECT_EQ(PluginRun({no_time}).error(), "plugins.sizes: budget: must be longer than 0 ms");
    const PluginSettings named{.name = "x", .builtin = {}, .file = "none.so", .arguments = {}};
    EXPECT_TRUE(
        PluginRun({named}).error().starts_with("plugins.x: " + plugin_directory() + "/none.so: ")
    );
}

TEST(Plugin, TakesTheNameOfNoOtherColumn) {
    const PluginRun run({settings_of("sizes"), settings_of("sizes")});
    EXPECT_EQ(
        run.error(), "plugin sizes: a column udps.c_packets is there already; names are used once"
    );
}

}  // namespace
}  // namespace flowgauge
