// model_rows MODEL [REPEATS]: predicts rows of numbers as the sensor does. Standard input holds the
// rows as doubles of this machine, as many in a row as the model has inputs. Standard output gets
// for each: the class (-1: no prediction), or 0 of a regression; the value or the probabilities of
// all classes, as doubles. With REPEATS, standard error gets nanoseconds a row.
#include "extension/models/ensemble_reader.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

namespace flowgauge {
namespace {

std::vector<double> read_all() {
    std::vector<double> values;
    std::vector<double> some(4096);
    while (const std::size_t count = std::fread(some.data(), sizeof(double), some.size(), stdin)) {
        values.insert(
            values.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count)
        );
    }
    return values;
}

class Rows {
public:
    explicit Rows(const Ensemble& ensemble)
        : ensemble_(ensemble),
          workspace_(ensemble.rules().inputs.size()) {}

    // Appends what the output has of a row.
    void predict(std::span<const double> row, std::vector<double>& out) {
        std::ranges::copy(row, workspace_.row().begin());
        Prediction prediction;
        const bool there = ensemble_.predict(workspace_, prediction);
        if (ensemble_.is_regression()) {
            out.push_back(there ? 0 : -1);
            out.push_back(there ? prediction.value : 0);
            return;
        }
        out.push_back(there ? static_cast<double>(prediction.winner) : -1);
        for (std::size_t i = 0; i < ensemble_.rules().classes.size(); ++i) {
            out.push_back(there ? prediction.probabilities[i] : 0);
        }
    }

private:
    const Ensemble& ensemble_;
    EnsembleWorkspace workspace_;
};

std::vector<double> predict_all(const Ensemble& ensemble, std::span<const double> values) {
    const std::size_t width = ensemble.rules().inputs.size();
    Rows rows(ensemble);
    std::vector<double> out;
    out.reserve(values.size() / width * (ensemble.rules().classes.size() + 2));
    for (std::size_t i = 0; i + width <= values.size(); i += width) {
        rows.predict(values.subspan(i, width), out);
    }
    return out;
}

int run(const std::string& file, int repeats) {
    Result<std::shared_ptr<const Ensemble>> loaded = load_ensemble(file);
    if (!loaded) {
        (void)std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
        return 1;
    }
    const Ensemble& ensemble = *loaded.value();
    const std::vector<double> values = read_all();
    const auto begin = std::chrono::steady_clock::now();
    std::vector<double> out = predict_all(ensemble, values);
    for (int i = 1; i < repeats; ++i) {
        out = predict_all(ensemble, values);
    }
    const std::chrono::duration<double, std::nano> passed =
        std::chrono::steady_clock::now() - begin;
    (void)std::fwrite(out.data(), sizeof(double), out.size(), stdout);
    if (repeats > 0) {
        const std::size_t rows = values.size() / ensemble.rules().inputs.size();
        (void)std::fprintf(stderr, "%.1f\n", passed.count() / static_cast<double>(rows) / repeats);
    }
    return 0;
}

}  // namespace
}  // namespace flowgauge

int main(int argc, char** argv) {
    if (argc < 2) {
        (void)std::fprintf(stderr, "usage: model_rows MODEL [REPEATS] < ROWS\n");
        return 2;
    }
    return flowgauge::run(argv[1], argc > 2 ? std::atoi(argv[2]) : 0);
}
