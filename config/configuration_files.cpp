#include "config/configuration_files.h"

#include "config/value_text.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace flowgauge {
namespace {

namespace fs = std::filesystem;

class Descriptor {
public:
    explicit Descriptor(int number) noexcept : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) {
            static_cast<void>(::close(number_));
        }
    }
    [[nodiscard]] int get() const noexcept { return number_; }

private:
    int number_;
};

Error cannot_read(const std::string& path, const std::string& why) {
    return {ErrorKind::kUsage, "cannot read " + in_quotes(path) + ": " + why};
}

std::string last_error() {
    return std::generic_category().message(errno);
}

}  // namespace

Result<std::string> read_text_file(const std::string& path, std::size_t bytes_max) {
    // Not blocking, so that a pipe without a writer does not stop the program.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
        return cannot_read(path, last_error());
    }
    if (!S_ISREG(status.st_mode)) {
        return cannot_read(path, "not a regular file");
    }
    std::string text;
    while (text.size() <= bytes_max) {
        constexpr std::size_t kStep = 65536;
        const std::size_t had = text.size();
        text.resize(had + kStep);
        const ssize_t got = ::read(file.get(), text.data() + had, kStep);
        if (got < 0) {
            return cannot_read(path, last_error());
        }
        text.resize(had + static_cast<std::size_t>(got));
        if (got == 0) {
            return text;
        }
    }
    return cannot_read(path, "longer than " + size_text(bytes_max));
}

Result<std::vector<std::string>> matching_files(
    const std::string& beside, const std::string& pattern
) {
    const fs::path full = fs::path(beside).parent_path() / pattern;
    const std::string name = full.filename().string();
    if (name.empty()) {
        return Error{ErrorKind::kUsage, in_quotes(pattern) + " names no file"};
    }
    if (name.find_first_of("*?[") == std::string::npos) {
        return std::vector<std::string>{full.string()};
    }
    std::vector<std::string> files;
    std::error_code failure;
    const fs::path folder = full.has_parent_path() ? full.parent_path() : fs::path(".");
    for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
         entry.increment(failure)) {
        const std::string found = entry->path().filename().string();
        if (::fnmatch(name.c_str(), found.c_str(), FNM_PERIOD) == 0) {
            files.push_back((full.parent_path() / found).string());
        }
    }
    if (failure && failure != std::errc::no_such_file_or_directory) {
        return cannot_read(folder.string(), failure.message());
    }
    std::ranges::sort(files);
    return files;
}

}  // namespace flowgauge
