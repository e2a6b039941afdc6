// The text of /metrics, read back.
#pragma once

#include <map>
#include <sstream>
#include <string>

namespace flowgauge {

// Samples by what stands before the value: NAME{LABEL="VALUE",...}.
class Exposition {
public:
    explicit Exposition(const std::string& text) {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with('#')) {
                continue;
            }
            const std::size_t space = line.rfind(' ');
            repeats_ += static_cast<int>(
                !samples_.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second
            );
        }
    }

    [[nodiscard]] const std::map<std::string, double>& samples() const noexcept { return samples_; }
    [[nodiscard]] int repeats() const noexcept { return repeats_; }

    // The sum over all samples of a metric whose labels contain `part`.
    [[nodiscard]] double sum(const std::string& name, const std::string& part = "") const {
        double total = 0;
        for (const auto& [series, value] : samples_) {
            const bool is_named = series == name || series.starts_with(name + "{");
            total += is_named && series.find(part) != std::string::npos ? value : 0;
        }
        return total;
    }

private:
    std::map<std::string, double> samples_;
    int repeats_ = 0;
};

}  // namespace flowgauge
