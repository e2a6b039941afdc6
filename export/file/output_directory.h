// What a file sink does in its directory beside writing: giving names, removing old files, and
// finishing what an earlier run left unfinished.
#pragma once

#include "core/base/result.h"
#include "export/file/file_framing.h"
#include "export/file/rotated_name.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace flowgauge {

// Says whether files can be made there. Error: kOutput with place, cause and remedy.
[[nodiscard]] Result<void> check_directory(const std::string& directory);

// Who this process is and whose `path` is: " (this process is user flowgauge; /srv belongs to root,
// mode 0755)".
[[nodiscard]] std::string ownership_text(const std::string& path);

// Gives a whole file its final name. Never replaces another file: if the name is taken, the next
// sequence number is. Returns errno; `name` is the one that was taken.
[[nodiscard]] int publish(int directory, const RotatedNames& names, RotatedName& name);

// Whether the file begins with these bytes.
[[nodiscard]] bool begins_with(const std::string& path, std::string_view head);

// Cuts off what a crash left of a unit at the end of a file that is gone on with. Returns whether
// there was such a thing. Error: kOutput, also for a file that holds nothing of this format.
[[nodiscard]] Result<bool> cut_torn_end(const std::string& path, const FileFraming& framing);

struct Recovery {
    std::uint64_t files_recovered = 0;
    std::uint64_t errors = 0;
    std::uint64_t next_sequence = 0;  // above all that are there
};

// Cuts unfinished files back to their last whole unit and publishes them, except those that another
// process has locked for the next second. What holds no record is removed. `sync`: they are forced
// to the disk.
[[nodiscard]] Recovery recover_files(
    int directory, const RotatedNames& names, const FileFraming& framing, bool sync
);

struct Removal {
    std::uint64_t files_removed = 0;
    std::uint64_t errors = 0;
    bool is_complete = true;
};

// Removes the oldest finished files until `keep` are left, at most a bounded number at one time.
// Regular files of exactly this pattern only; a link is not followed, nor removed.
[[nodiscard]] Removal remove_oldest(int directory, const RotatedNames& names, std::uint64_t keep);

}  // namespace flowgauge
