// SecretKey: bytes that nobody else may see, from a file or made up.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {

// Its memory is wiped at the end.
class SecretKey {
public:
    // Reads `bytes` bytes, raw or as twice as many hexadecimal digits, which a line break may
    // follow. Errors (kUsage): name the file and what it must hold, never what is in it.
    [[nodiscard]] static Result<SecretKey> read(const std::string& path, std::size_t bytes);

    // Another one each time. Errors: the system has no randomness to give.
    [[nodiscard]] static Result<SecretKey> random(std::size_t bytes);

    // Bytes that are known already, as those of published test vectors.
    explicit SecretKey(std::span<const std::uint8_t> bytes) : bytes_(bytes.begin(), bytes.end()) {}
    SecretKey(const SecretKey&) = delete;
    SecretKey& operator=(const SecretKey&) = delete;
    SecretKey(SecretKey&&) noexcept = default;
    SecretKey& operator=(SecretKey&&) = delete;
    ~SecretKey();

    [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept { return bytes_; }

    // Whether all users of the system may read or write the file that it came from.
    [[nodiscard]] bool is_exposed() const noexcept { return is_exposed_; }

private:
    std::vector<std::uint8_t> bytes_;
    bool is_exposed_ = false;
};

}  // namespace flowgauge
