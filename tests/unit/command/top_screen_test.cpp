#include "command/top_screen.h"

#include "tests/support/sensor_sample.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace flowgauge {
namespace {

std::string recorded(const std::string& name) {
    std::ifstream file(std::string(FLOWGAUGE_TEST_SUPPORT) + "/screens/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A viewer two seconds after the first look.
struct Viewing {
    Viewing() {
        content.before = test::sensor_sample();
        content.now = test::sensor_sample_after(2);
        FlowsSnapshot flows = test::flows_sample();
        model.update(flows);
        flows.time_ms += 2000;
        flows.flows.at(0).bytes.at(1) += 2'000'000;
        flows.flows.at(0).packets.at(1) += 2000;
        flows.flows.at(1).bytes.at(0) += 100;
        model.update(flows);
    }

    [[nodiscard]] std::string text(const ScreenSize& size) const {
        std::string out;
        for (const ScreenLine& line : top_screen(state, content, model, size)) {
            EXPECT_LE(line.text.size(), size.columns) << line.text;
            out += line.text.substr(0, line.text.find_last_not_of(' ') + 1) + "\n";
        }
        return out;
    }

    void press(std::string_view characters) {
        for (const char character : characters) {
            handle_key(state, {.character = static_cast<char32_t>(character)}, 100, 17);
        }
    }
    void press(KeyName name, std::size_t rows = 100) {
        handle_key(state, {.name = name}, rows, 17);
    }

    TopState state;
    TopContent content;
    TopModel model;
};

TEST(TopScreen, ShowsApplications) {
    EXPECT_EQ(Viewing().text(kScreenMin), recorded("top_applications.txt"));
}

TEST(TopScreen, ShowsProcesses) {
    Viewing viewing;
    viewing.press("p");
    EXPECT_EQ(viewing.text(kScreenMin), recorded("top_processes.txt"));
    viewing.content.now.visibility.state.on = false;
    EXPECT_NE(viewing.text(kScreenMin).find("needs system_visibility_mode 1  "), std::string::npos);
}

// A column for processes takes its room from the ends of flows, where the sensor told any.
TEST(TopScreen, ShowsTheProcessOfAFlowOnWideScreens) {
    Viewing viewing;
    viewing.press("f");
    EXPECT_NE(viewing.text({.columns = 133, .lines = 24}).find("firefox[4321]"), std::string::npos);
    EXPECT_EQ(viewing.text({.columns = 132, .lines = 24}).find("firefox"), std::string::npos);
    FlowsSnapshot flows = test::flows_sample();
    flows.time_ms += 4000;
    for (FlowSnapshot& flow : flows.flows) {
        flow.process_pid = -1;
    }
    viewing.model.update(flows);
    EXPECT_EQ(viewing.text({.columns = 160, .lines = 24}).find("PROCESS"), std::string::npos);
}

TEST(TopScreen, ShowsHostsByName) {
    Viewing viewing;
    viewing.press("hsss");
    EXPECT_EQ(viewing.text(kScreenMin), recorded("top_hosts.txt"));
}

TEST(TopScreen, ShowsFlowsOnNarrowAndOnWideScreens) {
    Viewing viewing;
    viewing.press("f");
    EXPECT_EQ(viewing.text(kScreenMin), recorded("top_flows.txt"));
    EXPECT_EQ(viewing.text({.columns = 160, .lines = 24}), recorded("top_flows_wide.txt"));
}

void expect_fit(const Viewing& viewing, const ScreenSize& size) {
    const auto shown = top_screen(viewing.state, viewing.content, viewing.model, size);
    EXPECT_LE(shown.size(), size.lines);
    for (const ScreenLine& line : shown) {
        EXPECT_LE(line.text.size(), size.columns);
    }
}

TEST(TopScreen, FillsAnySizeWithoutExceedingIt) {
    Viewing viewing;
    viewing.content.problem = std::string(500, 'x');
    for (const std::string_view view : {"a", "p", "h", "f", "?"}) {
        viewing.press(view);
        for (std::size_t columns = 0; columns < 250; columns += 7) {
            for (const std::size_t lines : {0U, 1U, 23U, 24U, 70U}) {
                expect_fit(viewing, {.columns = columns, .lines = lines});
            }
        }
    }
}

TEST(TopScreen, SaysThatAScreenIsTooSmall) {
    EXPECT_EQ(
        Viewing().text({.columns = 79, .lines = 24}),
        "79x24 is too small; top needs 80x24, q quits\n"
    );
}

TEST(TopScreen, SaysThatTheSensorIsAway) {
    Viewing viewing;
    viewing.content.problem = "no answer from /run/x: \x1b";
    EXPECT_NE(
        viewing.text(kScreenMin).find("\ntrying again: no answer from /run/x: \\x1b\n"),
        std::string::npos
    );
}

TEST(TopKeys, ChooseViewOrderAndInterval) {
    Viewing viewing;
    viewing.press("hs++");
    EXPECT_EQ(viewing.state.selection.view, TopView::kHosts);
    EXPECT_EQ(viewing.state.selection.sort, TopSort::kBytes);
    EXPECT_EQ(viewing.state.interval, std::chrono::seconds(5));
    viewing.press("fsss---");
    EXPECT_EQ(viewing.state.selection.view, TopView::kFlows);
    EXPECT_EQ(viewing.state.selection.sort, TopSort::kRate);
    EXPECT_EQ(viewing.state.interval, std::chrono::seconds(1));
    viewing.press("++++++++++a");
    EXPECT_EQ(viewing.state.interval, std::chrono::seconds(60));
    EXPECT_EQ(viewing.state.selection.view, TopView::kApplications);
}

TEST(TopKeys, EditTheFilter) {
    Viewing viewing;
    viewing.press("/goq");
    EXPECT_TRUE(viewing.state.edits_filter);
    EXPECT_NE(viewing.text(kScreenMin).find("filter: goq_ "), std::string::npos);
    viewing.press(KeyName::kBackspace);
    handle_key(viewing.state, {.character = U'\u00e9'}, 1, 1);  // never found in what is shown
    viewing.press(KeyName::kUp);
    viewing.press(KeyName::kEnter);
    EXPECT_FALSE(viewing.state.edits_filter);
    EXPECT_FALSE(viewing.state.quits);
    EXPECT_EQ(viewing.state.selection.filter, "go");
    const std::string text = viewing.text(kScreenMin);
    EXPECT_NE(text.find("\nTLS.Google"), std::string::npos);
    EXPECT_EQ(text.find("\nDNS"), std::string::npos);
    viewing.press("/x");
    viewing.press(KeyName::kEscape);
    EXPECT_EQ(viewing.state.selection.filter, "");
    viewing.press("/" + std::string(1000, 'x'));
    EXPECT_EQ(viewing.state.selection.filter.size(), 60U);
}

TEST(TopKeys, ScrollWithinTheRows) {
    Viewing viewing;
    viewing.press(KeyName::kUp);
    EXPECT_EQ(viewing.state.scrolled, 0U);
    viewing.press(KeyName::kDown);
    EXPECT_EQ(viewing.state.scrolled, 1U);
    viewing.press(KeyName::kPageDown);
    EXPECT_EQ(viewing.state.scrolled, 18U);
    viewing.press(KeyName::kEnd);
    EXPECT_EQ(viewing.state.scrolled, 83U);
    viewing.press(KeyName::kDown);
    EXPECT_EQ(viewing.state.scrolled, 83U);
    viewing.press(KeyName::kPageUp);
    EXPECT_EQ(viewing.state.scrolled, 66U);
    viewing.press(KeyName::kHome);
    EXPECT_EQ(viewing.state.scrolled, 0U);
    viewing.press(KeyName::kEnd, 3);
    EXPECT_EQ(viewing.state.scrolled, 0U);
    viewing.state.scrolled = 50;  // rows have become fewer meanwhile
    EXPECT_NE(viewing.text(kScreenMin).find("\nTLS.Google"), std::string::npos);
}

TEST(TopKeys, PauseHelpAndQuit) {
    Viewing viewing;
    viewing.press(" ");
    EXPECT_TRUE(viewing.state.paused);
    EXPECT_NE(viewing.text(kScreenMin).find("\nPAUSED"), std::string::npos);
    viewing.press(" ?");
    EXPECT_FALSE(viewing.state.paused);
    EXPECT_NE(viewing.text(kScreenMin).find("Any key goes back."), std::string::npos);
    viewing.press(KeyName::kResize);
    EXPECT_TRUE(viewing.state.help);
    viewing.press("q");
    EXPECT_FALSE(viewing.state.help);
    EXPECT_FALSE(viewing.state.quits);
    viewing.press("q");
    EXPECT_TRUE(viewing.state.quits);
    viewing.state.quits = false;
    viewing.press("/\x03");
    EXPECT_TRUE(viewing.state.quits) << "Ctrl-C quits from anywhere";
}

}  // namespace
}  // namespace flowgauge
