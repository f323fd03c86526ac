#include <jujubackup/metadata.hpp>

#include <algorithm>

#include "test_support.hpp"

using jujubackup::Metadata;
using jujubackup::Timestamp;

namespace {

Metadata from_golden(const std::string& name) { return jujubackup::parse_metadata(test::read_file(test::data_path("metadata/" + name))); }

}  // namespace

TEST_CASE("the block without its ID line is what newer create-backup prints") {
  const Metadata metadata = from_golden("v1_3.1.json");
  const std::string with_id = jujubackup::text_2_8(metadata);
  const std::string line = "backup ID:              \n";
  REQUIRE(with_id.find(line) == 1);
  CHECK(jujubackup::text_2_8(metadata, false) == "\n" + with_id.substr(1 + line.size()));
}

TEST_CASE("the block of two controllers, and of one") {
  Metadata metadata;
  metadata.controller_uuid = "u";
  for (const auto& [nodes, expected] : {std::pair<std::int64_t, const char*>{0, "controller UUID:       u\nmodel"},
                                        {1, "controller UUID:       u\nmodel"},
                                        {2, "controller UUID:       u \ncontrollers in HA:     2\nmodel"},
                                        {INT64_MAX, "controller UUID:       u\nmodel"}}) {
    metadata.ha_nodes = nodes;
    const auto& which = nodes;  // clang 14 cannot capture a structured binding
    CAPTURE(which);
    CHECK(jujubackup::text_2_8(metadata).find(expected) != std::string::npos);
  }
}

TEST_CASE("no value can add a line or drive a terminal") {
  Metadata metadata = from_golden("v1_2.8_ha.json");
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  const auto lines_2_0 = lines(jujubackup::text_2_0(metadata));
  const auto lines_2_8 = lines(jujubackup::text_2_8(metadata));
  CHECK(lines_2_0 == 12);
  for (std::string* field : {&metadata.id, &metadata.checksum, &metadata.checksum_format, &metadata.notes, &metadata.model_uuid,
                             &metadata.machine, &metadata.hostname, &*metadata.series, &metadata.controller_uuid}) {
    *field = "a\nforged: \x1b[2J\xff";
  }
  for (const std::string& text : {jujubackup::text_2_0(metadata), jujubackup::text_2_8(metadata)}) {
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\xff') == std::string::npos);
    CHECK(text.find("a\\nforged: \\x1b[2J\\xff") != std::string::npos);
  }
  CHECK(lines(jujubackup::text_2_0(metadata)) == lines_2_0);
  CHECK(lines(jujubackup::text_2_8(metadata)) == lines_2_8);
}

TEST_CASE("what is not known is left out for scripts, and named in the block") {
  const Metadata metadata = jujubackup::metadata_from_file(77, "c=", Timestamp::from_unix(1500000000));
  CHECK(jujubackup::to_json(metadata) ==
        R"({"finished":"2017-07-14T02:40:00Z","checksum":"c=","checksum-format":"SHA-1, base64 encoded","size-bytes":77})");
  CHECK(jujubackup::to_yaml(metadata) ==
        "finished: \"2017-07-14T02:40:00Z\"\n"
        "checksum: c=\n"
        "checksum-format: SHA-1, base64 encoded\n"
        "size-bytes: 77\n");
  CHECK(jujubackup::text_2_8(metadata).starts_with(
      "\nbackup ID:              \nbackup format version: <unknown> \njuju version:          9999.9999.9999 \n"));
}

TEST_CASE("the forms for scripts") {
  Metadata metadata = from_golden("v1_2.8_ha.json");
  metadata.id = "20200630-210411.m";
  metadata.notes = "a <b>\nc";
  metadata.ca_cert = "CERT\n";
  metadata.stored = Timestamp::from_unix(1600000000);
  CHECK(jujubackup::to_json(metadata) ==
        R"({"id":"20200630-210411.m","format-version":1,"juju-version":"2.8.0","series":"bionic",)"
        R"("controller-uuid":"c54b1d8e-90ab-4c3d-b2f7-61e0a9d3c802","ha-nodes":3,"controller-machine-id":"1",)"
        R"("controller-machine-instance-id":"i-0a1b2c3d4e5f60718","model-uuid":"3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10",)"
        R"("machine":"1","hostname":"juju-7e9f10-1","started":"2020-06-30T21:04:11.5Z","stored":"2020-09-13T12:26:40Z",)"
        R"("notes":"a \u003cb\u003e\nc","ca-cert":"CERT\n"})");
  CHECK(jujubackup::to_yaml(metadata) ==
        "id: 20200630-210411.m\n"
        "format-version: 1\n"
        "juju-version: 2.8.0\n"
        "series: bionic\n"
        "controller-uuid: c54b1d8e-90ab-4c3d-b2f7-61e0a9d3c802\n"
        "ha-nodes: 3\n"
        "controller-machine-id: \"1\"\n"
        "controller-machine-instance-id: i-0a1b2c3d4e5f60718\n"
        "model-uuid: 3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10\n"
        "machine: \"1\"\n"
        "hostname: juju-7e9f10-1\n"
        "started: \"2020-06-30T21:04:11.5Z\"\n"
        "stored: \"2020-09-13T12:26:40Z\"\n"
        "notes: |-\n"
        "  a <b>\n"
        "  c\n"
        "ca-cert: |\n"
        "  CERT\n");
  // Version 0 is a version, not something unset.
  CHECK(jujubackup::to_json(from_golden("v0_1.21.json")).starts_with(R"({"format-version":0,"juju-version":"1.21-beta5","model-uuid":)"));
}

TEST_CASE("the private key of the CA is in no form but the record itself") {
  Metadata metadata = from_golden("v1_2.8_ha.json");
  metadata.ca_private_key = "TOPSECRET";
  for (const std::string& text : {jujubackup::text_2_0(metadata), jujubackup::text_2_8(metadata), jujubackup::text_2_8(metadata, false),
                                  jujubackup::to_json(metadata), jujubackup::to_yaml(metadata)}) {
    CHECK(text.find("TOPSECRET") == std::string::npos);
  }
  CHECK(jujubackup::write_metadata(metadata).find("TOPSECRET") != std::string::npos);
}
