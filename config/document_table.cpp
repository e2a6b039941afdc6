// Rows of the head of the file.
#include "config/tables.h"

namespace flowgauge {
namespace {

// clang-format off
constexpr Parameter kParameters[] = {
    {.path = "version", .type = integer(1, 1), .field = no_field<Part::kSettings, 1>(),
     .help = "version of this format; the one key that must be there"},
    {.path = "include", .type = kTexts, .field = no_field<Part::kSettings, 0>(),
     .help = "further files, beside this one, in lexical order: maps merge, named lists append, a value set twice is an error"},
    {.path = "sensor", .type = kText, .field = field<&Settings::sensor>(),
     .help = "names this sensor; auto: the host's name"},
};
// clang-format on

}  // namespace

std::span<const Parameter> document_parameters() noexcept {
    return kParameters;
}

}  // namespace flowgauge
