#include "command/read_progress.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdio>
#include <fstream>

namespace flowgauge {
namespace {

constexpr std::string_view kPcapMagic = "\xd4\xc3\xb2\xa1";
constexpr std::string_view kGzipMagic{"\x1f\x8b\x08\x00", 4};

class BytesToRead : public testing::Test {
protected:
    // A file of `bytes` bytes that begins with `magic`.
    std::string file(const std::string& name, std::string_view magic, std::size_t bytes) {
        std::string path = testing::TempDir() + "bytes_to_read_" + name;
        std::string content(magic);
        content.resize(bytes);
        std::ofstream(path, std::ios::binary) << content;
        paths_.push_back(path);
        return path;
    }

    void TearDown() override {
        for (const std::string& path : paths_) {
            EXPECT_EQ(std::remove(path.c_str()), 0);
        }
    }

    std::vector<std::string> paths_;
};

TEST_F(BytesToRead, SumsUpAllFiles) {
    const std::string a = file("a", kPcapMagic, 1'000);
    const std::string b = file("b", kPcapMagic, 24);
    EXPECT_EQ(bytes_to_read({a}), 1'000);
    EXPECT_EQ(bytes_to_read({a, b, a}), 2'024);
}

TEST_F(BytesToRead, IsUnknownForWhatIsPackedOrNoFile) {
    const std::string a = file("a", kPcapMagic, 1'000);
    const std::string packed = file("packed", kGzipMagic, 1'000);
    const std::string pipe = testing::TempDir() + "bytes_to_read_pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    paths_.push_back(pipe);
    EXPECT_EQ(bytes_to_read({a, packed}), std::nullopt);
    EXPECT_EQ(bytes_to_read({a, pipe}), std::nullopt);
    EXPECT_EQ(bytes_to_read({a, pipe + ".absent"}), std::nullopt);
    EXPECT_EQ(bytes_to_read({testing::TempDir()}), std::nullopt);
}

TEST(ReadProgress, AsksNothingWhenItIsNotShown) {
    ReadProgress progress(false, std::nullopt);
    EXPECT_FALSE(progress.is_wanted());
    progress.finish();
    progress.finish();
    EXPECT_FALSE(progress.is_wanted());
}

}  // namespace
}  // namespace flowgauge
