// The text of a model file that anybody wrote is loaded or refused, with one line that says where;
// what is loaded predicts any row in bounded time, and the same each time.
#include "extension/models/ensemble_reader.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <vector>

namespace flowgauge {
namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

// What a prediction says, bit by bit.
std::vector<std::uint64_t> bits_of(
    const Ensemble& ensemble, EnsembleWorkspace& workspace, double input
) {
    std::ranges::fill(workspace.row(), input);
    Prediction prediction;
    if (!ensemble.predict(workspace, prediction)) {
        return {};
    }
    std::vector<std::uint64_t> bits{
        prediction.winner, std::bit_cast<std::uint64_t>(prediction.value)};
    require(ensemble.is_regression() || prediction.winner < ensemble.rules().classes.size());
    for (const double probability : prediction.probabilities) {
        bits.push_back(std::bit_cast<std::uint64_t>(probability));
    }
    return bits;
}

void try_input(std::string_view text) {
    Result<std::shared_ptr<const Ensemble>> loaded = read_ensemble(text);
    if (!loaded) {
        const std::string& message = loaded.error().message;
        require(message.starts_with("line "));
        require(std::ranges::all_of(message, [](char c) { return c >= 0x20 && c < 0x7f; }));
        return;
    }
    const Ensemble& ensemble = *loaded.value();
    require(ensemble.nodes() <= text.size());
    EnsembleWorkspace workspace(ensemble.rules().inputs.size());
    for (const double input :
         {0.0,
          -1.5,
          1e300,
          std::numeric_limits<double>::quiet_NaN(),
          std::numeric_limits<double>::infinity()}) {
        const std::vector<std::uint64_t> bits = bits_of(ensemble, workspace, input);
        require(bits_of(ensemble, workspace, input) == bits);
    }
}

}  // namespace
}  // namespace flowgauge

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks this name up
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// NOLINTNEXTLINE(readability-identifier-naming): as above
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flowgauge::try_input({reinterpret_cast<const char*>(data), size});
    return 0;
}
