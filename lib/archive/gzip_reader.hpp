// The content of a gzip file of any origin, from its first byte to its last, with the digests of the file computed on the side.
//
// In a file of ours the members are found by their lengths and inflated by several threads. Another writer's is one long stream, which
// a single thread inflates while others digest what was read and the caller works on what came out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include <jujubackup/io.hpp>
#include <jujubackup/job.hpp>

#include "archive/stream.hpp"

namespace jujubackup::gzip {

// Checks every checksum and length. next() throws ArchiveFault:
//   gzip-not          the file does not begin as gzip
//   gzip-truncated    it ends inside of a member
//   gzip-damaged      deflate data that cannot be, checksum or length mismatch, a member header that cannot be
//   gzip-trailing     bytes after the last member (the text says so if they look like JSON: a server's error after the data)
//   gzip-bomb         more than 256 MiB of content, at more than five hundred times the size of the file; Error(limit)
//   seal-missing      it began as ours and ends without a seal
//   seal-mismatch     the seal disagrees with what was read
// Zero bytes after the last member of a foreign file are padding and let pass.
class GzipReader final : public Stream {
 public:
  // Sees every byte of the file, once, in order, on the caller's thread.
  using Tap = std::function<void(std::span<const std::byte>)>;
  struct Options {
    unsigned threads = 1;
    bool digests = false;  // of the file, wanted at its end
    Tap tap;
  };
  // The source is read on the thread that calls next(), and ahead of what next() hands out if there are several threads.
  GzipReader(Source& source, Options options, Job* job = nullptr);
  ~GzipReader() override;

  std::span<const std::byte> next() override;
  // After a fault, or when the rest of the content is of no interest: takes what is left of the file, for tap and digests.
  void drain();

  std::uint64_t file_bytes() const noexcept;     // seen by tap so far
  std::uint64_t content_bytes() const noexcept;  // handed out so far
  std::uint64_t members() const noexcept;        // complete ones, the seal not counted
  bool own_layout() const noexcept;              // the first member was one of ours
  bool sealed() const noexcept;                  // a good seal was seen

  // Of the whole file, when next() said that it is at its end, or after drain(). "" if digests were not wanted.
  std::string sha1_base64();
  std::string sha256_hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jujubackup::gzip
