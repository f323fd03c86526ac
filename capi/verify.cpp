#include <jujubackup/verify.hpp>

#include <jujubackup/io.hpp>

#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::Finding;
using jujubackup::VerifyReport;

namespace {

const Finding* finding_at(const jjb_verify_report* handle, std::size_t index) {
  return handle == nullptr ? nullptr : capi::at(handle->report.findings, index);
}

const char* finding_text(const jjb_verify_report* handle, std::size_t index, std::string Finding::*member) {
  const Finding* finding = finding_at(handle, index);
  return finding == nullptr ? nullptr : (finding->*member).c_str();
}

std::uint64_t number(const jjb_verify_report* handle, std::uint64_t VerifyReport::*member) {
  return handle == nullptr ? 0 : handle->report.*member;
}

const char* text(const jjb_verify_report* handle, std::string VerifyReport::*member) {
  return handle == nullptr ? nullptr : (handle->report.*member).c_str();
}

template <typename F>
std::int32_t dup(const jjb_verify_report* handle, char** out, jjb_error** error, F&& make) {
  return guard(error, [&] {
    char*& text = capi::result(out, "text");
    text = capi::dup_text(make(capi::require(handle, "report").report));
  });
}

}  // namespace

jjb_verify_options* jjb_verify_options_new(void) { return new (std::nothrow) jjb_verify_options(); }
void jjb_verify_options_free(jjb_verify_options* options) { delete options; }

int32_t jjb_verify_options_set_depth(jjb_verify_options* options, int32_t depth) {
  return guard(nullptr, [&] { capi::require(options, "options").options.depth = capi::depth_of(depth); });
}

int32_t jjb_verify_options_set_recorded_size_bytes(jjb_verify_options* options, uint64_t size_bytes) {
  return guard(nullptr, [&] { capi::require(options, "options").options.recorded_size_bytes = size_bytes; });
}

int32_t jjb_verify_options_set_recorded_sha1_base64(jjb_verify_options* options, const char* sha1_base64) {
  return guard(nullptr,
               [&] { capi::require(options, "options").options.recorded_sha1_base64 = capi::require_text(sha1_base64, "sha1_base64"); });
}

int32_t jjb_verify_options_set_recorded_sha256_hex(jjb_verify_options* options, const char* sha256_hex) {
  return guard(nullptr,
               [&] { capi::require(options, "options").options.recorded_sha256_hex = capi::require_text(sha256_hex, "sha256_hex"); });
}

int32_t jjb_verify_file(const char* path, const jjb_identities* identities, const jjb_verify_options* options, jjb_job* job,
                        jjb_verify_report** report, jjb_error** error) {
  return guard(error, [&] {
    jjb_verify_report*& out = capi::result(report, "report");
    const auto shared = capi::share(job);
    const auto source = jujubackup::open_file(capi::require_text(path, "path"));
    const jujubackup::VerifyOptions chosen = options == nullptr ? jujubackup::VerifyOptions{} : options->options;
    out = new jjb_verify_report{jujubackup::verify_file(*source, capi::of(identities), chosen, shared.get())};
  });
}

const char* jjb_verdict_get_name(int32_t verdict) { return jujubackup::name_of(static_cast<jujubackup::Verdict>(verdict)).data(); }
const char* jjb_severity_get_name(int32_t severity) { return jujubackup::name_of(static_cast<jujubackup::Severity>(severity)).data(); }

int32_t jjb_verify_report_get_verdict(const jjb_verify_report* report) {
  return report == nullptr ? static_cast<std::int32_t>(JJB_VERDICT_BAD) : static_cast<std::int32_t>(report->report.verdict());
}

int32_t jjb_verify_report_get_depth(const jjb_verify_report* report) {
  return report == nullptr ? 0 : static_cast<std::int32_t>(report->report.depth);
}

