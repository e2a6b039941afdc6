#include "sensor/reload.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

using Keys = std::vector<std::string>;

// A configuration file, and parts that note what they are told.
class Reloaded : public testing::Test {
public:
    Reloaded(const Reloaded&) = delete;
    Reloaded& operator=(const Reloaded&) = delete;
    ~Reloaded() override { std::filesystem::remove(sources_.path); }

protected:
    Reloaded() {
        sources_.path = testing::TempDir() + "/reload" + std::to_string(::getpid()) + ".yaml";
        write("idle_timeout: 120s", "1000");
        Result<LoadedConfiguration> started = load_configuration(sources_);
        EXPECT_TRUE(started) << (started ? "" : started.error().message);
        reload_ = std::make_unique<Reload>(
            started.value(),
            sources_,
            std::vector<ReloadStep>{step("first"), step("second"), step("third")}
        );
    }

    void write(const std::string& flows, const std::string& max_flows) const {
        std::ofstream(sources_.path)
            << "version: 1\n"
            << "inputs: [{name: edge, interface: lo}]\n"
            << "flows: {" << flows << ", max_flows: " << max_flows << "}\n";
    }

    ReloadStep step(const std::string& name) {
        return {
            .check = [this, name](const Settings& /*fresh*/) -> Result<void> {
                told_.push_back("check " + name);
                if (name == refusing_) {
                    return Error{ErrorKind::kUsage, "one line\nanother line"};
                }
                return {};
            },
            .apply =
                [this, name](const Settings& fresh) {
                    told_.push_back(
                        "apply " + name + " " +
                        std::to_string(fresh.meter.flow.idle_timeout.count())
                    );
                }};
    }

    ConfigurationSources sources_;
    std::string refusing_;
    Keys told_;
    std::unique_ptr<Reload> reload_;
};

TEST_F(Reloaded, AppliesWhatMayChangeAndNamesWhatWaits) {
    const std::string before = reload_->statistics().sha256;
    write("idle_timeout: 60s", "2000");
    const ReloadVerdict verdict = reload_->run();
    EXPECT_TRUE(verdict.ok);
    EXPECT_EQ(verdict.applied, Keys{"flows.idle_timeout"});
    EXPECT_EQ(verdict.restart, Keys{"flows.max_flows"});
    EXPECT_EQ(
        told_,
        (Keys{
            "check first",
            "check second",
            "check third",
            "apply first 60000",
            "apply second 60000",
            "apply third 60000"})
    );
    EXPECT_EQ(reload_->statistics().restart_keys, Keys{"flows.max_flows"});
    EXPECT_NE(reload_->statistics().sha256, before);
    EXPECT_TRUE(reload_->statistics().last_reload_successful);
}

TEST_F(Reloaded, RefusesAllOfItForOneError) {
    const std::string before = reload_->statistics().sha256;
    write("idle_timeuot: 60s", "1000");
    const ReloadVerdict verdict = reload_->run();
    EXPECT_FALSE(verdict.ok);
    ASSERT_EQ(verdict.errors.size(), 1U);
    EXPECT_NE(verdict.errors[0].find(":3:9: flows.idle_timeuot: "), std::string::npos);
    EXPECT_TRUE(told_.empty()) << "no part hears of it";
    EXPECT_FALSE(reload_->statistics().last_reload_successful);
    EXPECT_EQ(reload_->statistics().reloads_refused, 1U);
    EXPECT_EQ(reload_->statistics().sha256, before);
}

TEST_F(Reloaded, AppliesNothingWhenOnePartRefuses) {
    write("idle_timeout: 60s", "1000");
    refusing_ = "second";
    const ReloadVerdict verdict = reload_->run();
    EXPECT_FALSE(verdict.ok);
    EXPECT_EQ(verdict.errors, (Keys{"one line", "another line"}));
    EXPECT_EQ(told_, (Keys{"check first", "check second"}));
    refusing_.clear();
    told_.clear();
    EXPECT_EQ(reload_->run().applied, Keys{"flows.idle_timeout"}) << "still new to the sensor";
}

TEST_F(Reloaded, RemembersWhatWaitsUntilItIsTakenBack) {
    write("idle_timeout: 120s", "2000");
    EXPECT_EQ(reload_->run().restart, Keys{"flows.max_flows"});
    EXPECT_EQ(reload_->run().restart, Keys{"flows.max_flows"}) << "the second time as well";
    write("idle_timeout: 120s", "1000");
    EXPECT_EQ(reload_->run().restart, Keys{});
    EXPECT_TRUE(reload_->statistics().restart_keys.empty());
}

TEST_F(Reloaded, RefusesAFileThatIsGone) {
    std::filesystem::remove(sources_.path);
    EXPECT_FALSE(reload_->run().ok);
    write("idle_timeout: 120s", "1000");
    EXPECT_TRUE(reload_->run().ok);
    EXPECT_EQ(reload_->statistics().reloads, 2U);
}

}  // namespace
}  // namespace flowgauge::test
