// The connections that MongoDB's driver uses: made here, so that every wait looks at the job, an answer has a bound, and what went wrong is
// known in our own words.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <jujubackup/error.hpp>
#include <jujubackup/job.hpp>

#include "io/fd.hpp"

// The driver's types, whose headers only mongo_wire.cpp and mongo_session.cpp see.
struct _mongoc_client_t;  // NOLINT(bugprone-reserved-identifier): the driver's own name
struct _mongoc_stream_t;  // NOLINT(bugprone-reserved-identifier): likewise

namespace jujubackup::database {

struct MongoWireOptions {
  std::string host, port;
  bool tls = true;
  std::string ca_cert;  // PEM; "": any certificate is taken
  std::chrono::milliseconds connect_timeout{10'000};
};

// Outlives the client it is attached to.
class MongoWire {
 public:
  explicit MongoWire(MongoWireOptions options);

  void attach(_mongoc_client_t* client);
  // Before each command.
  void begin(const Job* job);
  // From now on no wait is long.
  void hurry() noexcept;
  // The first thing that went wrong on the wire since then. A cancelled job is told by itself.
  const std::optional<Error>& failure() const noexcept { return failure_; }

  // For the streams. "localhost:37017".
  std::string peer() const;
  std::chrono::milliseconds longest_wait() const noexcept { return longest_wait_; }
  bool cancelled() const noexcept { return job_ != nullptr && job_->cancelled(); }
  void fail(ErrorCode code, const std::string& text, bool retry_may_help = true) noexcept;
  // The driver waited, which it does by itself only for a new connection, and nothing came.
  void fail_to_connect() noexcept;
  // Whether the answer may have that many bytes more.
  bool count(std::size_t received_bytes) noexcept;

  // A connected stream; null, with failure() set, if there is none to be had.
  _mongoc_stream_t* connect() noexcept;

 private:
  Fd dial();
  _mongoc_stream_t* secure(_mongoc_stream_t* plain);

  MongoWireOptions options_;
  Fd ca_file_;  // in memory: the driver takes the certificate as a path only
  const Job* job_ = nullptr;
  std::chrono::milliseconds longest_wait_{3'600'000};
  std::uint64_t received_bytes_ = 0;
  std::optional<Error> failure_;
};

}  // namespace jujubackup::database
