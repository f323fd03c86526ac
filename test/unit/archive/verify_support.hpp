// Archives for the tests of verification: good ones, and the same with one thing changed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jujubackup/verify.hpp>

#include "archive/gzip_member.hpp"
#include "archive/manifest.hpp"
#include "archive/verify_archive.hpp"
#include "crypto/digest.hpp"
#include "tar_builder.hpp"
#include "test_support.hpp"

namespace test {

inline const std::string one_document("\x05\0\0\0\0", 5);

// All that a restore of the machine wants, and nothing else.
inline std::string good_root_tar() {
  TarBuilder tar;
  tar.symlink("var/lib/juju/tools/machine-0", "/var/lib/juju/tools/2.0.0-xenial-amd64")
      .file("var/lib/juju/system-identity", "identity", {.mode = 0600})
      .file("var/lib/juju/server.pem", "pem", {.mode = 0600})
      .file("var/lib/juju/shared-secret", "secret", {.mode = 0600})
      .file("var/lib/juju/agents/machine-0/agent.conf", "# format 2.0\n", {.mode = 0600});
  return tar.end().bytes();
}

// What an archive is put together from. As it stands, one that nothing can be said against.
struct Parts {
  std::optional<std::string> metadata = sample_metadata;
  std::optional<std::string> root_tar = good_root_tar();
  bool dump_directory = true;
  std::vector<std::pair<std::string, std::string>> dump = {
      {"juju/models.bson", one_document}, {"juju/models.metadata.json", "{}"}, {"oplog.bson", ""}};
  std::function<void(TarBuilder&)> more;  // after all else, before the manifest
  bool end = true;

  std::string tar_without_end() const {
    TarBuilder tar;
    tar.directory("juju-backup", 0700);
    if (metadata) tar.file("juju-backup/metadata.json", *metadata);
    if (root_tar) tar.file("juju-backup/root.tar", *root_tar);
    if (dump_directory) tar.directory("juju-backup/dump", 0700);
    for (const auto& [name, content] : dump) tar.file("juju-backup/dump/" + name, content);
    if (more) more(tar);
    return tar.bytes();
  }
  std::string tar() const { return tar_without_end() + (end ? std::string(1024, '\0') : ""); }
};

// A gzip member without compression, made by hand: the same bytes on every machine and with every zlib.
inline std::string stored_gzip(std::string_view content) {
  const auto little = [](std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
    return text;
  };
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  std::string_view left = content;
  do {
    const std::string_view block = left.substr(0, 65535);
    left.remove_prefix(block.size());
    out += static_cast<char>(left.empty() ? 1 : 0);
    out += little(block.size(), 2) + little(~block.size() & 0xffff, 2);
    out += block;
  } while (!left.empty());
  return out + little(crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()), 4) + little(content.size(), 4);
}

// A manifest entry that is right about `content`.
inline jujubackup::ManifestFile listed(const std::string& path, std::string_view content) {
  jujubackup::HashList hashes;
  hashes.update(bytes_of(content));
  return {path, content.size(), hashes.finish()};
}

inline jujubackup::Manifest good_manifest(const Parts& parts) {
  jujubackup::Manifest manifest;
  manifest.writer = "libjujubackup 0.1.0";
  manifest.finished = jujubackup::Timestamp::from_unix(1478074600);
  if (parts.metadata) manifest.files.push_back(listed("juju-backup/metadata.json", *parts.metadata));
  const std::string base = "juju-backup/root.tar/var/lib/juju/";
  for (const auto& [name, content] : {std::pair{"system-identity", "identity"}, std::pair{"server.pem", "pem"},
                                      std::pair{"shared-secret", "secret"}, std::pair{"agents/machine-0/agent.conf", "# format 2.0\n"}}) {
    manifest.files.push_back(listed(base + name, content));
  }
  for (const auto& [name, content] : parts.dump) manifest.files.push_back(listed("juju-backup/dump/" + name, content));
  return manifest;
}

