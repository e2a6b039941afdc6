// SpoolFolder: a directory for tests of the spool that is fast to sync, and can be looked into.
#pragma once

#include "export/spool/spool.h"

#include <cstdint>
#include <string>
#include <vector>

namespace flowgauge::test {

// Ownership: gone with all it holds when destroyed.
class SpoolFolder {
public:
    SpoolFolder();
    SpoolFolder(const SpoolFolder&) = delete;
    SpoolFolder& operator=(const SpoolFolder&) = delete;
    ~SpoolFolder();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

    // Options for small segments.
    [[nodiscard]] SpoolOptions options() const;

    // Full paths in the order of their names.
    [[nodiscard]] std::vector<std::string> segments() const { return ending(".seg"); }
    [[nodiscard]] std::vector<std::string> aside() const { return ending(".bad"); }

    // What is there replaces what is in `from`.
    void copy_from(const SpoolFolder& from) const;

private:
    [[nodiscard]] std::vector<std::string> ending(const std::string& text) const;

    std::string path_;
};

[[nodiscard]] std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);

}  // namespace flowgauge::test
