#include <jujubackup/metadata.hpp>

#include "test_support.hpp"

using jujubackup::JujuVersion;
using jujubackup::Metadata;
using jujubackup::Timestamp;

namespace {

Metadata full() {
  Metadata metadata;
  metadata.id = "i";
  metadata.checksum = "c";
  metadata.checksum_format = jujubackup::checksum_format_sha1;
  metadata.size_bytes = 5;
  metadata.started = Timestamp::from_unix(1);
  metadata.notes = "n";
  metadata.model_uuid = "m";
  metadata.machine = "0";
  metadata.hostname = "h";
  metadata.version = {1, 2, "", 3, 0};
  metadata.series = "s";
  metadata.base = "b";
  metadata.controller_uuid = "u";
  metadata.ha_nodes = 3;
  metadata.controller_machine_id = "1";
  metadata.controller_machine_instance_id = "x";
  metadata.ca_cert = "C";
  metadata.ca_private_key = "K";
  return metadata;
}

std::string flavour(const Metadata& metadata) {
  std::string text = std::to_string(metadata.format_version);
  if (metadata.series) text += " series";
  if (metadata.base) text += " base";
  if (metadata.ca_cert) text += " cert";
  if (metadata.ca_private_key) text += " key";
  return text;
}

}  // namespace

TEST_CASE("each Juju has its flavour") {
  struct Case {
    const char *version, *flavour;
  };
  const Case cases[] = {
      {"1.21-alpha1", "0"},
      {"1.25.13", "0"},
      {"2.0-alpha2", "0"},
      {"2.0-beta2", "0"},
      {"2.0-beta3", "0 cert key"},
      {"2.0-beta8.1", "0 cert key"},
      {"2.0-beta9", "0 series cert key"},
      {"2.0-beta12", "0 series cert key"},
      {"2.0.0", "0 series cert key"},
      {"2.7.8", "0 series cert key"},
      {"2.8-alpha1", "0 series cert key"},
      {"2.8-beta1", "1 series cert key"},
      {"2.8.10", "1 series cert key"},
      {"2.9.31", "1 series cert key"},
      {"2.9.31.7", "1 series cert key"},
      {"2.9.32", "1 series"},
      {"2.9.57", "1 series"},
      {"2.9.58", "2 series"},
      {"2.9.60", "2 series"},
      {"3.0-beta1", "1 series"},
      {"3.0-rc1", "1 base"},
      {"3.0.0", "1 base"},
      {"3.1.99", "1 base"},
      {"3.5.60", "1 base"},
      {"3.6-beta3", "1 base"},
      {"3.6.21", "1 base"},
      {"3.6.22", "2 base"},
      {"4.0.15", "2 base"},
      {"4.1-beta2", "2 base"},
      // Not known: version 1 with what the record has.
      {"0.0.0", "1 series base cert key"},
      {"9999.9999.9999", "1 series base cert key"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.version);
    CHECK(flavour(jujubackup::with_flavour_of(JujuVersion::parse(c.version), full())) == c.flavour);
  }
}

TEST_CASE("values without a place are dropped, missing ones become empty") {
  const Metadata v0 = jujubackup::with_flavour_of({2, 0, "", 0, 0}, full());
  CHECK(v0.controller_uuid.empty());
  CHECK(v0.ha_nodes == 0);
  CHECK(v0.controller_machine_id.empty());
  CHECK(v0.controller_machine_instance_id.empty());
  CHECK(v0.checksum == "c");
  CHECK(v0.size_bytes == 5);
  CHECK(v0.ca_private_key == "K");
  CHECK(v0.series == "s");
  // The record's own version is a value like any other.
  CHECK(v0.version == JujuVersion{1, 2, "", 3, 0});

  const Metadata v2 = jujubackup::with_flavour_of({3, 6, "", 22, 0}, full());
  CHECK(v2.checksum.empty());
  CHECK(v2.checksum_format.empty());
  CHECK(v2.size_bytes == 0);
  CHECK(v2.ha_nodes == 3);
  CHECK(v2.base == "b");

  const Metadata filled = jujubackup::with_flavour_of({2, 9, "", 0, 0}, Metadata());
  CHECK(filled.series == "");
  CHECK(filled.ca_cert == "");
  CHECK(filled.ca_private_key == "");
  CHECK(jujubackup::with_flavour_of({3, 1, "", 0, 0}, Metadata()).base == "");

  const Metadata unknown = jujubackup::with_flavour_of(JujuVersion::unknown(), Metadata());
  CHECK_FALSE(unknown.series);
  CHECK_FALSE(unknown.base);
  CHECK_FALSE(unknown.ca_cert);
}

TEST_CASE("each flavour is written and read back") {
  for (const char* version : {"1.25.0", "2.0-beta3", "2.0.0", "2.8.0", "2.9.32", "2.9.58", "3.1.0", "3.6.22", "0.0.0"}) {
    CAPTURE(version);
    Metadata metadata = jujubackup::with_flavour_of(JujuVersion::parse(version), full());
    if (metadata.base) metadata.series.reset();
    CHECK(jujubackup::parse_metadata(jujubackup::write_metadata(metadata)) == metadata);
  }
}

TEST_CASE("a base is written in place of a series, except in version 0") {
  Metadata metadata = full();
  CHECK(jujubackup::write_metadata(metadata).find(R"("Version":"1.2.3","Base":"b","ControllerUUID")") != std::string::npos);
  metadata.format_version = 0;
  CHECK(jujubackup::write_metadata(metadata).find(R"("Version":"1.2.3","Series":"s","CACert")") != std::string::npos);
  metadata.series.reset();
  CHECK(jujubackup::write_metadata(metadata).find(R"("Version":"1.2.3","CACert")") != std::string::npos);
}

TEST_CASE("versions that do not exist cannot be written") {
  for (const std::int64_t format : {std::int64_t{-1}, std::int64_t{3}, jujubackup::metadata_unknown_integer}) {
    Metadata metadata;
    metadata.format_version = format;
    const auto error = test::error_of([&] { jujubackup::write_metadata(metadata); });
    REQUIRE(error);
    CHECK(error->code() == jujubackup::ErrorCode::invalid_argument);
    CHECK(error->message() == "backup format " + std::to_string(format) + " cannot be written");
  }
}

TEST_CASE("an archive without metadata gets what upload-backup makes up") {
  const Metadata metadata = jujubackup::metadata_from_file(77, "c=", Timestamp::from_unix(1500000000, 123));
  CHECK(metadata.format_version == INT64_MAX);
  CHECK(metadata.ha_nodes == INT64_MAX);
  CHECK(metadata.size_bytes == 77);
  CHECK(metadata.checksum == "c=");
  CHECK(metadata.checksum_format == "SHA-1, base64 encoded");
  CHECK(metadata.started.is_zero());
  CHECK(metadata.finished == Timestamp::from_unix(1500000000));
  CHECK(metadata.model_uuid == "<unknown>");
  CHECK(metadata.machine == "<unknown>");
  CHECK(metadata.hostname == "<unknown>");
  CHECK(metadata.controller_uuid == "<unknown>");
  CHECK(metadata.controller_machine_id == "<unknown>");
  CHECK(metadata.controller_machine_instance_id == "<unknown>");
  CHECK(metadata.version.to_string() == "9999.9999.9999");
  CHECK_FALSE(metadata.series);
  CHECK(jujubackup::metadata_from_file(77, "", Timestamp()).checksum_format.empty());
}
