#include "core/dpi/application.h"

#include <gtest/gtest.h>

namespace flowgauge {
namespace {

TEST(ApplicationNames, JoinCarrierAndApplicationAsNdpiDoes) {
    const ApplicationNames names({"Unknown", "TLS", "Google"}, {"Unspecified", "Web"}, {});
    struct Row {
        std::uint16_t master;
        std::uint16_t app;
        const char* application;
        const char* protocol;
    };
    for (const Row& row :
         {Row{0, 0, "Unknown", "Unknown"},
          Row{0, 2, "Google", "Google"},
          Row{1, 0, "TLS", "TLS"},
          Row{1, 1, "TLS", "TLS"},
          Row{1, 2, "TLS.Google", "Google"},
          Row{0, 3, "Unknown", "Unknown"}}) {
        Application application;
        application.master = row.master;
        application.app = row.app;
        EXPECT_EQ(names.application(application), row.application);
        EXPECT_EQ(names.protocol(application), row.protocol);
    }
    Application application;
    application.category = 1;
    EXPECT_EQ(names.category(application), "Web");
    application.category = 2;
    EXPECT_EQ(names.category(application), "Unspecified");
}

TEST(ApplicationNames, JoinRisksInTheOrderOfTheirNumbers) {
    const ApplicationNames names(
        {"Unknown"}, {"Unspecified"}, {"", "XSS", "SQL", "RCE (1.1, old)"}
    );
    struct Row {
        std::uint64_t risks;
        const char* text;
    };
    for (const Row& row :
         {Row{0, ""},
          Row{1U << 1, "XSS"},
          Row{1U << 3, "RCE (1.1, old)"},
          Row{(1U << 1) | (1U << 2) | (1U << 3), "XSS|SQL|RCE (1.1, old)"},
          Row{(1U << 2) | (std::uint64_t{1} << 63), "SQL"},
          Row{1U << 4, ""}}) {
        Application application;
        application.risks = row.risks;
        EXPECT_EQ(names.risks(application), row.text);
    }
}

}  // namespace
}  // namespace flowgauge
