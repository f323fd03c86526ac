#include <jujubackup/metadata.hpp>

#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::Metadata;
using jujubackup::parse_metadata;

TEST_CASE("keys are found as Go finds them") {
  CHECK(parse_metadata(R"({"nOTES":"x"})").notes == "x");
  CHECK(parse_metadata(R"({"Notes":"first","notes":"last"})").notes == "last");
  CHECK(parse_metadata(R"({"notes":"first","Notes":null})").notes == "first");
  CHECK(parse_metadata(R"({"Size":1,"size":2,"SIZE":null})").size_bytes == 2);
  CHECK(parse_metadata(R"({"formatversion":1,"modelUUID":"m","Environment":"e"})").model_uuid == "m");
  CHECK(parse_metadata(R"({"ModelUUID":"m","environment":"e"})").model_uuid == "e");
  CHECK(parse_metadata(R"({"FormatVersion":7,"formatVersion":0})").format_version == 0);
  CHECK(parse_metadata(R"({"Unknown":{"deep":[1,2,{"x":null}]},"Notes":"n"})").notes == "n");
}

TEST_CASE("missing keys and nulls stay unset") {
  Metadata unset;
  unset.format_version = 0;
  CHECK(parse_metadata("{}") == unset);
  CHECK(parse_metadata(R"({"ID":null,"FormatVersion":null,"Checksum":null,"ChecksumFormat":null,"Size":null,"Stored":null,
    "Started":null,"Finished":null,"Notes":null,"Environment":null,"Machine":null,"Hostname":null,"Version":null,"Series":null,
    "Base":null,"CACert":null,"CAPrivateKey":null})") == unset);
  CHECK(parse_metadata(R"({"CACert":"","Series":""})").ca_cert == "");
  CHECK(parse_metadata(R"({"CACert":"","Series":""})").series == "");
}

TEST_CASE("keys of another version are ignored, whatever they hold") {
  const Metadata v0 = parse_metadata(R"({"ControllerUUID":1,"HANodes":"x","ModelUUID":[],"ControllerMachineID":{}})");
  CHECK(v0.controller_uuid.empty());
  CHECK(v0.ha_nodes == 0);
  const Metadata v2 = parse_metadata(R"({"FormatVersion":2,"Size":"x","Checksum":1,"CACert":[],"CAPrivateKey":{},"Environment":1})");
  CHECK(v2.size_bytes == 0);
  CHECK_FALSE(v2.ca_private_key);
  // 3.x renamed Series to Base without a new version; which of them is there is all one can go by.
  const Metadata v1 = parse_metadata(R"({"FormatVersion":1,"Series":"jammy","Base":"ubuntu@22.04"})");
  CHECK(v1.series == "jammy");
  CHECK(v1.base == "ubuntu@22.04");
}

TEST_CASE("times with an offset become UTC") {
  const Metadata metadata = parse_metadata(R"({"Started":"2016-11-02T09:15:04.1234567891+01:00"})");
  CHECK(metadata.started.rfc3339() == "2016-11-02T08:15:04.123456789Z");
}

TEST_CASE("the largest number is kept exactly") {
  const Metadata metadata = parse_metadata(R"({"FormatVersion":1,"HANodes":9223372036854775807,"Size":9223372036854775806})");
  CHECK(metadata.ha_nodes == jujubackup::metadata_unknown_integer);
  CHECK(metadata.size_bytes == 9223372036854775806);
}

TEST_CASE("other versions are refused") {
  for (const char* number : {"3", "-1", "9223372036854775807"}) {
    CAPTURE(number);
    const auto error = test::error_of([&] { parse_metadata(std::string(R"({"FormatVersion":)") + number + "}"); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::unsupported);
    CHECK(error->message() == std::string("backup format ") + number + " not supported");
  }
}

TEST_CASE("wrong records are refused by the name of the key and without the value") {
  struct Case {
    const char *json, *message;
  };
  const Case cases[] = {
      {"[]", "the backup metadata is not a JSON object"},
      {"null", "the backup metadata is not a JSON object"},
      {"\"secret\"", "the backup metadata is not a JSON object"},
      {R"({"FormatVersion":"1"})", "FormatVersion in the backup metadata is not a whole number of 64 bits"},
      {R"({"FormatVersion":1.0})", "FormatVersion in the backup metadata is not a whole number of 64 bits"},
      {R"({"FormatVersion":9223372036854775808})", "FormatVersion in the backup metadata is not a whole number of 64 bits"},
      {R"({"Size":1.5})", "Size in the backup metadata is not a whole number of 64 bits"},
      {R"({"Size":1e3})", "Size in the backup metadata is not a whole number of 64 bits"},
      {R"({"Size":9223372036854775808})", "Size in the backup metadata is not a whole number of 64 bits"},
      {R"({"Size":"1"})", "Size in the backup metadata is not a whole number of 64 bits"},
      {R"({"Size":true})", "Size in the backup metadata is not a whole number of 64 bits"},
      {R"({"FormatVersion":1,"HANodes":[3]})", "HANodes in the backup metadata is not a whole number of 64 bits"},
      {R"({"Notes":1})", "Notes in the backup metadata is not a string"},
      {R"({"notes":{"a":"secret"}})", "Notes in the backup metadata is not a string"},
      // A wrong value is an error also where a later one would replace it.
      {R"({"Notes":1,"Notes":"x"})", "Notes in the backup metadata is not a string"},
      {R"({"CAPrivateKey":["secret"]})", "CAPrivateKey in the backup metadata is not a string"},
      {R"({"Started":0})", "Started in the backup metadata is not a string"},
      {R"({"Started":"secret"})", "Started in the backup metadata is not a time"},
      {R"({"Stored":""})", "Stored in the backup metadata is not a time"},
      {R"({"Finished":"0000-01-01T00:00:00Z"})", "Finished in the backup metadata is not a time"},
      {R"({"Version":2.0})", "Version in the backup metadata is not a string"},
      {R"({"Version":"secret"})", "Version in the backup metadata is not a Juju version"},
      {R"({"Version":""})", "Version in the backup metadata is not a Juju version"},
      {R"({"Checksum":"secret"})", "missing checksum format"},
      {R"({"ChecksumFormat":"SHA-1, base64 encoded"})", "missing checksum"},
      {R"({"FormatVersion":1,"Checksum":"secret","ChecksumFormat":""})", "missing checksum format"},
      {R"({"Notes":secret})", "invalid JSON at byte 10"},
      {R"({"Notes":"a"} {"error":"secret"})", "invalid JSON at byte 15"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.json);
    const auto error = test::error_of([&] { parse_metadata(c.json); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
    CHECK(error->message() == c.message);
  }
}

TEST_CASE("a record beyond the limits is refused") {
  for (const std::string& json : {R"({"Notes":")" + std::string(1 << 20, 'x') + "\"}", R"({"X":)" + std::string(100'000, '[')}) {
    const auto error = test::error_of([&] { parse_metadata(json); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::limit);
  }
}
