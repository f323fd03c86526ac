#include "controller/wire_metadata.hpp"

#include "test_support.hpp"

using jujubackup::JujuVersion;
using jujubackup::Metadata;
using jujubackup::Timestamp;
using jujubackup::Value;
using jujubackup::WireMetadata;

namespace {

WireMetadata full() {
  WireMetadata wire;
  Metadata& metadata = wire.metadata;
  metadata.format_version = 1;
  metadata.id = "20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01";
  metadata.checksum = "EfatjsUqKYSrqv18O1FlA3hcIHI=";
  metadata.checksum_format = jujubackup::checksum_format_sha1;
  metadata.size_bytes = 45565185;
  metadata.started = Timestamp::parse_rfc3339("2016-10-13T09:15:00.123456789Z");
  metadata.finished = Timestamp::parse_rfc3339("2016-10-13T09:15:20.5Z");
  metadata.notes = "before upgrade";
  metadata.model_uuid = "6d0c1a52-1111-4222-8333-94c7d2f0aa01";
  metadata.machine = "0";
  metadata.hostname = "juju-aa01-0";
  metadata.version = JujuVersion::parse("2.0.0");
  metadata.series = "xenial";
  metadata.base = "ubuntu@22.04";
  metadata.ca_cert = "CERT";
  metadata.ca_private_key = "KEY";
  metadata.controller_uuid = "c";
  metadata.controller_machine_id = "1";
  metadata.controller_machine_instance_id = "i-1";
  metadata.ha_nodes = 3;
  wire.file_name = "/tmp/juju-backup.tar.gz";
  return wire;
}

std::string keys_of(const Value& value) {
  std::string keys;
  for (const auto& member : *value.object()) keys += (keys.empty() ? "" : " ") + member.first;
  return keys;
}

}  // namespace

TEST_CASE("every key of a release is there, and no other") {
  const std::string common = "id checksum checksum-format size stored started finished notes model machine hostname version";
  const std::string controller = " format-version controller-uuid controller-machine-id controller-machine-inst-id ha-nodes";
  struct Case {
    const char* version;
    std::string more;
  };
  const Case cases[] = {
      {"2.0.0", " series ca-cert ca-private-key"},
      {"2.3.9", " series ca-cert ca-private-key"},
      {"2.4.0", " series ca-cert ca-private-key filename"},
      {"2.7.8", " series ca-cert ca-private-key filename"},
      {"2.8.0", " series ca-cert ca-private-key filename" + controller},
      {"2.9.31", " series ca-cert ca-private-key filename" + controller},
      {"2.9.32", " series filename" + controller},
      {"2.9.34", " series filename" + controller},
      {"2.9.35", " series base filename" + controller},
      {"2.9.52", " series base filename" + controller},
      {"3.0-beta2", " base filename" + controller},
      {"3.6.28", " base filename" + controller},
      {"4.0.1", " base filename" + controller},
  };
  for (const Case& c : cases) {
    CAPTURE(c.version);
    const JujuVersion version = JujuVersion::parse(c.version);
    CHECK(keys_of(jujubackup::wire_metadata(full(), version)) == common + c.more);
    CHECK(keys_of(jujubackup::wire_metadata(WireMetadata{}, version)) == common + c.more);
  }
}

TEST_CASE("the answer of Create in 2.0") {
  const std::string text = jujubackup::write_json(jujubackup::wire_metadata(full(), JujuVersion::parse("2.0.0"), true));
  CHECK(text ==
        R"({"id":"20161013-091500.6d0c1a52-1111-4222-8333-94c7d2f0aa01","checksum":"EfatjsUqKYSrqv18O1FlA3hcIHI=",)"
        R"("checksum-format":"SHA-1, base64 encoded","size":45565185,"stored":"0001-01-01T00:00:00Z",)"
        R"("started":"2016-10-13T09:15:00.123456789Z","finished":"2016-10-13T09:15:20.5Z","notes":"before upgrade",)"
        R"("model":"6d0c1a52-1111-4222-8333-94c7d2f0aa01","machine":"0","hostname":"juju-aa01-0","version":"2.0.0","series":"xenial",)"
        R"("ca-cert":"CERT","ca-private-key":"KEY"})");
  const std::string listed = jujubackup::write_json(jujubackup::wire_metadata(full(), JujuVersion::parse("2.0.0")));
  CHECK(listed.find("KEY") == std::string::npos);
  CHECK(listed.find(R"("ca-cert":"","ca-private-key":"")") != std::string::npos);
}

TEST_CASE("what is written is read, but for the private key and what the release has no key for") {
  for (const char* release : {"2.0.0", "2.4.0", "2.9.21", "2.9.35", "3.6.4"}) {
    CAPTURE(release);
    const JujuVersion version = JujuVersion::parse(release);
    const WireMetadata read = jujubackup::parse_wire_metadata(jujubackup::wire_metadata(full(), version, true));
    WireMetadata expected = full();
    expected.metadata.ca_private_key.reset();
    if (version >= JujuVersion::parse("2.9.32")) expected.metadata.ca_cert.reset();
    if (version < JujuVersion::parse("2.9.35")) expected.metadata.base.reset();
    if (version.major == 3) expected.metadata.series.reset();
    if (version < JujuVersion::parse("2.4.0")) expected.file_name.clear();
    if (version < JujuVersion::parse("2.8.0")) {
      expected.metadata.format_version = 0;
      expected.metadata.controller_uuid.clear();
      expected.metadata.controller_machine_id.clear();
      expected.metadata.controller_machine_instance_id.clear();
      expected.metadata.ha_nodes = 0;
    }
    CHECK(read.metadata == expected.metadata);
    CHECK(read.file_name == expected.file_name);
  }
  CHECK(jujubackup::parse_wire_metadata(Value::Object{}).metadata.size_bytes == 0);
}

TEST_CASE("bad metadata is refused without quoting it") {
  const char* const cases[] = {
      R"([])",
      R"("text")",
      R"({"id":7})",
      R"({"size":-1})",
      R"({"size":1.5})",
      R"({"size":"SECRET"})",
      R"({"size":18446744073709551615})",
      R"({"started":"SECRET"})",
      R"({"finished":"2016-13-01T00:00:00Z"})",
      R"({"version":"SECRET"})",
      R"({"version":2})",
      R"({"ca-cert":["SECRET"]})",
      R"({"ha-nodes":-3})",
      R"({"format-version":-1})",
      R"({"filename":{}})",
  };
  for (const char* text : cases) {
    CAPTURE(text);
    try {
      jujubackup::parse_wire_metadata(jujubackup::parse_json(text));
      FAIL("taken");
    } catch (const jujubackup::Error& error) {
      CHECK(error.code() == jujubackup::ErrorCode::corrupt);
      CHECK(std::string(error.what()).find("SECRET") == std::string::npos);
    }
  }
}
