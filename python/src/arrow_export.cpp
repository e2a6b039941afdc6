#include "python/src/arrow_export.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "python/src/batch_object.h"

// NOLINTBEGIN(readability-identifier-naming): the names are the interface's
extern "C" {

struct ArrowSchema {
    const char* format;
    const char* name;
    const char* metadata;
    std::int64_t flags;
    std::int64_t n_children;
    ArrowSchema** children;
    ArrowSchema* dictionary;
    void (*release)(ArrowSchema*);
    void* private_data;
};

struct ArrowArray {
    std::int64_t length;
    std::int64_t null_count;
    std::int64_t offset;
    std::int64_t n_buffers;
    std::int64_t n_children;
    const void** buffers;
    ArrowArray** children;
    ArrowArray* dictionary;
    void (*release)(ArrowArray*);
    void* private_data;
};

struct ArrowArrayStream {
    int (*get_schema)(ArrowArrayStream*, ArrowSchema* out);
    int (*get_next)(ArrowArrayStream*, ArrowArray* out);
    const char* (*get_last_error)(ArrowArrayStream*);
    void (*release)(ArrowArrayStream*);
    void* private_data;
};
}
// NOLINTEND(readability-identifier-naming)

namespace flowgauge {
namespace {

constexpr std::int64_t kNullable = 2;

const char* format_of(BatchKind kind) noexcept {
    switch (kind) {
    case BatchKind::kUnsigned:
        return "L";
    case BatchKind::kInteger:
        return "l";
    case BatchKind::kReal:
        return "g";
    case BatchKind::kText:
        return "u";
    case BatchKind::kList:
    case BatchKind::kTexts:
        return "+l";
    }
    return "n";
}

// A schema or array and what it points at.
template <typename Node>
struct Owned {
    std::vector<Node> children;
    std::vector<Node*> pointers;
    std::string name;
    std::array<const void*, 3> buffers{};
    std::shared_ptr<const Batch> batch;
};

template <typename Node>
void release_node(Node* node) {
    auto* owned = static_cast<Owned<Node>*>(node->private_data);
    for (Node& child : owned->children) {
        if (child.release != nullptr) {
            child.release(&child);
        }
    }
    delete owned;
    node->release = nullptr;
}

template <typename Node>
void attach(Node& node, Owned<Node>* owned) {
    for (Node& child : owned->children) {
        owned->pointers.push_back(&child);
    }
    node.n_children = static_cast<std::int64_t>(owned->children.size());
    node.children = owned->pointers.empty() ? nullptr : owned->pointers.data();
    node.dictionary = nullptr;
    node.release = release_node<Node>;
    node.private_data = owned;
}

ArrowSchema schema_of(const std::string& name, const char* format, std::vector<ArrowSchema> inner) {
    auto* owned = new Owned<ArrowSchema>;
    owned->name = name;
    owned->children = std::move(inner);
    ArrowSchema node{};
    node.format = format;
    node.name = owned->name.c_str();
    node.flags = kNullable;
    attach(node, owned);
    return node;
}

ArrowSchema schema_of(const BatchField& field) {
    std::vector<ArrowSchema> inner;
    if (field.kind == BatchKind::kList) {
        inner.push_back(schema_of("item", "l", {}));
    } else if (field.kind == BatchKind::kTexts) {
        inner.push_back(schema_of("item", "u", {}));
    }
    return schema_of(field.name, format_of(field.kind), std::move(inner));
}

ArrowSchema schema_of(const BatchSchema& schema) {
    std::vector<ArrowSchema> fields;
    for (const BatchField& field : schema.fields) {
        fields.push_back(schema_of(field));
    }
    ArrowSchema whole = schema_of("", "+s", std::move(fields));
    whole.flags = 0;
    return whole;
}

ArrowArray array_of(
    const std::shared_ptr<const Batch>& batch,
    std::size_t rows,
    std::vector<const void*> buffers,
    std::vector<ArrowArray> inner
) {
    auto* owned = new Owned<ArrowArray>;
    owned->batch = batch;
    owned->children = std::move(inner);
    std::copy(buffers.begin(), buffers.end(), owned->buffers.begin());
    ArrowArray node{};
    node.length = static_cast<std::int64_t>(rows);
    node.n_buffers = static_cast<std::int64_t>(buffers.size());
    node.buffers = owned->buffers.data();
    attach(node, owned);
    return node;
}

ArrowArray array_of(const std::shared_ptr<const Batch>& batch, const BatchColumn& column) {
    const std::size_t rows = batch->rows();
    const void* validity = column.absent == 0 ? nullptr : column.validity.data();
    ArrowArray made{};
    switch (column.kind) {
    case BatchKind::kText:
        made = array_of(batch, rows, {validity, column.offsets.data(), column.bytes.data()}, {});
        break;
    case BatchKind::kList:
        made = array_of(
            batch,
            rows,
            {validity, column.offsets.data()},
            {array_of(batch, column.numbers.size(), {nullptr, column.numbers.data()}, {})}
        );
        break;
    case BatchKind::kTexts:
        made = array_of(
            batch,
            rows,
            {validity, column.offsets.data()},
            {array_of(
                batch,
                column.text_offsets.size() - 1,
                {nullptr, column.text_offsets.data(), column.bytes.data()},
                {}
            )}
        );
        break;
    default:
        made = array_of(batch, rows, {validity, column.numbers.data()}, {});
        break;
    }
    made.null_count = static_cast<std::int64_t>(column.absent);
    return made;
}

ArrowArray array_of(const std::shared_ptr<const Batch>& batch) {
    std::vector<ArrowArray> columns;
    for (std::size_t i = 0; i < batch->schema().fields.size(); ++i) {
        columns.push_back(array_of(batch, batch->column(i)));
    }
    return array_of(batch, batch->rows(), {nullptr}, std::move(columns));
}

// Whoever imports a node moves it out and leaves release empty.
template <typename Node>
void drop_capsule(PyObject* capsule) {
    auto* node = static_cast<Node*>(PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule)));
    if (node->release != nullptr) {
        node->release(node);
    }
    delete node;
}

