// flowgauge._native: what the package flowgauge is built on.
#include "service/log.h"
#include "service/version.h"

#include "python/src/batch_object.h"
#include "python/src/flow_object.h"
#include "python/src/packet_object.h"
#include "python/src/python_settings.h"
#include "python/src/session_object.h"

namespace flowgauge {
namespace {

// column_names(options): of flows that a session with these options has.
PyObject* column_names(PyObject* /*module*/, PyObject* options) {
    if (PyDict_Check(options) == 0) {
        PyErr_SetString(PyExc_TypeError, "a dict of options");
        return nullptr;
    }
    Result<PythonPlan> plan = read_plan(options);
    Result<std::vector<const Column*>> columns =
        plan ? select_columns(
                   plan.value().reading.settings.output.sink.columns,
                   plan.value().reading.settings.meter
               )
             : Result<std::vector<const Column*>>(plan.error());
    if (!columns) {
        if (PyErr_Occurred() == nullptr) {
            PyErr_SetString(PyExc_ValueError, columns.error().message.c_str());
        }
        return nullptr;
    }
    PythonRef list(PyList_New(0));
    for (const Column* column : columns.value()) {
        const std::string name =
            with_unit(column->name, plan.value().reading.settings.meter.flow.time_unit);
        PythonRef text(python_text(name));
        if (!list || !text || PyList_Append(list.get(), text.get()) != 0) {
            return nullptr;
        }
    }
    return list.release();
}

PyMethodDef module_methods[] = {
    {"column_names", column_names, METH_O, "Names of the columns that flows have."},
    {nullptr, nullptr, 0, nullptr}};

PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    "flowgauge._native",
    "The sensor's parts for Python.",
    -1,
    module_methods,
    nullptr,
    nullptr,
    nullptr,
    nullptr};

PyObject* make_module() {
    PythonRef module(PyModule_Create(&module_definition));
    if (!module || !add_flow_types(module.get()) || !add_batch_type(module.get()) ||
        !add_packet_type(module.get()) || !add_session_type(module.get())) {
        return nullptr;
    }
    const BuildVersion build = build_version();
    if (PyModule_AddStringConstant(module.get(), "version", build.flowgauge.c_str()) != 0 ||
        PyModule_AddStringConstant(module.get(), "ndpi_version", build.ndpi.c_str()) != 0) {
        return nullptr;
    }
    // A library says what a caller should know, and nothing of its own doing.
    set_log_options({.level = Severity::kWarning, .format = LogFormat::kText});
    return module.release();
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming, bugprone-reserved-identifier): Python's
PyMODINIT_FUNC PyInit__native() {
    return flowgauge::make_module();
}
