#include "capture/byte_stream.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <functional>
#include <numeric>
#include <vector>

namespace flowgauge {
namespace {

// A file that holds the numbers 0 to `bytes` - 1, modulo 251.
FileDescriptor counting_file(std::size_t bytes) {
    FileDescriptor file(::memfd_create("counting", MFD_CLOEXEC));
    std::vector<std::uint8_t> content(bytes);
    for (std::size_t i = 0; i < bytes; ++i) {
        content[i] = static_cast<std::uint8_t>(i % 251);
    }
    EXPECT_EQ(::write(file.get(), content.data(), bytes), static_cast<ssize_t>(bytes));
    EXPECT_EQ(::lseek(file.get(), 0, SEEK_SET), 0);
    return file;
}

struct Piece {
    const std::uint8_t* data;
    std::size_t offset;
    std::size_t bytes;
    int call;  // number of calls before it was delivered
};

// Takes pieces of `piece` bytes, and looks at each call whether those that must stay still do.
void expect_pieces_stay(std::size_t buffers, std::size_t piece) {
    SCOPED_TRACE(testing::Message() << buffers << " buffers, pieces of " << piece);
    constexpr std::size_t kFileBytes = 100'000;
    ByteStream stream(counting_file(kFileBytes), 1000);
    stream.rotate(buffers);
    std::vector<Piece> pieces;
    int calls = 0;
    int looked_at = 0;
    const std::function<void()> look = [&] {
        ++calls;
        for (const Piece& one : pieces) {
            if (calls - one.call > static_cast<int>(buffers)) {
                continue;  // its buffer may have been reused
            }
            ++looked_at;
            for (std::size_t i = 0; i < one.bytes; ++i) {
                ASSERT_EQ(one.data[i], (one.offset + i) % 251) << "call " << calls;
            }
        }
    };
    stream.before_reuse(&look);
    while (stream.ensure(piece)) {
        pieces.push_back({stream.data(), stream.offset(), piece, calls});
        stream.consume(piece);
        ASSERT_FALSE(testing::Test::HasFatalFailure());
    }
    EXPECT_EQ(pieces.size(), kFileBytes / piece);
    EXPECT_EQ(stream.available(), kFileBytes % piece);
    EXPECT_GT(calls, 20);
    EXPECT_GT(looked_at, calls / 2);
}

TEST(ByteStream, KeepsWhatWasConsumedForAsManyTurnsAsItHasBuffers) {
    for (const std::size_t buffers : {1U, 2U, 4U}) {
        for (const std::size_t piece : {7U, 100U, 999U, 1000U, 1001U, 3500U}) {
            expect_pieces_stay(buffers, piece);
        }
    }
}

TEST(ByteStream, GrowsTheBufferThatComesNext) {
    ByteStream stream(counting_file(50'000), 1000);
    stream.rotate(3);
    ASSERT_TRUE(stream.ensure(10));
    const std::uint8_t* first = stream.data();
    stream.consume(10);
    ASSERT_TRUE(stream.ensure(20'000));
    EXPECT_EQ(first[9], 9);
    EXPECT_EQ(stream.data()[0], 10);
    EXPECT_EQ(stream.data()[19'999], 20'009 % 251);
    EXPECT_EQ(stream.offset(), 10U);
    EXPECT_TRUE(stream.skip(40'000));
    EXPECT_EQ(stream.data()[0], 40'010 % 251);
    EXPECT_FALSE(stream.skip(10'000));
}

}  // namespace
}  // namespace flowgauge
