// Session: a run as Python sees it: an iterator of flows, or of batches.
#pragma once

#include "python/src/python_object.h"

namespace flowgauge {

[[nodiscard]] bool add_session_type(PyObject* module);

}  // namespace flowgauge
