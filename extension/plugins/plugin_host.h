// PluginHost: the functions that a plugin may call.
#pragma once

#include "extension/plugins/plugin_worker.h"

#include <flowgauge/plugin.h>

namespace flowgauge {

// Called by plugins, in a call of theirs; whatever is wrong with what they give is counted or
// ignored. Nothing here throws. Thread: the worker's.
class PluginHost {
public:
    // The table for a worker's plugin.
    [[nodiscard]] static flowgauge_host table(
        PluginWorker& owner, std::uint32_t worker, TimeUnit unit
    ) noexcept;

private:
    static Cell* cell_of(const flowgauge_flow* flow, std::size_t column, ColumnType type) noexcept;
    static const ColumnValue* read(const flowgauge_flow* flow, int column) noexcept;
    static CellMemory& memory_of(const flowgauge_flow* flow) noexcept;

    static void set_unsigned(const flowgauge_flow*, std::size_t, std::uint64_t) noexcept;
    static void set_integer(const flowgauge_flow*, std::size_t, std::int64_t) noexcept;
    static void set_real(const flowgauge_flow*, std::size_t, double) noexcept;
    static void set_text(const flowgauge_flow*, std::size_t, flowgauge_text) noexcept;
    static void set_integers(
        const flowgauge_flow*, std::size_t, const std::int64_t*, std::size_t
    ) noexcept;
    static void set_texts(
        const flowgauge_flow*, std::size_t, const flowgauge_text*, std::size_t
    ) noexcept;
    static void clear(const flowgauge_flow*, std::size_t) noexcept;
    static int find_column(const flowgauge_host* host, const char* name) noexcept;
    static int read_integer(const flowgauge_flow*, int, std::int64_t*) noexcept;
    static int read_real(const flowgauge_flow*, int, double*) noexcept;
    static int read_text(const flowgauge_flow*, int, flowgauge_text*) noexcept;
};

}  // namespace flowgauge
