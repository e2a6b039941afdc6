// What a process knows of a connection of its own: the truth that records are held against.
#pragma once

#include <cstdint>
#include <string>

namespace flowgauge::visibility_test {

struct Truth {
    std::string kind;
    std::int64_t lifetime_us = 0;
    std::uint16_t local_port = 0;
    std::uint16_t remote_port = 0;
    std::int32_t pid = 0;
    std::string name;        // as psutil would say it
    std::int64_t start = 0;  // CLOCK_REALTIME in nanoseconds, before the first packet
    std::int64_t begun = 0;  // the same, after it
};

[[nodiscard]] std::int64_t now();

// The name of this process: comm, or the file of argv[0] where comm is its cut beginning.
[[nodiscard]] std::string own_name(const std::string& first_word);

// Lines of JSON, with the file of this process, that many processes append to one file, each by one
// write(2).
class TruthFile {
public:
    explicit TruthFile(const std::string& path);
    void append(const Truth& truth) const;

private:
    int descriptor_;
};

}  // namespace flowgauge::visibility_test
