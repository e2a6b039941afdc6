#include "sensor/capture_directory.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

class Captures : public testing::Test {
public:
    Captures(const Captures&) = delete;
    Captures& operator=(const Captures&) = delete;
    ~Captures() override { fs::remove_all(folder_); }

protected:
    Captures() : folder_(testing::TempDir() + "/captures" + std::to_string(::getpid())) {
        fs::remove_all(folder_);
        fs::create_directory(folder_);
    }

    [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

    // A file that nobody has written to for ten seconds.
    void make(const std::string& name) const {
        std::ofstream(path(name)) << name;
        fs::last_write_time(
            path(name), fs::file_time_type::clock::now() - std::chrono::seconds(10)
        );
    }

    [[nodiscard]] static CaptureDirectory opened(Names names, bool watch) {
        Result<CaptureDirectory> directory = CaptureDirectory::open(std::move(names), watch);
        EXPECT_TRUE(directory) << (directory ? "" : directory.error().message);
        return std::move(directory).value();
    }

    std::string folder_;
};

TEST_F(Captures, AreGivenOnceInTheOrderOfTheirNames) {
    make("b.pcap");
    make("a.pcap");
    make("c.txt");
    CaptureDirectory directory = opened({folder_, path("*.pcap")}, false);
    EXPECT_EQ(directory.take_new(), (Names{path("a.pcap"), path("b.pcap"), path("c.txt")}));
    EXPECT_EQ(directory.take_new(), Names{});
}

TEST_F(Captures, AreGivenWhenTheyAppear) {
    make("1.pcap");
    CaptureDirectory directory = opened({folder_}, true);
    EXPECT_EQ(directory.take_new(), Names{path("1.pcap")});
    make("2.pcap");
    fs::rename(path("1.pcap"), path("3.pcap"));  // no other file
    make(".4.pcap");                             // not whole yet, by custom
    EXPECT_EQ(directory.take_new(), Names{path("2.pcap")});
}

TEST_F(Captures, AreLeftAloneWhileSomebodyWrites) {
    CaptureDirectory directory = opened({folder_}, true);
    std::ofstream(path("now.pcap")) << "half";
    EXPECT_EQ(directory.take_new(), Names{});
    make("now.pcap");
    EXPECT_EQ(directory.take_new(), Names{path("now.pcap")});
}

TEST_F(Captures, MayComeBackUnderTheSameName) {
    make("a.pcap");
    CaptureDirectory directory = opened({path("a.pcap")}, true);
    EXPECT_EQ(directory.take_new(), Names{path("a.pcap")});
    make("other");  // so that the inode is not the one that becomes free
    fs::remove(path("a.pcap"));
    EXPECT_EQ(directory.take_new(), Names{});
    make("a.pcap");
    EXPECT_EQ(directory.take_new(), Names{path("a.pcap")});
}

TEST_F(Captures, ThatDoNotExistAreAnErrorUnlessTheyAreWaitedFor) {
    Result<CaptureDirectory> missing = CaptureDirectory::open({path("none.pcap")}, false);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::kUsage);
    EXPECT_TRUE(missing.error().message.starts_with(path("none.pcap")));
    CaptureDirectory watched = opened({path("none.pcap")}, true);
    EXPECT_EQ(watched.take_new(), Names{});
    Result<CaptureDirectory> nowhere =
        CaptureDirectory::open({path("no/such/folder/x.pcap")}, true);
    EXPECT_FALSE(nowhere);
}

}  // namespace
}  // namespace flowgauge::test
