// The one exception class of the library.
//
// "This archive is bad" is a finding in a VerifyReport (verify.hpp); an Error means that the work could not be done.
// Errors are cheap to copy and safe to move between threads.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace [[gnu::visibility("default")]] jujubackup {

// The values are part of the C ABI (JJB_STATUS_*): never renumber.
enum class ErrorCode : std::int32_t {
  invalid_argument = 1,  // the caller asked for something that makes no sense
  not_found = 2,         // a file, entry, backup or program is not there
  exists = 3,            // the name is taken and replacing was not asked for
  permission = 4,        // the system refused
  no_space = 5,          // the disk or quota is full, or would be
  io = 6,                // any other failure of the system while reading or writing
  corrupt = 7,           // bytes that cannot be what they claim to be
  unsupported = 8,       // well-formed, but not something this library does
  limit = 9,             // input beyond a safety limit
  cancelled = 10,        // somebody cancelled the Job
  busy = 11,             // another process holds what is needed
  program = 12,          // a program that was run failed
  internal = 99,         // a defect of this library
};

// A short stable name, e.g. "not-found".
std::string_view name_of(ErrorCode code) noexcept;

class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, bool retry_may_help = false);

  // From errno: "<doing>: <system text>", the code chosen from `err`.
  static Error from_errno(int err, std::string_view doing);

  ErrorCode code() const noexcept;
  // The innermost message: lower case, no full stop, no secrets.
  const std::string& message() const noexcept;
  // What was being done, outermost first.
  const std::vector<std::string>& context() const noexcept;
  bool retry_may_help() const noexcept;
  // errno if the system said no, else 0.
  int system_error() const noexcept;

  // Says what was being done; to be called where a boundary knows more than the one below it.
  Error& add_context(std::string_view doing);

  // Context and message in one line: "reading a.tar.gz: entry 7: gzip checksum mismatch".
  const char* what() const noexcept override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace jujubackup
