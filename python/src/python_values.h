// Values of records as objects of Python.
#pragma once

#include "core/record/column.h"

#include "python/src/batch.h"
#include "python/src/python_object.h"

namespace flowgauge {

// All: new references, or null with Python's error set.
[[nodiscard]] PyObject* value_of(const BatchColumn& column, std::size_t row);

// Of a record in hand, such as that of a flow that lives.
[[nodiscard]] PyObject* value_of(const Column& column, const RecordView& record);

}  // namespace flowgauge
