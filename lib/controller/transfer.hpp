// Archives over HTTPS: /model/<uuid>/backups, beside the API's WebSocket.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/metadata.hpp>

#include "net/http.hpp"
#include "net/tls_stream.hpp"

namespace jujubackup {

// The endpoint that answered the login, and what proves who is asking.
struct TransferTarget {
  DialOptions dial;  // one endpoint: a backup lies on the machine that made it
  std::string model_uuid;
  HttpFields credentials;  // SECRET: Authorization or Cookie, Bakery-Protocol-Version, X-Juju-ClientVersion
  std::chrono::milliseconds idle_timeout{60'000};
};

// Who compares what is sent with the checksum that was sent before it.
enum class ArchiveCheck {
  by_digest,  // the upload, with a SHA-1 of its own
  by_source,  // the source: it ends with an Error if it is not what the checksum was made of
};

// Controller::download and Controller::upload; the contracts are there.
std::unique_ptr<Source> open_download(TransferTarget target, std::string download_id, const Metadata* expected, Job* job);
// Error(unsupported) for metadata that controllers refuse when they have received the whole archive, Error(invalid_argument) without size
// and checksum, Error(io) if the size is not that of the archive.
void check_upload(const Metadata& metadata, const Source& archive);
std::string upload_archive(const TransferTarget& target, Source& archive, const Metadata& metadata, ArchiveCheck check, Job* job);

}  // namespace jujubackup
