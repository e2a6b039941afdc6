#include "visibility/sockets/line_file.h"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace flowgauge::test {
namespace {

class Lines : public testing::Test {
protected:
    void TearDown() override { std::filesystem::remove(path_); }

    // What comes of `text` through a buffer of 16 bytes.
    LineFileEnd read(const std::string& text, std::size_t bytes_max = 1000) {
        std::ofstream(path_) << text;
        parts_.clear();
        LineFile file(AT_FDCWD, path_.c_str(), buffer_);
        return file.read(bytes_max, [this](std::string_view part) {
            parts_.emplace_back(part);
            return parts_.size() < 100;
        });
    }

    [[nodiscard]] std::string joined() const {
        std::string all;
        for (const std::string& part : parts_) {
            all += part;
        }
        return all;
    }

    std::string path_ = testing::TempDir() + "line_file_" +
                        testing::UnitTest::GetInstance()->current_test_info()->name();
    std::array<char, 16> buffer_{};
    std::vector<std::string> parts_;
};

TEST_F(Lines, ComeWhole) {
    const std::string text = "one\ntwo and more\nthree\n\nfour four four\nfive";
    EXPECT_EQ(read(text), LineFileEnd::kEnd);
    EXPECT_EQ(joined(), text);
    for (const std::string& part : parts_) {
        EXPECT_TRUE(part.empty() || part.ends_with('\n') || part == "five") << part;
    }
}

TEST_F(Lines, OfMoreThanTheBufferComeInParts) {
    const std::string text = std::string(40, 'x') + "\nend\n";
    EXPECT_EQ(read(text), LineFileEnd::kEnd);
    EXPECT_EQ(joined(), text);
}

TEST_F(Lines, EndAtTheBound) {
    EXPECT_EQ(read(std::string(100, '\n'), 50), LineFileEnd::kCut);
    EXPECT_LE(joined().size(), 50U);
}

TEST_F(Lines, OfNothingAreNone) {
    EXPECT_EQ(read(""), LineFileEnd::kEnd);
    EXPECT_EQ(joined(), "");
}

TEST_F(Lines, TellWhatIsMissing) {
    LineFile absent(AT_FDCWD, "/nowhere/at/all", buffer_);
    EXPECT_EQ(absent.read(9, [](std::string_view) { return true; }), LineFileEnd::kAbsent);
    LineFile folder(AT_FDCWD, "/", buffer_);
    EXPECT_EQ(folder.read(9, [](std::string_view) { return true; }), LineFileEnd::kFailed);
}

}  // namespace
}  // namespace flowgauge::test
