// An interpreter of Python that has flowgauge._native built in, for tests: `flowgauge_python FILE
// ARGUMENT...`.
#define PY_SSIZE_T_CLEAN  // NOLINT(readability-identifier-naming): Python's
#include <Python.h>

// Python makes this name of the module's.
// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier)
PyMODINIT_FUNC PyInit__native();

int main(int count, char** arguments) {
    if (PyImport_AppendInittab("flowgauge._native", PyInit__native) != 0) {
        return 1;
    }
    return Py_BytesMain(count, arguments);
}
