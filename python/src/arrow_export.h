// Batches by Arrow's C data interface (arrow.apache.org/docs/format/CDataInterface), as capsules of
// Python (CDataInterface/PyCapsuleInterface). The structs are the interface's own.
#pragma once

#include <memory>

#include "python/src/batch.h"
#include "python/src/python_object.h"

namespace flowgauge {

// New references, or null with Python's error set. A batch lives as long as somebody has its array.
[[nodiscard]] PyObject* make_schema_capsule(const std::shared_ptr<const BatchSchema>& schema);
[[nodiscard]] PyObject* make_array_capsule(const std::shared_ptr<const Batch>& batch);

// Arrow's stream of the batches of an iterator. Takes a reference. Errors of the iterator become
// those of the stream.
[[nodiscard]] PyObject* make_stream_capsule(
    const std::shared_ptr<const BatchSchema>& schema, PyObject* iterator
);

}  // namespace flowgauge
