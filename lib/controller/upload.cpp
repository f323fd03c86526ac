// Controller::upload: an archive to a controller that keeps backups (2.0 - 2.9.21).
#include <string>
#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/juju_version.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "controller/http_error.hpp"
#include "controller/multipart_writer.hpp"
#include "controller/transfer.hpp"
#include "controller/transfer_connection.hpp"
#include "controller/wire_metadata.hpp"

namespace jujubackup {
namespace {

std::string metadata_json(Metadata metadata) {
  // "got unexpected metadata ID" otherwise, and the same for "Stored".
  metadata.id.clear();
  metadata.stored = {};
  metadata.ca_private_key.reset();
  // The last release that takes uploads; older ones ignore the keys that they do not know.
  return write_json(wire_metadata({std::move(metadata), {}}, JujuVersion::parse("2.9.21")));
}

void rewind_if_possible(Source& archive) {
  try {
    archive.rewind();
  } catch (const Error& error) {
    // What is read from now on is compared with the checksum.
    if (error.code() != ErrorCode::unsupported) throw;
  }
}

std::string id_in(std::string_view body) {
  constexpr std::size_t longest_id = 1024;
  const Value answer = parse_json(body);
  const Value* id = answer.find("id");
  if (id == nullptr || id->string() == nullptr || id->string()->empty() || id->string()->size() > longest_id) {
    throw Error(ErrorCode::corrupt, "the controller's answer has no ID");
  }
  return *id->string();
}

}  // namespace

void check_upload(const Metadata& metadata, const Source& archive) {
  std::string missing;
  if (metadata.started.is_zero()) missing = "start time";
  if (metadata.model_uuid.empty()) missing = "model";
  if (metadata.machine.empty()) missing = "machine";
  if (metadata.hostname.empty()) missing = "host name";
  if (metadata.version.major == 0) missing = "version";
  if (!missing.empty()) {
    throw Error(ErrorCode::unsupported,
                archive.name() + ": controllers refuse backups whose metadata has no " + missing +
                    (metadata.format_version == metadata_unknown_integer ? "; the archive has no metadata of its own" : ""));
  }
  if (metadata.checksum.empty() || metadata.checksum_format != checksum_format_sha1 || metadata.size_bytes <= 0) {
    throw Error(ErrorCode::invalid_argument, archive.name() + ": its size and checksum have to be in the metadata");
  }
  const auto size = archive.size();
  if (size && *size != static_cast<std::uint64_t>(metadata.size_bytes)) {
    throw Error(ErrorCode::io, archive.name() + ": has " + std::to_string(*size) + " bytes, where its metadata says " +
                                   std::to_string(metadata.size_bytes));
  }
}

std::string upload_archive(const TransferTarget& target, Source& archive, const Metadata& metadata, ArchiveCheck check, Job* job) {
  check_upload(metadata, archive);
  rewind_if_possible(archive);
  const auto size_bytes = static_cast<std::uint64_t>(metadata.size_bytes);
  const std::string sha1_base64 = check == ArchiveCheck::by_digest ? metadata.checksum : "";
  MultipartSource body({metadata_json(metadata), size_bytes, sha1_base64}, archive, job);
  job_begin(job, Phase::copying, size_bytes);
  try {
    // Leaving this scope by an Error cuts the connection, so that what was sent is no whole request.
    const TransferConnection connection = connect_transfer(target, job);
    HttpClient& client = *connection.client;
    const HttpResponse response = client.exchange(transfer_request(target, "PUT", body.content_type()), &body);
    if (response.status != 200) throw read_http_error(client, response);
    if (!body.complete()) throw Error(ErrorCode::corrupt, "the controller answered before it had the whole archive");
    constexpr std::size_t longest_answer = 65536;
    return id_in(read_small_body(client, longest_answer));
  } catch (Error& error) {
    const std::string to = target.dial.endpoints.empty() ? "" : " to " + target.dial.endpoints.front().to_string();
    error.add_context("uploading " + printable(archive.name()) + to);
    throw;
  }
}

}  // namespace jujubackup
