#include "export/compression/compressor.h"

#include "tests/support/decompression.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

// Reads from a text, `most` bytes at a time.
ReadAt reader_of(std::string_view text, std::size_t most = 1 << 20) {
    return [text, most](char* to, std::size_t count, std::uint64_t position) {
        const std::string_view part = text.substr(std::min<std::size_t>(position, text.size()))
                                          .substr(0, std::min(count, most));
        std::copy(part.begin(), part.end(), to);
        return static_cast<ssize_t>(part.size());
    };
}

class CompressorTest : public ::testing::TestWithParam<Compression> {
protected:
    // Three frames: rows, nothing, and what cannot be compressed.
    void SetUp() override {
        for (int i = 0; i < 5000; ++i) {
            contents_[0] += "row " + std::to_string(i) + "\n";
        }
        std::mt19937 random(1);
        for (int i = 0; i < 300'000; ++i) {
            contents_[2] += static_cast<char>(random());
        }
        for (const std::string& content : contents_) {
            compressor_->append(frames_, content);
            ends_.push_back(frames_.size());
        }
    }

    std::unique_ptr<Compressor> compressor_ = make_compressor(GetParam());
    std::vector<std::string> contents_ = std::vector<std::string>(3);
    std::string frames_;
    std::vector<std::uint64_t> ends_;
};

TEST_P(CompressorTest, FramesOneBehindTheOtherAreOneStream) {
    EXPECT_LT(ends_[0], contents_[0].size() / 3);
    EXPECT_EQ(test::decompressed(GetParam(), frames_), contents_[0] + contents_[1] + contents_[2]);
}

TEST_P(CompressorTest, TheToolOfTheFormatReadsThem) {
    const std::string tool = GetParam() == Compression::kZstd ? "zstd" : "gzip";
    const std::optional<std::string> text = test::decompressed_by(tool, frames_);
    if (!text) {
        GTEST_SKIP() << "needs the program " << tool;
    }
    EXPECT_TRUE(*text == contents_[0] + contents_[1] + contents_[2]);
}

TEST_P(CompressorTest, FindsTheLastWholeFrameWhereverItIsCut) {
    std::vector<std::uint64_t> cuts{0, 1, 5, frames_.size() - 1, frames_.size()};
    for (const std::uint64_t end : ends_) {
        cuts.insert(cuts.end(), {end - 1, end, end + 1, end + 30});
    }
    for (const std::uint64_t cut : cuts) {
        SCOPED_TRACE(cut);
        if (cut > frames_.size()) {
            continue;
        }
        const auto behind = std::ranges::upper_bound(ends_, cut);
        const std::uint64_t expected = behind == ends_.begin() ? 0 : *(behind - 1);
        for (const std::size_t most : {std::size_t{1} << 20, std::size_t{777}}) {
            Result<std::uint64_t> end = end_of_frames(
                GetParam(), reader_of(std::string_view(frames_).substr(0, cut), most)
            );
            ASSERT_TRUE(end.has_value());
            EXPECT_EQ(end.value(), expected);
        }
    }
}

TEST_P(CompressorTest, WhatIsNoFrameEndsTheStream) {
    for (const std::string& garbage :
         {std::string("not compressed\n"), std::string(100, '\0'), std::string(3'000'000, 'x')}) {
        EXPECT_EQ(end_of_frames(GetParam(), reader_of(garbage)).value(), 0U);
        const std::string frames = frames_ + garbage;
        EXPECT_EQ(end_of_frames(GetParam(), reader_of(frames)).value(), frames_.size());
    }
}

TEST_P(CompressorTest, SaysWhyItCannotBeRead) {
    Result<std::uint64_t> end =
        end_of_frames(GetParam(), [](char* /*to*/, std::size_t /*count*/, std::uint64_t /*at*/) {
            errno = EIO;
            return ssize_t{-1};
        });
    ASSERT_FALSE(end.has_value());
    EXPECT_EQ(end.error().message, "Input/output error");
}

INSTANTIATE_TEST_SUITE_P(
    All,
    CompressorTest,
    ::testing::Values(Compression::kZstd, Compression::kGzip),
    [](const auto& each) { return each.param == Compression::kZstd ? "zstd" : "gzip"; }
);

}  // namespace
}  // namespace flowgauge
