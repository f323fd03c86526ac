#include "archive/verify_archive.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "archive/content_check.hpp"
#include "archive/fault.hpp"
#include "archive/findings.hpp"
#include "archive/gzip_member.hpp"
#include "archive/gzip_reader.hpp"
#include "archive/map_stream.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace jujubackup {

namespace {

constexpr std::size_t tail_bytes = 8192;
constexpr std::size_t quoted_bytes = 200;

// The last bytes of a file that is read from start to end.
class FileTail {
 public:
  void take(std::span<const std::byte> piece) {
    piece = piece.last(std::min(piece.size(), tail_bytes));
    tail_.insert(tail_.end(), piece.begin(), piece.end());
    if (tail_.size() > 2 * tail_bytes) tail_.erase(tail_.begin(), tail_.end() - tail_bytes);
  }
  bool is_seal() const { return tail_.size() >= gzip::seal_bytes && gzip::parse_seal(std::span(tail_).last(gzip::seal_bytes)).has_value(); }
  std::string_view text() const { return {reinterpret_cast<const char*>(tail_.data()), tail_.size()}; }

 private:
  std::vector<std::byte> tail_;
};

bool is_text(char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t' || static_cast<unsigned char>(c) >= 0x80; }

// The JSON object or list that `tail` ends with; "" if it does not. A controller that fails while it sends a backup appends one.
std::string_view json_at_end(std::string_view tail) {
  constexpr std::size_t min_bytes = 8;
  constexpr int max_tries = 64;
  std::size_t begin = tail.size();
  while (begin > 0 && is_text(tail[begin - 1])) --begin;
  std::string_view text = tail.substr(begin);
  for (int tries = 0; tries < max_tries; ++tries) {
    const std::size_t start = text.find_first_of("{[");
    if (start == std::string_view::npos || text.size() - start < min_bytes) return {};
    text.remove_prefix(start);
    try {
      parse_json(text);
      return text;
    } catch (const Error&) {
      text.remove_prefix(1);
    }
  }
  return {};
}

bool of_the_file(const ArchiveFault& fault) {
  const std::string_view code = fault.finding();
  return code.starts_with("gzip-") || code.starts_with("seal-");
}

// Whether all entries had been seen when the fault came.
bool after_the_entries(const ArchiveFault& fault) {
  const std::string_view code = fault.finding();
  return code == "gzip-trailing" || code == "seal-mismatch" || code == "tar-trailing" || code == "tar-end-missing";
}

void add_file_fault(Findings& findings, const ArchiveFault& fault, const FileTail& tail, std::uint64_t file_bytes) {
  const std::string_view json = json_at_end(tail.text());
  const bool trailing = std::string_view(fault.finding()) == "gzip-trailing";
  if (json.empty() || !trailing) findings.add(fault);
  if (json.empty()) return;
  findings.add("gzip-trailing-json", fmt::format("offset {}", file_bytes - json.size()),
               fmt::format("the file ends with JSON text, most likely a server's error: {}{}", json.substr(0, quoted_bytes),
                           json.size() > quoted_bytes ? "..." : ""));
}

void verify_streamed(Source& source, VerifyReport& report, Findings& findings, Job* job) {
  FileTail tail;
  gzip::GzipReader content(
      source, {job_threads(job), report.depth == Depth::full, [&tail](std::span<const std::byte> piece) { tail.take(piece); }}, job);
  ContentCheck check(report, findings, job);
  bool complete = true;
  std::optional<ArchiveFault> file_fault;
  const auto stopped = [&](const ArchiveFault& fault) {
    if (of_the_file(fault)) file_fault = fault;
    if (!of_the_file(fault)) findings.add(fault);
  };
  try {
    check.run(content, nullptr);
  } catch (const ArchiveFault& fault) {
    complete = after_the_entries(fault) || check.saw_manifest();
    stopped(fault);
  }
  try {
    // The checksums behind a bad tar are looked at all the same.
    while (!file_fault && !content.next().empty()) {
    }
  } catch (const ArchiveFault& fault) {
    stopped(fault);
  }
  if (file_fault) {
    content.drain();
    add_file_fault(findings, *file_fault, tail, content.file_bytes());
  } else if (!content.own_layout() && tail.is_seal()) {
    findings.add("seal-mismatch", "offset 0", "the file ends with a seal, but does not begin as sealed files do");
  }
  report.content_bytes = content.content_bytes();
  report.members = content.members();
  report.own_layout = content.own_layout();
  report.size_bytes = content.file_bytes();
  report.sha1_base64 = content.sha1_base64();
  report.sha256_hex = content.sha256_hex();
  if (complete) check.finish();
}

// A sealed archive of ours: what the chain of members and the tar headers tell.
void verify_mapped(const Source& source, gzip::MemberMap& map, VerifyReport& report, Findings& findings, Job* job) {
  report.size_bytes = source.size().value_or(0);
  report.content_bytes = map.content_bytes();
  report.members = map.members();
  report.own_layout = true;
  ContentCheck check(report, findings, job);
  bool complete = true;
  try {
    MapStream content(map, 0, map.content_bytes());
    check.run(content, &map);
  } catch (const ArchiveFault& fault) {
    complete = after_the_entries(fault) || check.saw_manifest();
    findings.add(fault);
  }
  if (complete) check.finish();
  job_advance(job, report.size_bytes);
}

// Juju leaves size and checksum inside of an archive unset, since it writes them before there is one. Whoever sets them speaks of another
// file, or of the same one by luck with the size.
void compare_with_metadata(const VerifyReport& report, Findings& findings) {
  if (!report.metadata) return;
  const Metadata& metadata = *report.metadata;
  if (metadata.size_bytes != 0 && static_cast<std::uint64_t>(metadata.size_bytes) != report.size_bytes) {
    findings.add("metadata-checksum", "juju-backup/metadata.json",
                 fmt::format("the file has {} bytes, the record inside says {}", report.size_bytes, metadata.size_bytes));
  }
  if (report.sha1_base64.empty() || metadata.checksum.empty() || metadata.checksum == report.sha1_base64) return;
  findings.add("metadata-checksum", "juju-backup/metadata.json",
               fmt::format("the file's SHA-1 is {}, the record inside says {}", report.sha1_base64, metadata.checksum));
}

}  // namespace

void compare_with_record(const VerifyReport& report, const VerifyOptions& options, Findings& findings) {
  if (options.recorded_size_bytes && *options.recorded_size_bytes != report.size_bytes) {
    findings.add("recorded-size", "",
                 fmt::format("the file has {} bytes, the record says {}", report.size_bytes, *options.recorded_size_bytes));
  }
  const auto compare = [&](const char* code, const std::string& actual, const std::string& recorded) {
    if (actual.empty() || recorded.empty() || actual == recorded) return;
    findings.add(code, "", fmt::format("it is {}, the record says {}", actual, recorded));
  };
  compare("recorded-sha1", report.sha1_base64, options.recorded_sha1_base64);
  compare("recorded-sha256", report.sha256_hex, options.recorded_sha256_hex);
}

VerifyReport verify_archive(Source& source, const VerifyOptions& options, Job* job) {
  VerifyReport report;
  report.depth = options.depth;
  Findings findings(report.findings);
  job_begin(job, Phase::verifying, source.size().value_or(0));
  const auto map = options.depth == Depth::quick ? gzip::MemberMap::find(source) : nullptr;
  if (map) {
    verify_mapped(source, *map, report, findings, job);
  } else {
    verify_streamed(source, report, findings, job);
  }
  compare_with_record(report, options, findings);
  compare_with_metadata(report, findings);
  return report;
}

}  // namespace jujubackup
