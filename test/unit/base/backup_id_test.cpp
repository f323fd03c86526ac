#include <jujubackup/backup_id.hpp>

#include "test_support.hpp"

using jujubackup::Timestamp;

TEST_CASE("IDs and names are made from the start time") {
  const auto started = Timestamp::parse_rfc3339("2016-11-02T09:15:04.999+01:00");
  const std::string id = jujubackup::make_backup_id(started, "3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10");
  CHECK(id == "20161102-081504.3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10");
  CHECK(jujubackup::is_backup_id(id));
  CHECK(jujubackup::make_backup_id(Timestamp(), "") == "00010101-000000.<unknown>");
  CHECK(jujubackup::is_backup_id("00010101-000000.<unknown>"));
  CHECK(jujubackup::archive_file_name(id) == "juju-backup-20161102-081504.3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10.tar.gz");
  CHECK(jujubackup::download_file_name(started) == "juju-backup-20161102-081504.tar.gz");
}

TEST_CASE("only what is safe in a file name is an ID") {
  const std::string prefix = "20161102-081504.";
  CHECK(jujubackup::is_backup_id(prefix + "a"));
  CHECK(jujubackup::is_backup_id(prefix + "a..b_C-<9>"));
  CHECK(jujubackup::is_backup_id(prefix + std::string(200, 'a')));
  CHECK(jujubackup::is_backup_id("20160229-235959.a"));
  CHECK_FALSE(jujubackup::is_backup_id(prefix + std::string(201, 'a')));
  for (const char* bad : {"",
                          "20161102-081504",
                          "20161102-081504.",
                          "20161102-081504..",
                          "20161102-081504..a",
                          "20161102-081504.a/b",
                          "20161102-081504.a b",
                          "20161102-081504.a\n",
                          "20161102-081504.\xc3\xa4",
                          "20161102-081504-a",
                          "20161102.081504.a",
                          "2016110-081504.aa",
                          "20150229-081504.a",
                          "20161302-081504.a",
                          "20161100-081504.a",
                          "20161102-240000.a",
                          "20161102-086000.a",
                          "20161102-081560.a",
                          "00000102-081504.a",
                          "2016110x-081504.a",
                          "../../etc/passwd",
                          "20161102-08150 .a",
                          "+0161102-081504.a"}) {
    CAPTURE(bad);
    CHECK_FALSE(jujubackup::is_backup_id(bad));
  }
  CHECK_FALSE(jujubackup::is_backup_id(std::string("20161102-081504.a\0b", 19)));
}
