#include "python/src/session_object.h"

#include <structmember.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "python/src/arrow_export.h"
#include "python/src/batch_object.h"
#include "python/src/flow_object.h"
#include "python/src/plugin_part.h"
#include "python/src/python_settings.h"
#include "python/src/reading.h"

namespace flowgauge {
namespace {

using std::chrono::milliseconds;

// Between two looks for signals.
constexpr milliseconds kPatience{50};

struct SessionObject {
    PyObject ob_base;
    PyObject* weak_references;         // at kWeakReferencesAt
    std::unique_ptr<Reading> reading;  // null: closed
    std::shared_ptr<PluginCalls> calls;
    LayoutObject* layout;
    PyObject* hook;   // called with each batch, and with None when none follows; null without
    PyObject* batch;  // whose flows come now
    Py_ssize_t row;
    bool is_live;
    bool is_pulled;
    bool is_over;          // no batch follows
    bool was_interrupted;  // by a signal, live: what was metered still comes
    bool is_busy;          // a call is under way
};

// offsetof() is for plainer structs.
constexpr Py_ssize_t kWeakReferencesAt = sizeof(PyObject);

SessionObject* session_of(PyObject* self) noexcept {
    return own<SessionObject>(self);
}

PyObject* raise(const Error& error) {
    if (PyErr_Occurred() == nullptr) {
        PyErr_SetString(PyExc_ValueError, error.message.c_str());
    }
    return nullptr;
}

// Threads of it may want the lock to end; what is pulled calls Python on this one.
void close(SessionObject* session) {
    if (session->calls != nullptr) {
        session->calls->is_quiet.store(true, std::memory_order_relaxed);
    }
    if (session->reading == nullptr) {
        return;
    }
    session->reading->abandon();
    std::unique_ptr<Batch> rest;
    if (session->is_pulled) {
        std::unique_ptr<Reading> reading = std::move(session->reading);
        while (reading->take(rest, milliseconds(0)) == BatchQueue::State::kBatch) {
            PythonRef taken(make_batch_object(std::move(rest), session->layout));
        }
        return;
    }
    BatchQueue::State state = BatchQueue::State::kNothingYet;
    while (state != BatchQueue::State::kEnd) {
        {
            const PythonUnlocked unlocked;
            state = session->reading->take(rest, kPatience);
        }
        if (state == BatchQueue::State::kBatch && !rest->objects.empty()) {
            PythonRef taken(make_batch_object(std::move(rest), session->layout));
        }
    }
    std::unique_ptr<Reading> reading = std::move(session->reading);
    const PythonUnlocked unlocked;
    reading.reset();
}

// Python's error, if there is one, stays what it is.
void close_keeping_error(SessionObject* session) {
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* trace = nullptr;
    PyErr_Fetch(&type, &value, &trace);
    close(session);
    PyErr_Restore(type, value, trace);
}

void session_dealloc(PyObject* self) {
    SessionObject* session = session_of(self);
    if (session->weak_references != nullptr) {
        PyObject_ClearWeakRefs(self);
    }
    close_keeping_error(session);
    Py_CLEAR(session->batch);
    Py_CLEAR(session->hook);
    std::destroy_at(&session->reading);
    std::destroy_at(&session->calls);
    Py_XDECREF(object_of(session->layout));
    PyTypeObject* own_type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(own_type);
}

void prepare(SessionObject* session, Reading& run, bool has_udps) {
    if (run.schema() == nullptr) {
        return;
    }
    session->layout = make_layout(run.schema(), has_udps);
    if (session->calls != nullptr) {
        session->calls->layout = session->layout;
        session->calls->has_failed = [&run] {
            run.stop();
        };
    }
}

bool open(SessionObject* session, PyObject* options) {
    Result<PythonPlan> plan = read_plan(options);
    if (!plan) {
        raise(plan.error());
        return false;
    }
    session->calls = plan.value().calls;
    session->is_live = plan.value().reading.is_live;
    session->is_pulled = plan.value().reading.is_pulled;
    plan.value().reading.prepared = [session, has_udps = plan.value().has_udps](Reading& run) {
        const PythonLocked lock;
        prepare(session, run, has_udps);
    };
    Result<std::unique_ptr<Reading>> reading = Error{};
    {
        const PythonUnlocked unlocked;
        reading = session->is_live ? open_live_reading(std::move(plan.value().reading))
                                   : open_file_reading(std::move(plan.value().reading));
    }
    if (!reading) {
        raise(reading.error());
        return false;
    }
    session->reading = std::move(reading).value();
    return PyErr_Occurred() == nullptr;
}

PyObject* session_new(PyTypeObject* /*type*/, PyObject* arguments, PyObject* keywords);

// A signal: live the run ends, and what it has metered comes; a second one, or one that comes while
// files are read, is for the caller. Returns false with Python's error set.
bool look_for_signals(SessionObject* session) {
    if (PyErr_CheckSignals() == 0) {
        return true;
    }
    const bool is_interrupt = PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) != 0;
    if (!session->is_live || session->was_interrupted || !is_interrupt) {
        session->is_over = true;
        close_keeping_error(session);
        return false;
    }
    PyErr_Clear();
    session->was_interrupted = true;
    session->reading->stop();
    return true;
}

// An error where nothing could be read or written, else a warning. False: Python's error is set.
bool tell_problem(const SessionObject* session, const Error& problem) {
    const bool read_nothing =
        !session->is_live && session->reading->packets() == 0 && problem.kind == ErrorKind::kUsage;
    const bool is_output = problem.kind == ErrorKind::kOutput;
    if (!read_nothing && !is_output) {
        return PyErr_WarnEx(PyExc_RuntimeWarning, problem.message.c_str(), 1) == 0;
    }
    PyErr_SetString(is_output ? PyExc_OSError : PyExc_ValueError, problem.message.c_str());
    return false;
}

// What went wrong with the input, or in a plugin, once all flows have come.
bool tell_problems(SessionObject* session) {
    if (session->calls != nullptr && session->calls->have_failed()) {
        session->calls->raise();
        return false;
    }
    return std::ranges::all_of(session->reading->problems(), [session](const Error& problem) {
        return tell_problem(session, problem);
    });
}

// New reference to the next batch; null at the end, with Python's error set or without.
PyObject* take_batch(SessionObject* session) {
    std::unique_ptr<Batch> batch;
    while (!session->is_over && session->reading != nullptr) {
        if (!look_for_signals(session)) {
            return nullptr;
        }
        BatchQueue::State state = BatchQueue::State::kEnd;
        if (session->is_pulled) {
            state = session->reading->take(batch, kPatience);
        } else {
            const PythonUnlocked unlocked;
            state = session->reading->take(batch, kPatience);
        }
        if (state == BatchQueue::State::kBatch) {
            PythonRef made(make_batch_object(std::move(batch), session->layout));
            // A signal that came meanwhile is ours: the caller's code would not know what to do.
            return made && look_for_signals(session) ? made.release() : nullptr;
        }
        if (state == BatchQueue::State::kEnd) {
            session->is_over = true;
            static_cast<void>(tell_problems(session));
            return nullptr;
        }
    }
    return nullptr;
}

// The hook sees every batch, and the end however it comes about.
PyObject* next_batch(SessionObject* session) {
    if (session->is_busy) {
        PyErr_SetString(PyExc_ValueError, "another thread takes flows of this session");
        return nullptr;
    }
    if (session->is_over) {
        return nullptr;
    }
    session->is_busy = true;
    PyObject* batch = take_batch(session);
    session->is_busy = false;
    if (session->hook == nullptr) {
        return batch;
    }
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* trace = nullptr;
    PyErr_Fetch(&type, &value, &trace);
    PythonRef done(PyObject_CallOneArg(session->hook, batch == nullptr ? Py_None : batch));
    if (batch == nullptr) {
        Py_CLEAR(session->hook);
    }
    if (!done && type == nullptr) {
        Py_XDECREF(batch);
        close(session);
        session->is_over = true;
        return nullptr;
    }
    if (type != nullptr) {
        PyErr_Restore(type, value, trace);
    }
    return batch;
}

PyObject* session_next(PyObject* self) {
    SessionObject* session = session_of(self);
    while (session->batch == nullptr ||
           session->row >= static_cast<Py_ssize_t>(batch_of(session->batch).rows())) {
        Py_CLEAR(session->batch);
        session->row = 0;
        session->batch = next_batch(session);
        if (session->batch == nullptr) {
            return nullptr;
        }
    }
    return flow_of_row(session->batch, session->row++);
}

PyObject* session_next_batch(PyObject* self, PyObject* /*arguments*/) {
    PyObject* batch = next_batch(session_of(self));
    if (batch == nullptr && PyErr_Occurred() == nullptr) {
        return Py_NewRef(Py_None);
    }
    return batch;
}

PyObject* session_close(PyObject* self, PyObject* /*arguments*/) {
    SessionObject* session = session_of(self);
    if (session->is_busy) {
        PyErr_SetString(PyExc_ValueError, "another thread takes flows of this session");
        return nullptr;
    }
    close(session);
    Py_CLEAR(session->batch);
    if (!session->is_over) {
        session->is_over = true;
        if (session->hook != nullptr) {
            PythonRef hook(std::exchange(session->hook, nullptr));
            PythonRef done(PyObject_CallOneArg(hook.get(), Py_None));
            if (!done) {
                return nullptr;
            }
        }
    }
    return Py_NewRef(Py_None);
}

PyObject* session_stop(PyObject* self, PyObject* /*arguments*/) {
    if (session_of(self)->reading != nullptr) {
        session_of(self)->reading->stop();
    }
    return Py_NewRef(Py_None);
}

PyObject* session_progress(PyObject* self, PyObject* /*arguments*/) {
    const ReadingProgress progress = session_of(self)->reading == nullptr
                                         ? ReadingProgress{}
                                         : session_of(self)->reading->progress();
    return Py_BuildValue(
        "KKKK", progress.bytes, progress.bytes_total, progress.packets, progress.flows
    );
}

// wait(returns): waits for the end of a run that writes files. Returns the number of flows; or None
// now and then, if asked for: it goes on.
PyObject* session_wait(PyObject* self, PyObject* argument) {
    SessionObject* session = session_of(self);
    const bool returns = PyObject_IsTrue(argument) == 1;
    BatchQueue::State state = BatchQueue::State::kNothingYet;
    while (state != BatchQueue::State::kEnd && session->reading != nullptr) {
        std::unique_ptr<Batch> none;
        {
            const PythonUnlocked unlocked;
            state = session->reading->take(none, kPatience);
        }
        if (!look_for_signals(session)) {
            return nullptr;
        }
        if (returns && state != BatchQueue::State::kEnd) {
            return Py_NewRef(Py_None);
        }
    }
    session->is_over = true;
    if (session->reading == nullptr || !tell_problems(session)) {
        return session->reading == nullptr ? PyLong_FromLong(0) : nullptr;
    }
    return PyLong_FromUnsignedLongLong(session->reading->progress().flows);
}

PyObject* session_iter_batches(PyObject* self, PyObject* /*arguments*/) {
    PythonRef take(PyObject_GetAttrString(self, "next_batch"));
    return take ? PyCallIter_New(take.get(), Py_None) : nullptr;
}

PyObject* session_arrow_stream(PyObject* self, PyObject* arguments, PyObject* keywords) {
    PyObject* requested = nullptr;
    static const char* names[] = {"requested_schema", nullptr};
    if (PyArg_ParseTupleAndKeywords(
            arguments, keywords, "|O", const_cast<char**>(names), &requested
        ) == 0) {
        return nullptr;
    }
    SessionObject* session = session_of(self);
    if (session->layout == nullptr) {
        PyErr_SetString(PyExc_ValueError, "this session writes files");
        return nullptr;
    }
    PythonRef batches(session_iter_batches(self, nullptr));
    return batches ? make_stream_capsule(*session->layout->schema, batches.get()) : nullptr;
}

PyObject* session_names(PyObject* self, void* /*closure*/) {
    LayoutObject* layout = session_of(self)->layout;
    return Py_NewRef(layout == nullptr ? Py_None : layout->names);
}

PyMethodDef session_methods[] = {
    {"next_batch", session_next_batch, METH_NOARGS, "The next batch, or None at the end."},
    {"batches", session_iter_batches, METH_NOARGS, "An iterator of batches."},
    {"close", session_close, METH_NOARGS, "Ends the run; what was not taken is lost."},
    {"stop", session_stop, METH_NOARGS, "Reads no further; flows under way end and come."},
    {"progress", session_progress, METH_NOARGS, "(bytes, bytes_total, packets, flows)"},
    {"wait", session_wait, METH_O, "Waits for the end; the number of flows."},
    {"__arrow_c_stream__",
     with_keywords(session_arrow_stream),
     METH_VARARGS | METH_KEYWORDS,
     "Arrow's PyCapsule interface."},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef session_members[] = {
    {"names", session_names, nullptr, "Names of the columns.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyMemberDef session_offsets[] = {
    {"__weaklistoffset__", T_PYSSIZET, kWeakReferencesAt, READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr}};

PyType_Slot session_slots[] = {
    {Py_tp_doc, const_cast<char*>("Session(options, hook=None): a run; an iterator of its flows.")},
    {Py_tp_new, slot_of(session_new)},
    {Py_tp_dealloc, slot_of(session_dealloc)},
    {Py_tp_iter, slot_of(PyObject_SelfIter)},
    {Py_tp_iternext, slot_of(session_next)},
    {Py_tp_methods, session_methods},
    {Py_tp_getset, session_members},
    {Py_tp_members, session_offsets},
    {0, nullptr}};

PyType_Spec session_spec = {
    "flowgauge._native.Session", sizeof(SessionObject), 0, Py_TPFLAGS_DEFAULT, session_slots};

PyTypeObject* session_type = nullptr;

PyObject* session_new(PyTypeObject* /*type*/, PyObject* arguments, PyObject* keywords) {
    PyObject* options = nullptr;
    PyObject* hook = Py_None;
    static const char* names[] = {"options", "hook", nullptr};
    if (PyArg_ParseTupleAndKeywords(
            arguments, keywords, "O!|O", const_cast<char**>(names), &PyDict_Type, &options, &hook
        ) == 0) {
        return nullptr;
    }
    auto* session = PyObject_New(SessionObject, session_type);
    if (session == nullptr) {
        return nullptr;
    }
    PythonRef keeper(object_of(session));
    std::construct_at(&session->reading);
    std::construct_at(&session->calls);
    session->layout = nullptr;
    session->hook = hook == Py_None ? nullptr : Py_NewRef(hook);
    session->batch = nullptr;
    session->row = 0;
    session->is_live = false;
    session->is_pulled = false;
    session->is_over = false;
    session->was_interrupted = false;
    session->is_busy = false;
    session->weak_references = nullptr;
    return open(session, options) ? keeper.release() : nullptr;
}

}  // namespace

bool add_session_type(PyObject* module) {
    session_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&session_spec));
    return session_type != nullptr &&
           PyModule_AddObjectRef(module, "Session", object_of(session_type)) == 0;
}

}  // namespace flowgauge
