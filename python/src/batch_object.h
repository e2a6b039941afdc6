// Batch: the columns of some thousands of flows as Python sees them, without a copy: numbers as
// buffers, all of it by Arrow's C data interface.
#pragma once

#include <memory>

#include "python/src/batch.h"
#include "python/src/flow_object.h"
#include "python/src/python_object.h"

namespace flowgauge {

struct BatchObject {
    PyObject ob_base;
    std::shared_ptr<const Batch>* batch;
    LayoutObject* layout;
    PyObject* flows;  // list of the objects that live flows had; null without
};

extern PyTypeObject* batch_type;

[[nodiscard]] inline const Batch& batch_of(PyObject* object) noexcept {
    return **own<BatchObject>(object)->batch;
}

// Takes the objects in `batch` over, whose values are their rows from now on. Null with an error.
[[nodiscard]] PyObject* make_batch_object(std::unique_ptr<Batch> batch, LayoutObject* layout);

// The flow of a row: the object that it had as it lived, or a new one.
[[nodiscard]] PyObject* flow_of_row(PyObject* batch, Py_ssize_t row);

[[nodiscard]] bool add_batch_type(PyObject* module);

}  // namespace flowgauge
