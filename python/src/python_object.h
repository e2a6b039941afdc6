// What we need of Python's C interface: owned references, and the lock that guards all objects.
#pragma once

#define PY_SSIZE_T_CLEAN  // NOLINT(readability-identifier-naming): Python's
#include <Python.h>

#include <string_view>
#include <utility>

namespace flowgauge {

// Ownership: one reference. Thread: whoever holds the interpreter's lock.
class PythonRef {
public:
    PythonRef() = default;
    // Takes a reference over that the caller owns; null after a failure of Python.
    explicit PythonRef(PyObject* owned) noexcept : object_(owned) {}
    PythonRef(PythonRef&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    PythonRef& operator=(PythonRef&& other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    PythonRef(const PythonRef&) = delete;
    PythonRef& operator=(const PythonRef&) = delete;
    ~PythonRef() { Py_XDECREF(object_); }

    [[nodiscard]] static PythonRef of(PyObject* borrowed) noexcept {
        Py_XINCREF(borrowed);
        return PythonRef(borrowed);
    }

    [[nodiscard]] PyObject* get() const noexcept { return object_; }
    [[nodiscard]] PyObject* release() noexcept { return std::exchange(object_, nullptr); }
    [[nodiscard]] explicit operator bool() const noexcept { return object_ != nullptr; }

private:
    PyObject* object_ = nullptr;
};

// Others may run Python meanwhile. Requires: this thread holds the lock.
class PythonUnlocked {
public:
    PythonUnlocked() noexcept : state_(PyEval_SaveThread()) {}
    ~PythonUnlocked() { PyEval_RestoreThread(state_); }
    PythonUnlocked(const PythonUnlocked&) = delete;
    PythonUnlocked& operator=(const PythonUnlocked&) = delete;

private:
    PyThreadState* state_;
};

// A thread that is none of Python's, or that may be, holds the lock.
class PythonLocked {
public:
    PythonLocked() noexcept : state_(PyGILState_Ensure()) {}
    ~PythonLocked() { PyGILState_Release(state_); }
    PythonLocked(const PythonLocked&) = delete;
    PythonLocked& operator=(const PythonLocked&) = delete;

private:
    PyGILState_STATE state_;
};

// Requires: UTF-8, but for what stands for it.
[[nodiscard]] inline PyObject* python_text(std::string_view text) noexcept {
    return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
}

// The struct behind an object of one of our types.
template <typename Own>
[[nodiscard]] Own* own(PyObject* object) noexcept {
    return reinterpret_cast<Own*>(object);
}
template <typename Own>
[[nodiscard]] PyObject* object_of(Own* own_object) noexcept {
    return reinterpret_cast<PyObject*>(own_object);
}

// A function with keywords, as the table of methods wants it.
[[nodiscard]] inline PyCFunction with_keywords(PyCFunctionWithKeywords function) noexcept {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

template <typename Function>
[[nodiscard]] void* slot_of(Function* function) noexcept {
    return reinterpret_cast<void*>(function);
}

}  // namespace flowgauge