size_t jjb_verify_report_get_finding_count(const jjb_verify_report* report) {
  return report == nullptr ? 0 : report->report.findings.size();
}

int32_t jjb_verify_report_get_finding_severity(const jjb_verify_report* report, size_t index) {
  const Finding* finding = finding_at(report, index);
  return finding == nullptr ? 0 : static_cast<std::int32_t>(finding->severity);
}

const char* jjb_verify_report_get_finding_code(const jjb_verify_report* report, size_t index) {
  return finding_text(report, index, &Finding::code);
}
const char* jjb_verify_report_get_finding_where(const jjb_verify_report* report, size_t index) {
  return finding_text(report, index, &Finding::where);
}
const char* jjb_verify_report_get_finding_message(const jjb_verify_report* report, size_t index) {
  return finding_text(report, index, &Finding::message);
}
const char* jjb_verify_report_get_finding_meaning(const jjb_verify_report* report, size_t index) {
  return finding_text(report, index, &Finding::meaning);
}

int32_t jjb_verify_report_has(const jjb_verify_report* report, const char* code) {
  return report != nullptr && code != nullptr && report->report.has(code) ? 1 : 0;
}

int32_t jjb_verify_report_dup_metadata(const jjb_verify_report* report, jjb_metadata** metadata, jjb_error** error) {
  return guard(error, [&] {
    jjb_metadata*& out = capi::result(metadata, "metadata");
    const auto& found = capi::require(report, "report").report.metadata;
    if (found) out = new jjb_metadata(*found);
  });
}

uint64_t jjb_verify_report_get_size_bytes(const jjb_verify_report* report) { return number(report, &VerifyReport::size_bytes); }
const char* jjb_verify_report_get_sha1_base64(const jjb_verify_report* report) { return text(report, &VerifyReport::sha1_base64); }
const char* jjb_verify_report_get_sha256_hex(const jjb_verify_report* report) { return text(report, &VerifyReport::sha256_hex); }
uint64_t jjb_verify_report_get_content_bytes(const jjb_verify_report* report) { return number(report, &VerifyReport::content_bytes); }
uint64_t jjb_verify_report_get_entries(const jjb_verify_report* report) { return number(report, &VerifyReport::entries); }
uint64_t jjb_verify_report_get_root_entries(const jjb_verify_report* report) { return number(report, &VerifyReport::root_entries); }
uint64_t jjb_verify_report_get_documents(const jjb_verify_report* report) { return number(report, &VerifyReport::documents); }
uint64_t jjb_verify_report_get_members(const jjb_verify_report* report) { return number(report, &VerifyReport::members); }
int32_t jjb_verify_report_get_own_layout(const jjb_verify_report* report) { return report != nullptr && report->report.own_layout ? 1 : 0; }
int32_t jjb_verify_report_get_manifest_checked(const jjb_verify_report* report) {
  return report != nullptr && report->report.manifest_checked ? 1 : 0;
}

int32_t jjb_verify_report_get_encrypted(const jjb_verify_report* report) { return report != nullptr && report->report.encrypted ? 1 : 0; }
int32_t jjb_verify_report_get_opened(const jjb_verify_report* report) { return report != nullptr && report->report.opened ? 1 : 0; }

int32_t jjb_verify_report_dup_text(const jjb_verify_report* report, char** text, jjb_error** error) {
  return dup(report, text, error, [](const VerifyReport& from) { return jujubackup::to_text(from); });
}
int32_t jjb_verify_report_dup_json(const jjb_verify_report* report, char** text, jjb_error** error) {
  return dup(report, text, error, [](const VerifyReport& from) { return jujubackup::to_json(from); });
}
int32_t jjb_verify_report_dup_yaml(const jjb_verify_report* report, char** text, jjb_error** error) {
  return dup(report, text, error, [](const VerifyReport& from) { return jujubackup::to_yaml(from); });
}

void jjb_verify_report_free(jjb_verify_report* report) { delete report; }