// Cuts `tar` at the given content offsets into members of ours and seals them.
inline std::string sealed(std::string_view tar, const std::vector<std::size_t>& cuts = {}) {
  jujubackup::Buffer out;
  std::size_t from = 0;
  jujubackup::deflate::Compressor compressor(jujubackup::Level::standard);
  const auto member_until = [&](std::size_t to) {
    jujubackup::gzip::append_member(out, bytes_of(tar.substr(from, to - from)), compressor);
    from = to;
  };
  for (const std::size_t cut : cuts) member_until(cut);
  member_until(tar.size());
  jujubackup::gzip::append_seal(out, {out.size(), tar.size(), jujubackup::sha256(out)});
  return text_of(out);
}

// An archive as this library lays it out, with any manifest text; none if that is empty.
inline std::string own_archive(const Parts& parts, const std::string& manifest_json) {
  Parts whole = parts;
  whole.more = [&](TarBuilder& tar) {
    if (parts.more) parts.more(tar);
    if (!manifest_json.empty()) tar.file("juju-backup/manifest.json", manifest_json);
  };
  const std::string metadata_part = TarBuilder().directory("juju-backup").file("x", parts.metadata.value_or("")).bytes();
  return sealed(whole.tar(), {metadata_part.size()});
}
inline std::string own_archive(const Parts& parts = {}) { return own_archive(parts, write_manifest(good_manifest(parts))); }

inline jujubackup::VerifyReport verify_bytes(std::string_view archive, const jujubackup::VerifyOptions& options = {}) {
  const auto source = jujubackup::source_of_memory(bytes_of(archive), "test.tar.gz");
  return jujubackup::verify_archive(*source, options, nullptr);
}

// "error dump-missing juju-backup/dump: the archive has no database dump", a line for each.
inline std::vector<std::string> lines_of(const jujubackup::VerifyReport& report, bool mask_offsets = false) {
  std::vector<std::string> lines;
  for (const jujubackup::Finding& finding : report.findings) {
    const bool mask = mask_offsets && finding.where.starts_with("offset ");
    const std::string where = mask ? "offset N" : finding.where;
    lines.push_back(std::string(name_of(finding.severity)) + " " + finding.code + " " + where + ": " + finding.message);
  }
  return lines;
}

// One archive, and what a record says of it. What is to be found in it stands in test/data/reports.
struct VerifyCase {
  std::string name;
  std::string archive;
  jujubackup::VerifyOptions options;
};

std::vector<VerifyCase> foreign_cases();  // verify_foreign_test.cpp
std::vector<VerifyCase> own_cases();      // verify_test.cpp

// Compares with test/data/reports/<name>. With JUJUBACKUP_REWRITE_GOLDENS set the file is written instead, and the test fails, so that
// it cannot pass by accident.
inline void check_golden(const std::string& name, const std::string& actual) {
  CAPTURE(name);
  const std::string path = data_path("reports/" + name);
  if (std::getenv("JUJUBACKUP_REWRITE_GOLDENS") != nullptr) {
    write_file(path, actual);
    FAIL_CHECK("rewritten: look at the difference");
    return;
  }
  CHECK(read_file(path) == actual);
}

// The verdict and the findings of all cases, one under the other: of many the first six and the last. Where zlib had a hand in it offsets
// differ from version to version: `mask_offsets`.
inline std::string findings_of(const std::vector<VerifyCase>& cases, bool mask_offsets) {
  std::string text;
  for (const VerifyCase& each : cases) {
    const auto report = verify_bytes(each.archive, each.options);
    text += each.name + ": " + std::string(name_of(report.verdict())) + "\n";
    const auto lines = lines_of(report, mask_offsets);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i < 6 || i + 1 == lines.size()) text += "  " + lines[i] + "\n";
    }
  }
  return text;
}

}  // namespace test
