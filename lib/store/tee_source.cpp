#include "store/tee_source.hpp"

#include <jujubackup/error.hpp>

namespace jujubackup {

std::size_t TeeSource::read(std::span<std::byte> into) {
  if (failure_) std::rethrow_exception(failure_);
  if (at_end_ || into.empty()) return 0;
  try {
    return read_once(into);
  } catch (...) {
    failure_ = std::current_exception();
    throw;
  }
}

std::size_t TeeSource::read_once(std::span<std::byte> into) {
  const std::size_t got = source_.read(into);
  if (got == 0) {
    if (promised_bytes_ && *promised_bytes_ != taken_bytes_) {
      throw Error(ErrorCode::io,
                  name() + ": ended after " + std::to_string(taken_bytes_) + " of " + std::to_string(*promised_bytes_) + " bytes", true);
    }
    at_end_ = true;
    return 0;
  }
  sink_.write(into.first(got));
  taken_bytes_ += got;
  job_advance(job_, got);
  return got;
}

void TeeSource::rewind() { throw Error(ErrorCode::unsupported, name() + ": cannot be read a second time"); }

void TeeSource::check_complete(std::uint64_t read_bytes) const {
  if (failure_) std::rethrow_exception(failure_);
  if (at_end_ && taken_bytes_ == read_bytes) return;
  throw Error(ErrorCode::internal,
              name() + ": " + std::to_string(read_bytes) + " bytes were verified, " + std::to_string(taken_bytes_) + " stored");
}

}  // namespace jujubackup
