// Verification of any bytes: it ends with a bounded report and throws nothing, and where it finds no fault with the entries they can be
// listed and unpacked.
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <jujubackup/archive.hpp>

#include "archive/findings.hpp"
#include "archive/verify_archive.hpp"
#include "archive_input.hpp"
#include "base/json.hpp"
#include "base/yaml.hpp"

namespace {

using fuzz::require;
using jujubackup::Archive;
using jujubackup::Depth;
using jujubackup::Severity;
using jujubackup::VerifyReport;

// About what the files mean, not about whether they come out of the archive.
bool is_about_meaning(std::string_view code) {
  constexpr std::array codes = {"bson-damaged",      "dump-empty",       "dump-juju-missing", "dump-missing",      "manifest-bad",
                                "manifest-mismatch", "manifest-missing", "metadata-bad",      "metadata-checksum", "metadata-missing",
                                "metadata-version",  "oplog-missing",    "root-file-missing", "root-tar-missing",  "manifest-warnings"};
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool entries_are_good(const VerifyReport& report) {
  return std::all_of(report.findings.begin(), report.findings.end(), [](const jujubackup::Finding& finding) {
    return finding.severity == Severity::note || is_about_meaning(finding.code);
  });
}

VerifyReport report_on(std::span<const std::byte> archive, Depth depth) {
  jujubackup::VerifyOptions options;
  options.depth = depth;
  const auto source = jujubackup::source_of_memory(archive, "input");
  VerifyReport report = jujubackup::verify_archive(*source, options, nullptr);
  require(report.findings.size() <= jujubackup::Findings::limit);
  for (const auto& finding : report.findings) {
    require(finding.where.size() < 20'000 && finding.message.size() < 20'000);
    for (const char c : finding.where + finding.message) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
  require(report.size_bytes == archive.size());
  const std::string json = to_json(report);
  require(write_json(jujubackup::parse_json(json, {json.size(), 32}), jujubackup::JsonStyle::indented) == json);
  const std::string yaml = to_yaml(report);
  require(write_json(jujubackup::parse_yaml(yaml, {yaml.size(), 32}), jujubackup::JsonStyle::indented) == json);
  require(!to_text(report).empty());
  return report;
}

void run(std::span<const std::byte> bytes) {
  static fuzz::Scratch scratch;
  const VerifyReport full = report_on(bytes, Depth::full);
  const VerifyReport quick = report_on(bytes, Depth::quick);
  const auto archive = [bytes] { return Archive::open(jujubackup::source_of_memory(bytes, "input")); };
  if (entries_are_good(full)) {
    // What the glance accepts cannot be less than what every byte allows.
    require(entries_are_good(quick));
    require(quick.entries == full.entries && quick.root_entries == full.root_entries && quick.metadata == full.metadata);
    require(fuzz::works([&] { archive().for_each(true, [](const jujubackup::Entry&) {}); }));
    const bool unpacked = fuzz::works([&] { archive().extract(scratch.target()); });
    scratch.check();
    scratch.clear();
    require(unpacked);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto archive = fuzz::archive_of_input(std::as_bytes(std::span(data, size)));
  if (!archive.empty()) run(archive);
  return 0;
}
