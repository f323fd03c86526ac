#include <jujubackup/metadata.hpp>

#include "test_support.hpp"

using jujubackup::Metadata;
using jujubackup::parse_metadata;

namespace {

const char* const goldens[] = {"v0_1.21",    "v0_2.0.0", "v0_2.0_stored", "v1_2.8_ha", "v1_2.9.35",
                               "v1_3.0-rc1", "v1_3.1",   "v2_2.9.58",     "v2_3.6.22"};

std::string golden(const std::string& name) { return test::read_file(test::data_path("metadata/" + name)); }

}  // namespace

TEST_CASE("every version is written as it was read, and shown as Juju shows it") {
  for (const std::string name : goldens) {
    CAPTURE(name);
    const std::string json = golden(name + ".json");
    const Metadata metadata = parse_metadata(json);
    CHECK(jujubackup::write_metadata(metadata) == json);
    CHECK(jujubackup::text_2_0(metadata) == golden(name + ".2_0.txt"));
    CHECK(jujubackup::text_2_8(metadata) == golden(name + ".2_8.txt"));
    // What Juju of that version writes has exactly the keys that are there.
    CHECK(jujubackup::with_flavour_of(metadata.version, metadata) == metadata);
  }
}

TEST_CASE("the values of a record arrive in their places") {
  const Metadata v0 = parse_metadata(golden("v0_2.0_stored.json"));
  CHECK(v0.format_version == 0);
  CHECK(v0.id == "20161013-091500.3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10");
  CHECK(v0.checksum == "EfatjsUqKYSrqv18O1FlA3hcIHI=");
  CHECK(v0.checksum_format == jujubackup::checksum_format_sha1);
  CHECK(v0.size_bytes == 45565185);
  CHECK(v0.stored == jujubackup::Timestamp::from_unix(1476350127));
  CHECK(v0.started == jujubackup::Timestamp::from_unix(1476350100));
  CHECK(v0.finished == jujubackup::Timestamp::from_unix(1476350120));
  CHECK(v0.notes.starts_with("tab\t, \"quotes\", back\\slash, line\nend, Gr\u00fc\u00dfe, \U0001f600, <tag>, sep\u2028arator"));
  CHECK(v0.model_uuid == "3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10");
  CHECK(v0.machine == "0");
  CHECK(v0.hostname == "juju-aa01-0");
  CHECK(v0.version == jujubackup::JujuVersion{2, 0, "beta", 12, 0});
  CHECK(v0.series == "xenial");
  CHECK_FALSE(v0.base);
  CHECK(v0.ca_cert->starts_with("-----BEGIN CERTIFICATE-----\nMIIB"));
  CHECK(v0.ca_private_key->starts_with("-----BEGIN RSA PRIVATE KEY-----\nMIIE"));
  CHECK(v0.controller_uuid.empty());

  const Metadata old = parse_metadata(golden("v0_1.21.json"));
  CHECK_FALSE(old.series);
  CHECK_FALSE(old.ca_cert);
  CHECK_FALSE(old.ca_private_key);
  CHECK(old.finished.is_zero());

  const Metadata v1 = parse_metadata(golden("v1_2.8_ha.json"));
  CHECK(v1.format_version == 1);
  CHECK(v1.ha_nodes == 3);
  CHECK(v1.controller_uuid == "c54b1d8e-90ab-4c3d-b2f7-61e0a9d3c802");
  CHECK(v1.controller_machine_id == "1");
  CHECK(v1.controller_machine_instance_id == "i-0a1b2c3d4e5f60718");

  const Metadata v2 = parse_metadata(golden("v2_3.6.22.json"));
  CHECK(v2.format_version == 2);
  CHECK(v2.base == "ubuntu@22.04");
  CHECK_FALSE(v2.series);
  CHECK(v2.started.nanoseconds() == 1);
}

TEST_CASE("a record cut anywhere is refused") {
  const std::string json = golden("v1_2.8_ha.json");
  for (std::size_t n = 0; n + 1 < json.size(); ++n) {
    CAPTURE(n);
    const auto error = test::error_of([&] { parse_metadata(std::string_view(json).substr(0, n)); });
    REQUIRE(error);
    CHECK(error->code() == jujubackup::ErrorCode::corrupt);
    CHECK(error->message().find("MIIE") == std::string::npos);
  }
}
