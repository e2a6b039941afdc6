#include "export/kafka/producer_properties.h"

#include "export/kafka/kafka_transport.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace flowgauge {
namespace {

std::string value_of(const std::vector<ProducerProperty>& properties, std::string_view name) {
    std::string value;
    for (const ProducerProperty& property : properties) {
        if (property.name == name) {
            value = property.value;
        }
    }
    return value;
}

// A file of secrets, for the time of a test.
class PropertiesFile {
public:
    explicit PropertiesFile(std::string_view text) { std::ofstream(path_) << text; }
    PropertiesFile(const PropertiesFile&) = delete;
    PropertiesFile& operator=(const PropertiesFile&) = delete;
    ~PropertiesFile() { std::filesystem::remove(path_); }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_ = testing::TempDir() + "flowgauge-properties-" + std::to_string(::getpid());
};

std::string error_of(const KafkaOptions& options) {
    Result<std::unique_ptr<KafkaTransport>> opened = KafkaTransport::open(options);
    return opened ? "" : opened.error().message;
}

TEST(ProducerProperties, AreThoseOfAProducerThatLosesNothing) {
    KafkaOptions options;
    options.brokers = {"a:9092", "b:9092"};
    options.compression = "zstd";
    options.linger = std::chrono::milliseconds(70);
    options.message_timeout = std::chrono::seconds(60);
    const auto properties = producer_properties(options).value();
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
             {"bootstrap.servers", "a:9092,b:9092"},
             {"enable.idempotence", "true"},
             {"acks", "all"},
             {"compression.codec", "zstd"},
             {"linger.ms", "70"},
             {"message.timeout.ms", "60000"},
             {"queue.buffering.max.kbytes", "81920"},
             {"partitioner", "murmur2_random"},
             {"log.queue", "true"}}) {
        EXPECT_EQ(value_of(properties, name), value) << name;
    }
    options.message_timeout = {};
    EXPECT_EQ(value_of(producer_properties(options).value(), "message.timeout.ms"), "0");
}

TEST(ProducerProperties, OfTheOperatorWin) {
    const PropertiesFile file("# secrets\n\n sasl.username = u=1 \nclient.id=file\r\n");
    KafkaOptions options;
    options.properties = {{"client.id", "row"}, {"linger.ms", "1"}};
    options.properties_file = file.path();
    const auto properties = producer_properties(options).value();
    EXPECT_EQ(value_of(properties, "client.id"), "file");
    EXPECT_EQ(value_of(properties, "linger.ms"), "1");
    EXPECT_EQ(value_of(properties, "sasl.username"), "u=1");
}

TEST(ProducerProperties, RefuseWhatDeliveryRestsOn) {
    for (const char* name :
         {"delivery.report.only.error",
          "enabled_events",
          "log.queue",
          "opaque",
          "transactional.id"}) {
        KafkaOptions options;
        options.properties = {{name, "1"}};
        EXPECT_NE(error_of(options).find(std::string("properties: ") + name), std::string::npos);
    }
}

TEST(ProducerProperties, SayWhatIsWrong) {
    KafkaOptions options;
    options.topic = "flows";
    options.properties = {{"no.such", "1"}};
    EXPECT_EQ(
        error_of(options), "properties: no.such: No such configuration property: \"no.such\""
    );
    options.properties = {{"linger.ms", "soon"}};
    EXPECT_NE(error_of(options).find("properties: linger.ms: "), std::string::npos);
    options.properties = {};
    options.compression = "rar";
    EXPECT_NE(error_of(options).find("rar"), std::string::npos);
    options.compression = "lz4";
    options.properties_file = "/no/such/file";
    EXPECT_EQ(error_of(options), "properties_file: /no/such/file: No such file or directory");
}

TEST(ProducerProperties, KeepTheSecretsOfTheFile) {
    for (const char* line :
         {"sasl.mechanism=hush\nssl.endpoint.identification.algorithm=secret",
          "no.such=secret",
          "linger.ms=secret",
          "secret",
          "log.queue=secret"}) {
        const PropertiesFile file(std::string("# 1\n") + line + "\n");
        KafkaOptions options;
        options.topic = "flows";
        options.properties_file = file.path();
        const std::string error = error_of(options);
        EXPECT_NE(error.find(file.path() + ":"), std::string::npos) << error;
        EXPECT_EQ(error.find("secret"), std::string::npos) << error;
    }
}

TEST(ProducerProperties, NeedATopicThatCanBe) {
    KafkaOptions options;
    options.topic = std::string(5000, 'x');
    EXPECT_NE(error_of(options).find("topic \"xxx"), std::string::npos);
}

}  // namespace
}  // namespace flowgauge
