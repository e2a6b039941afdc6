// An interpreter of Python that has flowgauge._native built in, for tests: `flowgauge_python FILE
// ARGUMENT...`.
#define PY_SSIZE_T_CLEAN  // NOLINT(readability-identifier-naming): Python's
#include <Python.h>

// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier): Python makes it of
// the module's
PyMODINIT_FUNC PyInit__native();

int main(int count, char** arguments) {
    if (PyImport_AppendInittab("flowgauge._native", PyInit__native) != 0) {
        return 1;
    }
    return Py_BytesMain(count, arguments);
}
