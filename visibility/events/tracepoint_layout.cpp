#include "visibility/events/tracepoint_layout.h"

#include "core/base/format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <string>

namespace flowgauge {
namespace {

constexpr unsigned kOffsetMax = 4'096;

template <typename Layout>
struct Field {
    std::string_view name;
    unsigned size = 0;
    std::uint16_t Layout::*offset = nullptr;
};

constexpr std::array<Field<StateChangeLayout>, 10> kStateChangeFields{{
    {"skaddr", 8, &StateChangeLayout::socket},
    {"oldstate", 4, &StateChangeLayout::old_state},
    {"newstate", 4, &StateChangeLayout::new_state},
    {"sport", 2, &StateChangeLayout::source_port},
    {"dport", 2, &StateChangeLayout::destination_port},
    {"family", 2, &StateChangeLayout::family},
    {"saddr", 4, &StateChangeLayout::source_v4},
    {"daddr", 4, &StateChangeLayout::destination_v4},
    {"saddr_v6", 16, &StateChangeLayout::source_v6},
    {"daddr_v6", 16, &StateChangeLayout::destination_v6},
}};

// The number after `key` in `line`: "offset:24;".
[[nodiscard]] std::optional<unsigned> number_after(std::string_view line, std::string_view key) {
    const std::size_t at = line.find(key);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view digits = line.substr(at + key.size());
    unsigned value = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (end.ec != std::errc{}) {
        return std::nullopt;
    }
    return value;
}

// "field:__u8 saddr[4];" declares saddr, "field:__data_loc char[] filename;" filename.
[[nodiscard]] std::string_view declared_name(std::string_view line) {
    std::string_view declaration = line.substr(0, line.find(';'));
    if (declaration.ends_with(']')) {
        declaration = declaration.substr(0, declaration.rfind('['));
    }
    const std::size_t blank = declaration.find_last_of(" *");
    return blank == std::string_view::npos ? declaration : declaration.substr(blank + 1);
}

// The line of the format that declares `name`; empty: none.
[[nodiscard]] std::string_view line_of(std::string_view text, std::string_view name) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
        const std::size_t start = line.find("field:");
        if (start != std::string_view::npos && declared_name(line.substr(start)) == name) {
            return line;
        }
    }
    return {};
}

// Sets the offset of each field, and how far they reach.
template <typename Layout>
[[nodiscard]] Result<Layout> read_fields(
    std::string_view tracepoint, std::span<const Field<Layout>> fields, std::string_view format_text
) {
    Layout layout;
    layout.bytes = 0;
    for (const Field<Layout>& field : fields) {
        const std::string_view line = line_of(format_text, field.name);
        const std::optional<unsigned> offset = number_after(line, "offset:");
        const std::optional<unsigned> size = number_after(line, "size:");
        if (!offset || !size || *size != field.size || *offset > kOffsetMax) {
            return Error{
                ErrorKind::kSystem,
                format(
                    "this kernel's tracepoint {} has no field {} of {} bytes, which the sensor "
                    "needs; it has \"{}\"",
                    tracepoint,
                    field.name,
                    field.size,
                    line
                )};
        }
        layout.*field.offset = static_cast<std::uint16_t>(*offset);
        layout.bytes = std::max(layout.bytes, static_cast<std::uint16_t>(*offset + *size));
    }
    return layout;
}

}  // namespace

Result<StateChangeLayout> read_state_change_layout(std::string_view format_text) {
    return read_fields<StateChangeLayout>(
        "sock:inet_sock_set_state", kStateChangeFields, format_text
    );
}

Result<ProgramLayout> read_program_layout(std::uint16_t type, std::string_view format_text) {
    const bool tells_interpreter = !line_of(format_text, "interp").empty();
    const std::array<Field<ProgramLayout>, 2> fields{{
        {"filename", 4, &ProgramLayout::file},
        {tells_interpreter ? "interp" : "filename", 4, &ProgramLayout::path},
    }};
    Result<ProgramLayout> layout =
        read_fields<ProgramLayout>("of programs, of sched,", fields, format_text);
    if (layout) {
        layout.value().type = type;
    }
    return layout;
}

}  // namespace flowgauge
