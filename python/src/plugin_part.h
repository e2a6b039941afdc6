// PluginPart: plugins in Python that see packets, as a part of the extension of flows.
#pragma once

#include "core/extension/extension_part.h"

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "python/src/flow_object.h"
#include "python/src/python_object.h"

namespace flowgauge {

// What plugins in Python are called by, and what became of it. Thread: whoever holds the
// interpreter's lock, but for the flags.
struct PluginCalls {
    std::vector<PythonRef> on_init;  // bound methods
    std::vector<PythonRef> on_update;
    std::vector<PythonRef> on_expire;
    LayoutObject* layout = nullptr;  // of the run; borrowed, set before the first packet
    bool has_tunnel_id = false;
    bool locks = false;                 // called on threads that do not hold the lock
    std::function<void()> has_failed;   // called once, from the thread of the call
    std::atomic<bool> is_quiet{false};  // nothing is called any more

    // The first exception of a plugin, as PyErr_Fetch() gives it.
    PyObject* error_type = nullptr;
    PyObject* error_value = nullptr;
    PyObject* error_trace = nullptr;

    PluginCalls() = default;
    PluginCalls(const PluginCalls&) = delete;
    PluginCalls& operator=(const PluginCalls&) = delete;
    ~PluginCalls();

    [[nodiscard]] bool have_failed() const noexcept { return error_type != nullptr; }

    // Takes Python's error up.
    void fail();

    // Gives it back to Python.
    void raise() noexcept;
};

// Its one column holds the NFlow of a flow; it is none of the output.
constexpr const char* kFlowObjectColumn = "flow_object_of_python";

[[nodiscard]] std::unique_ptr<ExtensionPart> make_plugin_part(std::shared_ptr<PluginCalls> calls);

// Of the sink: takes over the NFlow of a record (python/src/batch_encoder.h).
[[nodiscard]] void* take_flow_object(const RecordView& record, const Column& column);

}  // namespace flowgauge
