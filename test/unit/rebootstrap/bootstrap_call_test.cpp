#include "rebootstrap/bootstrap_call.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/yaml.hpp"
#include "test_support.hpp"

namespace {

using namespace jujubackup;
using namespace jujubackup::rebootstrapping;

constexpr const char* stored =
    "controllers:\n"
    "  prod:\n"
    "    controller-config:\n"
    "      api-port: 17071\n"
    "      ca-cert: OLD CERTIFICATE\n"
    "      controller-uuid: bda3b637-7972-47f7-87fd-a3f2d0c748a5\n"
    "      audit-log-exclude-methods: [ReadOnlyMethods]\n"
    "      identity-url: \"\"\n"
    "    model-config:\n"
    "      name: controller\n"
    "      type: ec2\n"
    "      uuid: 1be318f6-9460-4fe1-8eb4-b1df2db23b53\n"
    "      vpc-id: vpc-1\n"
    "      provisioner-harvest-mode: all\n"
    "    credential: mine\n"
    "    cloud: aws\n"
    "    region: us-east-1\n";

std::string line_of(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

RebootstrapPlan plan_of_prod() {
  RebootstrapPlan plan;
  plan.controller = "prod";
  plan.cloud = "aws";
  plan.region = "us-east-1";
  plan.credential = "mine";
  return plan;
}

BackupFacts backup_of(const std::string& version, const std::string& series, const std::string& base) {
  BackupFacts facts;
  facts.version = JujuVersion::parse(version);
  facts.series = series;
  facts.base = base;
  return facts;
}

}  // namespace

TEST_CASE("what was given to the first bootstrap is given again, with the CA of the backup") {
  const BootstrapRecord record = parse_bootstrap_record(stored, "prod");
  CHECK(record.cloud == "aws");
  CHECK(record.region == "us-east-1");
  CHECK(record.credential == "mine");
  const CaKeys keys{"CERTIFICATE\n", "KEY\n"};
  const Value::Object config = bootstrap_config(record, keys, {"admin", "secret", ""});
  CHECK(write_yaml(config) == write_yaml(Value::Object{{"vpc-id", "vpc-1"},
                                                       {"provisioner-harvest-mode", "destroyed"},
                                                       {"api-port", 17071},
                                                       {"audit-log-exclude-methods", Value::Array{"ReadOnlyMethods"}},
                                                       {"ca-cert", "CERTIFICATE\n"},
                                                       {"ca-private-key", "KEY\n"},
                                                       {"admin-secret", "secret"}}));
  // Another user's password is not admin's.
  const Value other = bootstrap_config(record, keys, {"bob", "secret", ""});
  CHECK(other.find("admin-secret") == nullptr);
}

TEST_CASE("a controller that was not bootstrapped by this client") {
  for (const char* text : {"", "controllers: {}\n", "controllers: {other: {cloud: aws}}\n", "- prod\n"}) {
    CAPTURE(text);
    const auto error = test::error_of([&] { parse_bootstrap_record(text, "prod"); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::not_found);
    CHECK(error->message() == "bootstrap config for controller prod not found");
  }
}

TEST_CASE("versions and options out of juju's own texts") {
  CHECK(parse_juju_version("2.9.45-ubuntu-amd64\n") == JujuVersion::parse("2.9.45"));
  CHECK(parse_juju_version("2.0-beta16-xenial-amd64\n") == JujuVersion::parse("2.0-beta16"));
  CHECK(parse_juju_version("3.6.4-genericlinux-amd64\n") == JujuVersion::parse("3.6.4"));
  const auto error = test::error_of([] { parse_juju_version("WARNING something\n"); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::program);

  const auto options = parse_options(
      "Usage: juju bootstrap [options] [<cloud name>[/region] [<controller name>]]\n"
      "Options:\n"
      "--agent-version (= \"\")\n"
      "    Version of agent binaries; not with --build-agent-now\n"
      "-B, --no-browser-login  (= false)\n"
      "  --config  (= )\n");
  CHECK(options == std::set<std::string, std::less<>>{"--agent-version", "--no-browser-login", "--config"});
}

TEST_CASE("juju bootstrap's arguments, for each juju") {
  struct Case {
    const char* juju;
    std::set<std::string, std::less<>> options;
    const char *version, *series, *base;
    bool build_agent;
    const char* expected;
    std::size_t warnings;
  };
  const std::set<std::string, std::less<>> of_2_0 = {"--agent-version", "--bootstrap-series", "--build-agent"};
  const std::set<std::string, std::less<>> of_2_9 = {"--agent-version", "--bootstrap-series", "--build-agent", "--no-default-model",
                                                     "--no-switch"};
  const std::set<std::string, std::less<>> of_3_6 = {"--agent-version", "--bootstrap-series", "--bootstrap-base", "--build-agent",
                                                     "--no-switch"};
  const Case cases[] = {
      {"2.0.4", of_2_0, "2.0.2", "xenial", "ubuntu@16.04", false, "--bootstrap-series xenial --agent-version 2.0.2", 0},
      {"2.9.45", of_2_9, "2.9.42.1", "focal", "ubuntu@20.04", false,
       "--bootstrap-series focal --agent-version 2.9.42 --no-default-model --no-switch", 0},
      {"2.9.45", of_2_9, "2.9.42", "focal", "ubuntu@20.04", true, "--bootstrap-series focal --build-agent --no-default-model --no-switch",
       0},
      {"3.6.4", of_3_6, "3.6.2", "", "ubuntu@22.04", false, "--bootstrap-base ubuntu@22.04 --agent-version 3.6.2 --no-switch", 0},
      // Another minor version is refused by juju, so it is not asked for.
      {"3.6.4", of_3_6, "3.4.2", "jammy", "ubuntu@22.04", false, "--bootstrap-base ubuntu@22.04 --no-switch", 1},
      {"2.0-beta7", {"--upload-tools"}, "2.0-beta7", "xenial", "", true, "--upload-tools", 1},
  };
  for (const Case& one : cases) {
    CAPTURE(one.expected);
    RebootstrapOptions options;
    options.constraints = "mem=8G";
    options.build_agent = one.build_agent;
    std::vector<std::string> warnings;
    const auto words = bootstrap_arguments(plan_of_prod(), backup_of(one.version, one.series, one.base), options,
                                           {JujuVersion::parse(one.juju), one.options}, warnings);
    CHECK(line_of(words) ==
          std::string("bootstrap aws/us-east-1 prod --config <config> --credential mine --constraints mem=8G ") + one.expected);
    CHECK(warnings.size() == one.warnings);
  }
}
