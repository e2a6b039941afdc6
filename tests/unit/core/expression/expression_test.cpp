#include "core/expression/expression.h"

#include "core/flow/flow_key.h"
#include "tests/support/plain_packet.h"
#include "tests/unit/core/expression/expression_columns.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowgauge {
namespace {

using test::expect_outcomes;
using test::outcome_of;

TEST(Expression, ReadsLiterals) {
    expect_outcomes({
        {"1", "1"},
        {"0x1F", "31"},
        {"18446744073709551615", "18446744073709551615"},
        {"1.5", "1.5"},
        {".5", "0.5"},
        {"2.", "2.0"},
        {"1e3", "1000.0"},
        {"1.5e-3", "0.0015"},
        {"true", "true"},
        {"false", "false"},
        {"'text'", "'text'"},
        {"\"it's\"", "'it's'"},
        {"'a\\'b\\\\c\\n\\t\\x41'", "'a'b\\c\n\tA'"},
        {"'\xc3\xa9'", "'\xc3\xa9'"},
        {" \t\r\n 1 \n", "1"},
    });
}

TEST(Expression, CountsDurationsInTheUnitOfTheRecords) {
    expect_outcomes({
        {"1s", "1000"},
        {"1500us", "1.5"},
        {"2000us", "2"},
        {"1.5s", "1500"},
        {"1m", "60000"},
        {"2h", "7200000"},
        {"1d", "86400000"},
        {"1ns", "1.e-06"},
        {"64KiB", "65536"},
        {"1.5KiB", "1536"},
        {"3B", "3"},
        {"1MB", "1000000"},
        {"2GiB", "2147483648"},
        {"1TiB", "1099511627776"},
    });
    MeterOptions nanoseconds;
    nanoseconds.flow.time_unit = TimeUnit::kNanoseconds;
    EXPECT_EQ(outcome_of("1s", nanoseconds), "1000000000");
    EXPECT_EQ(outcome_of("seen_ns >= 1us", nanoseconds, 1000), "true");
    EXPECT_EQ(outcome_of("seen_ns >= 1us", nanoseconds, 999), "false");
}

TEST(Expression, BindsAsPythonDoes) {
    expect_outcomes({
        {"1 + 2 * 3", "7"},
        {"(1 + 2) * 3", "9"},
        {"10 - 4 - 3", "3"},
        {"100 / 10 / 5", "2.0"},
        {"-2 * -3", "6"},
        {"--2", "2"},
        {"+2", "2"},
        {"- sizes[0]", "-60"},
        {"7 % 4 * 2", "6"},
        {"true or false and false", "true"},
        {"(true or false) and false", "false"},
        {"not false and false", "false"},
        {"not (false and false)", "true"},
        {"not 1 > 2", "true"},
        {"not not true", "true"},
        {"1 + 1 == 2", "true"},
        {"seven > 5 and seven < 9", "true"},
        {"seven > 5 == true",
         "at column 11: comparisons do not follow each other; write a < b and "
         "b < c"},
        {"(seven > 5) == true", "true"},
    });
}

TEST(Expression, NeverWrapsIntegers) {
    expect_outcomes({
        {"huge", "18446744073709551615"},
        {"huge + huge", "36893488147419103230"},
        {"huge * huge / huge == huge", "false"},  // 2^128 stays at 2^127 - 1
        {"huge * huge", "170141183460469231731687303715884105727"},
        {"-huge * huge", "-170141183460469231731687303715884105728"},
        {"-huge * huge - huge", "-170141183460469231731687303715884105728"},
        {"huge * huge + huge", "170141183460469231731687303715884105727"},
        {"-(-huge * huge)", "170141183460469231731687303715884105727"},
        {"abs(-huge * huge)", "170141183460469231731687303715884105727"},
        {"(-huge * huge) * 1", "-170141183460469231731687303715884105728"},
        {"(-huge * huge) * -1", "170141183460469231731687303715884105727"},
        {"(-huge * huge) * zero", "0"},
        {"(huge * 4) * (huge * -4)", "-170141183460469231731687303715884105728"},
        {"(huge * 4) * 4", "295147905179352825840"},
        {"zero - seven", "-7"},
        {"minus + seven", "2"},
        {"least", "-9223372036854775808"},
        {"-least", "9223372036854775808"},
        {"least - huge", "-27670116110564327423"},
        {"minus < zero", "true"},
        {"minus < huge", "true"},
        {"huge > least", "true"},
        {"huge == -1", "false"},
    });
}

TEST(Expression, DividesByNothingWithoutHarm) {
    expect_outcomes({
        {"seven / 2", "3.5"},
        {"seven / zero", "nan"},
        {"zero / zero", "nan"},
        {"seven / nought", "nan"},
        {"half / nought", "nan"},
        {"seven / zero > 1", "false"},
        {"seven / zero < 1", "false"},
        {"seven / zero == seven / zero", "false"},
        {"seven / zero != seven / zero", "true"},
        {"seven / zero == 1", "false"},
        {"seven / zero != 1", "true"},
        {"seven % zero", "7"},
        {"half % nought", "0.5"},
        {"seven % 4", "3"},
        {"minus % 3", "1"},
        {"minus % -3", "-2"},
        {"seven % -4", "-1"},
        {"least % -1", "0"},
        {"(-huge * huge) % -1", "0"},
        {"-half % 2", "1.5"},
        {"5.5 % -2", "-0.5"},
        {"6 % 3", "0"},
    });
}

TEST(Expression, ComparesIntegersWithRealsExactly) {
    expect_outcomes({
        {"half < 1", "true"},
        {"1 > half", "true"},
        {"seven >= 7.0", "true"},
        {"seven > 6.99", "true"},
        {"seven == 7.5", "false"},
        {"seven != 7.5", "true"},
        {"seven <= 7.5", "true"},
        {"seven < -1e300", "false"},
        {"seven < 1e300", "true"},
        {"minus > -5.5", "true"},
        {"minus < -4.5", "true"},
        {"huge == 18446744073709551616.0", "false"},  // the nearest real is 2^64
        {"huge < 18446744073709551616.0", "true"},
        {"huge + 1 == 18446744073709551616.0", "true"},
        {"9007199254740993 > half * 18014398509481984", "true"},  // 2^53 + 1 and 2^53
        {"9007199254740993 == half * 18014398509481984", "false"},
        {"half * 18014398509481984 < 9007199254740993", "true"},
        {"seven == half * 14", "true"},
        {"seven >= half * 14", "true"},
        {"seven <= half * 14", "true"},
        {"seven < half * 14", "false"},
        {"half * 14 != seven", "false"},
        {"zero < seven / zero", "false"},
        {"seven / zero >= zero", "false"},
        {"seven / zero != zero", "true"},
        {"3 < seven", "true"},
        {"7 <= seven", "true"},
        {"7 < seven", "false"},
    });
}

TEST(Expression, ComparesText) {
    expect_outcomes({
        {"name == 'TLS.Google'", "true"},
        {"name != 'TLS.Google'", "false"},
        {"'TLS.Google' == name", "true"},
        {"name < 'TLS.Z'", "true"},
        {"name >= 'TLS'", "true"},
        {"none == ''", "true"},
        {"fleeting == 'gone with the call, and too long to lie in a string'", "true"},
        {"name contains 'Goo'", "true"},
        {"name contains ''", "true"},
        {"none contains 'x'", "false"},
        {"none contains ''", "true"},
        {"name contains 'goo'", "false"},
        {"lower(name) contains 'goo'", "true"},
        {"name startswith 'TLS.'", "true"},
        {"name startswith 'Google'", "false"},
        {"name endswith '.Google'", "true"},
        {"name endswith name", "true"},
        {"name matches 'TLS.*'", "true"},
        {"not name matches '*.Facebook'", "true"},
        {"name in ['DNS', 'TLS.Google']", "true"},
        {"name not in ['DNS', 'TLS.Google']", "false"},
        {"name in ['DNS']", "false"},
        {"name in []", "false"},
        {"name in [name]", "at column 10: the list has to hold text here, and this is text"},
    });
}

TEST(Expression, KnowsAddresses) {
    expect_outcomes({
        {"client == '10.1.2.3'", "true"},
        {"'10.1.2.3' == client", "true"},
        {"client != '10.1.2.4'", "true"},
        {"client == server", "false"},
        {"client == client", "true"},
        {"client in '10.0.0.0/8'", "true"},
        {"client not in '10.0.0.0/8'", "false"},
        {"client in '10.1.2.0/31'", "false"},
        {"client in '::/0'", "false"},
        {"client in ['192.168.0.0/16', '10.1.2.3']", "true"},
        {"client in ['10.1.2.4/30', '10.1.2.0/31', '172.16.0.0/12']", "false"},
        {"client in ['0.0.0.0/0', '10.9.0.0/16']", "true"},
        {"server in '2001:db8::/32'", "true"},
        {"server == '2001:DB8:0::1'", "true"},
        {"server in ['0.0.0.0/0', '2001:db8::2/127']", "false"},
        {"server in ['10.0.0.0/8', '2001:db8::/127']", "true"},
        {"client == '10.0.0.0/8'",
         "at column 11: \"10.0.0.0/8\" is no address; whether one is in a network says `in`"},
        {"client == '10.1.2.300'", "at column 11: \"10.1.2.300\" is no address"},
        {"client in '10.0.0.0/40'",
         "at column 11: the list has to hold addresses and networks, as '10.0.0.0/8', here, and "
         "this is \"10.0.0.0/40\""},
        {"client in [1]",
         "at column 12: the list has to hold addresses and networks, as '10.0.0.0/8', here, and "
         "this is an integer"},
        {"client < '10.1.2.4'", "at column 8: an address has no order; there are == and !="},
        {"client == 5", "at column 8: an address cannot be compared with an integer"},
        {"client startswith '10.'",
         "at column 1: startswith takes text, and this is an address; whether one is in a network "
         "says `in`"},
    });
}

TEST(Expression, KnowsMacAddresses) {
    expect_outcomes({
        {"client_mac == '00:1b:21:aa:bb:cc'", "true"},
        {"client_mac == '00-1B-21-AA-BB-CC'", "true"},
        {"client_mac != '00:1b:21:aa:bb:cd'", "true"},
        {"client_oui == '00:1b:21'", "true"},
        {"'00:1b:22' == client_oui", "false"},
        {"client_mac in '00:1b:21'", "true"},
        {"client_mac in ['00:1b:22', '00:1b:21:aa:bb:cc']", "true"},
        {"client_mac in ['00:1b:22', '00:1b:21:aa:bb:cd']", "false"},
        {"client_oui in ['00:1b:22', '00:1b:21']", "true"},
        {"client_oui in ['00:1b:21:aa:bb:cc']", "false"},
        {"client_mac == client_oui",
         "at column 12: a MAC address and an OUI are never equal; `in` says whether it begins so"},
        {"client_mac == '00:1b:21'",
         "at column 15: \"00:1b:21\" is none of the form 00:11:22:33:44:55"},
        {"client_oui == '00:1b:21:aa:bb:cc'",
         "at column 15: \"00:1b:21:aa:bb:cc\" is none of the form 00:11:22"},
        {"client_mac == '00:1b-21:aa:bb:cc'",
         "at column 15: \"00:1b-21:aa:bb:cc\" is none of the form 00:11:22:33:44:55"},
        {"client_mac == '00:1b:21:aa:bb:cg'",
         "at column 15: \"00:1b:21:aa:bb:cg\" is none of the form 00:11:22:33:44:55"},
    });
}

TEST(Expression, TakesListsApart) {
    expect_outcomes({
        {"sizes", "[60, 1500, 40, -1, -1]"},
        {"sizes[0]", "60"},
        {"sizes[2]", "40"},
        {"sizes[zero + 1]", "1500"},
        {"sizes[4]", "-1"},
        {"sizes[5]", "-1"},
        {"sizes[minus]", "-1"},
        {"sizes[huge * huge]", "-1"},
        {"len(sizes)", "3"},
        {"sum(sizes)", "1600"},
        {"min(sizes)", "40"},
        {"max(sizes)", "1500"},
        {"mean(sizes) > 533.3 and mean(sizes) < 533.4", "true"},
        {"len(blank)", "0"},
        {"sum(blank)", "0"},
        {"min(blank)", "-1"},
        {"max(blank)", "-1"},
        {"mean(blank)", "nan"},
        {"1500 in sizes", "true"},
        {"1501 not in sizes", "true"},
        {"sizes contains 40", "true"},
        {"huge in sizes", "false"},  // -1 in 64 bits
        {"sizes == sizes",
         "at column 7: a list cannot be compared; its entries can: list[0], min(list)"},
        {"sizes[0.5]", "at column 7: entries have integers for numbers, and this is a real number"},
        {"seven[0]", "at column 6: only lists have entries, and this is an integer"},
    });
}

TEST(Expression, HasFunctionsOfNumbers) {
    expect_outcomes({
        {"abs(minus)", "5"},
        {"abs(-half)", "0.5"},
        {"floor(2.7)", "2.0"},
        {"floor(-2.5)", "-3.0"},
        {"floor(7)", "7"},
        {"ceil(2.1)", "3.0"},
        {"round(2.5)", "2.0"},
        {"round(3.5)", "4.0"},
        {"round(seven)", "7"},
        {"sqrt(16)", "4.0"},
        {"sqrt(minus)", "nan"},
        {"exp(0)", "1.0"},
        {"log(1)", "0.0"},
        {"log(zero)", "nan"},
        {"log(minus)", "nan"},
        {"log2(8)", "3.0"},
        {"log10(1000)", "3.0"},
        {"pow(2, 10)", "1024.0"},
        {"min(seven, 3, 5)", "3"},
        {"max(seven, 3.5)", "7.0"},
        {"max(minus, zero)", "0"},
        {"min(seven)", "7"},
        {"min(seven / zero, 1)", "nan"},
        {"max(1, seven / zero)", "nan"},
        {"coalesce(seven / zero, 1)", "1.0"},
        {"coalesce(half, 1)", "0.5"},
        {"coalesce(none, 'nothing')", "'nothing'"},
        {"coalesce(name, 'nothing')", "'TLS.Google'"},
        {"lower(name)", "'tls.google'"},
        {"lower('ABC\xc3\x89')", "'abc\xc3\x89'"},
        {"len(name)", "10"},
        {"len('\xc3\xa9t\xc3\xa9')", "3"},
        {"len(none)", "0"},
        {"if(seven > 5, 'many', 'few')", "'many'"},
        {"if(seven < 5, 1, 2.5)", "2.5"},
        {"if(seven < 5, 1.5, 2)", "2.0"},
        {"if(zero == 1, client, server)", "address of version 6"},
        {"if(zero == 0, client_oui, client_oui)", "001b21000000/3"},
        {"if(true, 1, 2)", "1"},
        {"if(false, sizes, blank)", "[-1, -1]"},
    });
}

TEST(Expression, DecidesWithoutWhatItDoesNotNeed) {
    struct Reads {
        const char* expression;
        const char* outcome;
        int reads;
    };
    for (const Reads& row :
         {Reads{"counted == 1", "true", 1},
          Reads{"counted + counted == 2 and counted > 0", "true", 1},
          Reads{"seven == 8 and counted == 1", "false", 0},
          Reads{"seven == 7 or counted == 1", "true", 0},
          Reads{"seven == 7 and counted == 1", "true", 1},
          Reads{"if(seven == 7, zero, counted)", "0", 0},
          Reads{"if(seven != 7, zero, counted)", "1", 1},
          Reads{"false and counted == 1", "false", 0},
          Reads{"counted == 1 and false", "false", 0},
          Reads{"true and counted == 1", "true", 1}}) {
        test::counted_reads() = 0;
        EXPECT_EQ(outcome_of(row.expression), row.outcome) << row.expression;
        EXPECT_EQ(test::counted_reads(), row.reads) << row.expression;
    }
}

TEST(Expression, SaysWhatIsWrongAndWhere) {
    expect_outcomes({
        {"", "at column 1: the expression is empty"},
        {"  ", "at column 1: the expression is empty"},
        {"sevn > 1", "at column 1: unknown column \"sevn\" (did you mean seven?)"},
        {"1 < somewhere",
         "at column 5: unknown column \"somewhere\"; `flowgauge fields` lists them, and text "
         "stands "
         "in quotes"},
        {"flor(1)", "at column 1: unknown function \"flor\" (did you mean floor?)"},
        {"seven >", "at column 8: a value expected, not the end"},
        {"seven > and", "at column 9: a value expected, not the operator and"},
        {"seven zero", "at column 7: an operator is missing before \"zero\""},
        {"(seven", "at column 7: ) expected here, not the end"},
        {"seven)", "at column 6: an operator is missing before \")\""},
        {"seven[0", "at column 8: ] expected behind the number of an entry, not the end"},
        {"seven in [1, 2", "at column 15: ] expected at the end of the list, not the end"},
        {"seven in [1, ]", "at column 14: a value expected, not \"]\""},
        {"seven in 7", "at column 10: in needs a list: [1, 2, 3]"},
        {"[1]", "at column 1: a list stands only behind `in`"},
        {"name in 'TLS'",
         "at column 9: text in text is `contains`, the other way round; several stand in [ ]"},
        {"seven in ['x']", "at column 11: the list has to hold numbers here, and this is \"x\""},
        {"(1 == 1) in [1]", "at column 10: true or false is never in a list of values"},
        {"seven not 1",
         "at column 7: between two values there is only `not in`; else not stands before"},
        {"1 < seven < 9",
         "at column 11: comparisons do not follow each other; write a < b and b < c"},
        {"seven = 7", "at column 7: = is no operator; write =="},
        {"seven == 7 && true", "at column 12: && is no operator; write and"},
        {"!true", "at column 1: ! is no operator; write not"},
        {"seven // 2", "at column 7: // is no operator; write floor(a / b)"},
        {"true ? 1 : 2", "at column 6: ? is no operator; write if(condition, yes, no)"},
        {"seven @ 2", "at column 7: \"@\" means nothing here"},
        {"'open", "at column 1: text without its closing '"},
        {"'\\q'",
         "at column 2: unknown escape in text; there are \\\\ \\' \\\" \\n \\r \\t and \\xHH"},
        {"'\\x4'",
         "at column 2: unknown escape in text; there are \\\\ \\' \\\" \\n \\r \\t and \\xHH"},
        {"'\\",
         "at column 2: unknown escape in text; there are \\\\ \\' \\\" \\n \\r \\t and \\xHH"},
        {"99999999999999999999", "at column 1: \"99999999999999999999\" is no number of 64 bits"},
        {"1e999", "at column 1: \"1e999\" is no number of 64 bits"},
        {"0x", "at column 1: \"0x\" is no number"},
        {"5parsecs",
         "at column 2: \"parsecs\" is no unit; durations have ns, us, ms, s, m, h, d, sizes B, "
         "KiB, "
         "MiB, GiB, TiB, kB, MB, GB, TB"},
        {"seven / 0", "at column 9: division by 0"},
        {"seven % (1 - 1)", "at column 10: division by 0"},
        {"half / 0.0", "at column 8: division by 0"},
        {"seven + name", "at column 9: + takes numbers, and this is text"},
        {"-name", "at column 2: - takes a number, and this is text"},
        {"+name", "at column 2: + takes a number, and this is text"},
        {"not seven", "at column 5: not takes a condition, and this is an integer"},
        {"seven and true", "at column 1: and takes conditions, and this is an integer"},
        {"true or name", "at column 9: or takes conditions, and this is text"},
        {"seven == 'DNS'", "at column 7: an integer cannot be compared with text"},
        {"(1 == 1) < (2 == 2)", "at column 10: true or false has no order; there are == and !="},
        {"abs(name)", "at column 5: abs takes a number, and this is text"},
        {"abs()", "at column 1: wrong number of arguments; it is abs(number)"},
        {"pow(1)", "at column 1: wrong number of arguments; it is pow(base, exponent)"},
        {"if(1, 2, 3)", "at column 4: if takes a condition first, and this is an integer"},
        {"if(true, 2, 'x')",
         "at column 13: both values of if must be of one type; these are an integer and text"},
        {"coalesce(1, 'x')",
         "at column 13: coalesce takes two numbers or two texts, and this is "
         "text"},
        {"sum(1)", "at column 5: sum takes a list, and this is an integer"},
        {"len(1)", "at column 5: len takes text or a list, and this is an integer"},
        {"min('a')", "at column 5: min takes numbers or one list, and this is text"},
        {"lower(1)", "at column 7: lower takes text, and this is an integer"},
        {"name matches name", "at column 14: the pattern of matches must be written out"},
        {"name matches '[a'",
         "at column 14: the pattern has a [ without its ]; [[] stands for a ["},
        {"seven >\n  sevn", "at line 2, column 3: unknown column \"sevn\" (did you mean seven?)"},
        {"'\xc3\xa9' == sevn", "at column 8: unknown column \"sevn\" (did you mean seven?)"},
    });
}

TEST(Expression, RefusesWhatIsTooLarge) {
    const std::string parentheses(100'000, '(');
    EXPECT_EQ(outcome_of(parentheses), "at column 1: an expression has at most 65536 bytes");
    EXPECT_EQ(
        outcome_of(std::string(60'000, '(')),
        "at column 65: more than 64 parentheses, signs or calls in each other"
    );
    EXPECT_EQ(outcome_of(std::string(64, '(') + "1" + std::string(64, ')')), "1");
    for (const char* repeated : {"-", "not ", "abs(", "sizes[", "if("}) {
        std::string text;
        for (int i = 0; i < 5'000; ++i) {
            text += repeated;
        }
        EXPECT_NE(outcome_of(text).find("in each other"), std::string::npos) << repeated;
    }
    std::string sum = "seven";
    for (int i = 0; i < 150; ++i) {
        sum += "+seven";
    }
    EXPECT_EQ(outcome_of(sum), "1057");
    for (int i = 0; i < 100; ++i) {
        sum += "+seven";
    }
    EXPECT_EQ(
        outcome_of(sum),
        "at column 1: the expression is too deep: more than 200 operations in each "
        "other"
    );
    std::string list = "seven in [0";
    for (int i = 0; i < 4'000; ++i) {
        list += "," + std::to_string(i);
    }
    EXPECT_EQ(outcome_of(list + "]"), "true");
    for (int i = 0; i < 200; ++i) {
        list += ",1";
    }
    EXPECT_NE(outcome_of(list + "]").find("too long: more than 4096 parts"), std::string::npos);
    std::string alternatives = "seven == 0";
    for (int i = 1; i < 1'000; ++i) {
        alternatives += " or seven == " + std::to_string(1000 - i);
    }
    EXPECT_EQ(outcome_of(alternatives), "true");
}

TEST(Expression, TellsItsTypeAndColumns) {
    const MeterOptions options;
    const ExpressionScope scope{.options = options, .columns = test::expression_columns()};
    Result<Expression> compiled = Expression::compile("seven + zero * seven", scope);
    ASSERT_TRUE(compiled.has_value());
    EXPECT_EQ(compiled.value().type(), ExpressionType::kInteger);
    ASSERT_EQ(compiled.value().columns().size(), 2U);
    EXPECT_EQ(compiled.value().columns()[0]->name, "seven");
    EXPECT_EQ(compiled.value().columns()[1]->name, "zero");
}

TEST(Expression, WantsTruthOfAFilter) {
    const MeterOptions options;
    const ExpressionScope scope{.options = options, .columns = test::expression_columns()};
    EXPECT_TRUE(Expression::compile_filter("seven > 1", scope).has_value());
    ExpressionProblem problem;
    Result<Expression> number = Expression::compile_filter("seven", scope, &problem);
    ASSERT_FALSE(number.has_value());
    EXPECT_EQ(number.error().kind, ErrorKind::kUsage);
    EXPECT_EQ(
        number.error().message,
        "at column 1: a filter must be true or false, and this is an integer; compare it with "
        "something"
    );
    EXPECT_EQ(problem.offset, 0U);
}

TEST(Expression, OffersThePlaceApart) {
    const MeterOptions options;
    const ExpressionScope scope{.options = options, .columns = test::expression_columns()};
    constexpr std::string_view kText = "zero < 1 or sevn == 7";
    ExpressionProblem problem;
    EXPECT_FALSE(Expression::compile(kText, scope, &problem).has_value());
    EXPECT_EQ(problem.offset, 12U);
    EXPECT_EQ(problem.message, "unknown column \"sevn\" (did you mean seven?)");
    EXPECT_EQ(problem.underlined(kText), "  zero < 1 or sevn == 7\n              ^");
}

// The columns of the table, on a flow.
TEST(Expression, ReadsTheColumnsOfRecords) {
    MeterOptions options;
    options.dissection.enabled = false;
    const Packet packet = test::tcp_packet("192.168.178.20:54321", "203.0.113.77:443");
    Flow flow;
    flow.key = key_of(packet).key;
    flow.from_upper = key_of(packet).from_upper;
    flow.first_seen = {1'700'000'000'000, 1'700'000'000'020};
    flow.last_seen = {1'700'000'012'345, 1'700'000'012'300};
    flow.packets = {17, 23};
    flow.bytes = {2'345, 31'415};
    flow.flow_uid = 0xfedcba9876543210;
    FlowRecord record{.flow = &flow};
    record.end_reason = EndReason::kActive;
    const RecordContext context{.layout = layout_of(options), .application_names = nullptr};
    for (const auto& [text, expected] : std::vector<std::pair<const char*, bool>>{
             {"bidirectional_bytes >= 1000 and dst_port == 443", true},
             {"bidirectional_bytes == 33760 and protocol == 6", true},
             {"src_ip in '192.168.0.0/16' and dst_ip not in '192.168.0.0/16'", true},
             {"bidirectional_duration_ms > 12s", true},
             {"bidirectional_duration_ms > 13s", false},
             {"flow_uid == 0xfedcba9876543210", true},
             {"end_reason == 'active' and expiration_id == 1", true},
             {"end_reason in ['idle', 'tcp_end']", false},
             {"dst2src_bytes / src2dst_bytes > 13.3", true},
             {"src_mac == '00:00:00:00:00:00' and src_oui == '00:00:00'", true}}) {
        Result<Expression> compiled = Expression::compile_filter(text, {.options = options});
        ASSERT_TRUE(compiled.has_value()) << compiled.error().message;
        ExpressionEvaluator evaluator(std::move(compiled).value());
        EXPECT_EQ(evaluator.holds({.record = record, .context = context}), expected) << text;
    }
    Result<Expression> absent =
        Expression::compile_filter("application_name == 'DNS'", {.options = options});
    ASSERT_FALSE(absent.has_value());
    EXPECT_EQ(absent.error().message, "at column 1: column application_name needs n_dissections");
}

TEST(ExpressionEvaluator, LooksAtEachRecordAnew) {
    const MeterOptions options;
    const ExpressionScope scope{.options = options, .columns = test::expression_columns()};
    ExpressionEvaluator evaluator(Expression::compile_filter("seen_ms >= 5", scope).value());
    ExpressionEvaluator moved = std::move(evaluator);
    const FlowRecord record;
    const RecordContext context;
    for (std::uint64_t id = 0; id < 10; ++id) {
        EXPECT_EQ(moved.holds({.record = record, .context = context, .id = id}), id >= 5);
    }
}

}  // namespace
}  // namespace flowgauge
