#include "truth.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <ctime>
#include <fstream>

#include "ends.h"

namespace flowgauge::visibility_test {

std::int64_t now() {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

namespace {

std::string last_component(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

// Of what exec was given.
std::string own_file() {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): getauxval(3) has it so
    const auto* path = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
    return path != nullptr ? last_component(path) : std::string();
}

}  // namespace

std::string own_name(const std::string& first_word) {
    constexpr std::size_t kCommMax = 15;  // TASK_COMM_LEN without its zero
    std::string comm;
    std::ifstream file("/proc/self/comm");
    std::getline(file, comm);
    const std::string last = last_component(first_word);
    return comm.size() == kCommMax && last.starts_with(comm) ? last : comm;
}

TruthFile::TruthFile(const std::string& path)
    : descriptor_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0) {
        fail(path);
    }
}

void TruthFile::append(const Truth& truth) const {
    const std::string line =
        R"({"kind": ")" + truth.kind + R"(", "lifetime_us": )" + std::to_string(truth.lifetime_us) +
        R"(, "local_port": )" + std::to_string(truth.local_port) + R"(, "remote_port": )" +
        std::to_string(truth.remote_port) + R"(, "pid": )" + std::to_string(truth.pid) +
        R"(, "name": ")" + truth.name + R"(", "file": ")" + own_file() + R"(", "start": )" +
        std::to_string(truth.start) + R"(, "begun": )" + std::to_string(truth.begun) + "}\n";
    if (write(descriptor_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        fail("truth");
    }
}

}  // namespace flowgauge::visibility_test
