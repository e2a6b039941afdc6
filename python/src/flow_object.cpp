#include "python/src/flow_object.h"

#include <memory>
#include <string>
#include <string_view>

#include "python/src/python_values.h"

namespace flowgauge {

PyTypeObject* flow_type = nullptr;
PyTypeObject* layout_type = nullptr;

namespace {

PyObject* udps_name = nullptr;
PyObject* expiration_name = nullptr;
PyObject* udps_class = nullptr;  // types.SimpleNamespace, or what the package names

constexpr std::string_view kUdps = "udps.";

void layout_dealloc(PyObject* self) {
    auto* layout = own<LayoutObject>(self);
    delete layout->schema;
    Py_CLEAR(layout->names);
    Py_CLEAR(layout->places);
    Py_CLEAR(layout->plugin_names);
    PyTypeObject* type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

PyObject* layout_names(PyObject* self, void* /*closure*/) {
    return Py_NewRef(own<LayoutObject>(self)->names);
}

LayoutObject* new_layout(bool has_udps) {
    auto* layout = PyObject_New(LayoutObject, layout_type);
    if (layout == nullptr) {
        return nullptr;
    }
    layout->schema = nullptr;
    layout->names = nullptr;
    layout->places = PyDict_New();
    layout->plugin_names = nullptr;
    layout->has_udps = has_udps;
    return layout;
}

// Names of native parts' columns are attributes of flow.udps.
bool fill_layout(LayoutObject* layout, const BatchSchema& schema) {
    PythonRef names(PyTuple_New(static_cast<Py_ssize_t>(schema.fields.size())));
    PythonRef plugins(PyList_New(0));
    if (!names || !plugins || layout->places == nullptr) {
        return false;
    }
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
        const std::string& text = schema.fields[i].name;
        PyObject* name = PyUnicode_InternFromString(text.c_str());
        PythonRef place(PyLong_FromSize_t(i));
        if (name == nullptr || !place) {
            return false;
        }
        PyTuple_SET_ITEM(names.get(), static_cast<Py_ssize_t>(i), name);
        if (!text.starts_with(kUdps)) {
            if (PyDict_SetItem(layout->places, name, place.get()) != 0) {
                return false;
            }
            continue;
        }
        PythonRef own_name(PyUnicode_InternFromString(text.c_str() + kUdps.size()));
        PythonRef pair(own_name ? PyTuple_Pack(2, own_name.get(), place.get()) : nullptr);
        if (!pair || PyList_Append(plugins.get(), pair.get()) != 0) {
            return false;
        }
    }
    layout->has_udps = layout->has_udps || PyList_GET_SIZE(plugins.get()) > 0;
    layout->plugin_names = PyList_AsTuple(plugins.get());
    layout->names = names.release();
    return layout->plugin_names != nullptr;
}

// From here on it may be part of a cycle.
void track(FlowObject* flow) noexcept {
    if (!flow->is_tracked) {
        flow->is_tracked = true;
        PyObject_GC_Track(object_of(flow));
    }
}

int flow_traverse(PyObject* self, visitproc visit, void* arg) {
    auto* flow = own<FlowObject>(self);
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(flow->udps);
    Py_VISIT(flow->changed);
    return 0;
}

int flow_clear(PyObject* self) {
    auto* flow = own<FlowObject>(self);
    Py_CLEAR(flow->udps);
    Py_CLEAR(flow->changed);
    return 0;
}

void flow_dealloc(PyObject* self) {
    auto* flow = own<FlowObject>(self);
    if (flow->is_tracked) {
        PyObject_GC_UnTrack(self);
    }
    Py_XDECREF(object_of(flow->layout));
    std::destroy_at(&flow->batch);
    static_cast<void>(flow_clear(self));
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

// New reference to the value of a column; null with an error, or without one where there is none.
PyObject* value_at(FlowObject* flow, std::size_t place) {
    if (flow->batch != nullptr) {
        return value_of(flow->batch->column(place), static_cast<std::size_t>(flow->row));
    }
    if (flow->live.context == nullptr || flow->layout->schema == nullptr) {
        return nullptr;
    }
    const BatchSchema& schema = **flow->layout->schema;
    const RecordView view{
        .record = flow->live.record, .context = *flow->live.context, .packet = flow->live.packet};
    return value_of(*schema.columns[place], view);
}

// Borrowed, or null without an error.
PyObject* changed_value(FlowObject* flow, PyObject* name) {
    return flow->changed == nullptr ? nullptr : PyDict_GetItemWithError(flow->changed, name);
}

PyObject* flow_getattro(PyObject* self, PyObject* name) {
    auto* flow = own<FlowObject>(self);
    if (PyObject* value = changed_value(flow, name); value != nullptr) {
        return Py_NewRef(value);
    }
    if (PyObject* place = PyDict_GetItemWithError(flow->layout->places, name); place != nullptr) {
        if (flow->live.context != nullptr && name == expiration_name &&
            flow->live.packet != nullptr) {
            return PyLong_FromLongLong(flow->expiration);
        }
        PyObject* value = value_at(flow, PyLong_AsSize_t(place));
        if (value == nullptr && PyErr_Occurred() == nullptr) {
            PyErr_Format(
                PyExc_AttributeError, "'NFlow' object has no value of '%U': it has gone", name
            );
        }
        return value;
    }
    if (name == udps_name && flow->layout->has_udps) {
        return udps_of(flow);
    }
    return PyObject_GenericGetAttr(self, name);
}

// While the flow lives, -1 ends it with the packet under way.
bool set_expiration(FlowObject* flow, PyObject* value) {
    const std::int64_t wanted = PyLong_AsLongLong(value);
    if (wanted == -1 && PyErr_Occurred() != nullptr) {
        PyErr_Clear();
        return false;
    }
    flow->expiration = wanted;
    return true;
}

int flow_setattro(PyObject* self, PyObject* name, PyObject* value) {
    auto* flow = own<FlowObject>(self);
    if (value != nullptr && PyUnicode_CompareWithASCIIString(name, "udps") == 0 &&
        flow->layout->has_udps) {
        Py_XSETREF(flow->udps, Py_NewRef(value));
        track(flow);
        return 0;
    }
    if (value == nullptr || PyDict_Contains(flow->layout->places, name) != 1) {
        PyErr_Format(PyExc_AttributeError, "'NFlow' object has no attribute '%U'", name);
        return -1;
    }
    if (flow->live.context != nullptr && flow->live.packet != nullptr &&
        PyUnicode_CompareWithASCIIString(name, "expiration_id") == 0 &&
        set_expiration(flow, value)) {
        return 0;
    }
    if (flow->changed == nullptr) {
        flow->changed = PyDict_New();
        track(flow);
    }
    return flow->changed == nullptr ? -1 : PyDict_SetItem(flow->changed, name, value);
}

// dict of flow.udps, borrowed; null without an error where there is none.
PyObject* udps_dict(FlowObject* flow, PythonRef& keeper) {
    if (!flow->layout->has_udps) {
        return nullptr;
    }
    PythonRef udps(udps_of(flow));
    if (!udps) {
        return nullptr;
    }
    keeper = PythonRef(PyObject_GetAttrString(udps.get(), "__dict__"));
    return keeper.get();
}

bool append_udps(FlowObject* flow, PyObject* list, bool names) {
    PythonRef keeper;
    PyObject* dict = udps_dict(flow, keeper);
    if (dict == nullptr) {
        return PyErr_Occurred() == nullptr;
    }
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    Py_ssize_t at = 0;
    while (PyDict_Next(dict, &at, &key, &value) != 0) {
        PythonRef item(names ? PyUnicode_FromFormat("udps.%U", key) : Py_NewRef(value));
        if (!item || PyList_Append(list, item.get()) != 0) {
            return false;
        }
    }
    return true;
}

// Columns but those of native parts, which flow.udps has.
PyObject* list_of_columns(FlowObject* flow, bool names) {
    PythonRef list(PyList_New(0));
    PyObject* all = flow->layout->names;
    for (Py_ssize_t i = 0; list && i < PyTuple_GET_SIZE(all); ++i) {
        PyObject* name = PyTuple_GET_ITEM(all, i);
        if (PyDict_Contains(flow->layout->places, name) != 1) {
            continue;
        }
        PythonRef item(names ? Py_NewRef(name) : flow_getattro(object_of(flow), name));
        if (!item || PyList_Append(list.get(), item.get()) != 0) {
            return nullptr;
        }
    }
    if (!list || !append_udps(flow, list.get(), names)) {
        return nullptr;
    }
    return list.release();
}

PyObject* flow_keys(PyObject* self, PyObject* /*arguments*/) {
    return list_of_columns(own<FlowObject>(self), true);
}

PyObject* flow_values(PyObject* self, PyObject* /*arguments*/) {
    return list_of_columns(own<FlowObject>(self), false);
}

// As NFStream prints it.
PyObject* flow_str(PyObject* self) {
    PythonRef names(flow_keys(self, nullptr));
    PythonRef values(names ? flow_values(self, nullptr) : nullptr);
    PythonRef parts(values ? PyList_New(0) : nullptr);
    if (!parts) {
        return nullptr;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names.get()); ++i) {
        PythonRef part(PyUnicode_FromFormat(
            "%U=%S", PyList_GET_ITEM(names.get(), i), PyList_GET_ITEM(values.get(), i)
        ));
        if (!part || PyList_Append(parts.get(), part.get()) != 0) {
            return nullptr;
        }
    }
    PythonRef between(PyUnicode_FromString(",\n      "));
    PythonRef joined(between ? PyUnicode_Join(between.get(), parts.get()) : nullptr);
    return joined ? PyUnicode_FromFormat("NFlow(%U)", joined.get()) : nullptr;
}

PyObject* flow_dir(PyObject* self, PyObject* /*arguments*/) {
    PythonRef type_names(PyObject_Dir(object_of(Py_TYPE(self))));
    PyObject* own_names = own<FlowObject>(self)->layout->names;
    return type_names ? PySequence_InPlaceConcat(type_names.get(), own_names) : nullptr;
}

// Values go along, not the batch.
PyObject* flow_reduce(PyObject* self, PyObject* /*arguments*/) {
    auto* flow = own<FlowObject>(self);
    PythonRef restore(PyObject_GetAttrString(object_of(Py_TYPE(self)), "_restore"));
    PythonRef values(PyDict_New());
    if (!restore || !values) {
        return nullptr;
    }
    PyObject* all = flow->layout->names;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(all); ++i) {
        PyObject* name = PyTuple_GET_ITEM(all, i);
        if (PyDict_Contains(flow->layout->places, name) != 1) {
            continue;
        }
        PythonRef value(flow_getattro(self, name));
        if (!value || PyDict_SetItem(values.get(), name, value.get()) != 0) {
            return nullptr;
        }
    }
    PythonRef udps(flow->layout->has_udps ? udps_of(flow) : Py_NewRef(Py_None));
    return udps ? Py_BuildValue("O(OO)", restore.get(), values.get(), udps.get()) : nullptr;
}

// NFlow._restore(values, udps)
PyObject* flow_restore(PyObject* /*type*/, PyObject* arguments) {
    PyObject* values = nullptr;
    PyObject* udps = nullptr;
    if (PyArg_ParseTuple(arguments, "O!O", &PyDict_Type, &values, &udps) == 0) {
        return nullptr;
    }
    LayoutObject* layout = new_layout(udps != Py_None);
    PythonRef keeper(object_of(layout));
    if (layout == nullptr || layout->places == nullptr) {
        return nullptr;
    }
    layout->names = PySequence_Tuple(values);
    layout->plugin_names = PyTuple_New(0);
    if (layout->names == nullptr || PyDict_Update(layout->places, values) != 0) {
        return nullptr;
    }
    FlowObject* flow = make_flow(layout);
    if (flow == nullptr) {
        return nullptr;
    }
    flow->changed = PyDict_Copy(values);
    flow->udps = udps == Py_None ? nullptr : Py_NewRef(udps);
    track(flow);
    return object_of(flow);
}

// The values that were assigned, other than flow.udps.
PyObject* flow_assigned(PyObject* self, PyObject* /*arguments*/) {
    PyObject* changed = own<FlowObject>(self)->changed;
    return changed == nullptr ? PyDict_New() : PyDict_Copy(changed);
}

PyMethodDef flow_methods[] = {
    {"keys", flow_keys, METH_NOARGS, "Names of the values, in the order of output."},
    {"values", flow_values, METH_NOARGS, "The values, in the order of keys()."},
    {"_assigned", flow_assigned, METH_NOARGS, nullptr},
    {"__dir__", flow_dir, METH_NOARGS, nullptr},
    {"__reduce__", flow_reduce, METH_NOARGS, nullptr},
    {"_restore", flow_restore, METH_VARARGS | METH_STATIC, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef layout_members[] = {
    {"names", layout_names, nullptr, "Names of all columns.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyType_Slot flow_slots[] = {
    {Py_tp_doc, const_cast<char*>("A flow: its values are attributes, as NFStream names them.")},
    {Py_tp_dealloc, slot_of(flow_dealloc)},
    {Py_tp_traverse, slot_of(flow_traverse)},
    {Py_tp_clear, slot_of(flow_clear)},
    {Py_tp_getattro, slot_of(flow_getattro)},
    {Py_tp_setattro, slot_of(flow_setattro)},
    {Py_tp_str, slot_of(flow_str)},
    {Py_tp_methods, flow_methods},
    {0, nullptr}};

PyType_Spec flow_spec = {
    "flowgauge.NFlow",
    sizeof(FlowObject),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    flow_slots};

PyType_Slot layout_slots[] = {
    {Py_tp_dealloc, slot_of(layout_dealloc)}, {Py_tp_getset, layout_members}, {0, nullptr}};

PyType_Spec layout_spec = {
    "flowgauge._native.Layout",
    sizeof(LayoutObject),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    layout_slots};

}  // namespace

LayoutObject* make_layout(const std::shared_ptr<const BatchSchema>& schema, bool has_udps) {
    LayoutObject* layout = new_layout(has_udps);
    PythonRef keeper(object_of(layout));
    if (layout == nullptr || !fill_layout(layout, *schema)) {
        return nullptr;
    }
    layout->schema = new std::shared_ptr<const BatchSchema>(schema);
    static_cast<void>(keeper.release());
    return layout;
}

FlowObject* make_flow(LayoutObject* layout) {
    auto* flow = PyObject_GC_New(FlowObject, flow_type);
    if (flow == nullptr) {
        return nullptr;
    }
    flow->layout = own<LayoutObject>(Py_NewRef(object_of(layout)));
    std::construct_at(&flow->batch);
    flow->row = 0;
    flow->udps = nullptr;
    flow->changed = nullptr;
    flow->live = {};
    flow->expiration = 0;
    flow->is_whole = false;
    flow->is_taken = false;
    flow->is_tracked = false;
    return flow;
}

FlowObject* make_flow_of_row(
    LayoutObject* layout, const std::shared_ptr<const Batch>& batch, Py_ssize_t row
) {
    FlowObject* flow = make_flow(layout);
    if (flow != nullptr) {
        bind_flow(flow, batch, row);
    }
    return flow;
}

void bind_flow(
    FlowObject* flow, const std::shared_ptr<const Batch>& batch, Py_ssize_t row
) noexcept {
    flow->live = {};
    flow->batch = batch;
    flow->row = row;
}

PyObject* udps_of(FlowObject* flow) {
    const bool is_new = flow->udps == nullptr;
    if (is_new) {
        flow->udps = PyObject_CallNoArgs(udps_class);
        if (flow->udps == nullptr) {
            return nullptr;
        }
        track(flow);
    }
    // Of a flow that lives native parts may have said more since.
    if ((is_new || flow->live.packet != nullptr) && !refresh_udps(flow)) {
        return nullptr;
    }
    return Py_NewRef(flow->udps);
}

bool refresh_udps(FlowObject* flow) {
    PyObject* natives = flow->layout->plugin_names;
    for (Py_ssize_t i = 0; flow->udps != nullptr && i < PyTuple_GET_SIZE(natives); ++i) {
        PyObject* pair = PyTuple_GET_ITEM(natives, i);
        PythonRef value(value_at(flow, PyLong_AsSize_t(PyTuple_GET_ITEM(pair, 1))));
        if (!value || PyObject_SetAttr(flow->udps, PyTuple_GET_ITEM(pair, 0), value.get()) != 0) {
            return false;
        }
    }
    return true;
}

bool add_flow_types(PyObject* module) {
    PythonRef types(PyImport_ImportModule("types"));
    udps_class = types ? PyObject_GetAttrString(types.get(), "SimpleNamespace") : nullptr;
    udps_name = PyUnicode_InternFromString("udps");
    expiration_name = PyUnicode_InternFromString("expiration_id");
    flow_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&flow_spec));
    layout_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&layout_spec));
    return udps_class != nullptr && udps_name != nullptr && expiration_name != nullptr &&
           flow_type != nullptr && layout_type != nullptr &&
           PyModule_AddObjectRef(module, "NFlow", object_of(flow_type)) == 0;
}

}  // namespace flowgauge
