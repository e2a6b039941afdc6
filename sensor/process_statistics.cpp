#include "sensor/process_statistics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <memory>

namespace flowgauge {
namespace {

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// The second number of statm is the resident pages (proc(5)).
std::uint64_t read_resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    file >> size >> resident;
    return file ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

std::uint64_t count_descriptors() {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc/self/fd"), &::closedir);
    if (directory == nullptr) {
        return 0;
    }
    std::uint64_t entries = 0;
    // The stream is ours alone.
    while (::readdir(directory.get()) != nullptr) {  // NOLINT(concurrency-mt-unsafe)
        ++entries;
    }
    constexpr std::uint64_t kNotDescriptors = 3;  // ".", "..", and the one that reads
    return entries > kNotDescriptors ? entries - kNotDescriptors : 0;
}

}  // namespace

ProcessStatistics read_process_statistics() {
    rusage usage{};
    rlimit limit{};
    static_cast<void>(::getrusage(RUSAGE_SELF, &usage));
    static_cast<void>(::getrlimit(RLIMIT_NOFILE, &limit));
    return {
        .cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
        .resident_bytes = read_resident_bytes(),
        .open_descriptors = count_descriptors(),
        .max_descriptors = limit.rlim_cur};
}

}  // namespace flowgauge
