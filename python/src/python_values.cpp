#include "python/src/python_values.h"

#include <bit>

namespace flowgauge {
namespace {

class ObjectMaker final : public ValueSink {
public:
    [[nodiscard]] PyObject* take() noexcept { return made_.release(); }

    void unsigned_integer(std::uint64_t value) override {
        made_ = PythonRef(PyLong_FromUnsignedLongLong(value));
    }
    void integer(std::int64_t value) override { made_ = PythonRef(PyLong_FromLongLong(value)); }
    void real(double value) override { made_ = PythonRef(PyFloat_FromDouble(value)); }
    void text(std::string_view value) override { made_ = PythonRef(python_text(value)); }
    void list(std::span<const std::int64_t> values) override {
        made_ = PythonRef(PyList_New(static_cast<Py_ssize_t>(values.size())));
        for (std::size_t i = 0; made_ && i < values.size(); ++i) {
            put(i, PyLong_FromLongLong(values[i]));
        }
    }
    void texts(std::span<const std::string_view> values) override {
        made_ = PythonRef(PyList_New(static_cast<Py_ssize_t>(values.size())));
        for (std::size_t i = 0; made_ && i < values.size(); ++i) {
            put(i, python_text(values[i]));
        }
    }
    void absent() override { made_ = PythonRef::of(Py_None); }

private:
    void put(std::size_t i, PyObject* item) {
        if (item == nullptr) {
            made_ = PythonRef();
            return;
        }
        PyList_SET_ITEM(made_.get(), static_cast<Py_ssize_t>(i), item);
    }

    PythonRef made_;
};

PyObject* list_of(const BatchColumn& column, std::size_t row) {
    const std::span<const std::uint64_t> values = column.list(row);
    PythonRef list(PyList_New(static_cast<Py_ssize_t>(values.size())));
    for (std::size_t i = 0; list && i < values.size(); ++i) {
        PyObject* item = PyLong_FromLongLong(static_cast<std::int64_t>(values[i]));
        if (item == nullptr) {
            return nullptr;
        }
        PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), item);
    }
    return list.release();
}

PyObject* texts_of(const BatchColumn& column, std::size_t row) {
    const std::size_t count = column.texts(row);
    PythonRef list(PyList_New(static_cast<Py_ssize_t>(count)));
    for (std::size_t i = 0; list && i < count; ++i) {
        PyObject* item = python_text(column.text_of_list(row, i));
        if (item == nullptr) {
            return nullptr;
        }
        PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), item);
    }
    return list.release();
}

}  // namespace

PyObject* value_of(const BatchColumn& column, std::size_t row) {
    if (column.is_absent(row)) {
        return Py_NewRef(Py_None);
    }
    switch (column.kind) {
    case BatchKind::kUnsigned:
        return PyLong_FromUnsignedLongLong(column.numbers[row]);
    case BatchKind::kInteger:
        return PyLong_FromLongLong(static_cast<std::int64_t>(column.numbers[row]));
    case BatchKind::kReal:
        return PyFloat_FromDouble(std::bit_cast<double>(column.numbers[row]));
    case BatchKind::kText:
        return python_text(column.text(row));
    case BatchKind::kList:
        return list_of(column, row);
    case BatchKind::kTexts:
        return texts_of(column, row);
    }
    return Py_NewRef(Py_None);
}

PyObject* value_of(const Column& column, const RecordView& record) {
    ObjectMaker maker;
    column.read(record, maker);
    return maker.take();
}

}  // namespace flowgauge
