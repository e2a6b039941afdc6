#include "extension/plugins/plugin_worker.h"

#include "core/base/format.h"
#include "extension/plugins/plugin_host.h"
#include "extension/plugins/plugin_view.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

namespace flowgauge {
namespace {

using namespace std::chrono_literals;

// What cleanup() may take at least: it writes files, perhaps.
constexpr std::chrono::nanoseconds kCleanupMin = 2s;

// Functions as a CallWatch has them, for which 0 is none.
constexpr std::uint64_t number_of(PluginFunction function) noexcept {
    return static_cast<std::uint64_t>(function) + 1;
}

constexpr PluginFunction function_of(std::uint64_t number) noexcept {
    return static_cast<PluginFunction>(number - 1);
}

}  // namespace

PluginWorker::PluginWorker(
    PluginInstance& instance, const PluginSurroundings& surroundings, std::uint32_t worker
)
    : instance_(instance),
      surroundings_(surroundings),
      functions_(instance.functions()),
      host_bytes_(host_bytes(functions_)),
      tally_(instance.add_tally()),
      watch_(instance.file().code()),
      host_(PluginHost::table(*this, worker, surroundings.time_unit)),
      values_(surroundings.columns.size()) {
    flow_.host = this;
}

Result<std::unique_ptr<PluginWorker>> PluginWorker::open(
    PluginInstance& instance, const PluginSurroundings& surroundings, std::uint32_t worker
) {
    std::unique_ptr<PluginWorker> made(new PluginWorker(instance, surroundings, worker));
    Result<std::shared_ptr<CallWatchdog>> watchdog = CallWatchdog::shared();
    Result<void> opened = watchdog ? made->open_plugin() : Result<void>(watchdog.error());
    if (!opened) {
        return std::move(opened.error())
            .within(instance.file().place())
            .within("plugins." + instance.settings().name);
    }
    made->watchdog_ = std::move(watchdog).value();
    made->watchdog_->add(*made, instance.settings().budget);
    return made;
}

Result<void> PluginWorker::open_plugin() {
    flowgauge_error error{.size = sizeof(flowgauge_error), .message = {}};
    std::string said;
    try {
        const int code = functions_.open(instance_.handle(), &host_, &worker_, &error);
        if (code == 0) {
            opened_ = true;
            return {};
        }
        said.assign(error.message, ::strnlen(error.message, sizeof error.message));
        if (said.empty()) {
            said = format("open() returned {} and gave no reason", code);
        }
    } catch (const std::exception& exception) {
        said = format("open() threw: {}", exception.what());
    } catch (...) {
        said = "open() threw";
    }
    return Error{ErrorKind::kUsage, said};
}

PluginWorker::~PluginWorker() {
    if (opened_ && functions_.cleanup != nullptr && !instance_.is_abandoned()) {
        static_cast<void>(call(PluginFunction::kCleanup, nullptr));
    }
    if (watchdog_ != nullptr) {
        watchdog_->remove(*this);
    }
}

// What a plugin keeps of a flow is discarded where on_init() came to its end.
bool PluginWorker::init(const ExtendedFlow& flow) {
    if (instance_.is_disabled()) {
        return false;
    }
    const int result =
        functions_.on_init == nullptr ? FLOWGAUGE_GO_ON : see(PluginFunction::kInit, flow);
    if (host_bytes_ > 0) {
        *flow.state = result < 0 ? std::byte{0} : std::byte{1};
    }
    return result == FLOWGAUGE_EXPIRE;
}

bool PluginWorker::update(const ExtendedFlow& flow) {
    return !instance_.is_disabled() && see(PluginFunction::kUpdate, flow) == FLOWGAUGE_EXPIRE;
}

void PluginWorker::complete(const ExtendedFlow& flow) {
    if (instance_.is_disabled()) {
        return;
    }
    fill(flow_, flow.record);
    current_ = &flow;
    static_cast<void>(call(PluginFunction::kExpire, flow.state + host_bytes_));
    current_ = nullptr;
}

void PluginWorker::discard(std::byte* state) {
    if (*state != std::byte{0} && !instance_.is_abandoned()) {
        static_cast<void>(call(PluginFunction::kDiscard, state + host_bytes_));
    }
}

// Calls on_init() or on_update().
int PluginWorker::see(PluginFunction function, const ExtendedFlow& flow) {
    fill(packet_, flow.packet());
    fill(flow_, flow.record);
    current_ = &flow;
    const int result = call(function, flow.state + host_bytes_);
    current_ = nullptr;
    if (result == FLOWGAUGE_EXPIRE) {
        PluginTally::add(tally_.expired_flows);
    }
    return result;
}

// Returns what the function does, FLOWGAUGE_ERROR where it failed in any way, which has been told
// then. What is changed after sigsetjmp() is read by nobody who comes back from there.
int PluginWorker::call(PluginFunction function, void* state) {
    PluginTally::add(tally_.calls[static_cast<std::size_t>(function)]);
    watch_.prepare();
    // NOLINTNEXTLINE(cert-err52-cpp): a function that loops is left in no other way
    if (sigsetjmp(watch_.frame(), 0) != 0) {
        watch_.leave();
        return FLOWGAUGE_ERROR;
    }
    watch_.enter(number_of(function));
    const int result = run(function, state);
    watch_.leave();
    return result;
}

// Not inlined, so that the frame of sigsetjmp() has nothing to destroy.
[[gnu::noinline]] int PluginWorker::run(PluginFunction function, void* state) {
    try {
        const int result = call_function(function, state);
        if (result < 0 || result > FLOWGAUGE_EXPIRE) {
            instance_.fail(function, PluginFault::kError, format("returned {}", result));
            return FLOWGAUGE_ERROR;
        }
        return result;
    } catch (const std::exception& exception) {
        instance_.fail(function, PluginFault::kThrew, format("threw: {}", exception.what()));
    } catch (...) {
        instance_.fail(function, PluginFault::kThrew, "threw what is no std::exception");
    }
    return FLOWGAUGE_ERROR;
}

int PluginWorker::call_function(PluginFunction function, void* state) {
    switch (function) {
    case PluginFunction::kInit:
        return functions_.on_init(worker_, state, &packet_, &flow_);
    case PluginFunction::kUpdate:
        return functions_.on_update(worker_, state, &packet_, &flow_);
    case PluginFunction::kExpire:
        return functions_.on_expire(worker_, state, &flow_);
    case PluginFunction::kDiscard:
        functions_.discard(worker_, state);
        return FLOWGAUGE_GO_ON;
    case PluginFunction::kCleanup:
        functions_.cleanup(worker_);
        return FLOWGAUGE_GO_ON;
    case PluginFunction::kCount:
        break;
    }
    return FLOWGAUGE_GO_ON;
}

std::chrono::nanoseconds PluginWorker::budget_of(std::uint64_t function) const {
    const std::chrono::nanoseconds budget = instance_.settings().budget;
    return function_of(function) == PluginFunction::kCleanup ? std::max(budget, kCleanupMin)
                                                             : budget;
}

void PluginWorker::overran(std::uint64_t function) {
    instance_.fail(
        function_of(function),
        PluginFault::kOverrun,
        format(
            "did not return within {} ms",
            std::chrono::duration_cast<std::chrono::milliseconds>(budget_of(function)).count()
        )
    );
}

void PluginWorker::seen_inside(std::chrono::nanoseconds since) noexcept {
    const double before = tally_.seconds.load(std::memory_order_relaxed);
    tally_.seconds.store(
        before + std::chrono::duration<double>(since).count(), std::memory_order_relaxed
    );
}

}  // namespace flowgauge
