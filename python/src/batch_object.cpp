#include "python/src/batch_object.h"

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "python/src/arrow_export.h"
#include "python/src/python_values.h"

namespace flowgauge {

PyTypeObject* batch_type = nullptr;

namespace {

const Batch& native(PyObject* self) noexcept {
    return batch_of(self);
}

void batch_dealloc(PyObject* self) {
    auto* batch = own<BatchObject>(self);
    delete batch->batch;
    Py_XDECREF(object_of(batch->layout));
    Py_CLEAR(batch->flows);
    PyTypeObject* type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

Py_ssize_t batch_length(PyObject* self) {
    return static_cast<Py_ssize_t>(native(self).rows());
}

PyObject* batch_item(PyObject* self, Py_ssize_t row) {
    if (row < 0 || row >= batch_length(self)) {
        PyErr_SetString(PyExc_IndexError, "row out of range");
        return nullptr;
    }
    return flow_of_row(self, row);
}

PyObject* batch_names(PyObject* self, void* /*closure*/) {
    return Py_NewRef(own<BatchObject>(self)->layout->names);
}

PyObject* batch_flows(PyObject* self, void* /*closure*/) {
    PyObject* flows = own<BatchObject>(self)->flows;
    return Py_NewRef(flows == nullptr ? Py_None : flows);
}

// The number of a column, or nothing with an error.
bool find_column(PyObject* self, PyObject* argument, std::size_t& place) {
    const Py_ssize_t wanted = PyNumber_AsSsize_t(argument, PyExc_IndexError);
    if (wanted == -1 && PyErr_Occurred() != nullptr) {
        return false;
    }
    if (wanted < 0 || static_cast<std::size_t>(wanted) >= native(self).schema().fields.size()) {
        PyErr_SetString(PyExc_IndexError, "no such column");
        return false;
    }
    place = static_cast<std::size_t>(wanted);
    return true;
}

// "Q", "q", "d": as struct has them; "U": text; "L", "T": lists of numbers and of texts.
PyObject* batch_kinds(PyObject* self, void* /*closure*/) {
    constexpr std::string_view kWords = "QqdULT";
    std::string kinds;
    for (const BatchField& field : native(self).schema().fields) {
        kinds += kWords[static_cast<std::size_t>(field.kind)];
    }
    return PyUnicode_FromStringAndSize(kinds.data(), static_cast<Py_ssize_t>(kinds.size()));
}

PyObject* batch_values(PyObject* self, PyObject* argument) {
    std::size_t place = 0;
    if (!find_column(self, argument, place)) {
        return nullptr;
    }
    const BatchColumn& column = native(self).column(place);
    const std::size_t rows = native(self).rows();
    PythonRef list(PyList_New(static_cast<Py_ssize_t>(rows)));
    for (std::size_t row = 0; list && row < rows; ++row) {
        PyObject* value = value_of(column, row);
        if (value == nullptr) {
            return nullptr;
        }
        PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(row), value);
    }
    return list.release();
}

// What stands in a cell of text: equal ones are one object, as columns say few things often.
class TextObjects {
public:
    TextObjects() { known_.reserve(kKnownMax); }

