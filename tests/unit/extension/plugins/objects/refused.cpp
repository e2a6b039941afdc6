// Shared objects that are no plugins: each is compiled with REFUSED as one of these numbers.
#include <flowgauge/plugin.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>

#define OTHER_ABI     1
#define NO_ENTRY      2
#define WANTS_NO_HOST 3
#define TOO_SMALL     4
#define NO_OPEN       5
#define ENTRY_THROWS  6
#define ODD_COLUMNS   7
#define LATER_VERSION 8

namespace {

std::string oddity;  // the value of the only argument

int configure(
    const flowgauge_argument* arguments, std::size_t count, void** /*made*/, flowgauge_error* error
) {
    oddity = count == 0 ? "" : arguments[0].value;
    if (oddity == "unterminated") {
        for (char& letter : error->message) {
            letter = 'x';
        }
        return FLOWGAUGE_ERROR;
    }
    return 0;
}

// As the plugin of a later version has it: longer by a field.
struct LaterColumn {
    flowgauge_column column;
    const char* format;
};

std::array<LaterColumn, 2> later_columns{{
    {{sizeof(LaterColumn), FLOWGAUGE_REAL, "one", "", "of two"}, ""},
    {{sizeof(LaterColumn), FLOWGAUGE_TEXT, "two", "", "of two"}, ""},
}};

flowgauge_column odd_column{sizeof(flowgauge_column), FLOWGAUGE_REAL, "fine", nullptr, nullptr};

std::size_t columns(void* /*instance*/, const flowgauge_column** out) {
    if (REFUSED == LATER_VERSION) {
        *out = &later_columns[0].column;
        return later_columns.size();
    }
    *out = oddity == "no_array" ? nullptr : &odd_column;
    odd_column.name = oddity == "name" ? "9 lives" : oddity == "null_name" ? nullptr : "fine";
    odd_column.type = oddity == "type" ? 77 : FLOWGAUGE_REAL;
    odd_column.size = oddity == "size" ? 3 : sizeof(flowgauge_column);
    if (oddity == "throw") {
        throw std::runtime_error("columns are out");
    }
    return oddity == "many" ? 257 : 1;
}

std::size_t flow_bytes(void* /*instance*/) {
    return oddity == "bytes" ? 65'537 : 0;
}

int open(void*, const flowgauge_host*, void**, flowgauge_error*) {
    return 0;
}

struct LaterPlugin {
    flowgauge_plugin plugin;
    void (*later_function)();
};

constexpr LaterPlugin kPlugin{
    {REFUSED == OTHER_ABI ? 2U : FLOWGAUGE_PLUGIN_ABI,
     REFUSED == TOO_SMALL       ? 16U
     : REFUSED == LATER_VERSION ? sizeof(LaterPlugin)
                                : sizeof(flowgauge_plugin),
     "refused",
     nullptr,
     configure,
     columns,
     flow_bytes,
     REFUSED == NO_OPEN ? nullptr : open,
     nullptr,
     nullptr,
     nullptr,
     nullptr,
     nullptr,
     nullptr},
    nullptr};

}  // namespace

#if REFUSED == NO_ENTRY
extern "C" const flowgauge_plugin* flowgauge_other_entry(std::uint32_t /*host_abi*/);
extern "C" const flowgauge_plugin* flowgauge_other_entry(std::uint32_t /*host_abi*/) {
    return &kPlugin.plugin;
}
#else
extern "C" const flowgauge_plugin* flowgauge_plugin_entry(std::uint32_t /*host_abi*/) {
    if (REFUSED == ENTRY_THROWS) {
        throw std::runtime_error("not today");
    }
    return REFUSED == WANTS_NO_HOST ? nullptr : &kPlugin.plugin;
}
#endif
