#include "plugins/builtin.h"
#include "plugins/haar_wavelet.h"
#include "tests/support/packet_builder.h"
#include "tests/support/plugin_host.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::PluginHost;
using Numbers = std::vector<double>;

void expect_near(const Numbers& found, const Numbers& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_NEAR(found[i], expected[i], 1e-9) << i;
    }
}

// Expected: pywt.swt([1, 2, 3, 5, 8, 13, 21, 34], "haar", level=3, trim_approx=True) of PyWavelets
// 1.8.0, from its end on.
TEST(HaarStep, EqualsPyWavelets) {
    Numbers approximation = {1, 2, 3, 5, 8, 13, 21, 34};
    Numbers detail;
    plugins::haar_step(approximation, detail, 0);
    expect_near(
        detail,
        {-0.7071067811865476,
         -0.7071067811865477,
         -1.414213562373095,
         -2.121320343559643,
         -3.5355339059327386,
         -5.65685424949238,
         -9.19238815542512,
         23.334523779156072}
    );
    plugins::haar_step(approximation, detail, 1);
    expect_near(detail, {-2.5, -4, -6.5, -10.5, -17, -0.5, 26, 15});
    plugins::haar_step(approximation, detail, 2);
    expect_near(
        detail,
        {-22.980970388562802,
         -18.031222920256965,
         -10.253048327204938,
         2.474873734152915,
         22.980970388562802,
         18.031222920256965,
         10.253048327204938,
         -2.474873734152915}
    );
    expect_near(approximation, Numbers(8, 30.759144981614824));
}

void add(PluginHost& host, std::uint8_t direction, std::int64_t time, std::size_t ip_bytes) {
    const bool back = direction == 1;
    const test::Bytes bytes = test::ip_packet(
        {.source = back ? "10.0.0.2" : "10.0.0.1", .destination = back ? "10.0.0.1" : "10.0.0.2"},
        test::udp_datagram(back ? 2 : 1, back ? 1 : 2, test::pattern(ip_bytes - 28))
    );
    EXPECT_FALSE(host.packet(test::plugin_packet(bytes, direction, time)));
}

Numbers values(const PluginHost& host, const std::string& prefix) {
    Numbers found;
    for (int level = 0; level <= 3; ++level) {
        found.push_back(std::get<double>(host.value(prefix + std::to_string(level))));
    }
    return found;
}

// Expected: NFStream's formulas (numpy 64-bit) over pywt.swt() of these bins of one second:
// [160, 0, 0, 1500, 0, 40, 0, 0] and [0, 52, 0, 0, 0, 0, 0, 1000].
TEST(Wf, EqualsTheFormulasOfNfstream) {
    PluginHost host(*find_builtin_plugin("wf"), {{"active_timeout", "8"}, {"levels", "3"}});
    ASSERT_EQ(host.error(), "");
    add(host, 0, 1000, 60);
    add(host, 0, 1999, 100);
    add(host, 1, 2000, 52);
    add(host, 0, 4500, 1500);
    add(host, 0, 6000, 40);
    add(host, 1, 8999, 1000);
    add(host, 0, 9000, 500);  // behind the last bin
    host.end();
    expect_near(
        values(host, "f_p_k_"),
        {0.31102023245802507, 0.21855359448988146, 0.22535514421007075, 0.24507102884201198}
    );
    expect_near(
        values(host, "f_u_k_"),
        {601.0407640085655, 502.0458146424488, 390.00000000000006, 300.52038200428274}
    );
    expect_near(
        values(host, "f_sigma_k_"), {0.0, 503.83529054642463, 511.6150896914594, 533.5260068637705}
    );
    expect_near(
        values(host, "f_S_k_"),
        {2.0794407416801186, 2.0649469627836967, 1.427744530894679, 0.7605757154146514}
    );
    expect_near(
        values(host, "b_p_k_"),
        {0.27239825776012816, 0.2468002488914033, 0.2340012444570408, 0.2468002488914032}
    );
    expect_near(
        values(host, "b_u_k_"),
        {371.93816690412405, 353.5533905932739, 250.00000000000003, 185.969083452062}
    );
    expect_near(
        values(host, "b_sigma_k_"), {0.0, 354.0310720826635, 344.728878975928, 354.0310720826634}
    );
    expect_near(
        values(host, "b_S_k_"),
        {2.0794407416800587, 2.074052184119367, 1.3946301303359543, 0.7117928286892818}
    );
}

TEST(Wf, OrdersItsColumnsAsNfstream) {
    const PluginHost host(*find_builtin_plugin("wf"), {{"active_timeout", "8"}, {"levels", "1"}});
    EXPECT_EQ(
        host.column_names(),
        (std::vector<std::string>{
            "f_p_k_0",
            "f_p_k_1",
            "f_u_k_0",
            "f_u_k_1",
            "f_sigma_k_0",
            "f_sigma_k_1",
            "f_S_k_0",
            "f_S_k_1",
            "b_p_k_0",
            "b_p_k_1",
            "b_u_k_0",
            "b_u_k_1",
            "b_sigma_k_0",
            "b_sigma_k_1",
            "b_S_k_0",
            "b_S_k_1"})
    );
}

TEST(Wf, HoldsItsLargestArrays) {
    PluginHost host(*find_builtin_plugin("wf"), {{"active_timeout", "1800"}, {"levels", "12"}});
    ASSERT_EQ(host.error(), "");
    add(host, 0, 1000, 60);
    add(host, 1, 1'800'999, 60);
    host.end();
    EXPECT_EQ(host.column_names().size(), 8U * 13);
    EXPECT_NEAR(std::get<double>(host.value("f_sigma_k_0")), 0, 1e-9);
}

}  // namespace
}  // namespace flowgauge