    [[nodiscard]] PyObject* get(std::string_view text) {
        const auto found = known_.find(text);
        if (found != known_.end()) {
            return Py_NewRef(found->second.get());
        }
        PyObject* made = python_text(text);
        if (made != nullptr && known_.size() < kKnownMax) {
            known_.emplace(text, PythonRef::of(made));
        }
        return made;
    }

private:
    static constexpr std::size_t kKnownMax = 8192;
    std::unordered_map<std::string_view, PythonRef> known_;  // of the batch's own bytes
};

// As Python prints a list.
std::string list_text(const BatchColumn& column, std::size_t row) {
    std::string text = "[";
    for (const std::uint64_t value : column.list(row)) {
        text += text.size() == 1 ? "" : ", ";
        text += std::to_string(static_cast<std::int64_t>(value));
    }
    return text + "]";
}

PyObject* cell_object(
    const BatchColumn& column, std::size_t row, bool lists_as_text, TextObjects& texts
) {
    if (column.is_absent(row)) {
        return Py_NewRef(Py_None);
    }
    if (column.kind == BatchKind::kText) {
        return texts.get(column.text(row));
    }
    if (lists_as_text && column.kind == BatchKind::kList) {
        return python_text(list_text(column, row));
    }
    if (lists_as_text && column.kind == BatchKind::kTexts) {
        PythonRef list(value_of(column, row));
        return list ? PyObject_Str(list.get()) : nullptr;
    }
    return value_of(column, row);
}

bool fill_objects(
    const Batch& batch, const BatchColumn& column, PyObject** out, bool lists_as_text
) {
    TextObjects texts;
    for (std::size_t row = 0; row < batch.rows(); ++row) {
        PyObject* value = cell_object(column, row, lists_as_text, texts);
        if (value == nullptr) {
            return false;
        }
        Py_XSETREF(out[row], value);
    }
    return true;
}

// fill(column, buffer, first, lists_as_text): the column's values into a numpy array from row
// `first` on: of 8-byte numbers, or of objects. Returns whether a value was absent (numbers: 0) or,
// of unsigned numbers, too large for a signed one, as bits.
PyObject* batch_fill(PyObject* self, PyObject* arguments) {
    PyObject* argument = nullptr;
    PyObject* array = nullptr;
    Py_ssize_t first = 0;
    int lists_as_text = 0;
    std::size_t place = 0;
    if (PyArg_ParseTuple(arguments, "OOnp", &argument, &array, &first, &lists_as_text) == 0 ||
        !find_column(self, argument, place)) {
        return nullptr;
    }
    const Batch& batch = native(self);
    const BatchColumn& column = batch.column(place);
    Py_buffer view{};
    if (PyObject_GetBuffer(array, &view, PyBUF_WRITABLE | PyBUF_FORMAT | PyBUF_C_CONTIGUOUS) != 0) {
        return nullptr;
    }
    const bool is_object = view.format != nullptr && std::string_view(view.format) == "O";
    const bool is_number = column.kind <= BatchKind::kReal && !is_object;
    const auto rows = static_cast<Py_ssize_t>(batch.rows());
    bool done = view.itemsize == 8 && first >= 0 && view.len / 8 - first >= rows &&
                (is_object || is_number);
    if (!done) {
        PyErr_SetString(PyExc_ValueError, "the array does not fit the column");
    } else if (is_number) {
        std::copy_n(
            column.numbers.data(), batch.rows(), static_cast<std::uint64_t*>(view.buf) + first
        );
    } else {
        done = fill_objects(
            batch, column, static_cast<PyObject**>(view.buf) + first, lists_as_text != 0
        );
    }
    PyBuffer_Release(&view);
    if (!done) {
        return nullptr;
    }
    const bool is_large =
        column.kind == BatchKind::kUnsigned &&
        std::ranges::any_of(column.numbers, [](std::uint64_t value) { return value >> 63 != 0; });
    return PyLong_FromLong((column.absent != 0 ? 1 : 0) | (is_large ? 2 : 0));
}

// has_texts(column): whether any text of it is not empty.
PyObject* batch_has_texts(PyObject* self, PyObject* argument) {
    std::size_t place = 0;
    if (!find_column(self, argument, place)) {
        return nullptr;
    }
    return PyBool_FromLong(native(self).column(place).bytes.empty() ? 0 : 1);
}

// presence(column): bytes, 1 where there is a value.
PyObject* batch_presence(PyObject* self, PyObject* argument) {
    std::size_t place = 0;
    if (!find_column(self, argument, place)) {
        return nullptr;
    }
    const Batch& batch = native(self);
    std::string presence(batch.rows(), '\1');
    for (std::size_t row = 0; row < batch.rows(); ++row) {
        presence[row] = batch.column(place).is_absent(row) ? '\0' : '\1';
    }
    return PyBytes_FromStringAndSize(presence.data(), static_cast<Py_ssize_t>(presence.size()));
}

// _make_flows(): the flows of all rows, which are the same ones from now on.
PyObject* batch_make_flows(PyObject* self, PyObject* /*arguments*/) {
    auto* batch = own<BatchObject>(self);
    if (batch->flows == nullptr) {
        PythonRef flows(PyList_New(batch_length(self)));
        for (Py_ssize_t row = 0; flows && row < batch_length(self); ++row) {
            PyObject* flow = flow_of_row(self, row);
            if (flow == nullptr) {
                return nullptr;
            }
            PyList_SET_ITEM(flows.get(), row, flow);
        }
        batch->flows = flows.release();
    }
    return Py_XNewRef(batch->flows);
}

PyObject* batch_arrow_schema(PyObject* self, PyObject* /*arguments*/) {
    return make_schema_capsule(native(self).shared_schema());
}

PyObject* batch_arrow_array(PyObject* self, PyObject* arguments, PyObject* keywords) {
    PyObject* requested = nullptr;  // a schema that the other side prefers; ours is what there is
    static const char* names[] = {"requested_schema", nullptr};
    if (PyArg_ParseTupleAndKeywords(
            arguments, keywords, "|O", const_cast<char**>(names), &requested
        ) == 0) {
        return nullptr;
    }
    PythonRef schema(make_schema_capsule(native(self).shared_schema()));
    PythonRef array(schema ? make_array_capsule(*own<BatchObject>(self)->batch) : nullptr);
    return array ? PyTuple_Pack(2, schema.get(), array.get()) : nullptr;
}

PyMethodDef batch_methods[] = {
    {"values", batch_values, METH_O, "The values of the column of that number, as a list."},
    {"_fill", batch_fill, METH_VARARGS, nullptr},
    {"_make_flows", batch_make_flows, METH_NOARGS, nullptr},
    {"_has_texts", batch_has_texts, METH_O, nullptr},
    {"_presence", batch_presence, METH_O, nullptr},
    {"__arrow_c_schema__", batch_arrow_schema, METH_NOARGS, "Arrow's PyCapsule interface."},
    {"__arrow_c_array__",
     with_keywords(batch_arrow_array),
     METH_VARARGS | METH_KEYWORDS,
     "Arrow's PyCapsule interface."},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef batch_members[] = {
    {"names", batch_names, nullptr, "Names of the columns.", nullptr},
    {"kinds", batch_kinds, nullptr, "A letter for each column.", nullptr},
    {"_flows", batch_flows, nullptr, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyType_Slot batch_slots[] = {
    {Py_tp_doc, const_cast<char*>("The columns of some flows; a sequence of them.")},
    {Py_tp_dealloc, slot_of(batch_dealloc)},
    {Py_sq_length, slot_of(batch_length)},
    {Py_sq_item, slot_of(batch_item)},
    {Py_tp_methods, batch_methods},
    {Py_tp_getset, batch_members},
    {0, nullptr}};

PyType_Spec batch_spec = {
    "flowgauge._native.NativeBatch",
    sizeof(BatchObject),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    batch_slots};

}  // namespace

PyObject* make_batch_object(std::unique_ptr<Batch> batch, LayoutObject* layout) {
    auto* made = PyObject_New(BatchObject, batch_type);
    if (made == nullptr) {
        return nullptr;
    }
    PythonRef keeper(object_of(made));
    std::vector<void*> objects = std::move(batch->objects);
    made->layout = own<LayoutObject>(Py_NewRef(object_of(layout)));
    made->flows = nullptr;
    made->batch = new std::shared_ptr<const Batch>(std::move(batch));
    if (objects.empty()) {
        return keeper.release();
    }
    made->flows = PyList_New(static_cast<Py_ssize_t>(objects.size()));
    if (made->flows == nullptr) {
        return nullptr;
    }
    for (std::size_t i = 0; i < objects.size(); ++i) {
        auto* flow = static_cast<FlowObject*>(objects[i]);
        bind_flow(flow, *made->batch, static_cast<Py_ssize_t>(i));
        PyList_SET_ITEM(made->flows, static_cast<Py_ssize_t>(i), object_of(flow));
    }
    return keeper.release();
}

PyObject* flow_of_row(PyObject* batch, Py_ssize_t row) {
    auto* native_batch = own<BatchObject>(batch);
    if (native_batch->flows != nullptr) {
        return Py_NewRef(PyList_GET_ITEM(native_batch->flows, row));
    }
    return object_of(make_flow_of_row(native_batch->layout, *native_batch->batch, row));
}

bool add_batch_type(PyObject* module) {
    batch_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&batch_spec));
    return batch_type != nullptr &&
           PyModule_AddObjectRef(module, "NativeBatch", object_of(batch_type)) == 0;
}

}  // namespace flowgauge
