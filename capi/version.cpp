// Small things that need no handle: versions, IDs, times.
#include <jujubackup/version.hpp>

#include <jujubackup/backup_id.hpp>
#include <jujubackup/juju_version.hpp>
#include <jujubackup/time.hpp>

#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::JujuVersion;

#if JJB_VERSION_MAJOR != JUJUBACKUP_VERSION_MAJOR || JJB_VERSION_MINOR != JUJUBACKUP_VERSION_MINOR || \
    JJB_VERSION_PATCH != JUJUBACKUP_VERSION_PATCH
#error "jujubackup.h and version.hpp name different versions"
#endif

const char* jjb_version(void) { return JJB_VERSION_STRING; }
uint32_t jjb_abi_version(void) { return JJB_ABI_VERSION; }

int32_t jjb_version_dup_details(char** text, jjb_error** error) {
  return guard(error, [&] {
    char*& out = capi::result(text, "text");
    out = capi::dup_text(jujubackup::library_version_details());
  });
}

int32_t jjb_backup_id_dup_made(int64_t started_s, uint32_t started_ns, const char* model_uuid, char** id, jjb_error** error) {
  return guard(error, [&] {
    char*& out = capi::result(id, "id");
    out = capi::dup_text(jujubackup::make_backup_id(capi::time_of(started_s, started_ns), capi::require_text(model_uuid, "model_uuid")));
  });
}

int32_t jjb_backup_id_check(const char* id) { return id != nullptr && jujubackup::is_backup_id(id) ? 1 : 0; }

int32_t jjb_backup_id_dup_file_name(const char* id, char** file_name, jjb_error** error) {
  return guard(error, [&] {
    char*& out = capi::result(file_name, "file_name");
    const std::string text = capi::require_text(id, "id");
    if (!jujubackup::is_backup_id(text)) capi::refuse("not a backup ID");
    out = capi::dup_text(jujubackup::archive_file_name(text));
  });
}

int32_t jjb_juju_version_parse(const char* text, uint32_t* major, uint32_t* minor, char** tag, uint32_t* patch, uint32_t* build,
                               jjb_error** error) {
  return guard(error, [&] {
    for (uint32_t* number : {major, minor, patch, build}) capi::clear(number);
    capi::clear(tag);
    const JujuVersion version = JujuVersion::parse(capi::require_text(text, "text"));
    if (tag != nullptr) *tag = capi::dup_text(version.tag);
    if (major != nullptr) *major = version.major;
    if (minor != nullptr) *minor = version.minor;
    if (patch != nullptr) *patch = version.patch;
    if (build != nullptr) *build = version.build;
  });
}

int32_t jjb_juju_version_compare(const char* left, const char* right, int32_t* order, jjb_error** error) {
  return guard(error, [&] {
    int32_t& out = capi::result(order, "order");
    const auto compared = JujuVersion::parse(capi::require_text(left, "left")) <=> JujuVersion::parse(capi::require_text(right, "right"));
    if (compared == std::strong_ordering::less) out = -1;
    if (compared == std::strong_ordering::greater) out = 1;
  });
}

int32_t jjb_time_dup_rfc3339(int64_t seconds, uint32_t nanoseconds, char** text, jjb_error** error) {
  return guard(error, [&] {
    char*& out = capi::result(text, "text");
    out = capi::dup_text(capi::time_of(seconds, nanoseconds).rfc3339());
  });
}

int32_t jjb_time_parse_rfc3339(const char* text, int64_t* seconds, uint32_t* nanoseconds, jjb_error** error) {
  return guard(error, [&] {
    int64_t& out = capi::result(seconds, "seconds");
    capi::clear(nanoseconds);
    const auto time = jujubackup::Timestamp::parse_rfc3339(capi::require_text(text, "text"));
    out = time.unix_seconds();
    if (nanoseconds != nullptr) *nanoseconds = time.nanoseconds();
  });
}
