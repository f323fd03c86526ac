// Making a backup record from nothing.
#include <jujubackup/metadata.hpp>

#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::Metadata;

namespace {

std::int32_t set(jjb_metadata* handle, std::string Metadata::*member, const char* value) {
  return guard(nullptr, [&] { capi::require(handle, "metadata").metadata.*member = capi::require_text(value, "value"); });
}

std::int32_t set(jjb_metadata* handle, std::optional<std::string> Metadata::*member, const char* value) {
  return guard(nullptr, [&] {
    auto& into = capi::require(handle, "metadata").metadata.*member;
    if (value == nullptr) {
      into.reset();
    } else {
      into = std::string(value);
    }
  });
}

}  // namespace

jjb_metadata* jjb_metadata_new(void) {
  try {
    return new jjb_metadata(Metadata{});
  } catch (...) {
    return nullptr;
  }
}

int32_t jjb_metadata_set_started(jjb_metadata* metadata, int64_t seconds, uint32_t nanoseconds) {
  return guard(nullptr, [&] { capi::require(metadata, "metadata").metadata.started = capi::time_of(seconds, nanoseconds); });
}
int32_t jjb_metadata_set_notes(jjb_metadata* metadata, const char* notes) { return set(metadata, &Metadata::notes, notes); }
int32_t jjb_metadata_set_model_uuid(jjb_metadata* metadata, const char* model_uuid) {
  return set(metadata, &Metadata::model_uuid, model_uuid);
}
int32_t jjb_metadata_set_machine(jjb_metadata* metadata, const char* machine) { return set(metadata, &Metadata::machine, machine); }
int32_t jjb_metadata_set_hostname(jjb_metadata* metadata, const char* hostname) { return set(metadata, &Metadata::hostname, hostname); }

int32_t jjb_metadata_set_version(jjb_metadata* metadata, const char* version) {
  return guard(nullptr, [&] {
    jjb_metadata& into = capi::require(metadata, "metadata");
    auto parsed = capi::version_of(capi::require_text(version, "version"));
    std::string text = parsed.to_string();
    into.metadata.version = std::move(parsed);
    into.version = std::move(text);
  });
}

int32_t jjb_metadata_set_series(jjb_metadata* metadata, const char* series) { return set(metadata, &Metadata::series, series); }
int32_t jjb_metadata_set_base(jjb_metadata* metadata, const char* base) { return set(metadata, &Metadata::base, base); }
int32_t jjb_metadata_set_controller_uuid(jjb_metadata* metadata, const char* controller_uuid) {
  return set(metadata, &Metadata::controller_uuid, controller_uuid);
}

int32_t jjb_metadata_set_ha_nodes(jjb_metadata* metadata, int64_t ha_nodes) {
  return guard(nullptr, [&] {
    if (ha_nodes < 0) capi::refuse("ha_nodes is below 0");
    capi::require(metadata, "metadata").metadata.ha_nodes = ha_nodes;
  });
}

int32_t jjb_metadata_set_controller_machine_id(jjb_metadata* metadata, const char* controller_machine_id) {
  return set(metadata, &Metadata::controller_machine_id, controller_machine_id);
}
int32_t jjb_metadata_set_controller_machine_instance_id(jjb_metadata* metadata, const char* instance_id) {
  return set(metadata, &Metadata::controller_machine_instance_id, instance_id);
}
int32_t jjb_metadata_set_ca_cert(jjb_metadata* metadata, const char* pem) { return set(metadata, &Metadata::ca_cert, pem); }
int32_t jjb_metadata_set_ca_private_key(jjb_metadata* metadata, const char* pem) { return set(metadata, &Metadata::ca_private_key, pem); }

int32_t jjb_metadata_dup_with_flavour_of(const jjb_metadata* metadata, const char* version, jjb_metadata** flavoured, jjb_error** error) {
  return guard(error, [&] {
    jjb_metadata*& out = capi::result(flavoured, "flavoured");
    const Metadata& from = capi::require(metadata, "metadata").metadata;
    const auto of = version == nullptr ? from.version : capi::version_of(version);
    out = new jjb_metadata(jujubackup::with_flavour_of(of, from));
  });
}
