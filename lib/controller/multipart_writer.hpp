// The body of an upload: two parts, the metadata and the archive, in this order. The server goes by the order, not by names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>

#include "crypto/digest.hpp"

namespace jujubackup {

struct MultipartArchive {
  std::string metadata_json;
  std::uint64_t size_bytes = 0;  // what the archive has to be
  std::string sha1_base64;       // likewise; "": the archive sees to it itself
};

// Reads `archive` once as the body is read, and counts it as progress of `job`. In place of the end comes an Error if the archive is not
// what was said of it: without its last boundary no server takes the body for whole. size() is known if the archive's is.
class MultipartSource final : public Source {
 public:
  MultipartSource(MultipartArchive what, Source& archive, Job* job);

  std::string content_type() const { return "multipart/form-data; boundary=" + boundary_; }
  std::size_t read(std::span<std::byte> into) override;
  void rewind() override;
  std::optional<std::uint64_t> size() const override;
  std::string name() const override { return archive_.name(); }
  // Whether the last boundary was handed out.
  bool complete() const noexcept { return at_tail_ && position_ == tail_.size(); }

 private:
  std::size_t read_text(const std::string& text, std::span<std::byte> into);
  void check_archive();

  MultipartArchive what_;
  Source& archive_;
  Job* job_;
  std::string boundary_, head_, tail_;
  std::size_t position_ = 0;  // in head_ or tail_
  std::uint64_t archive_bytes_ = 0;
  bool at_tail_ = false;
  Digest sha1_{Digest::Kind::sha1};
};

}  // namespace jujubackup