template <typename Node>
PyObject* make_capsule(const Node& node, const char* name) {
    auto* kept = new Node(node);
    PyObject* capsule = PyCapsule_New(kept, name, drop_capsule<Node>);
    if (capsule == nullptr) {
        kept->release(kept);
        delete kept;
    }
    return capsule;
}

struct Stream {
    std::shared_ptr<const BatchSchema> schema;
    PyObject* iterator;
    std::string error;
};

int stream_schema(ArrowArrayStream* stream, ArrowSchema* out) {
    *out = schema_of(*static_cast<Stream*>(stream->private_data)->schema);
    return 0;
}

int stream_next(ArrowArrayStream* stream, ArrowArray* out) {
    auto* own_stream = static_cast<Stream*>(stream->private_data);
    const PythonLocked lock;
    PythonRef batch(PyIter_Next(own_stream->iterator));
    if (batch && Py_TYPE(batch.get()) == batch_type) {
        *out = array_of(*own<BatchObject>(batch.get())->batch);
        return 0;
    }
    if (PyErr_Occurred() == nullptr) {
        *out = {};
        return 0;
    }
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* trace = nullptr;
    PyErr_Fetch(&type, &value, &trace);
    PythonRef text(value == nullptr ? nullptr : PyObject_Str(value));
    const char* words = text ? PyUnicode_AsUTF8(text.get()) : nullptr;
    own_stream->error = words == nullptr ? "the flows have failed" : words;
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    PyErr_Clear();
    return EIO;
}

const char* stream_error(ArrowArrayStream* stream) {
    const std::string& error = static_cast<Stream*>(stream->private_data)->error;
    return error.empty() ? nullptr : error.c_str();
}

void release_stream(ArrowArrayStream* stream) {
    auto* own_stream = static_cast<Stream*>(stream->private_data);
    {
        const PythonLocked lock;
        Py_DECREF(own_stream->iterator);
    }
    delete own_stream;
    stream->release = nullptr;
}

}  // namespace

PyObject* make_schema_capsule(const std::shared_ptr<const BatchSchema>& schema) {
    return make_capsule(schema_of(*schema), "arrow_schema");
}

PyObject* make_array_capsule(const std::shared_ptr<const Batch>& batch) {
    return make_capsule(array_of(batch), "arrow_array");
}

PyObject* make_stream_capsule(
    const std::shared_ptr<const BatchSchema>& schema, PyObject* iterator
) {
    ArrowArrayStream stream{};
    stream.get_schema = stream_schema;
    stream.get_next = stream_next;
    stream.get_last_error = stream_error;
    stream.release = release_stream;
    stream.private_data = new Stream{schema, Py_NewRef(iterator), {}};
    return make_capsule(stream, "arrow_array_stream");
}

}  // namespace flowgauge
