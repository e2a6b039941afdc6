// wf: features of the wavelets of a flow's traffic in either direction, as NFStream's WFPlugin:
// IP bytes over the time of `active_timeout` in 2^levels bins, transformed with the Haar wavelet.
// Source: Bujlow, Carela-Espanol and Barlet-Ros, Extended Independent Comparison of Popular Deep
// Packet Inspection (DPI) Tools for Traffic Classification, 2014.
#include "plugins/builtin_plugins.h"
#include "plugins/haar_wavelet.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <flowgauge/plugin.hpp>
#include <string>
#include <utility>
#include <vector>

namespace flowgauge::plugins {
namespace {

// Keeps divisors and logarithms from 0, as in NFStream.
constexpr double kLittle = 1e-7;

// Of the coefficients of one level.
struct LevelFeatures {
    double energy = 0;     // sum of squares
    double mean = 0;       // of absolute values
    double deviation = 0;  // standard deviation, of the population
    double entropy = 0;    // of the squares' shares in the energy
};

LevelFeatures features_of(const std::vector<double>& coefficients) {
    LevelFeatures features;
    const auto count = static_cast<double>(coefficients.size());
    double sum = 0;
    for (const double value : coefficients) {
        features.energy += value * value;
        features.mean += std::abs(value) / count;
        sum += value;
    }
    double squares = 0;
    for (const double value : coefficients) {
        const double share = value * value / (features.energy + kLittle);
        features.entropy -= share * std::log(share + kLittle);
        squares += (value - sum / count) * (value - sum / count);
    }
    features.deviation = std::sqrt(squares / count);
    return features;
}

class Wf {
public:
    static constexpr const char* kName = "wf";
    static constexpr unsigned kLevelsMax = 12;  // two arrays of doubles are a flow's 65,536 bytes

    explicit Wf(plugin::Setup& setup)
        : active_timeout_(setup.required<double>("active_timeout", 1e-3, 1e9)),
          levels_(setup.required<unsigned>("levels", 1, kLevelsMax)),
          bins_{
              setup.array<double>(std::size_t{1} << levels_),
              setup.array<double>(std::size_t{1} << levels_)} {
        for (const std::string direction : {"f_", "b_"}) {
            declare(setup, direction + "p_k_", "share in the energy of the wavelets");
            declare(setup, direction + "u_k_", "mean of absolute coefficients");
            declare(setup, direction + "sigma_k_", "standard deviation of coefficients");
            declare(setup, direction + "S_k_", "entropy of coefficients");
        }
    }

    void open(const plugin::Host& host) noexcept { ticks_per_second_ = host.ticks_per_second(); }

    // What is behind the time of all bins is in none.
    void on_packet(const plugin::Packet& packet, plugin::Flow& flow) const {
        const plugin::View<double> bins = flow.array(bins_[packet.direction() == 0 ? 0 : 1]);
        const auto count = static_cast<double>(bins.size());
        const double bin_ticks = active_timeout_ / count * ticks_per_second_;
        const auto since = static_cast<double>(packet.time() - flow.first_seen());
        const double bin = std::floor(since / bin_ticks);
        if (bin >= 0 && bin < count) {
            bins[static_cast<std::size_t>(bin)] += packet.ip_size();
        }
    }

    void on_expire(plugin::Flow& flow) {
        std::size_t column = 0;
        for (const plugin::FlowArray<double>& bins : bins_) {
            transform(flow.array(bins));
            double total = kLittle;
            for (const LevelFeatures& level : features_) {
                total += level.energy;
            }
            for (const LevelFeatures& level : features_) {
                flow.set(columns_[column++], level.energy / total);
            }
            for (const LevelFeatures& level : features_) {
                flow.set(columns_[column++], level.mean);
            }
            for (const LevelFeatures& level : features_) {
                flow.set(columns_[column++], level.deviation);
            }
            for (const LevelFeatures& level : features_) {
                flow.set(columns_[column++], level.entropy);
            }
        }
    }

private:
    void declare(plugin::Setup& setup, const std::string& name, const char* meaning) {
        for (unsigned level = 0; level <= levels_; ++level) {
            columns_.push_back(setup.column<plugin::Real>(name + std::to_string(level), meaning));
        }
    }

    // Features of the last approximation, then of the details from the coarsest on.
    void transform(plugin::View<const double> bins) {
        approximation_.assign(bins.begin(), bins.end());
        features_.resize(levels_ + std::size_t{1});
        for (std::size_t level = 0; level < levels_; ++level) {
            haar_step(approximation_, detail_, level);
            features_[levels_ - level] = features_of(detail_);
        }
        features_[0] = features_of(approximation_);
    }

    double active_timeout_;  // seconds
    unsigned levels_;
    std::array<plugin::FlowArray<double>, 2> bins_;
    std::vector<plugin::Column<plugin::Real>> columns_;
    double ticks_per_second_ = 1000;

    // Of the flow that ends.
    std::vector<double> approximation_;
    std::vector<double> detail_;
    std::vector<LevelFeatures> features_;
};

}  // namespace

const flowgauge_plugin* wf() noexcept {
    return plugin::plugin_of<Wf>();
}

}  // namespace flowgauge::plugins
