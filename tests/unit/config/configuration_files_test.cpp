#include "config/configuration.h"
#include "tests/unit/config/loaded.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace flowgauge {
namespace {

using std::chrono::seconds;

class ConfigurationFiles : public testing::Test {
public:
    ConfigurationFiles() {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_ + "conf.d");
    }
    ConfigurationFiles(const ConfigurationFiles&) = delete;
    ConfigurationFiles& operator=(const ConfigurationFiles&) = delete;
    ~ConfigurationFiles() override { std::filesystem::remove_all(folder_); }

protected:
    void write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ + name) << text;
    }
    [[nodiscard]] ConfigurationSources main() const {
        ConfigurationSources sources;
        sources.path = folder_ + "main.yaml";
        return sources;
    }
    // Errors without the folder.
    [[nodiscard]] std::string errors() const {
        std::string found = errors_of(main());
        for (std::size_t at = found.find(folder_); at != std::string::npos;
             at = found.find(folder_)) {
            found.erase(at, folder_.size());
        }
        return found;
    }

    // Of this process: tests run beside each other.
    const std::string folder_ =
        testing::TempDir() + "configuration_files_" + std::to_string(::getpid()) + "/";
};

TEST_F(ConfigurationFiles, MergeSectionsAndAppendListsInLexicalOrder) {
    write(
        "main.yaml",
        "version: 1\ninclude: conf.d/*.yaml\nflows: {idle_timeout: 5s}\ninputs: [{name: m, "
        "interface: lo}]\n"
    );
    write("conf.d/20.yaml", "inputs: [{name: b, interface: lo}]\nflows: {max_flows: 20}\n");
    write("conf.d/10.yaml", "version: 1\ninputs: [{name: a, interface: lo}]\ninclude: [../more]\n");
    write("conf.d/.hidden.yaml", "nonsense");
    write("conf.d/other.txt", "nonsense");
    write("more", "sensor: x\n");
    const Settings settings = load(main()).settings;
    ASSERT_EQ(settings.inputs.size(), 3U);
    EXPECT_EQ(settings.inputs[0].name + settings.inputs[1].name + settings.inputs[2].name, "mab");
    EXPECT_EQ(settings.meter.flow.idle_timeout, seconds(5));
    EXPECT_EQ(settings.meter.flow.max_flows, 20U);
    EXPECT_EQ(settings.sensor, "x");
}

TEST_F(ConfigurationFiles, MayNotSetAValueTwice) {
    write(
        "main.yaml",
        "version: 1\ninclude: conf.d/*.yaml\nflows: {idle_timeout: 5s, max_flows: x}\n"
        "inputs: [{name: m, interface: a}]\n"
    );
    write("conf.d/a.yaml", "flows: {idle_timeout: 5s}\ninputs: [{name: m, interface: b}]\n");
    EXPECT_EQ(
        errors(),
        "main.yaml:3:38: flows.max_flows: \"x\" is not a whole number from 1 to 2147483648\n"
        "conf.d/a.yaml:1:9: flows.idle_timeout: is already set at main.yaml:3:23\n"
        "conf.d/a.yaml:2:10: inputs.m: the name is already taken at main.yaml:4:10"
    );
}

TEST_F(ConfigurationFiles, AreRefusedWhenTheyCannotBeRead) {
    EXPECT_EQ(errors(), "main.yaml: cannot read \"main.yaml\": No such file or directory");
    write("main.yaml", "version: 1\ninclude: [none.yaml, nowhere/*.yaml, conf.d]\n");
    EXPECT_EQ(
        errors(),
        "main.yaml:2:11: include: cannot read \"none.yaml\": No such file or directory\n"
        "main.yaml:2:38: include: cannot read \"conf.d\": not a regular file"
    );
    write("main.yaml", "version: 1\n" + std::string(1 << 20, ' '));
    EXPECT_EQ(errors(), "main.yaml: cannot read \"main.yaml\": longer than 1MiB");
}

TEST_F(ConfigurationFiles, ThatIncludeEachOtherAreRefused) {
    write("main.yaml", "version: 1\ninclude: conf.d/a.yaml\n");
    write("conf.d/a.yaml", "include: a.yaml\n");
    EXPECT_EQ(errors(), "conf.d/a.yaml:1:10: include: \"conf.d/a.yaml\" is included twice");
    for (int i = 0; i < 5; ++i) {
        write(
            "conf.d/" + std::to_string(i) + ".yaml", "include: " + std::to_string(i + 1) + ".yaml\n"
        );
    }
    write("main.yaml", "version: 1\ninclude: conf.d/0.yaml\n");
    EXPECT_EQ(errors(), "conf.d/3.yaml:1:10: include: more than 4 levels of files");
    for (int i = 10; i < 80; ++i) {
        write("conf.d/" + std::to_string(i) + ".yml", "");
    }
    write("main.yaml", "version: 1\ninclude: conf.d/*.yml\n");
    EXPECT_EQ(errors(), "main.yaml:2:10: include: more than 64 files");
}

}  // namespace
}  // namespace flowgauge
