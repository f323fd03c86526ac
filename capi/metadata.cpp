#include <jujubackup/metadata.hpp>

#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using jujubackup::Metadata;

namespace {

const char* text(const jjb_metadata* handle, std::string Metadata::*member) {
  return handle == nullptr ? nullptr : (handle->metadata.*member).c_str();
}

const char* text(const jjb_metadata* handle, std::optional<std::string> Metadata::*member) {
  if (handle == nullptr || !(handle->metadata.*member)) return nullptr;
  return (handle->metadata.*member)->c_str();
}

std::int64_t number(const jjb_metadata* handle, std::int64_t Metadata::*member) { return handle == nullptr ? 0 : handle->metadata.*member; }

std::int32_t time(const jjb_metadata* handle, jujubackup::Timestamp Metadata::*member, int64_t* seconds, uint32_t* nanoseconds) {
  return capi::give_time(handle == nullptr ? nullptr : &(handle->metadata.*member), seconds, nanoseconds);
}

template <typename F>
std::int32_t dup(const jjb_metadata* handle, char** out, jjb_error** error, F&& make) {
  return capi::guard(error, [&] {
    char*& text = capi::result(out, "text");
    text = capi::dup_text(make(capi::require(handle, "metadata").metadata));
  });
}

}  // namespace

int32_t jjb_metadata_parse(const char* json, size_t size_bytes, jjb_metadata** metadata, jjb_error** error) {
  return capi::guard(error, [&] {
    jjb_metadata*& out = capi::result(metadata, "metadata");
    capi::require(json, "json");
    out = new jjb_metadata(jujubackup::parse_metadata({json, size_bytes}));
  });
}

void jjb_metadata_free(jjb_metadata* metadata) { delete metadata; }

int64_t jjb_metadata_get_format_version(const jjb_metadata* metadata) { return number(metadata, &Metadata::format_version); }
const char* jjb_metadata_get_id(const jjb_metadata* metadata) { return text(metadata, &Metadata::id); }
const char* jjb_metadata_get_checksum(const jjb_metadata* metadata) { return text(metadata, &Metadata::checksum); }
const char* jjb_metadata_get_checksum_format(const jjb_metadata* metadata) { return text(metadata, &Metadata::checksum_format); }
int64_t jjb_metadata_get_size_bytes(const jjb_metadata* metadata) { return number(metadata, &Metadata::size_bytes); }
int32_t jjb_metadata_get_stored(const jjb_metadata* metadata, int64_t* seconds, uint32_t* nanoseconds) {
  return time(metadata, &Metadata::stored, seconds, nanoseconds);
}
int32_t jjb_metadata_get_started(const jjb_metadata* metadata, int64_t* seconds, uint32_t* nanoseconds) {
  return time(metadata, &Metadata::started, seconds, nanoseconds);
}
int32_t jjb_metadata_get_finished(const jjb_metadata* metadata, int64_t* seconds, uint32_t* nanoseconds) {
  return time(metadata, &Metadata::finished, seconds, nanoseconds);
}
const char* jjb_metadata_get_notes(const jjb_metadata* metadata) { return text(metadata, &Metadata::notes); }
const char* jjb_metadata_get_model_uuid(const jjb_metadata* metadata) { return text(metadata, &Metadata::model_uuid); }
const char* jjb_metadata_get_machine(const jjb_metadata* metadata) { return text(metadata, &Metadata::machine); }
const char* jjb_metadata_get_hostname(const jjb_metadata* metadata) { return text(metadata, &Metadata::hostname); }
const char* jjb_metadata_get_version(const jjb_metadata* metadata) { return metadata == nullptr ? nullptr : metadata->version.c_str(); }
const char* jjb_metadata_get_series(const jjb_metadata* metadata) { return text(metadata, &Metadata::series); }
const char* jjb_metadata_get_base(const jjb_metadata* metadata) { return text(metadata, &Metadata::base); }
const char* jjb_metadata_get_controller_uuid(const jjb_metadata* metadata) { return text(metadata, &Metadata::controller_uuid); }
int64_t jjb_metadata_get_ha_nodes(const jjb_metadata* metadata) { return number(metadata, &Metadata::ha_nodes); }
const char* jjb_metadata_get_controller_machine_id(const jjb_metadata* metadata) {
  return text(metadata, &Metadata::controller_machine_id);
}
const char* jjb_metadata_get_controller_machine_instance_id(const jjb_metadata* metadata) {
  return text(metadata, &Metadata::controller_machine_instance_id);
}
const char* jjb_metadata_get_ca_cert(const jjb_metadata* metadata) { return text(metadata, &Metadata::ca_cert); }

int32_t jjb_metadata_dup_ca_private_key(const jjb_metadata* metadata, char** pem, jjb_error** error) {
  return dup(metadata, pem, error, [](const Metadata& from) {
    if (!from.ca_private_key || from.ca_private_key->empty()) {
      throw jujubackup::Error(jujubackup::ErrorCode::not_found, "the backup record holds no CA private key");
    }
    return *from.ca_private_key;
  });
}

int32_t jjb_metadata_dup_file_json(const jjb_metadata* metadata, int32_t with_ca_private_key, char** text, jjb_error** error) {
  return dup(metadata, text, error, [with_ca_private_key](const Metadata& from) {
    if (with_ca_private_key != 0 || !from.ca_private_key) return jujubackup::write_metadata(from);
    Metadata without = from;
    without.ca_private_key = "";
    return jujubackup::write_metadata(without);
  });
}

int32_t jjb_metadata_dup_text_2_0(const jjb_metadata* metadata, char** text, jjb_error** error) {
  return dup(metadata, text, error, [](const Metadata& from) { return jujubackup::text_2_0(from); });
}

int32_t jjb_metadata_dup_text_2_8(const jjb_metadata* metadata, int32_t with_id, char** text, jjb_error** error) {
  return dup(metadata, text, error, [with_id](const Metadata& from) { return jujubackup::text_2_8(from, with_id != 0); });
}

int32_t jjb_metadata_dup_json(const jjb_metadata* metadata, char** text, jjb_error** error) {
  return dup(metadata, text, error, [](const Metadata& from) { return jujubackup::to_json(from); });
}

int32_t jjb_metadata_dup_yaml(const jjb_metadata* metadata, char** text, jjb_error** error) {
  return dup(metadata, text, error, [](const Metadata& from) { return jujubackup::to_yaml(from); });
}
