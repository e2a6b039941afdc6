#include "crypto/secret_key.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace flowgauge {
namespace {

class SecretKeyFile : public testing::Test {
public:
    SecretKeyFile(const SecretKeyFile&) = delete;
    SecretKeyFile& operator=(const SecretKeyFile&) = delete;
    ~SecretKeyFile() override { std::filesystem::remove_all(directory_); }

protected:
    SecretKeyFile() {
        std::string name =
            (std::filesystem::temp_directory_path() / "flowgauge_key_XXXXXX").string();
        directory_ = ::mkdtemp(name.data());
        path_ = directory_ + "/key";
    }

    void write(std::string_view text, ::mode_t mode = 0600) const {
        std::ofstream(path_, std::ios::binary) << text;
        ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    }

    [[nodiscard]] std::string error_of(std::size_t bytes) const {
        Result<SecretKey> key = SecretKey::read(path_, bytes);
        return key ? "none" : key.error().message;
    }

    std::string directory_;
    std::string path_;
};

TEST_F(SecretKeyFile, HoldsRawBytesOrDigits) {
    const std::string raw = "\x01\x02\xff\n"
                            "abcd";
    const std::string digits = "0102ff0a61626364";
    for (const std::string& text :
         {raw, digits, digits + "\n", digits + "\r\n", std::string("0102FF0A61626364")}) {
        write(text);
        Result<SecretKey> key = SecretKey::read(path_, 8);
        ASSERT_TRUE(key.has_value()) << key.error().message;
        EXPECT_TRUE(std::ranges::equal(key.value().bytes(), raw, [](std::uint8_t a, char b) {
            return a == static_cast<std::uint8_t>(b);
        }));
    }
}

TEST_F(SecretKeyFile, IsRefusedByItsNameAlone) {
    const std::string must = "; it must hold 4 bytes, raw or as 8 hexadecimal digits, as `openssl "
                             "rand -hex 4` writes them";
    EXPECT_EQ(error_of(4), path_ + ": No such file or directory" + must);
    for (const char* text :
         {"", "abc", "abcde", "0102030", "0102030g", "010203040", "01020304\n\n"}) {
        write(text);
        EXPECT_EQ(
            error_of(4),
            path_ + ": its " + std::to_string(std::string_view(text).size()) + " bytes are no key" +
                must
        );
    }
    path_ = directory_;
    EXPECT_EQ(error_of(4), directory_ + ": it is no file" + must);
}

TEST_F(SecretKeyFile, TellsWhetherEverybodyMayReadIt) {
    struct Row {
        ::mode_t mode;
        bool is_exposed;
    };
    for (const Row& row :
         {Row{0600, false}, Row{0640, false}, Row{0644, true}, Row{0604, true}, Row{0602, true}}) {
        write("abcd", row.mode);
        EXPECT_EQ(SecretKey::read(path_, 4).value().is_exposed(), row.is_exposed) << row.mode;
    }
}

TEST(SecretKey, IsAnotherOneEachTime) {
    const SecretKey one = SecretKey::random(32).value();
    const SecretKey other = SecretKey::random(32).value();
    EXPECT_EQ(one.bytes().size(), 32U);
    EXPECT_FALSE(std::ranges::equal(one.bytes(), other.bytes()));
    EXPECT_FALSE(one.is_exposed());
}

}  // namespace
}  // namespace flowgauge
