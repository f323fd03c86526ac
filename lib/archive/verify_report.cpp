#include <jujubackup/verify.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "base/json.hpp"
#include "base/yaml.hpp"

namespace jujubackup {

namespace {

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::uint64_t count_of(const VerifyReport& report, Severity severity) {
  return static_cast<std::uint64_t>(
      std::count_if(report.findings.begin(), report.findings.end(), [&](const Finding& finding) { return finding.severity == severity; }));
}

std::string summary_of(const VerifyReport& report) {
  if (report.findings.empty()) return "nothing was found";
  return fmt::format("{}, {}, {}", counted(count_of(report, Severity::error), "error", "errors"),
                     counted(count_of(report, Severity::warning), "warning", "warnings"),
                     counted(count_of(report, Severity::note), "note", "notes"));
}

std::string coverage_of(const VerifyReport& report) {
  if (report.encrypted && !report.opened) return "It is encrypted, and was not opened: ";
  if (report.depth == Depth::quick) return "Structure and record were looked at, not every byte: ";
  return "Every byte was looked at: ";
}

std::string_view origin_of(const VerifyReport& report) {
  if (!report.own_layout && report.manifest_checked) {
    return "Another tool repacked what this library wrote, and every file was compared with its digest in the manifest.";
  }
  if (!report.own_layout) return "It was not written by this library, so it has no digests of its own.";
  if (report.manifest_checked) return "It was written by this library, and every file was compared with its digest in the manifest.";
  return "It was written by this library; the files were not compared with their digests in the manifest.";
}

std::string inside_of(const VerifyReport& report) {
  std::string text =
      fmt::format(" in {}, {} ({} in root.tar), {} of content", counted(report.members, "gzip member", "gzip members"),
                  counted(report.entries, "entry", "entries"), report.root_entries, counted(report.content_bytes, "byte", "bytes"));
  if (report.depth == Depth::full) text += fmt::format(", {}", counted(report.documents, "database document", "database documents"));
  if (report.encrypted) text += "; it is encrypted, and was opened";
  return text + fmt::format(".\n{}", origin_of(report));
}

Value value_of(const Finding& finding) {
  Value::Object object{{"severity", name_of(finding.severity)}, {"code", finding.code}};
  if (!finding.where.empty()) object.emplace_back("where", finding.where);
  object.emplace_back("message", finding.message);
  object.emplace_back("meaning", finding.meaning);
  return object;
}

Value value_of(const VerifyReport& report) {
  Value::Object object{
      {"verdict", name_of(report.verdict())}, {"depth", report.depth == Depth::full ? "full" : "quick"}, {"size-bytes", report.size_bytes}};
  if (!report.sha1_base64.empty()) object.emplace_back("sha1", report.sha1_base64);
  if (!report.sha256_hex.empty()) object.emplace_back("sha256", report.sha256_hex);
  if (report.encrypted) object.emplace_back("encrypted", true);
  if (report.encrypted) object.emplace_back("opened", report.opened);
  object.emplace_back("content-bytes", report.content_bytes);
  object.emplace_back("entries", report.entries);
  object.emplace_back("root-entries", report.root_entries);
  object.emplace_back("documents", report.documents);
  object.emplace_back("members", report.members);
  object.emplace_back("own-layout", report.own_layout);
  object.emplace_back("manifest-checked", report.manifest_checked);
  // By way of its text, so that the record looks the same everywhere.
  if (report.metadata) {
    const std::string text = to_json(*report.metadata);
    object.emplace_back("metadata", parse_json(text, {.max_bytes = text.size()}));
  }
  Value::Array findings;
  for (const Finding& finding : report.findings) findings.push_back(value_of(finding));
  object.emplace_back("findings", std::move(findings));
  return object;
}

}  // namespace

std::string_view name_of(Severity severity) noexcept {
  switch (severity) {
    case Severity::note: return "note";
    case Severity::warning: return "warning";
    case Severity::error: return "error";
  }
  return "unknown";
}

std::string_view name_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::warnings: return "warnings";
    case Verdict::bad: return "bad";
  }
  return "unknown";
}

Verdict VerifyReport::verdict() const noexcept {
  Verdict worst = Verdict::ok;
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::error) return Verdict::bad;
    if (finding.severity == Severity::warning) worst = Verdict::warnings;
  }
  return worst;
}

bool VerifyReport::has(std::string_view code) const noexcept {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.code == code; });
}

std::string to_text(const VerifyReport& report) {
  std::string text = fmt::format("The archive is {}: {}.\n", report.verdict() == Verdict::warnings ? "usable" : name_of(report.verdict()),
                                 summary_of(report));
  text += coverage_of(report);
  text += counted(report.size_bytes, "byte", "bytes");
  text += report.encrypted && !report.opened ? "." : inside_of(report);
  text += "\n";
  if (!report.sha1_base64.empty()) text += fmt::format("SHA-1 {}, SHA-256 {}\n", report.sha1_base64, report.sha256_hex);
  for (const Finding& finding : report.findings) {
    const std::string place = finding.where.empty() ? "" : finding.where + ": ";
    text += fmt::format("{} {}: {}{} ({})\n", name_of(finding.severity), finding.code, place, finding.message, finding.meaning);
  }
  return text;
}

std::string to_json(const VerifyReport& report) { return write_json(value_of(report), JsonStyle::indented); }
std::string to_yaml(const VerifyReport& report) { return write_yaml(value_of(report)); }

}  // namespace jujubackup
