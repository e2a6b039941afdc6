#include "core/expression/value.h"

#include <cmath>
#include <limits>

namespace flowgauge {
namespace {

constexpr double kTwoTo127 = 0x1p127;

Int128 bound_of(bool is_negative) noexcept {
    return is_negative ? kInt128Min : kInt128Max;
}

constexpr bool fits_64_bits(Int128 value) noexcept {
    return value == static_cast<std::int64_t>(value);
}

}  // namespace

std::string_view to_string(ExpressionType type) noexcept {
    switch (type) {
    case ExpressionType::kBool:
        return "true or false";
    case ExpressionType::kInteger:
        return "an integer";
    case ExpressionType::kReal:
        return "a real number";
    case ExpressionType::kText:
        return "text";
    case ExpressionType::kAddress:
        return "an address";
    case ExpressionType::kMac:
        return "a MAC address";
    case ExpressionType::kList:
        return "a list";
    case ExpressionType::kTexts:
        return "a list of text";
    }
    return "";
}

Int128 saturated_sum(Int128 a, Int128 b) noexcept {
    Int128 sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? bound_of(a < 0) : sum;
}

Int128 saturated_difference(Int128 a, Int128 b) noexcept {
    Int128 difference = 0;
    return __builtin_sub_overflow(a, b, &difference) ? bound_of(a < 0) : difference;
}

// Not by __builtin_mul_overflow: clang makes of it a call to a library that GCC's systems lack.
Int128 saturated_product(Int128 a, Int128 b) noexcept {
    if (fits_64_bits(a) && fits_64_bits(b)) {
        return a * b;
    }
    const bool is_negative = (a < 0) != (b < 0);
    if (a == 0 || b == 0) {
        return 0;
    }
    // The one number whose magnitude is no number of the type fits only times 1.
    if (a == kInt128Min || b == kInt128Min) {
        return a == 1 || b == 1 ? kInt128Min : bound_of(is_negative);
    }
    const Int128 a_magnitude = a < 0 ? -a : a;
    const Int128 b_magnitude = b < 0 ? -b : b;
    return a_magnitude > kInt128Max / b_magnitude ? bound_of(is_negative) : a * b;
}

Int128 remainder_of(Int128 a, Int128 b) noexcept {
    if (b == 0) {
        return a;
    }
    if (b == -1) {
        return 0;  // the smallest number divided by -1 would trap
    }
    const Int128 rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

double remainder_of(double a, double b) noexcept {
    if (b == 0.0) {
        return a;
    }
    const double rest = std::fmod(a, b);
    return rest != 0.0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

double quotient_of(double a, double b) noexcept {
    return b == 0.0 ? std::numeric_limits<double>::quiet_NaN() : a / b;
}

std::partial_ordering compare_exactly(Int128 a, double b) noexcept {
    if (std::isnan(b)) {
        return std::partial_ordering::unordered;
    }
    if (b >= kTwoTo127) {
        return std::partial_ordering::less;
    }
    if (b < -kTwoTo127) {
        return std::partial_ordering::greater;
    }
    const double whole = std::trunc(b);
    const auto integer = static_cast<Int128>(whole);
    if (a != integer) {
        return a < integer ? std::partial_ordering::less : std::partial_ordering::greater;
    }
    return 0.0 <=> (b - whole);
}

}  // namespace flowgauge
