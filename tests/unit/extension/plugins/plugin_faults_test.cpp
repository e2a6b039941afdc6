// Plugins that fail while flows live: they are called no more, and every packet is in a record.
#include "extension/plugins/plugin.h"
#include "tests/support/plain_packet.h"
#include "tests/unit/extension/plugins/plugin_run.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

// What a plugin owns that is called no more at all is lost, as the plugin's header says.
extern "C" const char* __lsan_default_suppressions();   // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
    return "leak:abandoned.so";
}

namespace flowgauge {
namespace {

using test::PluginRun;
using test::settings_of;
using test::udp_packet;
using namespace std::chrono_literals;

constexpr int kFlows = 20;
constexpr int kPackets = 5;  // of each flow

// Whether nothing of the plugin is called after that, not even to give back what it owns.
bool is_abandoned(const std::string& where, const std::string& how) {
    return how == "loop" || how == "sleep" || where == "discard" || where == "cleanup";
}

PluginSettings misbehaving(
    const std::string& where, const std::string& how, const std::string& after = "3"
) {
    PluginSettings settings = settings_of(
        is_abandoned(where, how) ? "abandoned" : "misbehaving",
        {{"where", where}, {"how", how}, {"after", after}}
    );
    settings.budget = 20ms;
    return settings;
}

void add_flows(PluginRun& run) {
    for (int packet = 0; packet < kPackets; ++packet) {
        for (int flow = 0; flow < kFlows; ++flow) {
            run.add(udp_packet(
                "10.0.0.1:" + std::to_string(1000 + flow), "10.0.0.2:53", {.tick = 1000 + packet}
            ));
        }
    }
}

void expect_all_packets(PluginRun& run) {
    EXPECT_EQ(run.records().size(), static_cast<std::size_t>(kFlows));
    EXPECT_EQ(run.packets_in_records(), static_cast<std::uint64_t>(kFlows) * kPackets);
    EXPECT_EQ(run.counters().flows_created, run.counters().expired());
    EXPECT_EQ(run.counters().packets_in_flows, run.packets_in_records());
}

void expect_contained(const std::string& where, const std::string& how, const std::string& why) {
    SCOPED_TRACE(where + " " + how);
    PluginRun run({misbehaving(where, how)}, "udps.seen");
    ASSERT_EQ(run.error(), "");
    add_flows(run);
    run.finish();
    expect_all_packets(run);
    const PluginNumbers numbers = run.numbers();
    EXPECT_EQ(numbers.errors, 1U);
    EXPECT_EQ(numbers.why, where + "() " + why);
    const std::string message = run.part().take_message().value_or("");
    EXPECT_TRUE(message.starts_with("plugins." + run.part().settings().name + ": ")) << message;
    EXPECT_NE(message.find(where + "() " + why), std::string::npos) << message;
    EXPECT_FALSE(run.part().take_message());
}

TEST(PluginFaults, AreExceptionsAndErrorsOfEachFunction) {
    for (const std::string where : {"on_init", "on_update", "on_expire", "discard"}) {
        expect_contained(where, "throw", "threw: no more");
        expect_contained(where, "throw_number", "threw what is no std::exception");
        if (where != "discard") {  // which returns nothing
            expect_contained(where, "error", "returned -3");
            expect_contained(where, "odd", "returned 9");
        }
    }
}

TEST(PluginFaults, LeaveColumnsAsTheyWere) {
    PluginRun run({misbehaving("on_update", "throw", "25")}, "udps.seen");
    add_flows(run);
    run.finish();
    // 20 flows had their second packet and 5 their third, when the plugin was called no more.
    ASSERT_EQ(run.records().size(), static_cast<std::size_t>(kFlows));
    EXPECT_EQ(run.records()[0].row, "3\n");
    EXPECT_EQ(run.records()[5].row, "2\n");
    EXPECT_EQ(run.records()[19].row, "2\n");
    EXPECT_EQ(run.numbers().calls[static_cast<std::size_t>(PluginFunction::kUpdate)], 26U);
    EXPECT_EQ(run.numbers().fault, PluginFault::kThrew);
}

TEST(PluginFaults, LetWhatTheFlowsOwnBeDiscarded) {
    PluginRun run({misbehaving("on_init", "throw", "7")});
    add_flows(run);
    run.finish();
    EXPECT_EQ(run.numbers().calls[static_cast<std::size_t>(PluginFunction::kDiscard)], 7U);
    EXPECT_EQ(run.numbers().errors, 1U);
}

TEST(PluginFaults, AtTheEndAreToldToo) {
    PluginRun run({misbehaving("cleanup", "throw", "0")});
    add_flows(run);
    run.close();
    EXPECT_EQ(run.numbers().why, "cleanup() threw: no more");
    PluginRun released({misbehaving("release", "throw", "0")});
    add_flows(released);
    released.close();  // and no crash when the part goes
}

TEST(PluginFaults, DisableForAllWorkers) {
    const MeterOptions options;
    Result<std::unique_ptr<ExtensionPart>> part =
        make_plugin(misbehaving("cleanup", "throw", "0"), options);
    ASSERT_TRUE(part);
    Result<std::unique_ptr<PartWorker>> one = part.value()->open(0);
    Result<std::unique_ptr<PartWorker>> two = part.value()->open(1);
    ASSERT_TRUE(one && two);
    one.value().reset();
    two.value().reset();  // its cleanup() is not called
    const PluginNumbers numbers = dynamic_cast<const PluginPart&>(*part.value()).numbers();
    EXPECT_EQ(numbers.calls[static_cast<std::size_t>(PluginFunction::kCleanup)], 1U);
    EXPECT_EQ(numbers.errors, 1U);
}

#if defined(__SANITIZE_THREAD__)
constexpr bool kSignalsAreDelayed = true;
#else
constexpr bool kSignalsAreDelayed = false;
#endif
constexpr const char* kWhyNotHere = "the thread sanitizer holds signals back until the thread "
                                    "calls the kernel, which a plugin that "
                                    "loops does not do";

TEST(PluginFaults, AreCallsThatNeverReturn) {
    if (kSignalsAreDelayed) {
        GTEST_SKIP() << kWhyNotHere;
    }
    for (const std::string where : {"on_init", "on_update", "on_expire", "discard"}) {
        expect_contained(where, "loop", "did not return within 20 ms");
    }
}

// What it held is lost by then: no function of it is called again, and its code stays.
TEST(PluginFaults, OfTimeAbandonThePlugin) {
    if (kSignalsAreDelayed) {
        GTEST_SKIP() << kWhyNotHere;
    }
    PluginRun run({misbehaving("on_update", "loop")}, "udps.seen");
    std::thread other([&run] { add_flows(run); });  // not the thread that made the worker
    other.join();
    run.close();
    const PluginNumbers numbers = run.numbers();
    EXPECT_EQ(numbers.fault, PluginFault::kOverrun);
    EXPECT_EQ(numbers.calls, (std::array<std::uint64_t, 5>{kFlows, 4, 0, 0, 0}));
    EXPECT_GT(numbers.seconds, 0.01);
}

TEST(PluginFaults, AreCallsThatSleepToo) {
    const std::string until = testing::TempDir() + "/plugin_faults." + std::to_string(::getpid());
    PluginSettings settings = misbehaving("on_update", "sleep");
    settings.arguments["until"] = until;
    PluginRun run({settings}, "udps.seen");
    std::thread waker([&] {
        while (run.numbers().fault == PluginFault::kNone) {
            std::this_thread::yield();
        }
        std::ofstream(until) << "wake up";
    });
    add_flows(run);
    waker.join();
    std::filesystem::remove(until);
    run.finish();
    expect_all_packets(run);
    EXPECT_EQ(run.numbers().fault, PluginFault::kOverrun);
    EXPECT_EQ(run.numbers().why, "on_update() did not return within 20 ms");
}

TEST(PluginFaults, MeetThreadsAgain) {
    if (kSignalsAreDelayed) {
        GTEST_SKIP() << kWhyNotHere;
    }
    // Many threads, one after the other, so that their memory is used again.
    PluginRun run({misbehaving("on_update", "loop", "40")});
    for (int i = 0; i < 60; ++i) {
        std::thread([&run] { run.add(udp_packet("10.0.0.1:1", "10.0.0.2:53", {.tick = 1000})); }
        ).join();
    }
    run.finish();
    EXPECT_EQ(run.numbers().fault, PluginFault::kOverrun);
    EXPECT_EQ(run.packets_in_records(), 60U);
}

}  // namespace
}  // namespace flowgauge
