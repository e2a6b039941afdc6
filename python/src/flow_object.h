// NFlow: a flow as Python sees it: a row of a batch, or a flow that lives while plugins see its
// packets.
#pragma once

#include "core/record/column.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "python/src/batch.h"
#include "python/src/python_object.h"

namespace flowgauge {

// The names of a run's columns, and where each is. An object of Python, so that flows share it.
struct LayoutObject {
    PyObject ob_base;
    std::shared_ptr<const BatchSchema>* schema;  // null: of flows that were pickled
    PyObject* names;                             // tuple, in the order of columns
    PyObject* places;                            // dict: name to place
    PyObject* plugin_names;  // tuple of (name behind "udps.", place): of native parts
    bool has_udps;           // flows have the attribute
};

// A flow that lives: where its values are read.
struct LiveFlow {
    const RecordContext* context = nullptr;  // null: it does not live
    FlowRecord record;
    const FlowEvent* packet = nullptr;
};

struct FlowObject {
    PyObject ob_base;
    LayoutObject* layout;
    std::shared_ptr<const Batch> batch;  // null: the flow lives, or stands alone
    Py_ssize_t row;
    PyObject* udps;     // null until somebody asks for it
    PyObject* changed;  // dict of values that were assigned; null without
    LiveFlow live;
    std::int64_t expiration;  // what a plugin assigned to expiration_id of a living flow
    bool is_whole;            // all plugins have seen its end
    bool is_taken;            // a batch owns the reference that its cell had
    bool is_tracked;          // by the garbage collector
};

extern PyTypeObject* flow_type;
extern PyTypeObject* layout_type;

[[nodiscard]] LayoutObject* make_layout(
    const std::shared_ptr<const BatchSchema>& schema, bool has_udps
);
[[nodiscard]] FlowObject* make_flow(LayoutObject* layout);

// A row of a batch, as an NFlow.
[[nodiscard]] FlowObject* make_flow_of_row(
    LayoutObject* layout, const std::shared_ptr<const Batch>& batch, Py_ssize_t row
);

// `flow` has left the table: its values are those of a row from now on.
void bind_flow(
    FlowObject* flow, const std::shared_ptr<const Batch>& batch, Py_ssize_t row
) noexcept;

// New reference to flow.udps, made when it is asked for first.
[[nodiscard]] PyObject* udps_of(FlowObject* flow);

// What native parts say goes into flow.udps, if there is one already. False: Python's error is set.
[[nodiscard]] bool refresh_udps(FlowObject* flow);

[[nodiscard]] bool add_flow_types(PyObject* module);

}  // namespace flowgauge
