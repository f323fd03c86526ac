// Small backups for the tests of stores.
#pragma once

#include <string>
#include <string_view>

#include <jujubackup/archive_writer.hpp>
#include <jujubackup/io.hpp>
#include <jujubackup/store.hpp>

#include "test_support.hpp"

namespace test {

inline constexpr std::string_view sample_model = "3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10";
inline constexpr std::string_view sample_secret = "-----BEGIN RSA PRIVATE KEY----- not for any listing";

// The ID of sample_input(..., second).
inline std::string sample_id(int second = 4) { return "20161102-08150" + std::to_string(second) + "." + std::string(sample_model); }

// A controller's files and dump, made below `scratch`; nothing can be said against an archive of them.
inline jujubackup::ArchiveInput sample_input(const Scratch& scratch, int second = 4) {
  const std::string document("\x05\0\0\0\0", 5);
  const std::string root = scratch / "sample/root/";
  const std::string dump = scratch / "sample/dump/";
  jujubackup::ArchiveInput input;
  for (const std::string name : {"var/lib/juju/system-identity", "var/lib/juju/server.pem", "var/lib/juju/shared-secret",
                                 "var/lib/juju/agents/machine-0/agent.conf"}) {
    write_file(root + name, "content of " + name);
    input.root_files.push_back({root + name, name, false});
  }
  std::filesystem::create_directories(root + "var/lib/juju/tools");
  if (!std::filesystem::is_symlink(root + "var/lib/juju/tools/machine-0")) {
    std::filesystem::create_symlink("2.0.0-xenial-amd64", root + "var/lib/juju/tools/machine-0");
  }
  input.root_files.push_back({root + "var/lib/juju/tools/machine-0", "var/lib/juju/tools/machine-0", false});
  write_file(dump + "juju/models.bson", document);
  write_file(dump + "juju/models.metadata.json", "{}");
  write_file(dump + "oplog.bson", "");
  input.dump_files = {{dump + "juju", "juju", false},
                      {dump + "juju/models.bson", "juju/models.bson", false},
                      {dump + "juju/models.metadata.json", "juju/models.metadata.json", false},
                      {dump + "oplog.bson", "oplog.bson", false}};
  jujubackup::Metadata& metadata = input.metadata;
  metadata.format_version = 0;
  metadata.started = jujubackup::Timestamp::parse_rfc3339("2016-11-02T08:15:0" + std::to_string(second) + ".120456789Z");
  metadata.model_uuid = sample_model;
  metadata.machine = "0";
  metadata.hostname = "juju-controller";
  metadata.version = jujubackup::JujuVersion::parse("2.0.0");
  metadata.series = "xenial";
  metadata.notes = "before <the> upgrade";
  metadata.ca_cert = "-----BEGIN CERTIFICATE-----";
  metadata.ca_private_key = sample_secret;
  return input;
}

inline std::string sample_archive(const Scratch& scratch, int second = 4) {
  jujubackup::MemorySink sink(std::size_t{1} << 20);
  jujubackup::write_archive(sample_input(scratch, second), sink);
  return sink.text();
}

inline jujubackup::BackupRecord add_text(jujubackup::BackupStore& store, std::string_view archive,
                                         const jujubackup::AddOptions& options = {}) {
  const auto source = jujubackup::source_of_memory(bytes_of(archive), "upload.tar.gz");
  return store.add(*source, options);
}

inline std::string read_all(jujubackup::Source& source) {
  std::string text;
  std::vector<std::byte> buffer(5000);
  while (const std::size_t got = source.read(buffer)) text += text_of(std::span(buffer).first(got));
  return text;
}

}  // namespace test
