#include "python/src/plugin_part.h"

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "python/src/packet_object.h"

namespace flowgauge {
namespace {

constexpr std::size_t kPointerBytes = sizeof(void*);

// A cell holds no pointers: it goes through a number.
FlowObject* flow_at(std::uint64_t address) noexcept {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): see above
    return reinterpret_cast<FlowObject*>(static_cast<std::uintptr_t>(address));
}

FlowObject* flow_in(const Cell& cell) noexcept {
    return cell.is_absent() ? nullptr : flow_at(cell.unsigned_value());
}

class PythonPluginWorker final : public PartWorker {
public:
    explicit PythonPluginWorker(std::shared_ptr<PluginCalls> calls)
        : calls_(std::move(calls)),
          desk_(calls_->has_tunnel_id) {}

    PythonPluginWorker(const PythonPluginWorker&) = delete;
    PythonPluginWorker& operator=(const PythonPluginWorker&) = delete;
    ~PythonPluginWorker() override {
        const Lock lock(*calls_);
        desk_ = PacketDesk(false);
    }

    void begin(const RecordContext& context) override { context_ = &context; }

    bool init(const ExtendedFlow& flow) override {
        if (calls_->is_quiet.load(std::memory_order_relaxed)) {
            return false;
        }
        const Lock lock(*calls_);
        FlowObject* object = make_flow(calls_->layout);
        if (object == nullptr) {
            calls_->fail();
            return false;
        }
        flow.cells[0].set_unsigned(reinterpret_cast<std::uintptr_t>(object), flow.memory);
        std::memcpy(flow.state, &object, kPointerBytes);
        return see(calls_->on_init, *object, flow);
    }

    bool update(const ExtendedFlow& flow) override {
        FlowObject* object = flow_in(flow.cells[0]);
        if (object == nullptr || calls_->is_quiet.load(std::memory_order_relaxed)) {
            return false;
        }
        const Lock lock(*calls_);
        return see(calls_->on_update, *object, flow);
    }

    void complete(const ExtendedFlow& flow) override {
        FlowObject* object = flow_in(flow.cells[0]);
        if (object == nullptr) {
            return;
        }
        const Lock lock(*calls_);
        object->live = {.context = context_, .record = flow.record.record, .packet = nullptr};
        if (!calls_->is_quiet.load(std::memory_order_relaxed)) {
            if (!refresh_udps(object)) {
                calls_->fail();
            }
            for (const PythonRef& method : calls_->on_expire) {
                PythonRef result(
                    calls_->have_failed() ? nullptr
                                          : PyObject_CallOneArg(method.get(), object_of(object))
                );
                if (!result) {
                    calls_->fail();
                    break;
                }
            }
        }
        object->is_whole = !calls_->is_quiet.load(std::memory_order_relaxed);
        object->live = {};
    }

    // The reference goes, unless a batch has it.
    void discard(std::byte* state) override {
        FlowObject* object = nullptr;
        std::memcpy(&object, state, kPointerBytes);
        if (object == nullptr || object->is_taken) {
            return;
        }
        const Lock lock(*calls_);
        object->live = {};
        Py_DECREF(object_of(object));
    }

private:
    // Where the thread does not hold the lock already.
    class Lock {
    public:
        explicit Lock(const PluginCalls& calls) {
            if (calls.locks) {
                lock_.emplace();
            }
        }

    private:
        std::optional<PythonLocked> lock_;
    };

    // Returns whether the flow ends.
    bool see(const std::vector<PythonRef>& methods, FlowObject& object, const ExtendedFlow& flow) {
        object.live = {
            .context = context_, .record = flow.record.record, .packet = flow.record.packet};
        PyObject* packet = methods.empty() ? nullptr : desk_.show(flow.packet());
        for (const PythonRef& method : methods) {
            const std::array<PyObject*, 2> arguments{packet, object_of(&object)};
            PythonRef result(
                packet == nullptr
                    ? nullptr
                    : PyObject_Vectorcall(method.get(), arguments.data(), arguments.size(), nullptr)
            );
            if (!result) {
                calls_->fail();
                break;
            }
        }
        if (packet != nullptr) {
            desk_.leave();
        }
        object.live.packet = nullptr;
        return object.expiration == -1;
    }

    std::shared_ptr<PluginCalls> calls_;
    PacketDesk desk_;
    const RecordContext* context_ = nullptr;
};

class PythonPluginPart final : public ExtensionPart {
public:
    explicit PythonPluginPart(std::shared_ptr<PluginCalls> calls) : calls_(std::move(calls)) {
        columns_.push_back(
            {.name = kFlowObjectColumn,
             .type = ColumnType::kUnsigned,
             .unit = "",
             .meaning = "the flow in Python"}
        );
    }

    [[nodiscard]] std::string name() const override { return "plugins in Python"; }
    [[nodiscard]] std::span<const ExtensionColumn> columns() const noexcept override {
        return columns_;
    }
    [[nodiscard]] std::size_t state_bytes() const noexcept override { return kPointerBytes; }
    [[nodiscard]] PartMoments moments() const noexcept override {
        return {
            .init = true, .update = !calls_->on_update.empty(), .complete = true, .discard = true};
    }
    [[nodiscard]] Result<std::unique_ptr<PartWorker>> open(std::uint32_t /*worker*/)
        const override {
        return std::unique_ptr<PartWorker>(std::make_unique<PythonPluginWorker>(calls_));
    }

private:
    std::shared_ptr<PluginCalls> calls_;
    std::vector<ExtensionColumn> columns_;
};

// Reads the number that a cell holds.
class NumberReader final : public SelectiveSink {
public:
    void unsigned_integer(std::uint64_t value) override { value_ = value; }

    [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

private:
    std::uint64_t value_ = 0;
};

}  // namespace

PluginCalls::~PluginCalls() {
    Py_XDECREF(error_type);
    Py_XDECREF(error_value);
    Py_XDECREF(error_trace);
}

void PluginCalls::fail() {
    if (PyErr_Occurred() == nullptr) {
        return;
    }
    if (have_failed()) {
        PyErr_Clear();
        return;
    }
    PyErr_Fetch(&error_type, &error_value, &error_trace);
    is_quiet.store(true, std::memory_order_relaxed);
    if (has_failed) {
        has_failed();
    }
}

void PluginCalls::raise() noexcept {
    PyErr_Restore(
        std::exchange(error_type, nullptr),
        std::exchange(error_value, nullptr),
        std::exchange(error_trace, nullptr)
    );
}

std::unique_ptr<ExtensionPart> make_plugin_part(std::shared_ptr<PluginCalls> calls) {
    return std::make_unique<PythonPluginPart>(std::move(calls));
}

// A sink may take it without the lock: nothing is counted.
void* take_flow_object(const RecordView& record, const Column& column) {
    NumberReader reader;
    column.read(record, reader);
    FlowObject* object = flow_at(reader.value());
    if (object == nullptr || !object->is_whole) {
        return nullptr;
    }
    object->is_taken = true;
    return object;
}

}  // namespace flowgauge
