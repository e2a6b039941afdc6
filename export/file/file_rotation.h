// How files of records follow each other, and what an operator may choose about them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace flowgauge {

// Whether what was written is also forced to the disk, and when.
enum class FileSync : std::uint8_t {
    kNone,
    kInterval,  // each second, and when a file is finished; a record counts as written only then
    kRotate,    // when a file is finished
};

// May change while records flow. A 0 is: never, no limit, all.
struct FileRotation {
    std::chrono::milliseconds rotate_every{0};  // since the file was begun
    std::uint64_t rotate_size = 0;              // bytes
    std::uint32_t keep = 0;                     // finished files
};

enum class FileNews : std::uint8_t {
    kFailing,  // records wait from now on, in the queue of the sink
    kWorking,  // no more
    kNote,     // something that the operator should know
};

struct RotatingFileOptions {
    std::string path;  // the ending of a compression is added if it is missing
    FileRotation rotation{};
    std::uint64_t flows_per_file = 0;  // 0: no limit; a unit of many records is not divided
    std::uint64_t min_free = 0;        // bytes that stay free on the file system
    FileSync sync = FileSync::kRotate;

    // Hears what happens, in words, on the thread of the transport.
    std::function<void(FileNews news, const std::string& text)> tell = [](FileNews,
                                                                          const std::string&) {
    };

    // Names files; what is due when goes by the steady time that turn() gets.
    std::function<std::chrono::system_clock::time_point()> utc_clock =
        std::chrono::system_clock::now;
};

}  // namespace flowgauge
