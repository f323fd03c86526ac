#include <jujubackup/store_backend.hpp>

#include "store/record.hpp"
#include "store_support.hpp"

using jujubackup::BackupRecord;
using jujubackup::ErrorCode;

namespace {

BackupRecord sample_record() {
  BackupRecord record;
  record.id = test::sample_id();
  record.file_name = "juju-backup-" + record.id + ".tar.gz";
  record.size_bytes = 1234;
  record.sha1_base64 = "787+GVhxQOiJ3eq+NGVTUQZ1L3g=";
  record.sha256_hex = std::string(64, 'a');
  record.verified = jujubackup::Timestamp::parse_rfc3339("2016-11-02T09:00:00.5Z");
  record.warnings = {"skipping socket x", "a \"quoted\" <one>"};
  record.metadata.id = record.id;
  record.metadata.started = jujubackup::Timestamp::parse_rfc3339("2016-11-02T08:15:04.120456789Z");
  record.metadata.model_uuid = test::sample_model;
  record.metadata.version = jujubackup::JujuVersion::parse("2.9-rc1");
  record.metadata.size_bytes = 1234;
  record.metadata.series = "focal";
  record.metadata.ca_cert = "cert";
  record.metadata.ha_nodes = 3;
  return record;
}

void check_same(const BackupRecord& a, const BackupRecord& b) {
  CHECK(a.id == b.id);
  CHECK(a.file_name == b.file_name);
  CHECK(a.size_bytes == b.size_bytes);
  CHECK(a.sha1_base64 == b.sha1_base64);
  CHECK(a.sha256_hex == b.sha256_hex);
  CHECK(a.metadata == b.metadata);
  CHECK(a.verified == b.verified);
  CHECK(a.warnings == b.warnings);
  CHECK(a.adopted == b.adopted);
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

}  // namespace

TEST_CASE("a record is read back as it was written") {
  BackupRecord record = sample_record();
  check_same(jujubackup::parse_record(jujubackup::write_record(record)), record);
  record.metadata = jujubackup::metadata_from_file(INT64_MAX, "", jujubackup::Timestamp());
  record.metadata.base = "";
  record.adopted = true;
  record.verified = {};
  record.warnings.clear();
  check_same(jujubackup::parse_record(jujubackup::write_record(record)), record);
}

TEST_CASE("a record never holds the CA private key") {
  BackupRecord record = sample_record();
  record.metadata.ca_private_key = test::sample_secret;
  for (const std::string& text : {jujubackup::write_record(record), jujubackup::to_json(record), jujubackup::to_yaml(record)}) {
    CHECK(text.find("PRIVATE KEY") == std::string::npos);
  }
}

TEST_CASE("warnings are bounded") {
  BackupRecord record = sample_record();
  record.warnings.assign(1500, "w");
  auto read = jujubackup::parse_record(jujubackup::write_record(record));
  REQUIRE(read.warnings.size() == 1001);
  CHECK(read.warnings.back() == "and 500 more");
  record.warnings.assign(10, std::string(200000, '\1'));
  const std::string text = jujubackup::write_record(record);
  CHECK(text.size() <= jujubackup::max_record_bytes);
  read = jujubackup::parse_record(text);
  REQUIRE(read.warnings.size() == 3);
  CHECK(read.warnings.back() == "and 8 more");
}

TEST_CASE("a record full of escapes is read back") {
  BackupRecord record = sample_record();
  record.metadata.notes.assign(std::size_t{1} << 20, '<');
  record.warnings = {std::string(std::size_t{500} << 10, '&')};
  const auto read = jujubackup::parse_record(jujubackup::write_record(record));
  CHECK(read.metadata.notes == record.metadata.notes);
  CHECK(read.warnings == record.warnings);
  CHECK(jujubackup::to_json(record).size() > std::size_t{9} * 1000 * 1000);
  record.metadata.notes.assign(std::size_t{3} << 20, '<');
  const auto error = test::error_of([&] { jujubackup::write_record(record); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::limit);
  CHECK(error->message() == "the record is too long");
}

TEST_CASE("a record that is not one of ours is refused") {
  const std::string good = jujubackup::write_record(sample_record());
  struct Case {
    const char *what, *with;
    ErrorCode code;
    const char* message;
  };
  const auto bad = [](const char* key) { return "the record's \"" + std::string(key) + "\" is missing or not what it should be"; };
  const std::string id = bad("id"), file = bad("file-name"), size = bad("size-bytes"), time = bad("verified"), warnings = bad("warnings"),
                    format = bad("format"), version = bad("juju-version"), metadata = bad("metadata"), adopted = bad("adopted");
  for (const Case& c : {Case{"\"format\": 1", "\"format\": 2", ErrorCode::unsupported, "record format 2 not supported"},
                        {"\"format\": 1", "\"format\": \"1\"", ErrorCode::corrupt, format.c_str()},
                        {"\"format\"", "\"Format\"", ErrorCode::corrupt, format.c_str()},
                        {"\"id\": \"2016", "\"id\": \"../6", ErrorCode::corrupt, id.c_str()},
                        {"\"file-name\": \"juju", "\"file-name\": \"/juj", ErrorCode::corrupt, file.c_str()},
                        {".tar.gz\"", ".json\"", ErrorCode::corrupt, file.c_str()},
                        {"\"size-bytes\": 1234", "\"size-bytes\": -1", ErrorCode::corrupt, size.c_str()},
                        {"\"size-bytes\": 1234", "\"size-bytes\": 1.5", ErrorCode::corrupt, size.c_str()},
                        {"\"verified\": \"2016", "\"verified\": \"x", ErrorCode::corrupt, time.c_str()},
                        {"\"adopted\": false", "\"adopted\": 0", ErrorCode::corrupt, adopted.c_str()},
                        {"\"skipping socket x\"", "7", ErrorCode::corrupt, warnings.c_str()},
                        {"2.9-rc1", "two", ErrorCode::corrupt, version.c_str()},
                        {"\"metadata\"", "\"other\"", ErrorCode::corrupt, metadata.c_str()}}) {
    CAPTURE(c.with);
    const auto error = test::error_of([&] { jujubackup::parse_record(replaced(good, c.what, c.with)); });
    REQUIRE(error);
    CHECK(error->code() == c.code);
    CHECK(error->message() == c.message);
  }
  for (const std::string text : {"", "[]", "null", "{}", "{\"format\":1}"}) {
    CHECK_MESSAGE(test::error_of([&] { jujubackup::parse_record(text); })->code() == ErrorCode::corrupt, text);
  }
  // Cut anywhere, it is no record.
  for (std::size_t cut = 0; cut + 2 < good.size(); ++cut) CHECK(test::error_of([&] { jujubackup::parse_record(good.substr(0, cut)); }));
}

TEST_CASE("names of archives and records") {
  CHECK(jujubackup::is_archive_name("a.tar.gz"));
  CHECK(jujubackup::is_archive_name("a.tgz"));
  for (const char* name : {".tar.gz", ".tgz", "a.tar", "a.gz", "a.tar.gz.json", "a.json", ""})
    CHECK_FALSE(jujubackup::is_archive_name(name));
  CHECK(jujubackup::record_name("a.b.tar.gz") == "a.b.json");
  CHECK(jujubackup::record_name("a.tgz") == "a.json");
}

TEST_CASE("a record for scripts leaves out what is unset") {
  BackupRecord record = sample_record();
  CHECK(jujubackup::to_json(record) ==
        R"({"id":"20161102-081504.3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10",)"
        R"("file-name":"juju-backup-20161102-081504.3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10.tar.gz","size-bytes":1234,)"
        R"("sha1":"787+GVhxQOiJ3eq+NGVTUQZ1L3g=","sha256":")" +
            std::string(64, 'a') +
            R"(","verified":"2016-11-02T09:00:00.5Z","adopted":false,"warnings":["skipping socket x","a \"quoted\" \u003cone\u003e"],)"
            R"("metadata":)" +
            jujubackup::to_json(record.metadata) + "}");
  record.sha1_base64.clear();
  record.sha256_hex.clear();
  record.verified = {};
  record.warnings.clear();
  record.adopted = true;
  CHECK(jujubackup::to_yaml(record).starts_with("id: 20161102-081504.3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10\nfile-name: juju-backup-"));
  CHECK(jujubackup::to_yaml(record).find("size-bytes: 1234\nadopted: true\nmetadata:\n  id: ") != std::string::npos);
}
