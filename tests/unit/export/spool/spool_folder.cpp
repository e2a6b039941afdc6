#include "tests/unit/export/spool/spool_folder.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace flowgauge::test {

namespace fs = std::filesystem;

SpoolFolder::SpoolFolder() {
    const bool has_memory = ::access("/dev/shm", W_OK) == 0;
    std::string pattern =
        (has_memory ? "/dev/shm" : fs::temp_directory_path().string()) + "/spool_XXXXXX";
    if (::mkdtemp(pattern.data()) != nullptr) {
        path_ = pattern;
    }
}

SpoolFolder::~SpoolFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

SpoolOptions SpoolFolder::options() const {
    SpoolOptions options;
    options.directory = path_;
    options.size = std::uint64_t{1} << 20U;
    options.segment_size = 2000;
    return options;
}

std::vector<std::string> SpoolFolder::ending(const std::string& text) const {
    std::vector<std::string> found;
    for (const fs::directory_entry& entry : fs::directory_iterator(path_)) {
        if (entry.path().string().ends_with(text)) {
            found.push_back(entry.path().string());
        }
    }
    std::ranges::sort(found);
    return found;
}

void SpoolFolder::copy_from(const SpoolFolder& from) const {
    for (const fs::directory_entry& entry : fs::directory_iterator(path_)) {
        fs::remove_all(entry.path());
    }
    fs::copy(from.path(), path_, fs::copy_options::recursive);
}

std::string read_file(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::trunc) << bytes;
}

}  // namespace flowgauge::test
