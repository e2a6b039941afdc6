// A plugin that does what it should not, where its argument `where` says and as `how` says. Until
// then it counts the packets of each flow in memory that it owns.
#include <flowgauge/plugin.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

struct Instance {
    std::string where;
    std::string how = "throw";
    std::string read;         // column
    std::string until;        // file, until which it sleeps
    std::uint64_t after = 0;  // calls of that function that go well
    std::atomic<std::uint64_t> calls{0};
    std::atomic<std::uint64_t> turns{0};
};

struct Worker {
    Instance* instance = nullptr;
    const flowgauge_host* host = nullptr;
    const flowgauge_flow* kept = nullptr;
    int column = -1;
};

int misbehave(Instance& instance, const char* where) {
    if (instance.where != where || instance.calls++ < instance.after) {
        return 0;
    }
    if (instance.how == "throw") {
        throw std::runtime_error("no more");
    }
    if (instance.how == "throw_number") {
        throw 7;
    }
    while (instance.how == "loop") {
        ++instance.turns;
    }
    if (instance.how == "sleep") {
        for (int turn = 0; turn < 100 && !std::filesystem::exists(instance.until); ++turn) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        return 0;
    }
    return instance.how == "odd" ? 9 : -3;
}

Worker& worker_of(void* worker) {
    return *static_cast<Worker*>(worker);
}

int configure(
    const flowgauge_argument* arguments, std::size_t count, void** made, flowgauge_error* /*error*/
) {
    auto instance = std::make_unique<Instance>();
    for (std::size_t i = 0; i < count; ++i) {
        const std::string name = arguments[i].name;
        if (name == "after") {
            instance->after = std::stoull(arguments[i].value);
            continue;
        }
        std::string& text = name == "where"   ? instance->where
                            : name == "how"   ? instance->how
                            : name == "until" ? instance->until
                                              : instance->read;
        text = arguments[i].value;
    }
    const int code = misbehave(*instance, "configure");
    *made = code == 0 ? instance.release() : nullptr;
    return code;
}

constexpr flowgauge_column kColumn{
    sizeof(flowgauge_column), FLOWGAUGE_UNSIGNED, "seen", "packets", "packets so far"};

std::size_t columns(void* /*instance*/, const flowgauge_column** out) {
    *out = &kColumn;
    return 1;
}

std::size_t flow_bytes(void* /*instance*/) {
    return sizeof(std::uint64_t*);
}

int open(void* instance, const flowgauge_host* host, void** made, flowgauge_error* /*error*/) {
    auto& own = *static_cast<Instance*>(instance);
    if (const int code = misbehave(own, "open"); code != 0) {
        return code;
    }
    auto worker = std::make_unique<Worker>();
    worker->instance = &own;
    worker->host = host;
    worker->column = own.read.empty() ? -1 : host->find_column(host, own.read.c_str());
    *made = worker.release();
    return 0;
}

std::uint64_t*& count_in(void* state) {
    return *static_cast<std::uint64_t**>(state);
}

// A value of every wrong kind, which must leave no trace.
void set_wrongly(const flowgauge_host& host, const flowgauge_flow* flow) {
    host.set_integer(flow, 0, -1);
    host.set_text(flow, 0, {"text", 4});
    host.set_unsigned(flow, 1, 1);
    host.set_integers(flow, 99, nullptr, 3);
    host.set_texts(flow, 0, nullptr, 3);
    host.set_real(flow, 0, 0.5);
    host.clear(flow, 1);
}

int on_init(
    void* own, void* state, const flowgauge_packet* /*packet*/, const flowgauge_flow* flow
) {
    Worker& worker = worker_of(own);
    if (const int code = misbehave(*worker.instance, "on_init"); code != 0) {
        return code;
    }
    count_in(state) = new std::uint64_t{1};
    worker.kept = flow;
    worker.host->set_unsigned(flow, 0, 1);
    if (worker.instance->how == "wrong_values") {
        set_wrongly(*worker.host, flow);
    }
    return FLOWGAUGE_GO_ON;
}

int on_update(
    void* own, void* state, const flowgauge_packet* /*packet*/, const flowgauge_flow* flow
) {
    Worker& worker = worker_of(own);
    if (const int code = misbehave(*worker.instance, "on_update"); code != 0) {
        return code;
    }
    worker.host->set_unsigned(flow, 0, ++*count_in(state));
    return FLOWGAUGE_GO_ON;
}

int on_expire(void* own, void* /*state*/, const flowgauge_flow* flow) {
    Worker& worker = worker_of(own);
    if (std::int64_t value = 0; worker.host->read_integer(flow, worker.column, &value) != 0) {
        worker.host->set_unsigned(flow, 0, static_cast<std::uint64_t>(value) + 100);
    }
    return misbehave(*worker.instance, "on_expire");
}

void discard(void* own, void* state) {
    Worker& worker = worker_of(own);
    delete count_in(state);
    if (worker.instance->how == "late") {
        worker.host->set_unsigned(worker.kept, 0, 1);  // no call has that flow any more
    }
    misbehave(*worker.instance, "discard");
}

void cleanup(void* own) {
    const std::unique_ptr<Worker> worker(&worker_of(own));
    misbehave(*worker->instance, "cleanup");
}

void release(void* instance) {
    const std::unique_ptr<Instance> own(static_cast<Instance*>(instance));
    misbehave(*own, "release");
}

constexpr flowgauge_plugin kPlugin{
    FLOWGAUGE_PLUGIN_ABI,
    sizeof(flowgauge_plugin),
    "misbehaving",
    "1",
    configure,
    columns,
    flow_bytes,
    open,
    on_init,
    on_update,
    on_expire,
    discard,
    cleanup,
    release};

}  // namespace

extern "C" const flowgauge_plugin* flowgauge_plugin_entry(std::uint32_t /*host_abi*/) {
    return &kPlugin;
}
