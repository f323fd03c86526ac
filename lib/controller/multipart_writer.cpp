#include "controller/multipart_writer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <span>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/encoding.hpp"

namespace jujubackup {
namespace {

// Long and random enough not to occur in any archive.
std::string random_boundary() {
  std::random_device random;
  std::array<std::uint32_t, 8> words{};
  std::generate(words.begin(), words.end(), [&random] { return random(); });
  return to_hex(std::as_bytes(std::span(words))).substr(0, 60);
}

}  // namespace

MultipartSource::MultipartSource(MultipartArchive what, Source& archive, Job* job)
    : what_(std::move(what)), archive_(archive), job_(job), boundary_(random_boundary()) {
  head_ = "--" + boundary_ + "\r\nContent-Disposition: form-data; name=\"metadata\"\r\nContent-Type: application/json\r\n\r\n" +
          what_.metadata_json + "\n\r\n--" + boundary_ +
          "\r\nContent-Disposition: form-data; name=\"attached\"; filename=\"juju-backup.tar.gz\"\r\n"
          "Content-Type: application/octet-stream\r\n\r\n";
  tail_ = "\r\n--" + boundary_ + "--\r\n";
}

std::size_t MultipartSource::read(std::span<std::byte> into) {
  if (into.empty()) return 0;
  if (at_tail_) return read_text(tail_, into);
  if (position_ < head_.size()) return read_text(head_, into);
  const std::size_t got = archive_.read(into);
  if (got > 0) {
    archive_bytes_ += got;
    if (!what_.sha1_base64.empty()) sha1_.update(into.first(got));
    // Before the surplus is sent.
    if (archive_bytes_ > what_.size_bytes) check_archive();
    job_advance(job_, got);
    return got;
  }
  check_archive();
  at_tail_ = true;
  position_ = 0;
  return read_text(tail_, into);
}

void MultipartSource::rewind() {
  if (position_ > 0 || at_tail_) throw Error(ErrorCode::unsupported, name() + ": cannot be sent a second time");
}

std::optional<std::uint64_t> MultipartSource::size() const {
  if (!archive_.size()) return std::nullopt;
  return head_.size() + what_.size_bytes + tail_.size();
}

std::size_t MultipartSource::read_text(const std::string& text, std::span<std::byte> into) {
  const std::size_t count = std::min(into.size(), text.size() - position_);
  if (count > 0) std::memcpy(into.data(), text.data() + position_, count);
  position_ += count;
  return count;
}

void MultipartSource::check_archive() {
  if (archive_bytes_ != what_.size_bytes) {
    const bool more = archive_bytes_ > what_.size_bytes;
    throw Error(ErrorCode::io, name() + ": has " + (more ? "more than" : "only " + std::to_string(archive_bytes_) + " of") + " the " +
                                   std::to_string(what_.size_bytes) + " bytes that its metadata says");
  }
  if (!what_.sha1_base64.empty() && to_base64(sha1_.current()) != what_.sha1_base64) {
    throw Error(ErrorCode::corrupt, name() + ": the bytes are not those of its metadata's checksum; it was not uploaded");
  }
}

}  // namespace jujubackup
