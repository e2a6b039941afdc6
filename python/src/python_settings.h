// What a caller in Python wants, as settings of the sensor's parts.
#pragma once

#include "core/base/result.h"

#include <memory>

#include "python/src/plugin_part.h"
#include "python/src/python_object.h"
#include "python/src/reading.h"

namespace flowgauge {

struct PythonPlan {
    ReadingPlan reading;
    std::shared_ptr<PluginCalls> calls;  // null: no plugin sees packets
    bool has_udps = false;
};

// `dict`: options, of the package's own making (python/flowgauge/session.py), checked there; what
// is missing keeps its default. Errors: kUsage; or with Python's error set an empty message.
[[nodiscard]] Result<PythonPlan> read_plan(PyObject* dict);

}  // namespace flowgauge
