// The texts of /proc/PID are read whatever they hold: what is taken out of them lies within them,
// and what goes on to records is valid UTF-8. The first byte of an input is a size, which parts
// the rest in two: a text, and a name.
#include "core/base/utf8_text.h"
#include "visibility/processes/cgroup_path.h"
#include "visibility/processes/process_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace flowgauge {
namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

bool lies_within(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

void try_cgroup(std::string_view path) {
    const CgroupNames names = names_of_cgroup(path);
    require(is_utf8(names.container_id) && is_utf8(names.unit));
    require(names.unit.find('/') == std::string::npos);
}

void try_text(std::string_view text) {
    if (const auto stat = parse_process_stat(text)) {
        require(lies_within(stat->name, text) && stat->parent >= 0);
        // The same fields behind another name are the same.
        const std::size_t begin = text.find('(');
        const std::string renamed = std::string(text.substr(0, begin)) + "(a) (b" +
                                    std::string(text.substr(text.rfind(')')));
        const auto again = parse_process_stat(renamed);
        require(again && again->name == "a) (b" && again->start_time == stat->start_time);
        require(again->parent == stat->parent && again->state == stat->state);
    }
    const std::int64_t uid = user_of_status(text);
    require(uid >= -1 && uid <= 0xffffffff);
    const CgroupLines lines = parse_cgroup_lines(text);
    for (const auto& path : {lines.unified, lines.systemd}) {
        require(!path || (path->starts_with('/') && lies_within(*path, text)));
        try_cgroup(path.value_or(""));
    }
    try_cgroup(text);
}

void try_input(std::string_view input) {
    if (input.empty()) {
        return;
    }
    const std::size_t size =
        std::min<std::size_t>(static_cast<unsigned char>(input[0]), input.size() - 1);
    const std::string_view name = input.substr(1, size);
    const std::string_view text = input.substr(1 + size);
    try_text(text);
    const std::string_view argument = first_argument_of(text);
    require(lies_within(argument, text));
    require(full_name(name, argument).starts_with(name));
    require(is_utf8(joined_arguments(text)) && is_utf8(utf8_of(name)));
    require(joined_arguments(text).find('\0') == std::string::npos);
    const std::string link = "socket:[" + std::string(name) + "]";
    const std::uint64_t inode = inode_of_link(link, "socket");
    require(inode == 0 || inode_of_link("net:[" + std::to_string(inode) + "]", "net") == inode);
    static_cast<void>(inode_of_link(text, "socket"));
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks this name up
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// NOLINTNEXTLINE(readability-identifier-naming): as above
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flowgauge::try_input({reinterpret_cast<const char*>(data), size});
    return 0;
}
